{{ k6_opts }}
{% fro x in [1] %}{% endfor %}
export default function () {}

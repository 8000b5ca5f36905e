{{ k6_opts }}
{% if options.vus %}
export default function () {}

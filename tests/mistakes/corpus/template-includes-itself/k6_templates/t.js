{{ k6_opts }}
{% include "t.js" %}
export default function () {}

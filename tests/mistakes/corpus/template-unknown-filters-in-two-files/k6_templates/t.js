{{ k6_opts }}
{% include "part.js" %}
const a = {{ base_url | upperr }};
export default function () {}

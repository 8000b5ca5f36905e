{{ k6_opts }}
{% include "lib/cheks.js" %}
export default function () {}

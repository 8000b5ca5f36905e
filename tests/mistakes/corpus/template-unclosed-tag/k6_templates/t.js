{{ k6_opts }}
{% for x in [1, 2] 
export default function () {}

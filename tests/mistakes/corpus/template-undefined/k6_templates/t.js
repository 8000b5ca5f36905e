{{ k6_opts }}
const url = "{{ bas_url }}";
export default function () {}

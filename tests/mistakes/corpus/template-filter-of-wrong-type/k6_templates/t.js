{{ k6_opts }}
const url = "{{ options.vus | upper }}";
export default function () {}

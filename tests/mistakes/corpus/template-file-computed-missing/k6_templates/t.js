{{ k6_opts }}
const rows = open("{{ file(path='data/' ~ vars.rows ~ '.json') }}");
export default function () {}

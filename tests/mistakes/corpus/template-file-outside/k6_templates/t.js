{{ k6_opts }}
const a = open("{{ file(path="../a.csv") }}");
export default function () {}

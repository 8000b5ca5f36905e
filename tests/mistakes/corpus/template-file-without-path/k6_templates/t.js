{{ k6_opts }}
const a = open("{{ file(name="a.csv") }}");
export default function () {}

{{ k6_opts }}
const rows = open("{{ file(path="payloads/digit.csv") }}");
export default function () {}

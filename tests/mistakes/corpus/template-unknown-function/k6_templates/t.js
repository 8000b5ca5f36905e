{{ k6_opts }}
const url = {{ fiel(path="a") }};
export default function () {}

{{ k6_opts }}
const a = ;
export default function () {}

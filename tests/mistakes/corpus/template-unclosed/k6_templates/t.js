{{ k6_opts
export default function () {}

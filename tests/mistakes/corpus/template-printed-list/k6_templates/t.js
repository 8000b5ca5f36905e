{{ k6_opts }}
const v = {{ vars }};
export default function () {}

{{ k6_opts }}
const url = {{ base_url }};
export default function () {}

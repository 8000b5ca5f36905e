{{ k6_opts }}
const url = {{ base_url | jsn }};
export default function () {}

{{ k6_opts }}
const v = {{ base_url * 2 }};
const w = {{ 1 / 0 }};
export default function () {}

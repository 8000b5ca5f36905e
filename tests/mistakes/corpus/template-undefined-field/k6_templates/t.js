{{ k6_opts }}
const n = {{ options.vuss }};
const m = {{ vars.name }};
export default function () {}

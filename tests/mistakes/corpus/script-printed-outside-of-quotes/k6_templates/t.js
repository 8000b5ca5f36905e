{{ k6_opts }}
export default function () { const a = {{ vars.name }}; }

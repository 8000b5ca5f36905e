{{ k6_opts }}
export function foo() {}

{{ k6_opts }}
// café

{{ k6_opts }}
export default function () {
  if (true) {
}

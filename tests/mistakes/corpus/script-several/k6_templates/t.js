{{ k6_opts }}
import x from "./gone.js";
const data = open("gone.json");
export default function () {}

{{ k6_opts }}
import x from "lodash";
import y from "k6/htp";
export default function () {}

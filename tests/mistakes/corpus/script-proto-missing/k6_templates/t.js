{{ k6_opts }}
import grpc from "k6/net/grpc";
const client = new grpc.Client();
client.load(null, "gone.proto");
export default function () {}

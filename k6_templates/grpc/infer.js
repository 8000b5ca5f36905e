{# One ModelInfer call an iteration; the connection of a virtual user is kept. -#}
import grpc from 'k6/net/grpc';
import { answered } from '../lib/checks.js';

{{ k6_opts }}

const client = new grpc.Client();
client.load([], 'open_inference.proto');
const request = JSON.parse(open('{{ payload_path }}'));
request.model_name = '{{ vars.model_name }}';
let connected = false;

export default function () {
  if (!connected) {
    client.connect('{{ base_url }}', { plaintext: true });
    connected = true;
  }
  const response = client.invoke('inference.GRPCInferenceService/ModelInfer', request);
  const ok = response.status === grpc.StatusOK;
  answered(ok, ok ? response.message.outputs[0].contents.int64Contents : []);
}

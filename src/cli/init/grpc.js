{# A k6 script with marks that are filled in for each case. It asks for the server's health, which most gRPC servers
   answer; put your own definition beside it, and your own call in its place. -#}
import grpc from 'k6/net/grpc';
import { check } from 'k6';

{{ k6_opts }}

const client = new grpc.Client();
client.load([], 'health.proto');

export default function () {
  if (__ITER === 0) {
    client.connect('{{ base_url }}', { plaintext: true });
  }
  const response = client.invoke('grpc.health.v1.Health/Check', {});
  check(response, { 'status is OK': (r) => r && r.status === grpc.StatusOK });
}

{# The same payload files as over gRPC; HTTP wants the numbers as `data`. -#}
import http from 'k6/http';
import { answered } from '../lib/checks.js';

{{ k6_opts }}

const inputs = JSON.parse(open('{{ payload_path }}')).inputs;
const body = JSON.stringify({
  inputs: inputs.map(({ name, shape, datatype, contents }) => ({ name, shape, datatype, data: contents.fp32_contents })),
});
const url = '{{ base_url }}/v2/models/{{ vars.model_name }}/infer';

export default function () {
  const response = http.post(url, body, { headers: { 'Content-Type': 'application/json' } });
  const ok = response.status === 200;
  answered(ok, ok ? response.json('outputs.0.data') : []);
}

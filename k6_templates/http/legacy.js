import http from 'k6/http';
import { check } from 'k6';

{{ k6_opts }}

const inputs = JSON.parse(open('../payloads/{{ payload }}')).inputs;
const body = JSON.stringify({
  inputs: inputs.map(({ name, shape, datatype, contents }) => ({ name, shape, datatype, data: contents.fp32_contents })),
});

export default function () {
  const response = http.post('{{ base_url }}/v2/models/{{ model_name }}/infer', body);
  check(response, { answered: (r) => r.status === 200 });
}

{# A k6 script with marks that are filled in for each case. -#}
import http from 'k6/http';
import { check } from 'k6';

{{ k6_opts }}

const body = open('{{ payload_path }}');
const url = '{{ base_url }}/v2/models/{{ model_name }}/infer';
const headers = { 'Content-Type': 'application/json' };

export default function () {
  const response = http.post(url, body, { headers });
  check(response, { 'as many answers as rows': (r) => r.status === 200 && r.json('outputs.0.shape.0') === {{ payload_rows }} });
}

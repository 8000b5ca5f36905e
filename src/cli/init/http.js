{# A k6 script with marks that are filled in for each case. -#}
import http from 'k6/http';
import { check } from 'k6';

{{ k6_opts }}

export default function () {
  const response = http.get('{{ base_url }}{{ vars.path }}');
  check(response, { 'status is 200': (r) => r.status === 200 });
}

// Shared by the templates; an imported module is never rendered.
import { check } from 'k6';

export function answered(ok, labels) {
  return check(labels, { answered: () => ok, 'one label a row': (found) => found.length > 0 });
}

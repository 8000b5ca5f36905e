{{ k6_opts }}
import { a } from './lib/a.js';
const one = open('one.json');
const two = open("{{ file(path='data/two.json') }}");
const three = open("{{ file(path='./three.json') }}");
export default function () {}

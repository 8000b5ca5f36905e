// The graph as the page sees it: nodes, cases, tests and suites as objects, states, and when what is to run would run.
'use strict';

const model = (() => {
  // In the order of the numbers in the data.
  const states = [
    { name: 'fresh', mark: '✓', word: 'cached', words: 'cached', told: 'as it should be: nothing to do', color: '--good' },
    { name: 'pending', mark: '·', word: 'pending', words: 'pending', told: 'waits for a run', color: '--quiet' },
    { name: 'stale', mark: '~', word: 'to run', words: 'to run', told: 'there is no result of it as it is now', color: '--doubt' },
    { name: 'failed', mark: '!', word: 'to run again', words: 'to run again', told: 'the last attempt left nothing that counts', color: '--bad' },
  ];
  const [FRESH, PENDING, STALE, FAILED] = [0, 1, 2, 3];
  const kinds = ['warm-up', 'set-up', 'payload', 'render', 'run', 'scrape', 'aggregate'];
  const RUN = kinds.indexOf('run');
  const bases = ['as long as before', 'as configured', 'of unknown length'];

  const duration = (seconds) => {
    const whole = Math.round(seconds);
    const two = (number) => String(number).padStart(2, '0');
    // Tenths are cut as everywhere else, so that a time reads the same in all drawings.
    if (whole < 60) return seconds < 10 ? `${Math.floor(seconds * 10) / 10}s` : `${whole}s`;
    if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
    if (whole < 86400) return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
    return `${Math.floor(whole / 86400)}d${Math.floor((whole % 86400) / 3600)}h`;
  };

  const count = (number, one) => `${number} ${one}${number === 1 ? '' : 's'}`;

  // Words of a state where it stands for a node of this kind.
  const worded = (node) => {
    if (node.state === FRESH) return { 'warm-up': 'not needed', 'set-up': 'not needed', payload: 'built while planning', aggregate: 'written' }[node.kind] ?? 'cached';
    return states[node.state].word;
  };

  const suites = data.suites.map((raw, number) => {
    const suite = { number, name: raw.name, path: raw.path, folder: raw.folder, unselected: raw.unselected, causes: raw.causes, forecast: raw.forecast };
    suite.tests = raw.tests.map((name, at) => ({ suite, name, axes: raw.axes[at].map(text), cases: [], lone: [] }));
    suite.cases = raw.cases.map(([id, test, values, stem, outputs]) => {
      const each = { suite, id: text(id), test: suite.tests[test], values: values.map(text), nodes: [], runs: [] };
      each.outputs = () => raw.outputs[outputs].map((pattern) => `${suite.folder}/${pattern.replace('*', () => text(stem))}`);
      each.test.cases.push(each);
      return each;
    });
    suite.nodes = raw.nodes.map(([kind, at, test, trial, state, label], place) => {
      const own = at < 0 ? null : suite.cases[at];
      const node = { suite, place, kind: kinds[kind], case: own, test: test < 0 ? null : suite.tests[test], trial, state, needs: [], neededBy: [], reasons: [] };
      node.label = own ? (trial > 1 ? `${own.id}@${trial}` : own.id) : text(label);
      if (own) own.nodes.push(node); else if (node.test) node.test.lone.push(node);
      if (own && kind === RUN) own.runs.push(node);
      return node;
    });
    for (const [place, key, age, verdict, seconds, basis, pause, why, reasons] of raw.runs) {
      Object.assign(suite.nodes[place], { key, age: age < 0 ? null : age, verdict: text(verdict), seconds, basis, pause, why: text(why), reasons: reasons.map(text) });
    }
    for (let at = 0; at < raw.edges.length; at += 2) {
      const [from, to] = [suite.nodes[raw.edges[at]], suite.nodes[raw.edges[at + 1]]];
      from.neededBy.push(to);
      to.needs.push(from);
    }
    suite.sequence = raw.sequence.map((place) => suite.nodes[place]);
    for (const each of suite.cases) each.state = each.runs.reduce((worst, run) => Math.max(worst, run.state), FRESH);
    return suite;
  });

  // What runs, one after the other through all suites, and when each would begin.
  const sequence = suites.flatMap((suite) => suite.sequence);
  let clock = 0;
  sequence.forEach((node, turn) => {
    clock += turn ? node.pause : 0;
    node.turn = turn;
    node.begins = clock;
    clock += node.seconds;
    node.ends = clock;
    // From here on nobody can say when exactly.
    node.isOpen = turn > 0 && (sequence[turn - 1].isOpen || sequence[turn - 1].basis === 2);
  });
  const total = clock;
  // Of all suites together, as each is told alone.
  const whole = () => `${sequence.some((node) => node.basis === 2) ? 'more than' : 'about'} ${duration(total)}`;

  const runs = suites.flatMap((suite) => suite.cases.flatMap((each) => each.runs));
  const counts = (nodes) => nodes.reduce((found, node) => { found[node.state] += 1; return found; }, [0, 0, 0, 0]);
  const toRun = (node) => node.state >= STALE;
  const lasting = (nodes) => {
    const open = nodes.filter((node) => toRun(node) && node.kind === 'run');
    if (!open.length) return '';
    const known = open.filter((node) => node.basis !== 2);
    const seconds = known.reduce((sum, node, at) => sum + node.seconds + (at ? node.pause : 0), 0);
    if (!known.length) return 'of unknown length';
    return `${known.length < open.length ? 'more than' : 'about'} ${duration(seconds)}`;
  };

  // `6 cached, 3 to run`
  const told = (found) => [FRESH, STALE, FAILED, PENDING].filter((state) => found[state]).map((state) => `${found[state]} ${states[state].words}`).join(', ');

  // A case beside others of its test: of several axes the values alone, whose names stand above them.
  const short = (each) => {
    if (!each.values.length) return each.id;
    return each.values.length === 1 ? `${each.test.axes[0]}=${each.values[0]}` : each.values.join(' · ');
  };

  // What a search looks at.
  const words = (node) => [node.label, node.test?.name ?? '', node.kind, states[node.state].word, node.why ?? '', node.key ?? ''].join(' ').toLowerCase();

  return { states, FRESH, PENDING, STALE, FAILED, bases, duration, count, worded, suites, sequence, total, whole, runs, counts, toRun, lasting, told, short, words };
})();

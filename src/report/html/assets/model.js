// What the page knows, and what follows from it: axes, ages, builds. Every value reaches the page as text.
'use strict';

// All suites of the page; one is shown at a time.
const suites = data.suites ?? [data];

// What stands behind `#`: a case's name, or of several suites `suite=NAME&case=NAME`.
const address = (() => {
  const several = suites.length > 1;
  const behind = location.hash.slice(1);
  const parts = new URLSearchParams(several ? behind : '');
  const plain = () => { try { return decodeURIComponent(behind); } catch { return behind; } };
  const ofSuite = (suite, id) => `#suite=${encodeURIComponent(suite.suite.name)}${id === undefined ? '' : `&case=${encodeURIComponent(id)}`}`;
  const suite = suites.find((each) => each.suite.name === parts.get('suite')) ?? suites[0];
  return {
    several, suite, ofSuite, case: several ? parts.get('case') : plain(),
    of: (each) => (several ? ofSuite(suite, each.id) : `#${encodeURIComponent(each.id)}`),
  };
})();

data = address.suite;

// A link to a part of the page; of several suites what stands behind `#` names the suite, and stays.
const within = (id, words) => element('a', { href: `#${id}`, onclick: (event) => {
  if (!address.several) return;
  event.preventDefault();
  document.getElementById(id).scrollIntoView();
} }, words);

const shown = (value) => (value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value));

const model = (() => {
  const standings = {
    holds: { mark: '✓', word: 'holds', words: 'hold', told: 'measured, every limit kept' },
    misses: { mark: '✗', word: 'misses a limit', words: 'miss a limit', told: 'measured, and a threshold or an expectation is not kept' },
    failed: { mark: '!', word: 'failed', words: 'failed', told: 'it ran and left nothing that counts' },
    stale: { mark: '~', word: 'stale', words: 'stale', told: 'the numbers are of what the case was before' },
    missing: { mark: '·', word: 'missing', words: 'missing', told: 'there is no result' },
  };

  data.cases.forEach((each, index) => {
    each.index = index;
    for (const list of ['curve', 'script', 'configuration']) each[list] ??= [];
    each.results = each.trials.filter((trial) => trial.result).map((trial) => trial.result);
    each.measured = each.results.reduce((last, result) => (result.measured_at > last ? result.measured_at : last), '');
  });

  const results = data.cases.flatMap((each) => each.results);
  // Empty lists are left out of the data.
  for (const result of results) {
    for (const list of ['doubts', 'notes', 'target', 'provenance', 'reasons', 'thresholds', 'expectations', 'checks', 'metrics', 'log']) result[list] ??= [];
  }
  const newest = results.reduce((last, result) => (!last || result.measured_at > last.measured_at ? result : last), null);

  // The axes of a test, as Rust found them: parameters of several values; numbers ascend.
  const axes = (test) => (data.tests.find((each) => each.name === test)?.axes ?? []).map(({ name, numeric, values }) => (
    { name, numeric, values: values.map((value) => ({ label: shown(value ?? undefined), value })) }));

  const label = (each, axis) => shown(each.parameters[axis.name]);

  // The axis that most likely is the load.
  const loadAxis = (test) => axes(test)[data.tests.find((each) => each.name === test)?.load ?? -1];

  const figure = (name) => data.figures.findIndex((each) => each.name === name);

  // `{value, lower, upper, of}` of a case, or null.
  const cell = (each, at) => {
    const found = each.figures[at];
    return found ? { value: found[0], lower: found[1], upper: found[2], of: found[3] } : null;
  };

  const intervalTold = (found, unit, each) => {
    if (!found || found.lower === null) return '';
    const range = `${format.withUnit(found.lower, unit)} to ${format.withUnit(found.upper, unit)}`;
    return found.of === 1 ? `95 % over ${each.current_trials} trials: ${range}` : `95 % within this run: ${range}`;
  };

  const tests = data.tests.map((test) => test.name);

  // The case's name without its test, where a test is named beside it.
  const short = (each) => (each.id.startsWith(`${each.test}[`) ? each.id.slice(each.test.length + 1, -1) : each.id);

  // Of any suite: how it stands in one sentence.
  const verdictOf = (cases) => {
    const of = (name) => cases.filter((each) => each.standing === name).length;
    const [holds, misses, failed, open] = [of('holds'), of('misses'), of('failed'), of('stale') + of('missing')];
    const all = format.count(cases.length, 'case');
    const limited = cases.some((each) => each.trials.some(({ result }) => result?.thresholds?.length || result?.expectations?.length));
    if (!cases.length) return ['open', '·', 'The suite has no cases'];
    const bad = [misses ? `${misses} miss a limit` : '', failed ? `${failed} failed` : ''].filter(Boolean);
    const rest = open ? [`${open} not measured as the suite is now`] : [];
    if (bad.length) return ['bad', '✗', `${holds} of ${all} hold: ${[...bad, ...rest].join(', ')}`];
    if (open) return ['open', '~', `${holds} of ${all} hold: ${rest.join('')}`];
    if (!limited) return ['good', '✓', `${all} measured; no limits are set, so none is missed`];
    return ['good', '✓', cases.length === 1 ? 'The case holds' : `All ${all} hold`];
  };

  const ageOf = (instant) => format.age((Date.now() - Date.parse(instant)) / 1000);

  return { standings, results, newest, axes, label, loadAxis, figure, cell, intervalTold, tests, short, verdictOf, ageOf };
})();

// What the page knows, and what follows from it: axes, ages, builds. Every value reaches the page as text.
'use strict';

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

  // Axes of these cases: parameters of several values, in the order of the suite; numbers ascend. Those that always
  // move together are one.
  const axes = (cases) => {
    const names = [...new Set(cases.flatMap((each) => Object.keys(each.parameters)))];
    const found = names.map((name) => {
      const values = new Map();
      for (const each of cases) values.set(shown(each.parameters[name]), each.parameters[name]);
      const list = [...values].map(([label, value]) => ({ label, value }));
      const numeric = list.every(({ value }) => typeof value === 'number');
      if (numeric) list.sort((one, other) => one.value - other.value);
      return { name, values: list, numeric };
    });
    const several = found.filter((axis) => axis.values.length > 1);
    const follows = (axis, other) => {
      const pairs = new Set(cases.map((each) => JSON.stringify([label(each, axis), label(each, other)])));
      return pairs.size === axis.values.length && pairs.size === other.values.length;
    };
    return several.filter((axis, at) => !several.slice(0, at).some((before) => follows(before, axis)));
  };

  const label = (each, axis) => shown(each.parameters[axis.name]);

  // The axis that most likely is the load.
  const loadAxis = (all) => {
    const named = (axis) => /(^|\.)(rate|vus|target|rps|preAllocatedVUs|arrival|load)$/i.test(axis.name);
    return all.find((axis) => axis.numeric && named(axis)) ?? all.find((axis) => axis.numeric) ?? all[0];
  };

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

  const tests = [...new Set(data.cases.map((each) => each.test))];

  // The case's name without its test, where a test is named beside it.
  const short = (each) => (each.id.startsWith(`${each.test}[`) ? each.id.slice(each.test.length + 1, -1) : each.id);

  const ageOf = (instant) => format.age((Date.now() - Date.parse(instant)) / 1000);

  return { standings, results, newest, axes, label, loadAxis, figure, cell, intervalTold, tests, short, ageOf };
})();

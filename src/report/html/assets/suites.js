// Several suites on one page: how each stands, which one is shown below, and their figures side by side.
'use strict';

const suitesTable = (() => {
  const state = { figure: null };
  const host = element('div', { id: 'suites-drawn' });

  const results = (suite) => suite.cases.flatMap((each) => each.trials.filter((trial) => trial.result).map((trial) => trial.result));

  const row = (suite) => {
    const [kind, mark, words] = model.verdictOf(suite.cases);
    const ends = results(suite).map((result) => result.measured_at).sort();
    const ages = ends.length ? `${model.ageOf(ends[ends.length - 1])}${ends.length > 1 ? ` to ${model.ageOf(ends[0])}` : ''}` : '–';
    const is = suite === data;
    const counts = [...Object.keys(model.standings).map((name) => suite.cases.filter((each) => each.standing === name).length), suite.cases.filter((each) => each.suspect).length];
    return element('tr', { class: is ? 'open' : null, 'data-suite': suite.suite.name },
      element('th', { scope: 'row' }, element('a', { href: address.ofSuite(suite), 'aria-current': is ? 'true' : null }, suite.suite.title), is ? element('span', { class: 'quiet' }, ' (shown below)') : null),
      element('td', { class: `verdict-cell ${kind}` }, element('span', { class: `mark ${{ good: 'holds', bad: 'misses', open: 'stale' }[kind]}` }, mark), ` ${words}`),
      element('td', { class: 'number' }, String(suite.cases.length)), counts.map((count) => element('td', { class: 'number' }, count ? String(count) : '–')), element('td', {}, ages));
  };

  // Figures that at least two suites have in the same unit.
  const shared = () => {
    const found = new Map();
    for (const suite of suites) for (const { name, unit } of suite.figures) {
      const key = JSON.stringify([name, unit]);
      found.set(key, { name, unit, count: (found.get(key)?.count ?? 0) + 1 });
    }
    return [...found.values()].filter(({ count }) => count > 1);
  };

  const valueOf = (suite, each, figure) => each.figures[suite.figures.findIndex(({ name, unit }) => name === figure.name && unit === figure.unit)]?.[0];

  // A row a test, from its least to its greatest value; below it the cases that at least two suites have.
  const beside = (figure) => {
    const told = (value) => format.withUnit(value, figure.unit);
    const within = (suite, test) => {
      const values = suite.cases.filter((each) => each.test === test).map((each) => valueOf(suite, each, figure)).filter((value) => value !== undefined);
      if (!values.length) return '–';
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return low === high ? told(low) : `${told(low)} to ${told(high)}`;
    };
    const ids = new Map();
    for (const suite of suites) for (const each of suite.cases) ids.set(each.id, [...(ids.get(each.id) ?? []), [suite, each]]);
    const common = [...ids].filter(([, list]) => list.length > 1);
    const tests = [...new Set(suites.flatMap((suite) => suite.tests.map((test) => test.name)))];
    const rows = tests.map((test) => element('tr', {}, element('th', { scope: 'row' }, test), suites.map((suite) => element('td', { class: 'number' }, within(suite, test)))));
    const cases = common.slice(0, 200).map(([id, list]) => element('tr', {}, element('td', {}, id), suites.map((suite) => {
      const value = list.filter(([other]) => other === suite).map(([, each]) => valueOf(suite, each, figure))[0];
      return element('td', { class: 'number', 'data-case': id, 'data-value': value }, value === undefined ? '–' : told(value));
    })));
    const more = common.length > 200 ? ` ${common.length - 200} more common cases are not listed.` : '';
    return [element('div', { class: 'scroll' }, element('table', {}, element('thead', {}, element('tr', {}, ['test or case', ...suites.map((suite) => suite.suite.title)].map((words) => element('th', { scope: 'col' }, words)))),
      element('tbody', {}, rows, cases))), element('p', { class: 'quiet' }, `A test's row is its least and greatest value. ${common.length ? `Cases of the same name stand below.${more}` : 'No case is in two suites.'}`)];
  };

  const draw = () => {
    const figures = shared();
    const figure = figures.find((each) => each.name === state.figure) ?? figures.find((each) => each.name === 'p95') ?? figures[0];
    host.replaceChildren(...(figure ? [
      select('side by side', figures.map((each) => [each.name, each.name]), figure.name, (name) => { state.figure = name; draw(); }, { id: 'suites-figure' }), ...beside(figure)] : []));
  };

  const section = () => {
    if (!address.several) return null;
    addEventListener('hashchange', () => {
      const wanted = new URLSearchParams(location.hash.slice(1)).get('suite');
      if (wanted !== null && wanted !== data.suite.name) location.reload();
    });
    draw();
    const head = ['suite', 'verdict', 'cases', ...Object.values(model.standings).map(({ mark, words }) => `${mark} ${words}`), '? suspect', 'measured ago'];
    return element('section', { id: 'suites', 'aria-labelledby': 'suites-title' },
      element('h2', { id: 'suites-title' }, `${suites.length} suites`),
      element('div', { class: 'scroll' }, element('table', { class: 'suites' }, element('thead', {}, element('tr', {}, head.map((words) => element('th', { scope: 'col' }, words)))), element('tbody', {}, suites.map(row)))),
      element('div', { class: 'controls beside' }, host));
  };

  return { section };
})();

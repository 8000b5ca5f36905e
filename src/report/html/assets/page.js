// The page: what a reader must see in ten seconds, then the charts, then everything.
'use strict';

const page = (() => {
  const cases = data.cases;
  const standing = (name) => cases.filter((each) => each.standing === name);
  const named = (each) => element('a', { href: address.of(each), onclick: (event) => { event.preventDefault(); table.open(each); } }, each.id);

  const joined = (parts, most) => {
    const kept = parts.slice(0, most).flatMap((part, at) => (at ? [', ', part] : [part]));
    return parts.length > most ? [...kept, ` and ${parts.length - most} more`] : kept;
  };

  // The newest build is the last one that loaded anything: what it did not run was there before.
  const counts = () => {
    const { newest, results } = model;
    const ran = results.filter((result) => !result.builds_after);
    const kept = results.filter((result) => result.builds_after).map((result) => result.measured_at).sort();
    const chip = (words, title, filter) => element('li', {}, filter
      ? element('button', { type: 'button', title, onclick: () => { table.narrow({ words: '', test: '', standing: filter }); document.getElementById('cases').scrollIntoView(); } }, words)
      : element('span', { title }, words));
    const ages = kept.length ? `, ${model.ageOf(kept[kept.length - 1])}${kept.length > 1 ? ` to ${model.ageOf(kept[0])}` : ''} old` : '';
    const chips = [
      chip(`${format.count(cases.length, 'case')}, ${format.count(results.length, 'result')}`, 'results are trials that left something'),
      chip(`${ran.length} ran${newest ? `, ${model.ageOf(newest.measured_at)} ago` : ''}`, newest ? `in the newest build that loaded anything, until ${newest.measured_at}` : ''),
      chip(`${kept.length} cached${ages}`, 'results of earlier builds that still count'),
    ];
    for (const [name, each] of Object.entries(model.standings)) {
      const count = standing(name).length;
      if (count || name === 'failed') chips.push(chip(`${each.mark} ${count} ${count === 1 ? each.word : each.words}`, each.told, count ? name : null));
    }
    const suspects = cases.filter((each) => each.suspect).length;
    chips.push(chip(`? ${suspects} suspect`, 'there is a reason to doubt the measurement', suspects ? 'suspect' : null));
    return element('ul', { class: 'chips', 'aria-label': 'counts' }, chips);
  };

  const limited = (items) => (items.length > 4 ? [...items.slice(0, 4), element('li', {}, within('cases', `${items.length - 4} more tests`))] : items);

  // The holding case of a test with the most throughput.
  const best = () => model.tests.flatMap((test) => {
    const rate = (each) => model.cell(each, model.figure('throughput'))?.value;
    const able = cases.filter((each) => each.test === test && each.standing === 'holds' && rate(each) !== undefined && rate(each) !== null);
    const top = able.reduce((found, each) => (!found || rate(each) > rate(found) ? each : found), null);
    if (!top) return [];
    const p95 = model.cell(top, model.figure('p95'));
    return [element('li', {}, named(top), `: ${format.withUnit(rate(top), '1/s')}${p95 ? ` at p95 ${format.withUnit(p95.value, 'ms')}` : ''}`)];
  });

  const changed = () => {
    const reasons = new Map();
    const add = (words, each) => reasons.set(words, [...(reasons.get(words) ?? []), each]);
    for (const each of cases) {
      for (const trial of each.trials) {
        if (trial.state === 'stale' || trial.state === 'failed') add(`${trial.state}: ${trial.reason ?? 'no reason is known'}`, each);
        else if (trial.state === 'missing') add('never measured', each);
        else if (trial.result && !trial.result.builds_after) add(`ran: ${trial.result.reasons.map(text).join('; ') || 'no reason is known'}`, each);
      }
    }
    const list = [...reasons].map(([words, found]) => [words, [...new Set(found)]]).sort((one, other) => other[1].length - one[1].length);
    return list.slice(0, 4).map(([words, found]) => element('li', {}, `${format.count(found.length, 'case')} ${words}`, ...(found.length <= 2 && cases.length > 2 ? [' (', ...joined(found.map(named), 2), ')'] : [])))
      .concat(list.length > 4 ? [element('li', {}, `${list.length - 4} more reasons stand with their cases`)] : []);
  };

  const belief = () => {
    const items = [];
    const suspects = cases.filter((each) => each.suspect);
    const doubts = new Map();
    for (const result of model.results) for (const doubt of result.doubts) doubts.set(doubt, (doubts.get(doubt) ?? 0) + 1);
    if (suspects.length) items.push(['?', [`${format.count(suspects.length, 'case is', 'cases are')} suspect: `, ...joined([...doubts.keys()], 2)]]);
    const trials = [...new Set(cases.map((each) => each.current_trials))].sort((one, other) => one - other);
    const fewest = trials[0] ?? 0;
    if (cases.length && fewest <= 1) items.push(['?', fewest ? ['some cases have one trial: how much another run would differ is known only with ', element('code', {}, 'repeat')] : ['some cases have no current result']]);
    else if (cases.length) items.push(['✓', [`${trials.join(' to ')} trials of each case`]]);
    const several = (name, words) => {
      const found = new Set(model.results.map((result) => result[name]));
      if (found.size > 1) items.push(['?', [`${found.size} ${words} measured these results`]]);
    };
    several('host', 'kinds of load generator');
    several('k6', 'versions of k6');
    several('builds_after', 'builds');
    if (model.results.some((result) => !result.target.length)) items.push(['?', ['the target is not identified: it may have changed between runs']]);
    const drifts = model.results.filter((result) => result.notes.some((note) => note.includes('within the window'))).length;
    if (drifts) items.push(['?', [`${format.count(drifts, 'result')} moved within the measured window`]]);
    if (!suspects.length && model.results.length) items.unshift(['✓', ['no run gave a reason to doubt it']]);
    return items.map(([mark, words]) => element('li', {}, element('span', { class: `mark ${mark === '?' ? 'suspect' : 'holds'}`, 'aria-label': mark === '?' ? 'beware' : 'good' }, mark), ' ', ...words));
  };

  const short = () => {
    const several = model.tests.length > 1;
    const found = throughput.brief();
    const knees = found.slice(0, 4).map((each) => element('li', {}, element('strong', {}, several && each.name !== each.test ? `${each.test}, ${each.name}` : each.name), `: ${each.told}`));
    if (found.length > 4) knees.push(element('li', {}, within('throughput', `${found.length - 4} more lines`)));
    const block = (title, items, none) => element('div', {}, element('h3', {}, title), items.length ? element('ul', {}, items) : element('p', { class: 'quiet' }, none));
    return element('section', { id: 'short', 'aria-label': 'in short' },
      block('What holds up', limited(best()), 'No measured case keeps all limits.'),
      block('Where the knee is', knees, 'No sequence of three or more loads was measured.'),
      block('What changed', changed(), 'Nothing: all results are of earlier builds.'),
      block('Whether to believe it', belief(), 'There is no result yet.'));
  };

  const head = () => {
    const [kind, mark, words] = model.verdictOf(cases);
    const { suite } = data;
    const links = [...(address.several ? [['suites', 'Suites']] : []), ['overview', 'Overview'], ['throughput', 'Throughput'], ['curves', 'Percentiles'], ['comparison', 'Comparison'], ['cases', 'Cases']];
    return element('header', {},
      element('nav', { 'aria-label': 'sections' }, links.map(([id, title]) => within(id, title)), theme(detail.redraw)), suitesTable.section(),
      element('h1', {}, suite.title), suite.description ? element('p', { class: 'description' }, suite.description) : null,
      element('p', { class: `verdict ${kind}`, id: 'verdict' }, element('span', { 'aria-hidden': 'true' }, mark), ` ${words}`), counts());
  };

  const comparison = () => element('section', { id: 'comparison', 'aria-labelledby': 'comparison-title' },
    element('h2', { id: 'comparison-title' }, 'Comparison with a baseline'),
    element('p', {}, 'No baseline is set. These numbers are compared with nothing: whether they are better or worse than before is not known here.'));

  // Ages say nothing on paper without the day on which it was printed.
  const printed = element('p', { class: 'quiet on-paper', id: 'printed' });

  const foot = () => element('footer', {}, printed, element('p', { class: 'quiet' }, `Made by howitzer ${data.suite.howitzer} from ${data.suite.path}. The same numbers for programs: results.json, results.csv. Charts by time: uPlot.`));

  const begin = () => {
    const sections = [overview.section(), throughput.section(), curves.section(), comparison(), table.section()];
    document.getElementById('page').replaceWith(element('div', { id: 'page' }, head(), element('main', {}, short(), ...sections), foot()), chart.tip, readable.said);
    overview.draw();
    throughput.draw();
    curves.draw();
    table.draw();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', detail.redraw);
    for (const event of ['beforeprint', 'afterprint']) addEventListener(event, () => {
      document.documentElement.classList.toggle('printing', event === 'beforeprint');
      printed.textContent = `Printed at ${new Date().toISOString().slice(0, 19)}Z. Ages are counted from then.`;
      detail.redraw();
    });
    const each = cases.find((found) => found.id === address.case);
    if (each) table.open(each);
    // For whoever measures it: everything is drawn.
    performance.mark('ready');
  };

  return { begin };
})();

page.begin();

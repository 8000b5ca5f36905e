// All cases: parameters and figures as columns, sorted and filtered; a case opens below its row.
'use strict';

const table = (() => {
  const STEP = 500;
  const state = { words: '', standing: '', test: '', sort: null, down: false, most: STEP };
  const opened = new Map();
  const body = element('tbody');
  const count = element('p', { class: 'quiet', role: 'status', id: 'cases-count' });
  const more = element('button', { type: 'button', hidden: true, onclick: () => { state.most += STEP; draw(); } }, 'show more');
  const heads = element('tr');

  const parameters = [...new Set(data.cases.flatMap((each) => Object.keys(each.parameters)))];
  // The figures that every suite has, and the user's own.
  const figures = data.figures.map((figure, at) => ({ ...figure, at })).filter((figure) => figure.at < 5 || !figure.name.includes(' '));

  const ORDER = ['failed', 'misses', 'missing', 'stale', 'holds'];
  const columns = [
    { name: 'case', key: (each) => each.index, number: true },
    ...parameters.map((name) => ({ name, key: (each) => each.parameters[name] })),
    { name: 'standing', key: (each) => ORDER.indexOf(each.standing), number: true },
    ...figures.map((figure) => ({ name: figure.name, key: (each) => model.cell(each, figure.at)?.value, number: true })),
    { name: 'measured', key: (each) => each.measured },
  ];

  const compare = (one, other) => {
    const missing = (value) => value === undefined || value === null || value === '';
    if (missing(one) || missing(other)) return missing(one) - missing(other);
    if (typeof one === 'number' && typeof other === 'number') return one - other;
    return String(shown(one)).localeCompare(String(shown(other)), 'en', { numeric: true });
  };

  const matches = (each) => {
    const words = state.words.toLowerCase().split(/\s+/).filter(Boolean);
    const haystack = `${each.id} ${model.standings[each.standing].word} ${each.suspect ? 'suspect' : ''}`.toLowerCase();
    return words.every((word) => haystack.includes(word))
      && (!state.test || each.test === state.test)
      && (!state.standing || (state.standing === 'suspect' ? each.suspect : each.standing === state.standing));
  };

  const visible = () => {
    const cases = data.cases.filter(matches);
    const column = columns.find((each) => each.name === state.sort);
    if (!column) return cases;
    const sign = state.down ? -1 : 1;
    return cases.map((each) => [column.key(each), each]).sort(([one, first], [other, second]) => {
      const missing = (value) => value === undefined || value === null || value === '';
      // What has no value stays at the end either way.
      const order = compare(one, other);
      return (missing(one) || missing(other) ? order : sign * order) || first.index - second.index;
    }).map(([, each]) => each);
  };

  const toggle = (each, is = !opened.has(each.index)) => {
    if (is) opened.set(each.index, detail.of(each));
    else opened.delete(each.index);
    draw();
  };

  const row = (each) => {
    const standing = model.standings[each.standing];
    const isOpen = opened.has(each.index);
    const choose = element('input', { type: 'checkbox', 'aria-label': `draw the percentile curve of ${each.id}`, onchange: (event) => curves.choose(each, event.target.checked) });
    choose.checked = curves.chosen.has(each.index);
    const cells = figures.map((figure) => {
      const found = model.cell(each, figure.at);
      return element('td', { class: 'number', 'data-figure': figure.name, 'data-value': found?.value, title: model.intervalTold(found, figure.unit, each) },
        found ? format.withUnit(found.value, figure.unit) : '–');
    });
    return element('tr', { 'data-case': each.id, class: isOpen ? 'open' : null, id: `case-${each.index}` },
      element('td', {}, choose),
      element('th', { scope: 'row' }, element('button', { type: 'button', class: 'name', 'aria-expanded': String(isOpen), onclick: () => toggle(each) }, each.test,
        each.trials.length > 1 ? element('span', { class: 'quiet' }, ` ×${each.trials.length}`) : null),
        // On a phone the column of standings is beyond the edge.
        element('span', { class: `mark on-phone ${each.standing}`, 'aria-hidden': 'true' }, ` ${standing.mark}${each.suspect ? ' ?' : ''}`)),
      parameters.map((name) => element('td', {}, shown(each.parameters[name]))),
      element('td', {}, element('span', { class: `mark ${each.standing}`, title: standing.told }, `${standing.mark} ${standing.word}`), each.suspect ? element('span', { class: 'mark suspect' }, ' ? suspect') : null),
      cells, element('td', { title: each.measured }, each.measured ? `${model.ageOf(each.measured)} ago` : '–'));
  };

  const drawHeads = () => {
    heads.replaceChildren(element('th', { scope: 'col' }, 'curve'), ...columns.map((column) => {
      const is = state.sort === column.name;
      const sort = () => {
        if (!is) Object.assign(state, { sort: column.name, down: false });
        else if (!state.down) state.down = true;
        else state.sort = null;
        drawHeads();
        draw();
        heads.querySelector(`[data-column="${CSS.escape(column.name)}"]`)?.focus();
      };
      return element('th', { scope: 'col', 'aria-sort': is ? (state.down ? 'descending' : 'ascending') : 'none' },
        element('button', { type: 'button', 'data-column': column.name, onclick: sort }, column.name, element('span', { 'aria-hidden': 'true' }, is ? (state.down ? ' ▼' : ' ▲') : '')));
    }));
  };

  const draw = () => {
    const all = visible();
    const width = columns.length + 1;
    body.replaceChildren(...all.slice(0, state.most).flatMap((each) => {
      const open = opened.get(each.index);
      return open ? [row(each), element('tr', { class: 'opened' }, element('td', { colspan: width }, open))] : [row(each)];
    }));
    count.textContent = all.length === data.cases.length ? format.count(all.length, 'case') : `${all.length} of ${format.count(data.cases.length, 'case')}`;
    more.hidden = all.length <= state.most;
  };

  const focusOn = (each) => {
    const found = document.getElementById(`case-${each.index}`);
    found?.scrollIntoView({ block: 'start' });
    found?.querySelector('.name')?.focus({ preventScroll: true });
  };

  // Opens a case wherever it was named.
  const open = (each) => {
    if (!matches(each)) narrow({ words: '', standing: '', test: '' });
    state.most = Math.max(state.most, visible().indexOf(each) + 1);
    if (!opened.has(each.index)) toggle(each, true);
    history.replaceState(null, '', address.of(each));
    focusOn(each);
  };

  const search = element('input', { type: 'search', id: 'cases-filter', placeholder: 'name, value or standing', oninput: (event) => { state.words = event.target.value; draw(); } });
  const standing = select('standing', [['', '(all)'], ...Object.entries(model.standings).map(([key, each]) => [key, each.word]), ['suspect', 'suspect']], '',
    (value) => { state.standing = value; draw(); }, { id: 'cases-standing' });
  const test = model.tests.length > 1 ? select('test', [['', '(all)'], ...model.tests.map((name) => [name, name])], '', (value) => { state.test = value; draw(); }, { id: 'cases-test' }) : null;

  const narrow = (change) => {
    Object.assign(state, change);
    search.value = state.words;
    standing.querySelector('select').value = state.standing;
    if (test) test.querySelector('select').value = state.test;
    draw();
  };

  const section = () => {
    drawHeads();
    return element('section', { id: 'cases', 'aria-labelledby': 'cases-title' }, element('h2', { id: 'cases-title' }, 'Cases'),
      element('div', { class: 'controls' }, element('label', {}, element('span', {}, 'filter'), search), standing, test,
        element('button', { type: 'button', id: 'cases-open', onclick: () => { visible().slice(0, 20).forEach((each) => opened.set(each.index, opened.get(each.index) ?? detail.of(each))); draw(); } }, 'open the first 20'),
        element('button', { type: 'button', id: 'cases-close', onclick: () => { opened.clear(); draw(); } }, 'close all')),
      count, element('div', { class: 'scroll wide' }, element('table', { class: 'cases' }, element('thead', {}, heads), body)), more);
  };

  return { section, draw, open, narrow };
})();

// The suite at a glance, by its axes: one axis is drawn as lines, two as a heat map; of more, two are chosen and the
// others held.
'use strict';

const select = (title, options, chosen, change, attributes = {}) => {
  const list = element('select', { ...attributes, onchange: (event) => change(event.target.value) },
    options.map(([value, words]) => element('option', { value, selected: value === chosen }, words)));
  return element('label', {}, element('span', {}, title), list);
};

const overview = (() => {
  const NONE = '';
  const state = { test: null, x: null, y: NONE, figure: 'p95', held: {} };
  const host = element('div', { id: 'overview-drawn' });
  const controls = element('div', { class: 'controls' });

  const casesOf = (test) => data.cases.filter((each) => each.test === test);

  // The largest test first; its load axis across, and another one up where there is one.
  const begin = () => {
    const sizes = model.tests.map((test) => casesOf(test).length);
    state.test = model.tests[sizes.indexOf(Math.max(...sizes))] ?? null;
    reset();
  };

  const reset = () => {
    const all = model.axes(state.test);
    const load = all.find((axis) => axis.name === model.loadAxis(state.test)?.name);
    state.x = load?.name ?? NONE;
    state.y = all.find((axis) => axis !== load)?.name ?? NONE;
    state.held = {};
  };

  const set = (change) => {
    Object.assign(state, change);
    draw();
  };

  const held = (cases, axes) => {
    const rest = axes.filter((axis) => axis.name !== state.x && axis.name !== state.y);
    for (const axis of rest) state.held[axis.name] ??= model.label(cases[0], axis);
    return { rest, cases: cases.filter((each) => rest.every((axis) => model.label(each, axis) === state.held[axis.name])) };
  };

  const pointsOf = (cases, axis, at, isMarked) => {
    const unit = data.figures[at].unit;
    const place = (each) => axis.values.findIndex((value) => value.label === model.label(each, axis));
    const points = cases.map((each) => {
      const found = model.cell(each, at);
      if (!found || each.standing === 'failed') return null;
      const standing = model.standings[each.standing];
      return {
        label: isMarked && each.standing !== 'holds' ? standing.mark : '',
        x: axis.numeric ? each.parameters[axis.name] : place(each), y: found.value, lower: found.lower, upper: found.upper,
        told: [`${model.short(each)}: ${data.figures[at].name} ${format.withUnit(found.value, unit)}`,
          model.intervalTold(found, unit, each), each.standing === 'holds' ? '' : standing.word].filter(Boolean).join('; '),
        open: () => table.open(each),
      };
    });
    return points.filter(Boolean).sort((one, other) => one.x - other.x);
  };

  const across = (axis) => {
    if (!axis.numeric) return { title: axis.name, apart: true, labels: axis.values.map((value) => value.label) };
    const numbers = axis.values.map((value) => value.value);
    const log = numbers[0] > 0 && numbers[numbers.length - 1] / numbers[0] >= 20;
    return { title: axis.name, apart: true, log, free: true, ticks: numbers.length <= 12 ? numbers.map((value) => [value, format.plain(value)]) : undefined };
  };

  const drawLines = (cases, axis) => {
    const line = (name) => ({ name, points: pointsOf(cases, axis, model.figure(name), !['p50', 'p99'].includes(name)) });
    const latencies = ['p50', 'p95', 'p99'].map(line);
    const values = latencies.flatMap((each) => each.points.map((point) => point.y)).filter((value) => value > 0);
    const log = values.length > 0 && Math.max(...values) / Math.min(...values) > 20;
    const [latency, rate] = [element('div', { class: 'chart' }), element('div', { class: 'chart' })];
    host.replaceChildren(element('div', { class: 'pair' }, latency, rate));
    chart.draw(latency, { title: `Latency by ${axis.name}`, x: across(axis), y: { title: 'latency', unit: 'ms', log }, lines: latencies, note: intervalNote(cases) });
    const more = ['p50', 'p95', 'p99'].includes(state.figure) ? 'throughput' : state.figure;
    const at = model.figure(more);
    chart.draw(rate, { title: `${more} by ${axis.name}`, x: across(axis), y: { title: more, unit: data.figures[at].unit }, lines: [line(more)] });
  };

  const intervalNote = (cases) => {
    const kinds = new Set(cases.flatMap((each) => each.figures.filter(Boolean).map((found) => found[3])));
    if (kinds.has(1)) return 'Points are means over trials; bars are 95 % intervals over trials, and without an end where they leave the chart. ✗ misses a limit, ~ stale.';
    return kinds.has(2) ? 'Bars are 95 % intervals within each run: they say nothing of another run. ✗ misses a limit, ~ stale.' : 'No intervals are known of these numbers.';
  };

  const heat = (values, value) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    if (high === low) return 0;
    return low > 0 && high / low > 10 ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  };

  const drawMap = (cases, x, y) => {
    const at = Math.max(0, model.figure(state.figure));
    const { unit, name } = data.figures[at];
    const values = cases.map((each) => model.cell(each, at)?.value).filter((value) => value !== undefined && value !== null);
    const place = (across, up) => JSON.stringify([across, up]);
    const placed = new Map(cases.map((each) => [place(model.label(each, x), model.label(each, y)), each]));
    const one = (across, up) => {
      const each = placed.get(place(across.label, up.label));
      if (!each) return element('td', { class: 'none' }, element('span', { class: 'quiet' }, 'no case'));
      const found = model.cell(each, at);
      const standing = model.standings[each.standing];
      const told = `${model.short(each)}: ${standing.word}. ${model.intervalTold(found, unit, each)}`;
      return element('td', { style: found ? `--heat: ${(heat(values, found.value) * 100).toFixed(1)}%` : null },
        element('button', { type: 'button', title: told, 'data-value': found?.value, onclick: () => table.open(each) },
          element('span', { class: `mark ${each.standing}`, 'aria-label': standing.word }, standing.mark),
          ` ${found ? format.withUnit(found.value, unit) : '–'}`, each.suspect ? element('span', { class: 'mark suspect', 'aria-label': 'suspect' }, ' ?') : null));
    };
    const head = element('tr', {}, element('th', { scope: 'col' }, `${y.name} ↓  ${x.name} →`), x.values.map((value) => element('th', { scope: 'col' }, value.label)));
    const rows = y.values.map((up) => element('tr', {}, element('th', { scope: 'row' }, up.label), x.values.map((value) => one(value, up))));
    const range = values.length ? `stronger colour is more: ${format.withUnit(Math.min(...values), unit)} to ${format.withUnit(Math.max(...values), unit)}` : 'no numbers';
    host.replaceChildren(
      element('h3', {}, `${name} by ${x.name} and ${y.name}`),
      element('div', { class: 'scroll' }, element('table', { class: 'heat' }, element('thead', {}, head), element('tbody', {}, rows))),
      element('p', { class: 'quiet' }, `${range}. ✓ holds, ✗ misses a limit, ! failed, ~ stale, · missing, ? suspect.`));
  };

  const drawOne = (cases) => {
    host.replaceChildren(element('div', { class: 'tiles' }, cases.slice(0, 1).flatMap((each) => data.figures.map((figure, at) => {
      const found = model.cell(each, at);
      return found && element('div', { class: 'tile' }, element('span', { class: 'quiet' }, figure.name),
        element('strong', { 'data-value': found.value }, format.withUnit(found.value, figure.unit)),
        element('span', { class: 'quiet' }, model.intervalTold(found, figure.unit, each)));
    }))));
  };

  const draw = () => {
    const all = casesOf(state.test);
    const axes = model.axes(state.test);
    const [x, y] = [axes.find((axis) => axis.name === state.x), axes.find((axis) => axis.name === state.y)];
    const { rest, cases } = held(all, axes);
    const names = axes.map((axis) => [axis.name, axis.name]);
    controls.replaceChildren(...[
      model.tests.length > 1 ? select('test', model.tests.map((test) => [test, test]), state.test, (test) => { state.test = test; reset(); draw(); }, { id: 'overview-test' }) : null,
      x ? select('shown', data.figures.map((figure) => [figure.name, figure.name]), state.figure, (figure) => set({ figure }), { id: 'overview-figure' }) : null,
      axes.length > 1 ? select('across', names, state.x, (name) => set({ x: name, y: name === state.y ? state.x : state.y }), { id: 'overview-x' }) : null,
      axes.length > 1 ? select('up', [[NONE, '(none: lines)'], ...names.filter(([name]) => name !== state.x)], state.y, (name) => set({ y: name }), { id: 'overview-y' }) : null,
      ...rest.map((axis) => select(axis.name, axis.values.map((value) => [value.label, value.label]), state.held[axis.name],
        (label) => { state.held[axis.name] = label; draw(); }, { class: 'overview-held' })),
    ].filter(Boolean));
    if (!x) return drawOne(all);
    if (!cases.length) return host.replaceChildren(element('p', { class: 'quiet' }, 'No case has all of these values.'));
    return y ? drawMap(cases, x, y) : drawLines(cases, x);
  };

  const section = () => {
    begin();
    return element('section', { id: 'overview', 'aria-labelledby': 'overview-title' },
      element('h2', { id: 'overview-title' }, 'Overview'), controls, host);
  };

  return { section, draw };
})();

// Latency against throughput, a line for each sequence of loads, with its knee.
'use strict';

const throughput = (() => {
  const state = { test: null, along: null, figure: 'p95', only: {} };
  const host = element('div', { class: 'chart', id: 'throughput-drawn' });
  const controls = element('div', { class: 'controls' });
  const knees = element('ul', { class: 'knees' });

  // Sequences of loads: cases that differ in the axis `along` only, each with its knee, as Rust found them.
  const sequences = (test, along) => {
    const axes = model.axes(test);
    const found = data.tests.find((each) => each.name === test);
    const named = axes.findIndex((axis) => axis.name === along);
    const at = named >= 0 ? named : found?.load ?? -1;
    const groups = (found?.sequences[at] ?? []).map((line) => {
      const cases = line.cases.map((place) => data.cases[place]);
      const points = cases.map(measured).filter(Boolean);
      return { name: line.name || test, cases, points, knee: { kind: line.knee, point: points.find((point) => point.case === data.cases[line.at]) } };
    });
    return { axes, axis: axes[at], groups };
  };

  const measured = (each) => {
    const at = (name) => model.cell(each, model.figure(name));
    const [rate, p95] = [at('throughput'), at('p95')];
    if (!rate || !p95 || p95.value <= 0 || ['failed', 'missing'].includes(each.standing)) return null;
    return { case: each, rate: rate.value, p95: p95.value };
  };

  const told = (group, axis) => {
    const { kind, point } = group.knee;
    const at = () => `${axis.name}=${model.label(point.case, axis)} (${format.withUnit(point.rate, '1/s')} at p95 ${format.withUnit(point.p95, 'ms')})`;
    switch (kind) {
      case 'at': return `knee at ${at()}`;
      case 'below': return `the lowest load is at the knee or past it: ${at()}`;
      case 'beyond': return `no knee up to the highest load: ${at()}`;
      default: return 'no knee: it takes three measured loads of a number';
    }
  };

  const draw = () => {
    const { axes, axis, groups } = sequences(state.test, state.along);
    const rest = axes.filter((each) => each !== axis);
    controls.replaceChildren(...[
      model.tests.length > 1 ? select('test', model.tests.map((test) => [test, test]), state.test, (test) => { Object.assign(state, { test, along: null, only: {} }); draw(); }, { id: 'throughput-test' }) : null,
      select('latency', ['p50', 'p95', 'p99'].map((name) => [name, name]), state.figure, (figure) => { state.figure = figure; draw(); }, { id: 'throughput-figure' }),
      axes.length > 1 ? select('lines along', axes.filter((_, at) => data.tests.find((each) => each.name === state.test).sequences[at].length).map((each) => [each.name, each.name]), axis.name, (along) => { Object.assign(state, { along, only: {} }); draw(); }, { id: 'throughput-along' }) : null,
      ...rest.map((each) => select(each.name, [['', '(all)'], ...each.values.map((value) => [value.label, value.label])], state.only[each.name] ?? '',
        (label) => { state.only[each.name] = label; draw(); }, { class: 'throughput-only' })),
    ].filter(Boolean));
    const kept = groups.filter((group) => rest.every((each) => !state.only[each.name] || model.label(group.cases[0], each) === state.only[each.name]));
    const at = model.figure(state.figure);
    const lines = kept.slice(0, chart.LINES).map((group) => ({
      name: group.name,
      points: group.points.map((point) => {
        const latency = model.cell(point.case, at);
        const isKnee = group.knee.kind === 'at' && group.knee.point === point;
        return latency && {
          x: point.rate, y: latency.value, lower: latency.lower, upper: latency.upper, ring: isKnee, label: isKnee ? 'knee' : '',
          told: `${isKnee ? 'knee: ' : ''}${model.short(point.case)}: ${format.withUnit(point.rate, '1/s')}, ${state.figure} ${format.withUnit(latency.value, 'ms')}`,
          open: () => table.open(point.case),
        };
      }).filter(Boolean),
    }));
    const values = lines.flatMap((line) => line.points.map((point) => point.y)).filter((value) => value > 0);
    const log = values.length > 0 && Math.max(...values) / Math.min(...values) > 20;
    const more = kept.length > chart.LINES ? ` ${chart.LINES} of ${kept.length} lines are drawn: narrow them above.` : '';
    chart.draw(host, {
      title: `${state.figure} against throughput${axis ? `, along ${axis.name}` : ''}`,
      x: { title: 'throughput', unit: '1/s' }, y: { title: state.figure, unit: 'ms', log }, lines,
      note: `The knee is the load with the most successful requests per second for each millisecond of p95.${more}`,
    });
    knees.replaceChildren(...(axis ? kept.map((group) => element('li', {}, element('strong', {}, group.name), `: ${told(group, axis)}`)) : []));
  };

  // What the page's head says of each test.
  const brief = () => model.tests.flatMap((test) => {
    const { axis, groups } = sequences(test, null);
    return groups.filter((group) => group.knee.kind !== 'unknown').map((group) => ({ test, name: group.name, told: told(group, axis) }));
  });

  const section = () => {
    const sizes = model.tests.map((test) => data.cases.filter((each) => each.test === test).length);
    state.test = model.tests[sizes.indexOf(Math.max(...sizes))] ?? null;
    return element('section', { id: 'throughput', 'aria-labelledby': 'throughput-title' },
      element('h2', { id: 'throughput-title' }, 'Throughput against latency'), controls, host, knees);
  };

  return { section, draw, brief };
})();

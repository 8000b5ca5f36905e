// Percentile curves of chosen cases: the tail gets as much room as the rest.
'use strict';

const curves = (() => {
  const host = element('div', { class: 'chart', id: 'curves-drawn' });
  const state = { log: true };
  const chosen = new Set();

  // The first and the last case that have a curve, so that there is one to see.
  const begin = () => {
    const able = data.cases.filter((each) => each.curve.length > 1);
    for (const each of [able[0], able[Math.floor(able.length / 2)], able[able.length - 1]]) if (each) chosen.add(each.index);
  };

  // 50 % at 0.3, 90 % at 1, 99 % at 2: how many nines.
  const nines = (percent) => -Math.log10(1 - percent / 100);

  const draw = () => {
    const list = data.cases.filter((each) => chosen.has(each.index));
    const able = list.filter((each) => each.curve.length > 1);
    const line = (each) => ({
      name: each.id,
      points: each.curve.map((value, at) => ({
        x: nines(data.percents[at]), across: `p${data.percents[at]}`, y: value, bare: ![50, 90, 95, 99, 99.9, 99.99].includes(data.percents[at]),
        told: `${each.id}: p${data.percents[at]} ${format.withUnit(value, 'ms')}`, open: () => table.open(each),
      })),
    });
    const last = Math.max(1, ...able.map((each) => nines(data.percents[each.curve.length - 1])));
    const ticks = [[0, '0'], ...[50, 90, 95, 99, 99.9, 99.99].map((percent) => [nines(percent), `p${percent}`])].filter(([at]) => at <= last + 1e-9);
    const without = list.length - able.length;
    chart.draw(host, {
      title: 'Latency by percentile', x: { title: 'percentile', ticks }, y: { title: 'latency', unit: 'ms', log: state.log },
      lines: able.slice(0, chart.LINES).map(line),
      note: [`Choose cases in the table (up to ${chart.LINES}). A curve ends where there are too few samples for the next percentile; of a measured part of a run it is ± 5 %.`,
        without ? `${format.count(without, 'chosen case has', 'chosen cases have')} no curve: none was kept.` : ''].join(' '),
    });
  };

  const choose = (each, is) => {
    if (is) chosen.add(each.index); else chosen.delete(each.index);
    draw();
  };

  const section = () => {
    begin();
    const toggle = element('input', { type: 'checkbox', id: 'curves-log', checked: true, onchange: (event) => { state.log = event.target.checked; draw(); } });
    return element('section', { id: 'curves', 'aria-labelledby': 'curves-title' },
      element('h2', { id: 'curves-title' }, 'Percentile curves'),
      element('div', { class: 'controls' }, element('label', { class: 'row' }, toggle, ' latency on a log scale')), host);
  };

  return { section, draw, choose, chosen };
})();

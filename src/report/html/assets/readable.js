// Charts for who does not look at them: arrow keys move along points, each is said, and the numbers stand as a table.
'use strict';

const readable = (() => {
  const said = element('div', { id: 'said', class: 'unseen', role: 'status', 'aria-live': 'polite' });
  const say = (words) => { said.textContent = words; };

  // `rows` is asked only when the table is opened.
  const asTable = (head, rows) => {
    const fold = element('details', { class: 'as-table' }, element('summary', {}, 'Show as table'));
    fold.addEventListener('toggle', () => {
      if (!fold.open || fold.querySelector('table')) return;
      fold.append(element('div', { class: 'scroll' }, element('table', {},
        element('thead', {}, element('tr', {}, head.map((words) => element('th', { scope: 'col' }, words)))),
        element('tbody', {}, rows().map((cells) => element('tr', {}, cells.map((cell) => element('td', { class: 'number' }, cell))))))));
    });
    return fold;
  };

  // The place that a key leads to among `count` of them; null where it is another key.
  const moved = (key, at, count) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: count - 1, PageDown: at + 10, PageUp: at - 10 }[key];
    return to === undefined || !count ? null : Math.min(count - 1, Math.max(0, to));
  };

  // Points of SVG: one of them can be reached by Tab, arrows go on from it; up and down change the line.
  const points = (drawn) => {
    const lines = [...drawn.querySelectorAll('[data-line]')].map((group) => [...group.querySelectorAll('.point')]).filter((line) => line.length);
    lines.flat().forEach((point, at) => point.setAttribute('tabindex', at ? -1 : 0));
    drawn.addEventListener('keydown', (event) => {
      const line = lines.findIndex((each) => each.includes(event.target));
      if (line < 0) return;
      const at = lines[line].indexOf(event.target);
      const next = { ArrowUp: line - 1, ArrowDown: line + 1 }[event.key];
      const place = moved(event.key, at, lines[line].length);
      const target = next !== undefined ? lines[next]?.[Math.min(at, lines[next].length - 1)] : place !== null ? lines[line][place] : null;
      if (next === undefined && place === null) return;
      event.preventDefault();
      if (!target || target === event.target) return;
      event.target.setAttribute('tabindex', -1);
      target.setAttribute('tabindex', 0);
      target.focus();
    });
  };

  // A chart by time: its cursor goes from second to second.
  const time = (host, chart, told) => {
    let at = -1;
    host.setAttribute('tabindex', 0);
    host.setAttribute('role', 'application');
    host.addEventListener('keydown', (event) => {
      const plot = chart();
      const place = moved(event.key, at, plot.data[0].length);
      if (event.key === 'Escape') { at = -1; plot.setCursor({ left: -10, top: -10 }); say(''); }
      if (place === null) return;
      event.preventDefault();
      at = place;
      plot.setCursor({ left: plot.valToPos(plot.data[0][at], 'x'), top: plot.over.clientHeight / 2 });
      say(told(at));
    });
    host.addEventListener('focus', () => say(`${host.getAttribute('aria-label')}: arrow keys read the points`));
  };

  return { said, say, asTable, points, time };
})();

// Charts of few points, as SVG: lines with intervals over a linear, logarithmic or worded axis. Lines differ by
// colour, dash and marker, so that none of these is needed alone.
'use strict';

const chart = (() => {
  const SVG = 'http://www.w3.org/2000/svg';
  const DASHES = ['', '7 3', '2 3', '9 3 2 3', '', '7 3', '2 3', '9 3 2 3'];
  const MARKERS = [
    'M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0', 'M-3.5,-3.5h7v7h-7z', 'M0,-4.5L4.3,3.5H-4.3Z', 'M0,-5L5,0L0,5L-5,0Z',
    'M-4.3,-3.5H4.3L0,4.5Z', 'M-4,-1.4h2.6v-2.6h2.8v2.6h2.6v2.8h-2.6v2.6h-2.8v-2.6h-2.6z',
    'M-5,-2.5h10v5h-10z', 'M-2.5,-5h5v10h-5z',
  ];
  const LINES = 8;

  const svg = (name, attributes = {}, ...children) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const niceTicks = (low, high, about) => {
    const rough = (high - low) / about || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough);
    const ticks = [];
    for (let at = Math.ceil(low / step); at * step <= high * (1 + 1e-9); at += 1) ticks.push(Number((at * step).toPrecision(12)));
    return ticks;
  };

  const logTicks = (low, high) => {
    const all = (factors) => {
      const ticks = [];
      for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
        for (const factor of factors) {
          const tick = Number((factor * 10 ** power).toPrecision(6));
          if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
        }
      }
      return ticks;
    };
    return [[1], [1, 3], [1, 2, 5]].map(all).find((ticks) => ticks.length > 3) ?? all([1, 1.5, 2, 3, 4, 5, 7]);
  };

  // From values to a scale: `at` maps to 0…1, `ticks` are `[value, label]`.
  const scale = (axis, values) => {
    if (axis.labels) {
      const last = Math.max(axis.labels.length - 1, 1);
      const pad = axis.labels.length > 1 ? 0.03 : 0.5;
      return { at: (place) => pad + (1 - 2 * pad) * (place / last), ticks: axis.labels.map((label, place) => [place, label]) };
    }
    const told = (value) => format.withUnit(value, axis.unit ?? '');
    let [low, high] = [Math.min(...values), Math.max(...values)];
    if (axis.log && low > 0) {
      if (high / low < 1.2) [low, high] = [low / 1.2, high * 1.2];
      const [from, to] = [Math.log10(low) - Math.log10(high / low) * 0.04, Math.log10(high) + Math.log10(high / low) * 0.04];
      const ticks = axis.ticks ?? logTicks(10 ** from, 10 ** to).map((value) => [value, told(value)]);
      return { at: (value) => (Math.log10(value) - from) / (to - from), ticks };
    }
    low = axis.free ? low : Math.min(0, low);
    if (high <= low) high = low + 1;
    high += (high - low) * 0.06;
    const ticks = axis.ticks ?? niceTicks(low, high, axis.about ?? 5).map((value) => [value, told(value)]);
    return { at: (value) => (value - low) / (high - low), ticks };
  };

  const swatch = (line, at) => {
    const mark = svg('svg', { viewBox: '0 0 30 12', width: 30, height: 12, class: `line${at % LINES}`, 'aria-hidden': 'true' });
    mark.append(
      svg('line', { x1: 0, x2: 30, y1: 6, y2: 6, class: 'stroke', 'stroke-dasharray': DASHES[at % LINES] }),
      svg('path', { d: MARKERS[at % LINES], transform: 'translate(15 6)', class: 'marker' }),
    );
    return element('li', {}, mark, line.name);
  };

  // What the values span, and intervals as far as they do not dwarf it: of two trials they may be a thousand times as
  // wide. What is cut off leaves the chart.
  const reach = (points, log) => {
    const values = points.map((point) => point.y).filter((value) => !log || value > 0);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const [least, most] = log ? [low / 3, high * 3] : [low - (high - low || high), high + (high - low || high) * 0.5];
    const ends = points.flatMap((point) => [point.lower ?? point.y, point.upper ?? point.y]).filter((value) => !log || value > 0);
    return [...values, ...ends.map((value) => Math.min(most, Math.max(least, value)))];
  };

  // Labels that would touch are left out; the first and the last stay.
  const thinned = (ticks, place, room) => {
    const kept = [];
    ticks.forEach((tick, at) => {
      const width = String(tick[1]).length * 6.6 + 12;
      const from = place(tick[0]) - width / 2;
      const last = kept[kept.length - 1];
      if (at === ticks.length - 1 && last && from < last.to && kept.length > 1) kept.pop();
      if (!kept.length || from >= kept[kept.length - 1].to || room) kept.push({ tick, to: from + width });
    });
    return kept.map(({ tick }) => tick);
  };

  const tip = element('div', { id: 'tip', role: 'status', hidden: true });

  const showTip = (words, target) => {
    tip.textContent = words;
    tip.hidden = false;
    const box = target.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
    tip.style.left = `${left + scrollX}px`;
    const above = box.top - tip.offsetHeight - 8;
    tip.style.top = `${(above > 0 ? above : box.bottom + 8) + scrollY}px`;
  };
  const hideTip = () => { tip.hidden = true; };

  const marked = (point, at, x, y) => {
    const mark = svg('g', { class: 'point', transform: `translate(${x} ${y})`, tabindex: 0, role: 'button', 'aria-label': point.told });
    if (point.ring) mark.append(svg('circle', { r: 9, class: 'ring' }));
    mark.append(svg('path', { d: MARKERS[at % LINES], class: 'marker' }), svg('circle', { r: 12, class: 'reach' }));
    if (point.label) mark.append(Object.assign(svg('text', { y: -13, 'text-anchor': 'middle', class: 'note' }), { textContent: point.label }));
    for (const event of ['pointerenter', 'focus']) mark.addEventListener(event, () => showTip(point.told, mark));
    for (const event of ['pointerleave', 'blur']) mark.addEventListener(event, hideTip);
    const open = () => point.open?.();
    mark.addEventListener('click', open);
    mark.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); open(); }
    });
    return mark;
  };

  const paint = (box, { title, x, y, lines }) => {
    const width = Math.max(280, Math.round(box.clientWidth || 640));
    const height = Math.round(Math.min(360, Math.max(240, width * 0.5)));
    const points = lines.flatMap((line) => line.points);
    if (!points.length) return element('p', { class: 'quiet' }, 'There is nothing to draw: no case here has these numbers.');
    const ys = reach(points, y.log);
    const [across, up] = [scale(x, points.map((point) => point.x)), scale(y, ys)];
    const longest = Math.max(...up.ticks.map(([, label]) => label.length));
    const edge = { left: 14 + longest * 6.8, right: 18, top: 26, bottom: 44 };
    const [w, h] = [width - edge.left - edge.right, height - edge.top - edge.bottom];
    const [px, py] = [(value) => edge.left + across.at(value) * w, (value) => edge.top + (1 - up.at(value)) * h];
    const drawn = svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'group', 'aria-label': title });
    const label = (attributes, words) => drawn.append(Object.assign(svg('text', attributes), { textContent: words }));
    for (const [value, words] of up.ticks) {
      drawn.append(svg('line', { x1: edge.left, x2: width - edge.right, y1: py(value), y2: py(value), class: 'grid' }));
      label({ x: edge.left - 6, y: py(value) + 4, 'text-anchor': 'end' }, words);
    }
    for (const [value, words] of thinned(across.ticks, px)) {
      drawn.append(svg('line', { x1: px(value), x2: px(value), y1: edge.top + h, y2: edge.top + h + 4, class: 'grid' }));
      label({ x: px(value), y: edge.top + h + 17, 'text-anchor': 'middle' }, words.length > 22 ? `${words.slice(0, 21)}…` : words);
    }
    label({ x: edge.left + w, y: height - 6, 'text-anchor': 'end', class: 'axis' }, `${x.title}${x.log ? ' (log scale)' : ''} →`);
    label({ x: 2, y: 13, class: 'axis' }, `↑ ${y.title}${y.log ? ' (log scale)' : ''}`);
    lines.forEach((line, at) => {
      const group = svg('g', { class: `line${at % LINES}`, 'data-line': line.name });
      const seen = line.points.filter((point) => !y.log || point.y > 0);
      group.append(svg('polyline', {
        points: seen.map((point) => `${px(point.x).toFixed(1)},${py(point.y).toFixed(1)}`).join(' '),
        class: 'stroke', 'stroke-dasharray': DASHES[at % LINES],
      }));
      for (const point of seen) {
        // Bars of several lines at one place stand beside each other.
        const at0 = px(point.x) + (x.apart ? (at - (lines.length - 1) / 2) * 4 : 0);
        if (point.lower !== null && point.lower !== undefined && (!y.log || point.lower > 0)) {
          const [top, bottom] = [Math.max(edge.top, py(point.upper)), Math.min(edge.top + h, py(point.lower))];
          const cap = (at, is) => (is ? `M${at0 - 4},${at}h8` : '');
          const path = `M${at0},${top}V${bottom}${cap(top, top > edge.top)}${cap(bottom, bottom < edge.top + h)}`;
          group.append(svg('path', { d: path, class: 'interval' }));
        }
      }
      for (const point of seen) {
        if (!point.bare) group.append(marked(point, at, px(point.x), py(point.y)));
      }
      drawn.append(group);
    });
    return drawn;
  };

  // Draws into `host`, and again whenever its width changes.
  const draw = (host, wanted) => {
    host.watching?.disconnect();
    const box = element('div', { class: 'plot' });
    const parts = [element('h3', {}, wanted.title), box];
    if (wanted.lines.length > 1) parts.push(element('ul', { class: 'legend' }, wanted.lines.map(swatch)));
    const head = ['line', wanted.x.title, wanted.y.title, '95 % interval', 'in words'];
    const inWords = (value, axis) => (axis.labels ? axis.labels[value] : axis.ticks?.find(([at]) => at === value)?.[1] ?? format.withUnit(value, axis.unit ?? ''));
    const bounds = (point) => (point.lower === null || point.lower === undefined ? '–' : `${format.withUnit(point.lower, wanted.y.unit ?? '')} to ${format.withUnit(point.upper, wanted.y.unit ?? '')}`);
    const rows = () => wanted.lines.flatMap((line) => line.points.map((point) => [line.name, point.across ?? inWords(point.x, wanted.x), format.withUnit(point.y, wanted.y.unit ?? ''), bounds(point), point.told]));
    if (wanted.lines.some((line) => line.points.length)) parts.push(readable.asTable(head, rows));
    if (wanted.note) parts.push(element('p', { class: 'quiet' }, wanted.note));
    host.replaceChildren(...parts);
    let width = 0;
    const again = () => {
      if (box.clientWidth === width) return;
      width = box.clientWidth;
      const drawn = paint(box, wanted);
      box.replaceChildren(drawn);
      readable.points(drawn);
    };
    again();
    host.watching = new ResizeObserver(again);
    host.watching.observe(box);
  };

  return { draw, tip, LINES };
})();

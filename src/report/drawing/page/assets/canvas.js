// The drawing itself: what is visible of a layout, on a canvas that is zoomed and moved by wheel, fingers and keys.
'use strict';

const drawing = (() => {
  const canvas = element('canvas', { id: 'drawing', tabindex: '0', role: 'application', 'aria-label': 'graph', 'aria-describedby': 'drawing-keys' });
  const context = canvas.getContext('2d');
  const tip = element('div', { id: 'tip', role: 'status', hidden: true });
  const view = { scale: 1, x: 0, y: 0 };
  const [LEAST, MOST] = [0.004, 4];
  let picture = { boxes: [], frames: [], captions: [], links: [], w: 1, h: 1 };
  let chosen = null;
  let matches = null;
  let colors = {};
  let asked = false;
  let listener = () => {};

  const readColors = () => {
    const probe = element('span', { hidden: true });
    document.body.append(probe);
    const read = (name) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    for (const name of ['--paper', '--raised', '--ink', '--quiet', '--grid', '--link', '--good', '--bad', '--doubt', '--heat-high']) colors[name] = read(name);
    probe.remove();
  };

  const size = () => [canvas.clientWidth, canvas.clientHeight];
  const ask = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; draw(); });
  };

  // What of the paper is seen.
  const seen = () => {
    const [w, h] = size();
    return { left: -view.x / view.scale, top: -view.y / view.scale, right: (w - view.x) / view.scale, bottom: (h - view.y) / view.scale };
  };
  const isSeen = (each, { left, top, right, bottom }) => each.x < right && each.x + each.w > left && each.y < bottom && each.y + each.h > top;

  // As much of a text as fits; the same at every scale, so found once.
  const fitted = (owner, key, words, width, font) => {
    owner.fitted ??= {};
    if (owner.fitted[key] !== undefined) return owner.fitted[key];
    context.font = font;
    let found = words;
    if (context.measureText(words).width > width) {
      let [low, high] = [0, words.length];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (context.measureText(`${words.slice(0, middle)}…`).width <= width) low = middle; else high = middle - 1;
      }
      found = `${words.slice(0, low)}…`;
    }
    owner.fitted[key] = found;
    return found;
  };

  const NAME = '600 13px system-ui, sans-serif';
  const FACT = '12px system-ui, sans-serif';

  const write = (owner, key, words, x, y, width, font, color) => {
    const line = fitted(owner, key, words, width, font);
    context.font = font;
    context.fillStyle = color;
    context.fillText(line, x, y);
  };

  const facts = (each) => {
    if (each.lines) return each.lines;
    if (each.level === 'node') return [];
    const open = each.nodes.find((node) => model.toRun(node));
    if (open) return [[model.states[each.state].word, open.why].filter(Boolean).join(': '), model.lasting(each.nodes)].filter(Boolean);
    const [first] = each.case ? each.case.runs : each.nodes;
    if (each.case && first?.age !== undefined && first.age !== null) return [`${first.verdict}, ${model.duration(first.age)} old`];
    return [first ? model.worded(first) : ''];
  };

  const fill = (each) => {
    const color = colors[model.states[each.state].color];
    // A suite or a test may have few cases that are to run: its edge tells the worst of them, and the bar how many.
    if (each.lines) return [colors['--raised'], colors['--ink'], color];
    if (each.state === model.STALE) return [colors['--heat-high'], colors['--ink'], color];
    if (each.state === model.FAILED) return [color, colors['--paper'], color];
    return [colors['--raised'], colors['--ink'], color];
  };

  const drawBox = (each) => {
    const [inside, ink, line] = fill(each);
    shapes.path(context, each.state, each.x, each.y, each.w, each.h);
    context.fillStyle = inside;
    context.fill();
    context.strokeStyle = line;
    context.lineWidth = Math.max(1.5, 0.8 / view.scale);
    if (each.state === model.PENDING) context.setLineDash([5, 4]);
    context.stroke();
    context.setLineDash([]);
    if (each.state === model.FAILED) {
      shapes.path(context, each.state, each.x + 3.5, each.y + 3.5, each.w - 7, each.h - 7);
      context.strokeStyle = ink;
      context.stroke();
    }
    if (view.scale * each.h < 16 || view.scale < 0.42) {
      // Too small for words; the sign alone is readable a little longer.
      if (view.scale * each.h > 9) {
        context.font = `700 ${each.h * 0.7}px system-ui, sans-serif`;
        context.fillStyle = ink;
        context.textAlign = 'center';
        context.fillText(model.states[each.state].mark, each.x + each.w / 2, each.y + each.h * 0.76);
        context.textAlign = 'left';
      }
      return;
    }
    const width = each.w - 28;
    const name = each.level === 'node' ? `${model.states[each.state].mark} ${each.kind}${each.only.trial > 1 ? ` @${each.only.trial}` : ''}` : `${model.states[each.state].mark} ${each.label}`;
    write(each, 'name', name, each.x + 14, each.y + 19, width, NAME, ink);
    facts(each).forEach((fact, at) => write(each, `fact${at}`, fact, each.x + 14, each.y + 37 + at * 16, width, FACT, ink));
    if (each.lines && each.nodes.length) bar(each);
  };

  // The shares of the states; the numbers stand above it.
  const bar = (each) => {
    const all = each.counts.reduce((sum, number) => sum + number, 0);
    if (all < 2) return;
    let x = each.x + 14;
    for (const state of [model.FRESH, model.STALE, model.FAILED, model.PENDING]) {
      const w = ((each.w - 28) * each.counts[state]) / all;
      context.fillStyle = colors[model.states[state].color];
      context.fillRect(x, each.y + each.h - 12, Math.max(0, w - 1), 5);
      x += w;
    }
  };

  // Fields of a few pixels: full ones are to run, hollow ones are not.
  const drawSmall = (boxes) => {
    for (const state of [model.FRESH, model.PENDING, model.STALE, model.FAILED]) {
      const color = colors[model.states[state].color];
      context.beginPath();
      for (const each of boxes) if (each.state === state) context.rect(each.x, each.y, each.w, each.h);
      if (state >= model.STALE) {
        context.fillStyle = color;
        context.fill();
      } else {
        context.strokeStyle = color;
        context.lineWidth = 0.8 / view.scale;
        context.stroke();
      }
    }
  };

  const drawLink = ([from, to]) => {
    const [x1, y1, x2, y2] = [from.x + from.w, from.y + from.h / 2, to.x, to.y + to.h / 2];
    const bend = Math.max(20, (x2 - x1) / 2);
    context.beginPath();
    context.moveTo(x1, y1);
    context.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2 - 5, y2);
    context.stroke();
    context.beginPath();
    context.moveTo(x2, y2);
    context.lineTo(x2 - 8, y2 - 4);
    context.lineTo(x2 - 8, y2 + 4);
    context.fill();
  };

  const drawFrame = (frame) => {
    context.strokeStyle = colors['--grid'];
    context.lineWidth = Math.max(1, 1 / view.scale);
    context.strokeRect(frame.x, frame.y, frame.w, frame.h);
  };

  // Its title has the same size at every scale.
  const drawTitle = (frame) => {
    const scale = view.scale;
    const [left, top, width] = [frame.x * scale + view.x, frame.y * scale + view.y, frame.w * scale];
    if (width < 70) return;
    const words = [frame.label, model.count(frame.cases, 'case'), model.told(frame.counts), frame.lasting, frame.axes].filter(Boolean).join('   ');
    // Where there is a little less room than it takes it is smaller, where there is none it lies over the fields.
    const isTight = 34 * scale < 23 && 34 * scale >= 15;
    const high = isTight ? 15 : 21;
    context.font = isTight ? '600 11px system-ui, sans-serif' : NAME;
    const shown = Math.min(width - 4, context.measureText(words).width + 16);
    const x = Math.max(left + 2, Math.min(4, left + width - shown));
    const y = Math.max(top + (isTight ? 0 : 2), Math.min(2, top + frame.h * scale - 24));
    context.fillStyle = colors['--paper'];
    context.fillRect(x, y, shown, high);
    context.save();
    context.beginPath();
    context.rect(x, y, shown, high);
    context.clip();
    context.fillStyle = colors['--ink'];
    context.fillText(words, x + 8, y + high - (isTight ? 4 : 6));
    context.restore();
  };

  const draw = () => {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = size();
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
      canvas.width = Math.round(w * ratio);
      canvas.height = Math.round(h * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colors['--paper'];
    context.fillRect(0, 0, w, h);
    context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    const here = seen();
    picture.frames.filter((frame) => isSeen(frame, here)).forEach(drawFrame);
    context.strokeStyle = colors['--quiet'];
    context.fillStyle = colors['--quiet'];
    context.lineWidth = Math.max(1.2, 0.8 / view.scale);
    if (view.scale > 0.08) {
      for (const link of picture.links) {
        const [from, to] = link;
        const reach = { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), w: Math.abs(to.x - from.x) + to.w, h: Math.max(from.y + from.h, to.y + to.h) - Math.min(from.y, to.y) };
        if (isSeen(reach, here)) drawLink(link);
      }
    }
    const boxes = picture.boxes.filter((each) => isSeen(each, here));
    for (const [alpha, group] of [[0.16, matches ? boxes.filter((each) => !matches.has(each)) : []], [1, matches ? boxes.filter((each) => matches.has(each)) : boxes]]) {
      context.globalAlpha = alpha;
      const small = group.filter((each) => each.h * view.scale < 6);
      if (small.length) drawSmall(small);
      for (const each of group) if (each.h * view.scale >= 6 ) drawBox(each);
    }
    context.globalAlpha = 1;
    if (view.scale > 0.3) for (const each of picture.captions) if (isSeen({ ...each, y: each.y - 14, h: 18 }, here)) write(each, 'name', each.label, each.x, each.y, each.w, each.big ? '650 18px system-ui, sans-serif' : FACT, colors['--quiet']);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    picture.frames.filter((frame) => isSeen(frame, here)).forEach(drawTitle);
    if (chosen) {
      context.strokeStyle = colors['--ink'];
      context.lineWidth = 3;
      context.strokeRect(chosen.x * view.scale + view.x - 5, chosen.y * view.scale + view.y - 5, chosen.w * view.scale + 10, chosen.h * view.scale + 10);
    }
  };

  const bounded = () => {
    const [w, h] = size();
    view.scale = Math.min(MOST, Math.max(LEAST, view.scale));
    // Something always stays in sight.
    view.x = Math.min(w - 60, Math.max(60 - picture.w * view.scale, view.x));
    view.y = Math.min(h - 60, Math.max(60 - picture.h * view.scale, view.y));
    ask();
  };

  const zoom = (factor, x, y) => {
    const [w, h] = size();
    const [atX, atY] = [x ?? w / 2, y ?? h / 2];
    const scale = Math.min(MOST, Math.max(LEAST, view.scale * factor));
    view.x = atX - ((atX - view.x) * scale) / view.scale;
    view.y = atY - ((atY - view.y) * scale) / view.scale;
    view.scale = scale;
    bounded();
  };

  const fit = () => {
    const [w, h] = size();
    const room = 20;
    view.scale = Math.min(1.2, (w - 2 * room) / picture.w, (h - 2 * room) / picture.h);
    view.x = (w - picture.w * view.scale) / 2;
    view.y = (h - picture.h * view.scale) / 2;
    bounded();
  };

  const move = (x, y) => {
    view.x += x;
    view.y += y;
    bounded();
  };

  // Brings a box into sight, large enough to read.
  const show = (each) => {
    const [w, h] = size();
    const [x, y] = [each.x * view.scale + view.x, each.y * view.scale + view.y];
    const isInside = x >= 0 && y >= 0 && x + each.w * view.scale <= w && y + each.h * view.scale <= h;
    if (isInside && view.scale >= 0.6) return ask();
    if (view.scale < 0.7) view.scale = 0.9;
    view.x = w / 2 - (each.x + each.w / 2) * view.scale;
    view.y = h / 2 - (each.y + each.h / 2) * view.scale;
    return bounded();
  };

  const choose = (each, opens = false) => {
    chosen = each;
    listener(each, opens);
    ask();
  };

  const at = (event) => {
    const place = canvas.getBoundingClientRect();
    return [event.clientX - place.left, event.clientY - place.top];
  };

  const hit = ([x, y]) => {
    const [px, py] = [(x - view.x) / view.scale, (y - view.y) / view.scale];
    // A field of a pixel is met from a little beside it.
    const reach = Math.max(0, 4 / view.scale - 7);
    const met = (each) => px >= each.x - reach && px <= each.x + each.w + reach && py >= each.y - reach && py <= each.y + each.h + reach;
    const distance = (each) => Math.hypot(px - each.x - each.w / 2, py - each.y - each.h / 2);
    return picture.boxes.filter(met).reduce((best, each) => (!best || distance(each) < distance(best) ? each : best), null);
  };

  // The next box in a direction: the nearest that does not lie far aside.
  const next = (dx, dy) => {
    const from = chosen ?? picture.boxes[0];
    if (!chosen) return from;
    const [cx, cy] = [from.x + from.w / 2, from.y + from.h / 2];
    let best = null;
    for (const each of picture.boxes) {
      if (each === from || (matches && !matches.has(each))) continue;
      const [x, y] = [each.x + each.w / 2 - cx, each.y + each.h / 2 - cy];
      const along = x * dx + y * dy;
      const aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (along <= 1) continue;
      const cost = along + 3 * aside;
      if (!best || cost < best.cost) best = { each, cost };
    }
    return best ? best.each : from;
  };

  const reveal = (each) => {
    const [w, h] = size();
    const [x, y] = [each.x * view.scale + view.x, each.y * view.scale + view.y];
    if (x < 0 || y < 0 || x + each.w * view.scale > w || y + each.h * view.scale > h) {
      view.x = w / 2 - (each.x + each.w / 2) * view.scale;
      view.y = h / 2 - (each.y + each.h / 2) * view.scale;
      bounded();
    }
  };

  canvas.addEventListener('keydown', (event) => {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (way && event.shiftKey) move(-way[0] * 60, -way[1] * 60);
    else if (way) {
      const each = next(...way);
      if (each) { choose(each); reveal(each); }
    } else if (event.key === '+' || event.key === '=') zoom(1.3);
    else if (event.key === '-') zoom(1 / 1.3);
    else if (event.key === '0') fit();
    else if (event.key === 'Enter' || event.key === ' ') { if (chosen) choose(chosen, true); }
    else if (event.key === 'Escape') choose(null);
    else return;
    event.preventDefault();
  });

  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) * 0.006), ...at(event));
  }, { passive: false });

  const fingers = new Map();
  let moved = false;
  canvas.addEventListener('pointerdown', (event) => {
    fingers.set(event.pointerId, at(event));
    canvas.setPointerCapture(event.pointerId);
    moved = false;
    tip.hidden = true;
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = fingers.get(event.pointerId);
    const now = at(event);
    if (!before) return hover(now);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = ([x, y]) => Math.hypot(x - other[0], y - other[1]) || 1;
      zoom(apart(now) / apart(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
      moved = true;
    } else if (moved || Math.hypot(now[0] - before[0], now[1] - before[1]) > 4) {
      move(now[0] - before[0], now[1] - before[1]);
      moved = true;
    } else return undefined;
    fingers.set(event.pointerId, now);
    return undefined;
  });
  const lifted = (event) => {
    const was = fingers.delete(event.pointerId);
    if (was && event.type === 'pointerup' && !moved && !fingers.size) choose(hit(at(event)));
  };
  canvas.addEventListener('pointerup', lifted);
  canvas.addEventListener('pointercancel', lifted);
  canvas.addEventListener('dblclick', (event) => zoom(2, ...at(event)));

  const hover = (place) => {
    const each = hit(place);
    canvas.classList.toggle('over', Boolean(each));
    tip.hidden = !each;
    if (!each) return;
    tip.textContent = `${model.states[each.state].mark} ${each.only?.label ?? each.case?.id ?? each.label}: ${each.only ? model.worded(each.only) : model.told(each.counts)}`;
    const [w] = size();
    tip.style.left = `${Math.max(4, Math.min(w - 240, place[0] + 14))}px`;
    tip.style.top = `${place[1] + 16}px`;
  };
  canvas.addEventListener('pointerleave', () => { tip.hidden = true; });

  const open = (drawn) => {
    picture = drawn;
    chosen = null;
    fit();
  };

  return {
    canvas, tip, open, fit, zoom, show, choose, redraw: () => { readColors(); ask(); }, drawNow: draw,
    narrow: (found) => { matches = found; ask(); },
    listen: (told) => { listener = told; },
    picture: () => picture, chosen: () => chosen, view,
  };
})();

// Where everything stands at each level: what is needed left of what needs it, cases as fields of a map.
'use strict';

const layout = (() => {
  const GAP = 14;
  const SIZES = { suite: [330, 92], test: [330, 92], case: [200, 62], node: [150, 30], lone: [190, 46] };

  // So many columns that the whole is about as wide as a screen, and rows begin with the same value of the last axis.
  const columns = (count, width, height, test) => {
    const wanted = Math.max(1, Math.round(Math.sqrt((count * 1.7 * height) / width)));
    const last = test && test.axes.length > 1 ? new Set(test.cases.map((each) => each.values[test.axes.length - 1])).size : 1;
    if (last > 1 && last <= wanted * 2) return last * Math.max(1, Math.round(wanted / last));
    return Math.min(count, wanted);
  };

  const box = (level, kind, x, y, label, nodes, more) => {
    const [w, h] = SIZES[level];
    const runs = nodes.filter((node) => node.kind === 'run');
    const told = runs.length ? runs : nodes;
    const state = told.reduce((worst, node) => Math.max(worst, node.state), 0);
    return { level, kind, x, y, w, h, label, nodes, counts: model.counts(told), state, ...more };
  };

  const lone = (node, x, y) => box('lone', node.kind, x, y, node.label, [node], { suite: node.suite, test: node.test, only: node });

  // A column of boxes, in the middle of `height`.
  const stack = (boxes, x, top, height) => {
    const whole = boxes.reduce((sum, each) => sum + each.h + GAP, -GAP);
    let y = top + Math.max(0, (height - whole) / 2);
    for (const each of boxes) {
      Object.assign(each, { x, y });
      y += each.h + GAP;
    }
    return Math.max(0, whole);
  };

  const grid = (boxes, x, y, wide) => {
    boxes.forEach((each, at) => {
      each.x = x + (at % wide) * (each.w + GAP);
      each.y = y + Math.floor(at / wide) * (each.h + GAP);
    });
    const [w, h] = boxes.length ? [boxes[0].w, boxes[0].h] : [0, 0];
    return [Math.min(wide, boxes.length) * (w + GAP) - GAP, Math.ceil(boxes.length / wide) * (h + GAP) - GAP];
  };

  const ofCase = (each) => box('case', 'case', 0, 0, model.short(each), each.nodes, { suite: each.suite, test: each.test, case: each, state: each.state });

  // The chain of a case: its script, and each trial with its scrape.
  const chain = (each, kept) => {
    const [w, h] = SIZES.node;
    const column = { render: 0, run: 1, scrape: 2 };
    const boxes = each.nodes.filter(kept).map((node) => {
      const row = Math.max(0, node.trial - 1);
      return { level: 'node', kind: node.kind, w, h, label: node.label, nodes: [node], counts: model.counts([node]), state: node.state, suite: node.suite, test: node.test, case: each, only: node, dx: column[node.kind] * (w + 22), dy: 18 + row * (h + 8) };
    });
    const rows = Math.max(1, ...each.nodes.map((node) => node.trial));
    return { w: 3 * w + 44, h: 18 + rows * (h + 8) - 8, boxes, label: model.short(each), case: each };
  };

  // The frame of a test: what is shared by its cases left, the cases right of it.
  const frame = (test, level, x, y, kept, out) => {
    const shared = test.lone.filter((node) => node.kind !== 'warm-up').filter(kept).map((node) => lone(node, 0, 0));
    const cases = test.cases.filter((each) => each.nodes.some(kept));
    const left = level === 'node' && shared.length ? SIZES.lone[0] + 60 : 0;
    const top = y + 34;
    let size;
    if (level === 'node') {
      const chains = cases.map((each) => chain(each, kept));
      size = grid(chains, x + 14 + left, top, columns(chains.length, 508, 60 + GAP, test));
      for (const each of chains) {
        for (const one of each.boxes) out.boxes.push(Object.assign(one, { x: each.x + one.dx, y: each.y + one.dy }));
        out.captions.push({ x: each.x, y: each.y + 12, label: each.label, w: each.w });
      }
    } else {
      const boxes = cases.map(ofCase);
      size = grid(boxes, x + 14, top, columns(boxes.length, SIZES.case[0] + GAP, SIZES.case[1] + GAP, test));
      out.boxes.push(...boxes);
    }
    if (left) {
      const high = stack(shared, x + 14, top, size[1]);
      size = [size[0] + left, Math.max(size[1], high)];
      out.boxes.push(...shared);
    }
    const nodes = cases.flatMap((each) => each.runs);
    const made = { x, y, w: Math.max(size[0], 500) + 28, h: size[1] + 48, test, label: test.name, axes: test.axes.length > 1 ? test.axes.join(' · ') : '', counts: model.counts(nodes), cases: cases.length, lasting: model.lasting(nodes) };
    out.frames.push(made);
    return made;
  };

  const summary = (nodes) => [model.told(model.counts(nodes)), model.lasting(nodes)].filter(Boolean);

  // One suite below `top`; returns where it ends.
  const place = (suite, level, top, kept, out) => {
    const nodes = suite.nodes.filter(kept);
    const runs = nodes.filter((node) => node.kind === 'run');
    if (level === 'suite') {
      const cases = new Set(runs.map((node) => node.case)).size;
      out.boxes.push(box('suite', 'suite', 0, top, suite.name, nodes, { suite, lines: [model.count(cases, 'case'), ...summary(runs)] }));
      return top + SIZES.suite[1];
    }
    const tests = suite.tests.filter((test) => test.cases.some((each) => each.nodes.some(kept)));
    const before = nodes.filter((node) => node.kind === 'warm-up').map((node) => lone(node, 0, 0));
    const after = nodes.filter((node) => node.kind === 'aggregate').map((node) => lone(node, 0, 0));
    const x = before.length ? SIZES.lone[0] + 90 : 0;
    let bottom = top;
    let right = x;
    let targets;
    if (level === 'test') {
      targets = tests.map((test) => {
        const own = nodes.filter((node) => node.test === test);
        const found = own.filter((node) => node.kind === 'run');
        const cases = new Set(found.map((node) => node.case)).size;
        return box('test', 'test', 0, 0, test.name, own, { suite, test, lines: [model.count(cases, 'case'), ...summary(found)] });
      });
      const [w, h] = grid(targets, x, top, tests.length > 8 ? columns(tests.length, SIZES.test[0], SIZES.test[1]) : 1);
      [right, bottom] = [x + w, top + h];
      out.boxes.push(...targets);
    } else {
      targets = tests.map((test) => {
        const made = frame(test, level, x, bottom === top ? top : bottom + 24, kept, out);
        bottom = made.y + made.h;
        right = Math.max(right, x + made.w);
        return made;
      });
    }
    const high = Math.max(bottom - top, stack(before, 0, top, bottom - top), stack(after, right + 90, top, bottom - top));
    out.boxes.push(...before, ...after);
    for (const target of targets) {
      for (const each of before) if (each.only.neededBy.some((node) => node.test === target.test)) out.links.push([each, target]);
      for (const each of after) out.links.push([target, each]);
    }
    return top + high;
  };

  // Arrows between the boxes of a level that has one box a node.
  const between = (out) => {
    const places = new Map(out.boxes.filter((each) => each.only).map((each) => [each.only, each]));
    for (const each of out.boxes) {
      if (!each.only || each.only.kind === 'warm-up') continue;
      for (const node of each.only.neededBy) if (node.kind !== 'aggregate' && places.has(node)) out.links.push([each, places.get(node)]);
    }
  };

  // Boxes, frames, captions and arrows of all suites, in pixels of a paper of any size.
  const of = (level, onlyToDo) => {
    const out = { level, boxes: [], frames: [], captions: [], links: [] };
    const kept = onlyToDo ? (node) => node.state !== model.FRESH : () => true;
    let top = 0;
    for (const suite of model.suites) {
      if (!suite.nodes.some(kept)) continue;
      if (model.suites.length > 1 && level !== 'suite') {
        out.captions.push({ x: 0, y: top + 22, label: suite.name, w: 600, big: true });
        top += 40;
      }
      top = place(suite, level, top, kept, out) + 50;
    }
    if (level === 'node') between(out);
    out.w = out.boxes.concat(out.frames).reduce((most, each) => Math.max(most, each.x + each.w), 1);
    out.h = Math.max(1, top - 50);
    return out;
  };

  return { of };
})();

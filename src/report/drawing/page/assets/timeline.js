// When what is to run would run: a strip of time, and below it the runs in their order.
'use strict';

const timeline = (() => {
  const canvas = element('canvas', { id: 'strip', 'aria-hidden': 'true' });
  const body = element('tbody', {});
  const more = element('button', { type: 'button', id: 'more' }, '');
  const PAGE = 50;
  let shown = 0;

  const section = () => {
    if (!model.sequence.length) return element('section', { id: 'timeline', 'aria-labelledby': 'timeline-title' }, element('h2', { id: 'timeline-title' }, 'What would run'), element('p', {}, '✓ Nothing: every selected case has a result of it as it is now.'));
    const known = model.suites.filter((suite) => suite.forecast).map((suite) => suite.forecast);
    const told = model.suites.length === 1 ? `${known[0][0]}: ${known[0][1]}` : model.whole();
    more.addEventListener('click', () => { const before = shown; rows(); body.children[before]?.querySelector('button')?.focus(); });
    const head = ['begins', 'takes', 'what', 'why'].map((name) => element('th', { scope: 'col' }, name));
    return element('section', { id: 'timeline', 'aria-labelledby': 'timeline-title' },
      element('h2', { id: 'timeline-title' }, 'What would run, and when'),
      element('p', { class: 'quiet', id: 'forecast' }, `${told}. Pauses between runs and warm-ups are counted in; what k6 and the target take to start is known only of what ran before.`),
      canvas,
      element('div', { class: 'scroll' }, element('table', {}, element('thead', {}, element('tr', {}, head)), body)), more);
  };

  const rows = () => {
    for (const node of model.sequence.slice(shown, shown + PAGE)) {
      const takes = node.basis === 2 ? '?' : model.duration(node.seconds);
      const basis = node.kind === 'warm-up' ? 'warm-up' : model.bases[node.basis];
      body.append(element('tr', { 'data-label': node.label },
        element('td', {}, `${node.isOpen ? '≥ ' : ''}${model.duration(node.begins)}`),
        element('td', {}, takes, element('span', { class: 'quiet' }, ` ${basis}`)),
        element('td', {}, element('button', { type: 'button', class: 'plain', onclick: () => page.go(node) }, `${model.states[node.state].mark} ${node.label}`)),
        element('td', {}, node.kind === 'warm-up' ? 'before the runs that need it' : node.why)));
    }
    shown = Math.min(model.sequence.length, shown + PAGE);
    more.hidden = shown >= model.sequence.length;
    more.textContent = `show ${Math.min(PAGE, model.sequence.length - shown)} more of ${model.sequence.length - shown}`;
  };

  // A step that gives a handful of marks.
  const step = (seconds) => [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 432000, 864000].find((each) => seconds / each <= 8) ?? Math.ceil(seconds / 8 / 86400) * 86400;

  const draw = (chosen) => {
    if (!model.sequence.length || !canvas.isConnected) return;
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [canvas.clientWidth, canvas.clientHeight];
    [canvas.width, canvas.height] = [Math.round(w * ratio), Math.round(h * ratio)];
    const context = canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(canvas);
    const at = (seconds) => 2 + (model.total > 0 ? (seconds / model.total) * (w - 46) : 0);
    // Tests that follow each other differ in their fill, so that one is told from the next.
    const tests = [];
    model.sequence.forEach((node) => {
      const last = tests[tests.length - 1];
      if (last && last.test === node.test) { last.to = node.ends; last.runs += 1; } else tests.push({ test: node.test, from: node.begins, to: node.ends, runs: 1, kind: node.kind });
    });
    tests.forEach((each, number) => {
      const [x, width] = [at(each.from), Math.max(1, at(each.to) - at(each.from) - 1)];
      context.fillStyle = style.color;
      context.globalAlpha = number % 2 ? 0.18 : 0.34;
      context.fillRect(x, 6, width, 26);
      context.globalAlpha = 1;
      const label = each.test?.name ?? '';
      context.font = '12px system-ui, sans-serif';
      context.fillStyle = style.color;
      if (context.measureText(label).width < width - 8) context.fillText(label, x + 4, 23);
    });
    context.fillStyle = style.color;
    context.globalAlpha = 0.6;
    if (model.sequence.length < w / 3) for (const node of model.sequence) context.fillRect(at(node.begins), 6, 1, 26);
    const mark = step(model.total);
    context.globalAlpha = 1;
    context.font = '11px system-ui, sans-serif';
    for (let seconds = 0; seconds <= model.total; seconds += mark) {
      context.fillRect(at(seconds), 32, 1, 5);
      context.fillText(model.duration(seconds), at(seconds) + 3, 46);
    }
    const node = chosen?.only ?? chosen?.case?.runs.find((run) => run.turn !== undefined);
    if (node?.turn !== undefined) {
      context.lineWidth = 2;
      context.strokeStyle = style.color;
      context.strokeRect(at(node.begins), 3, Math.max(3, at(node.ends) - at(node.begins)), 32);
    }
  };

  canvas.addEventListener('click', (event) => {
    const x = event.clientX - canvas.getBoundingClientRect().left;
    const seconds = ((x - 2) / (canvas.clientWidth - 46)) * model.total;
    const node = model.sequence.find((each) => seconds <= each.ends);
    if (node) page.go(node);
  });

  return { section, rows, draw };
})();

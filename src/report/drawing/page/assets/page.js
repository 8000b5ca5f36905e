// The page: how all stands, what to look for, the drawing, what was chosen, and what would run when.
'use strict';

const page = (() => {
  const LEVELS = ['suite', 'test', 'case', 'node'];
  const first = data.level ?? 'case';
  let now = { level: first, onlyToDo: data.only_to_do };
  let cause = null;
  let state = null;
  let found = [];
  let at = -1;

  const search = element('input', { type: 'search', id: 'search', placeholder: 'name, reason, key …', 'aria-label': 'search' });
  const foundTold = element('span', { id: 'found', class: 'quiet', role: 'status' });
  const spoken = element('p', { id: 'spoken', class: 'spoken', role: 'status' });

  const verdict = () => {
    const counts = model.counts(model.runs);
    const open = counts[model.STALE] + counts[model.FAILED];
    if (!model.runs.length) return ['good', '✓', 'Nothing would run'];
    if (!open) return ['good', '✓', `Nothing would run: all of ${model.count(model.runs.length, 'run')} cached`];
    const forecasts = model.suites.filter((suite) => suite.forecast);
    const time = forecasts.length === 1 ? forecasts[0].forecast[0] : model.whole();
    return ['open', '~', `${open} of ${model.count(model.runs.length, 'run')} would run: ${time}`];
  };

  const pressed = (button, on) => button.setAttribute('aria-pressed', String(on));

  const chips = () => {
    const counts = model.counts(model.runs);
    return element('ul', { class: 'chips', 'aria-label': 'states of runs' }, model.states.map((each, number) => {
      if (number === model.PENDING) return null;
      const words = [shapes.icon(number), `${each.mark} ${counts[number]} ${each.words}`];
      if (!counts[number]) return element('li', {}, element('span', { title: each.told }, ...words));
      const button = element('button', { type: 'button', title: each.told, 'aria-pressed': 'false', 'data-state': each.name, onclick: () => {
        state = state === number ? null : number;
        narrow();
      } }, ...words);
      return element('li', {}, button);
    }).filter(Boolean));
  };

  const causes = () => {
    const all = new Map();
    for (const suite of model.suites) for (const [why, runs] of suite.causes) all.set(why, (all.get(why) ?? 0) + runs);
    if (!all.size) return null;
    const sorted = [...all].sort((one, other) => other[1] - one[1]);
    const item = ([why, runs]) => element('li', {}, element('button', { type: 'button', 'aria-pressed': 'false', 'data-cause': why, onclick: () => {
      cause = cause === why ? null : why;
      narrow();
    } }, `because ${why} → ${model.count(runs, 'run')}`));
    const list = (items) => element('ul', { class: 'causes' }, items.map(item));
    const rest = sorted.slice(5);
    return element('div', { id: 'causes' }, list(sorted.slice(0, 5)), rest.length ? element('details', {}, element('summary', {}, `${rest.length} more reasons`), list(rest.slice(0, 500))) : null);
  };

  const legend = () => element('ul', { class: 'legend', 'aria-label': 'what shapes mean' }, model.states.map((each, number) => element('li', {}, shapes.icon(number), `${each.mark} ${each.word}: ${each.told}`)));

  const keys = () => element('p', { id: 'drawing-keys', class: 'quiet' }, 'Wheel or + and − zoom, dragging or Shift and arrows move, 0 shows all. Arrows go from box to box, Enter tells of one, / searches.');

  const matching = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length && cause === null && state === null) return null;
    const fits = (node) => {
      if (state !== null && node.state !== state) return false;
      if (cause !== null && node.why !== cause) return false;
      if (!words.length) return true;
      node.words ??= model.words(node);
      return words.every((word) => node.words.includes(word));
    };
    return drawing.picture().boxes.filter((each) => each.nodes.some(fits) || (each.case && each.case.runs.some(fits) && each.level === 'case'));
  };

  const narrow = () => {
    const matches = matching();
    found = matches ?? [];
    at = -1;
    drawing.narrow(matches && new Set(matches));
    foundTold.textContent = matches ? `${matches.length} of ${drawing.picture().boxes.length} found` : '';
    document.querySelectorAll('[data-cause]').forEach((button) => pressed(button, button.dataset.cause === cause));
    document.querySelectorAll('.chips [data-state]').forEach((button) => pressed(button, model.states[state]?.name === button.dataset.state));
  };

  const nextFound = (way) => {
    if (!found.length) return;
    at = (at + way + found.length) % found.length;
    drawing.choose(found[at]);
    drawing.show(found[at]);
    foundTold.textContent = `${at + 1} of ${found.length} found`;
  };

  const redrawn = () => {
    drawing.open(layout.of(now.level, now.onlyToDo));
    narrow();
    about.show(null);
    document.querySelectorAll('[name=level]').forEach((each) => { each.checked = each.value === now.level; });
    document.getElementById('only').checked = now.onlyToDo;
  };

  // Shows a level, and where `from` is given what lies in it.
  const level = (name, from) => {
    now = { ...now, level: name };
    redrawn();
    const inside = from && drawing.picture().boxes.find((each) => (from.test ? each.test === from.test : each.suite === from.suite) && each.level === name);
    if (inside) drawing.show(inside);
  };

  // Chooses what stands for a node at this level.
  const go = (node) => {
    const standsFor = (each) => each.only === node || (each.level === 'case' && each.case === node.case && node.case);
    const find = () => drawing.picture().boxes.find(standsFor) ?? drawing.picture().boxes.find((each) => each.nodes.includes(node));
    if (now.onlyToDo && node.state === model.FRESH) now = { ...now, onlyToDo: false };
    if (now.level === 'suite' || now.level === 'test') { now = { ...now, level: 'case' }; redrawn(); }
    if (!find() || (['render', 'scrape', 'set-up', 'payload'].includes(node.kind) && now.level !== 'node')) { now = { ...now, level: 'node' }; redrawn(); }
    const each = find();
    if (!each) return;
    drawing.choose(each, true);
    drawing.show(each);
  };

  const controls = () => {
    const radio = (name) => element('label', {}, element('input', { type: 'radio', name: 'level', value: name, checked: name === now.level, onchange: () => level(name) }), name);
    const button = (words, told, act) => element('button', { type: 'button', 'aria-label': told, title: told, onclick: act }, words);
    const only = element('input', { type: 'checkbox', id: 'only', checked: now.onlyToDo, disabled: data.only_to_do, onchange: () => { now = { ...now, onlyToDo: only.checked }; redrawn(); } });
    search.addEventListener('input', narrow);
    search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') { nextFound(event.shiftKey ? -1 : 1); event.preventDefault(); }
    });
    return element('div', { class: 'controls' },
      element('fieldset', { class: 'levels' }, element('legend', {}, 'level'), LEVELS.map(radio)),
      element('label', { class: 'row' }, only, element('span', {}, 'only what would run')),
      element('div', { class: 'searching' }, search, button('↓', 'next that is found', () => nextFound(1)), foundTold),
      element('div', { class: 'zooming' }, button('+', 'zoom in', () => drawing.zoom(1.4)), button('−', 'zoom out', () => drawing.zoom(1 / 1.4)), button('all', 'show all', drawing.fit)));
  };

  const head = () => {
    const [kind, mark, words] = verdict();
    const names = model.suites.map((suite) => suite.name).join(', ');
    const unselected = model.suites.reduce((sum, suite) => sum + suite.unselected, 0);
    return element('header', {},
      element('nav', { 'aria-label': 'sections' }, element('a', { href: '#graph' }, 'Graph'), element('a', { href: '#timeline' }, 'What would run'), theme(recolored)),
      element('h1', {}, names),
      element('p', { class: 'quiet' }, model.suites.map((suite) => suite.path).join(', '), unselected ? `; ${model.count(unselected, 'case')} not selected` : ''),
      element('p', { class: `verdict ${kind}`, id: 'verdict' }, element('span', { 'aria-hidden': 'true' }, mark), ` ${words}`),
      chips(), causes());
  };

  const recolored = () => { drawing.redraw(); timeline.draw(drawing.chosen()); };

  const begin = () => {
    const graph = element('section', { id: 'graph', 'aria-label': 'graph' }, controls(), element('div', { class: 'stage' }, element('div', { class: 'frame' }, drawing.canvas, drawing.tip), about.panel), legend(), keys(), spoken);
    document.getElementById('page').replaceWith(element('div', { id: 'page' }, head(), element('main', {}, graph, timeline.section()), element('footer', {}, element('p', { class: 'quiet' }, `Made by howitzer ${data.howitzer}. Nothing ran for it.`))));
    drawing.listen((each, opens) => {
      about.show(each);
      timeline.draw(each);
      spoken.textContent = each ? `${each.kind} ${each.only?.label ?? each.case?.id ?? each.label}: ${each.only ? model.worded(each.only) : model.told(each.counts)}` : '';
      if (opens && each) about.panel.focus({ preventScroll: innerWidth > 800 });
    });
    if (model.sequence.length) timeline.rows();
    drawing.redraw();
    redrawn();
    drawing.drawNow();
    timeline.draw(null);
    addEventListener('resize', () => { drawing.redraw(); timeline.draw(drawing.chosen()); });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolored);
    addEventListener('keydown', (event) => {
      if (event.key === '/' && !['INPUT', 'SELECT', 'TEXTAREA'].includes(document.activeElement?.tagName)) { search.focus(); event.preventDefault(); }
    });
    const wanted = decodeURIComponent(location.hash.slice(1));
    const each = model.suites.flatMap((suite) => suite.cases).find((one) => one.id === wanted);
    if (each) go(each.runs[0]);
    document.documentElement.dataset.ready = 'true';
  };

  return { begin, go, level };
})();

page.begin();

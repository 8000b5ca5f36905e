// What is known of what was chosen: state, reasons, key, outputs, times, and what it needs.
'use strict';

const about = (() => {
  const panel = element('section', { id: 'about', 'aria-label': 'what was chosen', tabindex: '-1' });
  const MOST = 12;

  const stated = (node, words = model.worded(node)) => element('span', { class: `state ${model.states[node.state].name}` }, shapes.icon(node.state), `${model.states[node.state].mark} ${words}`);

  const line = (name, ...values) => [element('dt', {}, name), element('dd', {}, ...values)];

  const quoted = (words) => (/^[A-Za-z0-9_.,=@-]+$/.test(words) ? words : `'${words.replaceAll("'", "'\\''")}'`);
  const command = (words) => element('code', { class: 'command' }, words);

  const linked = (nodes) => {
    const shown = nodes.slice(0, MOST).map((node) => element('li', {}, element('button', { type: 'button', onclick: () => page.go(node) }, `${model.states[node.state].mark} ${node.kind} ${node.label}`)));
    if (nodes.length > MOST) shown.push(element('li', {}, `and ${nodes.length - MOST} more`));
    return element('ul', { class: 'linked' }, shown);
  };

  const when = (node) => `${node.isOpen ? 'not before ' : 'about '}${model.duration(node.begins)} after the build begins, as number ${node.turn + 1} of ${model.sequence.length}`;

  // A run or any other node.
  const node = (each, level = 'h3') => {
    const list = [...line('state', stated(each))];
    if (each.reasons.length) list.push(...line(each.reasons.length > 1 ? 'reasons' : 'reason', element('ul', { class: 'reasons' }, each.reasons.map((reason) => element('li', {}, reason)))));
    else if (each.why) list.push(...line('reason', each.why));
    if (each.verdict) list.push(...line('result', `${each.verdict}${each.age === null ? '' : `, ${model.duration(each.age)} old`}`));
    if (each.seconds !== undefined) {
      const took = model.toRun(each) || each.turn !== undefined;
      list.push(...line('duration', each.basis === 2 ? model.bases[2] : `${model.duration(each.seconds)}${took ? `, ${model.bases[each.basis]}` : ' the last time'}`));
    }
    if (each.turn !== undefined) list.push(...line('begins', when(each)));
    if (each.key) list.push(...line('key', element('code', { class: 'key' }, each.key)));
    return [element(level, {}, each.kind === 'run' || !each.case ? `${each.kind} ${each.label}` : each.kind), element('dl', {}, list)];
  };

  const outputs = (each) => [
    element('h3', {}, 'outputs'),
    element('ul', { class: 'outputs' }, each.outputs().map((path) => element('li', {}, element('code', {}, path)))),
  ];

  const commands = (suite, id) => element('p', {}, command(`howitzer explain ${quoted(suite.name)} ${quoted(id)}`), ' ', command(`howitzer build ${quoted(suite.name)} ${quoted(id)}`));

  const ofCase = (each) => [
    element('h2', {}, each.id),
    element('p', { class: 'quiet' }, `case of ${each.test.name}`),
    each.values.length ? element('dl', {}, each.values.flatMap((value, at) => line(each.test.axes[at], value))) : null,
    ...each.runs.flatMap((run) => node(run)),
    ...outputs(each),
    commands(each.suite, each.id),
  ];

  const ofNode = (each) => [
    ...node(each, 'h2'),
    ...(each.case ? [...outputs(each.case), commands(each.suite, each.case.id)] : []),
    ...(each.needs.length ? [element('h3', {}, 'needs'), linked(each.needs)] : []),
    ...(each.neededBy.length ? [element('h3', {}, 'needed by'), linked(each.neededBy)] : []),
  ];

  // A test or a suite.
  const ofMany = (each) => {
    const runs = each.nodes.filter((one) => one.kind === 'run');
    const causes = new Map();
    for (const run of runs) if (model.toRun(run)) causes.set(run.why, (causes.get(run.why) ?? 0) + 1);
    const list = [...line('runs', model.told(model.counts(runs)) || 'none')];
    if (model.lasting(runs)) list.push(...line('duration', model.lasting(runs)));
    if (causes.size) list.push(...line('because', element('ul', { class: 'reasons' }, [...causes].sort((one, other) => other[1] - one[1]).map(([why, count]) => element('li', {}, `${why} → ${model.count(count, 'run')}`)))));
    if (each.test?.axes.length) list.push(...line('axes', each.test.axes.join(', ')));
    if (each.kind === 'suite') list.push(...line('file', each.suite.path), ...line('outputs', element('code', {}, each.suite.folder)));
    return [
      element('h2', {}, `${each.kind} ${each.label}`), element('dl', {}, list),
      element('p', {}, element('button', { type: 'button', onclick: () => page.level('case', each) }, 'show its cases')),
    ];
  };

  const none = () => [
    element('h2', {}, 'Nothing is chosen'),
    element('p', { class: 'quiet' }, 'Click a box, or go to one by the arrow keys: its reason, key, outputs and times stand here.'),
  ];

  const show = (each) => {
    const told = !each ? none() : each.kind === 'test' || each.kind === 'suite' ? ofMany(each) : each.kind === 'case' ? ofCase(each.case) : ofNode(each.only);
    panel.replaceChildren(...told.filter(Boolean));
  };

  return { panel, show };
})();

// One case with all that is known of it: its run by time, limits, checks, numbers, log, script, and where it came from.
'use strict';

const detail = (() => {
  const drawn = new Set();

  const colour = (name) => {
    const probe = element('span', { style: `color: var(${name})`, hidden: true });
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  // The measured part of the run, shaded behind the lines.
  const shade = (window) => (plot) => {
    if (!window) return;
    const { ctx, bbox } = plot;
    const [from, to] = window.map((at) => plot.valToPos(at, 'x', true));
    const [left, right] = [Math.max(bbox.left, from), Math.min(bbox.left + bbox.width, to)];
    ctx.save();
    ctx.fillStyle = colour('--window');
    ctx.fillRect(left, bbox.top, Math.max(0, right - left), bbox.height);
    ctx.restore();
  };

  const HEIGHT = 160;
  const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

  const plot = (host, { title, unit, seconds, lines, window, sync }) => {
    const told = (_, value) => format.withUnit(value, unit);
    const last = seconds[seconds.length - 1];
    const labels = (_, values) => values.map((value) => format.withUnit(value, unit));
    // Colours are asked for each time: they change with the theme.
    const make = () => {
      const ink = colour('--quiet');
      const axis = { stroke: ink, grid: { stroke: colour('--grid'), width: 1 }, ticks: { stroke: colour('--grid'), width: 1 }, font: '12px system-ui, sans-serif' };
      return new uPlot({
        width: Math.max(260, host.clientWidth), height: HEIGHT, ms: 1,
        cursor: { sync: { key: sync }, drag: { x: true, y: false } },
        legend: { live: true }, scales: { x: { time: false, range: (_, low, high) => (low === seconds[0] && high === last ? [Math.min(0, low), high] : [low, high]) }, y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] } },
        axes: [{ ...axis, values: (_, values) => values.map((value) => `${format.plain(value)}s`) }, { ...axis, size: 76, values: labels }],
        series: [{ label: 'time', value: (_, value) => (value === null ? '–' : `${format.plain(value)}s`) },
          ...lines.map((line, at) => ({ label: line.name, stroke: colour(`--line${at}`), width: 2, dash: DASHES[at % 4], value: told, points: { show: seconds.length < 40, size: 5 } }))],
        hooks: { drawClear: [shade(window)] },
      }, [seconds, ...lines.map((line) => line.values)], host);
    };
    const entry = { host, made: null, draw: () => { entry.made?.destroy(); entry.made = make(); } };
    host.setAttribute('aria-label', `${title} by time`);
    entry.draw();
    readable.time(host, () => entry.made, (at) => `${format.plain(seconds[at])}s: ${lines.map((line) => `${line.name} ${format.withUnit(line.values[at], unit)}`).join(', ')}`);
    drawn.add(entry);
    new ResizeObserver(() => entry.made.setSize({ width: Math.max(260, host.clientWidth), height: HEIGHT })).observe(host);
  };

  const runByTime = (series, name) => {
    if (!series || !series.seconds.length) return [element('p', { class: 'quiet' }, 'There is no series: the run was not watched, or too many cases share this page.')];
    const has = (values) => values.some((value) => value !== null);
    const of = (title, unit, lines) => ({ title, unit, lines: lines.filter((line) => has(line.values)), seconds: series.seconds });
    const wanted = [
      of('Throughput', '1/s', [{ name: 'per second', values: series.rate }]),
      of('Latency', 'ms', ['p50', 'p95', 'p99'].map((percent) => ({ name: percent, values: series[percent] }))),
      of('Failed requests', 'share', [{ name: 'failed', values: series.failed }]),
      of('Virtual users', '1', [{ name: 'VUs', values: series.vus }]),
      ...(series.server ?? []).map((line) => ({ title: `Server: ${line.name}`, unit: line.unit, seconds: line.seconds, lines: [{ name: 'server', values: line.values }] })),
    ].filter((each) => each.lines.length);
    if (!wanted.length) return [element('p', { class: 'quiet' }, 'The run ended before a request or a virtual user was seen.')];
    const boxes = wanted.map((each) => ({ each, box: element('div', { class: 'time' }) }));
    requestAnimationFrame(() => boxes.forEach(({ each, box }) => plot(box, { ...each, window: series.window, sync: name })));
    const part = series.window ? `The shaded part, ${format.plain(series.window[0])} to ${format.plain(series.window[1])} s, is what is measured.` : 'The whole run is measured.';
    return [element('p', { class: 'quiet' }, `${part} Percentiles of a second are ± 5 %. Drag to zoom, double-click to go back; arrow keys read the points.`),
      element('div', { class: 'times' }, boxes.map(({ each, box }) => element('figure', {}, element('figcaption', {}, each.title), box,
        readable.asTable(['second', ...each.lines.map((line) => line.name)], () => each.seconds.map((second, at) => [format.plain(second), ...each.lines.map((line) => format.withUnit(line.values[at], each.unit))])))))];
  };

  const rows = (head, body) => element('div', { class: 'scroll' }, element('table', {},
    element('thead', {}, element('tr', {}, head.map((words) => element('th', { scope: 'col' }, words)))),
    element('tbody', {}, body.map((cells) => element('tr', {}, cells.map((cell) => (cell instanceof Node ? cell : element('td', {}, cell))))))));

  const limits = (result) => {
    const layoutsOf = (metric) => result.metrics.map(([place]) => data.layouts[place]).filter((layout) => layout.name === metric);
    const unitOf = (metric, statistic) => {
      const layout = layoutsOf(metric).find((each) => each.statistics.includes(statistic));
      return layout ? layout.units[layout.statistics.indexOf(statistic)] : '';
    };
    // A threshold's percentile, median or mean has the unit that all numbers of its metric but the count have.
    const unitOfThreshold = (metric, expression) => unitOf(metric, /^\s*(p\(|med|avg|min|max)/.test(expression) ? 'max' : /\w+/.exec(expression)?.[0]);
    const kept = (is) => element('td', { class: is ? 'holds' : 'misses' }, is ? '✓ kept' : '✗ not kept');
    const thresholds = result.thresholds.map(([metric, expression, crossed, reached]) => ['threshold of k6', text(metric), text(expression), format.withUnit(reached, unitOfThreshold(text(metric), text(expression))), kept(!crossed)]);
    const expectations = result.expectations.map((each) => {
      const [metric, statistic] = [text(each.metric), text(each.statistic)];
      const unit = unitOf(metric, statistic);
      const bounds = [each.above !== null ? `above ${format.withUnit(each.above, unit)}` : '', each.below !== null ? `below ${format.withUnit(each.below, unit)}` : ''];
      const few = each.too_few !== undefined ? ` (too few samples: ${each.too_few})` : '';
      return ['expectation', metric, `${statistic} ${bounds.filter(Boolean).join(', ')}`, `${format.withUnit(each.value, unit)}${few}`, kept(each.held)];
    });
    return [...thresholds, ...expectations];
  };

  const part = (title, ...children) => (children.flat().length ? element('section', { class: 'part' }, element('h4', {}, title), ...children) : null);
  const fold = (title, ...children) => element('details', {}, element('summary', {}, title), ...children);
  const lines = (places) => element('pre', {}, places.map(text).join('\n'));
  const list = (items) => (items.length ? [element('ul', {}, items.map((item) => element('li', {}, item)))] : []);

  const SCOPES = { window: 'measured window', defined: 'metric of your own', server: 'server', run: 'whole run' };

  const numbers = (result) => {
    const body = result.metrics.map(([place, values]) => {
      const layout = data.layouts[place];
      const each = layout.statistics.map((statistic, at) => [element('span', { class: 'statistic', 'data-metric': layout.name, 'data-scope': layout.scope,
        'data-statistic': statistic, 'data-value': values[at] }, `${statistic} ${format.withUnit(values[at], layout.units[at])}`), ' ']);
      return [layout.name, SCOPES[layout.scope], element('td', {}, each.flat())];
    });
    const more = result.metrics_left_out ? [element('p', { class: 'quiet' }, `${result.metrics_left_out} more of the server stand in results.json.`)] : [];
    return [rows(['metric', 'of', 'statistics'], body), ...more];
  };

  const facts = (each, trial, result) => {
    const target = result.target.length ? result.target.map(([name, value]) => `${text(name)}=${text(value)}`).join(', ') : 'unidentified';
    const pairs = [
      ['key', trial.key], ['measured', `${result.started_at} to ${result.measured_at} (${model.ageOf(result.measured_at)} ago)`],
      ['wall', `${format.withUnit(result.wall_seconds, 's')}, exit ${result.exit ?? 'by a signal'}, ${format.count(result.attempts, 'attempt')}`],
      ['build', `${result.builds_after ? `${format.count(result.builds_after, 'build')} before the newest` : 'the newest that loaded anything'}, run ${result.position}${result.predecessor === undefined ? '' : ` after ${text(result.predecessor)}`}, pause ${format.withUnit(result.cooldown_seconds, 's')}`],
      ['k6', text(result.k6)], ['load generator', text(result.host)], ['target', target],
      ['files', `render/${each.stem}.${each.ending}, results/${each.stem}.txt, summary/${each.stem}.json`],
      ...result.provenance.map(([name, value]) => [text(name), text(value)]),
    ];
    return element('dl', {}, pairs.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]));
  };

  const trialPart = (each, trial, at) => {
    const { result } = trial;
    const state = trial.reason ? `${trial.state}: ${trial.reason}` : trial.state;
    if (!result) return [element('p', {}, `${state}. There is no result.`)];
    const checks = result.checks.map(([path, passes, fails]) => [text(path), passes + fails ? format.withUnit(passes / (passes + fails), 'share') : 'no calls', String(passes), String(fails)]);
    return [
      element('p', {}, element('strong', {}, result.verdict), result.detail ? `: ${result.detail}` : '', ` (${state})`),
      part('Doubts', ...list(result.doubts)),
      part('Run by time', ...runByTime(result.series, `case ${each.index} trial ${at}`)),
      part('Limits', ...(limits(result).length ? [rows(['kind', 'metric', 'limit', 'value', ''], limits(result))] : [])),
      part('Checks', ...(checks.length ? [rows(['check', 'passed', 'passes', 'fails'], checks)] : [])),
      part('Why it ran', ...list(result.reasons.map(text))),
      part('Notes', ...list(result.notes)),
      ...(data.is_brief ? [element('p', { class: 'quiet' }, `Too many results share this page to show all of each: the rest stands in results/${each.stem}.txt.`)] : []),
      fold(`All numbers (${result.metrics.length} metrics)`, ...numbers(result)),
      fold(`Log (${result.log.length ? `last ${format.count(result.log.length, 'line')}; more in results/${each.stem}.txt` : 'empty'})`, element('pre', {}, result.log.join('\n'))),
      fold('Provenance', facts(each, trial, result)),
    ];
  };

  const of = (each) => {
    const parts = each.trials.map((trial, at) => {
      const body = trialPart(each, trial, at).filter(Boolean);
      return each.trials.length > 1 ? element('section', { class: 'trial' }, element('h4', {}, `Trial ${trial.number}`), body) : body;
    });
    const payload = each.payload ? `, sends ${each.payload.name} (${format.withUnit(each.payload.bytes, 'bytes')}${each.payload.rows ? `, ${format.count(each.payload.rows, 'row')}` : ''})` : '';
    const standing = model.standings[each.standing];
    return element('div', { class: 'detail' },
      element('p', {}, element('span', { class: `mark ${each.standing}` }, `${standing.mark} ${standing.word}`), `: ${standing.told}${each.suspect ? '; suspect' : ''}${payload}`),
      parts.flat(), fold('Script', lines(each.script)), fold('Options and configuration', lines(each.configuration)));
  };

  // After the colours changed.
  const redraw = () => {
    for (const entry of drawn) {
      if (entry.host.isConnected) entry.draw();
      else drawn.delete(entry);
    }
  };

  return { of, redraw };
})();

// What tells a state: a rounded box is cached, a hexagon is to run, round ends wait, an octagon failed.
'use strict';

const shapes = (() => {
  const path = (context, state, x, y, w, h) => {
    context.beginPath();
    if (state === model.FRESH) context.roundRect(x, y, w, h, Math.min(5, h / 4));
    else if (state === model.PENDING) context.roundRect(x, y, w, h, h / 2);
    else {
      const cut = state === model.STALE ? Math.min(12, w / 3) : Math.min(9, w / 4, h / 3);
      const down = state === model.STALE ? h / 2 : cut;
      context.moveTo(x + cut, y);
      context.lineTo(x + w - cut, y);
      context.lineTo(x + w, y + down);
      context.lineTo(x + w, y + h - down);
      context.lineTo(x + w - cut, y + h);
      context.lineTo(x + cut, y + h);
      context.lineTo(x, y + h - down);
      context.lineTo(x, y + down);
      context.closePath();
    }
  };

  // A picture of a state for legends and lists.
  const icon = (state) => {
    const name = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(name, 'svg');
    for (const [key, value] of [['width', 26], ['height', 16], ['viewBox', '-1 -1 28 18'], ['aria-hidden', 'true'], ['class', `icon ${model.states[state].name}`]]) svg.setAttribute(key, value);
    const shape = document.createElementNS(name, 'path');
    shape.setAttribute('d', ['M4 0h18a4 4 0 0 1 4 4v8a4 4 0 0 1 -4 4h-18a4 4 0 0 1 -4 -4v-8a4 4 0 0 1 4 -4z', 'M8 0h10a8 8 0 0 1 0 16h-10a8 8 0 0 1 0 -16z', 'M6 0h14l6 8l-6 8h-14l-6 -8z', 'M5 0h16l5 5v6l-5 5h-16l-5 -5v-6z'][state]);
    svg.append(shape);
    return svg;
  };

  return { path, icon };
})();

// The button that chooses the colours: those of the system, light or dark.
'use strict';

const theme = (redraw) => {
  const names = ['auto', 'light', 'dark'];
  let at = 0;
  const button = element('button', { type: 'button', id: 'theme', onclick: () => {
    at = (at + 1) % names.length;
    if (at) document.documentElement.dataset.theme = names[at]; else delete document.documentElement.dataset.theme;
    button.textContent = `colours: ${names[at]}`;
    redraw();
  } }, 'colours: auto');
  return button;
};

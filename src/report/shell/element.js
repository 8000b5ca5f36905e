// What the page knows, and how values reach it: as text, never as markup.
'use strict';

let data = JSON.parse(document.getElementById('data').textContent);

const text = (place) => data.texts[place];

// An element with attributes (`on…` are listeners) and children; strings become text, never markup.
const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? '' : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
};

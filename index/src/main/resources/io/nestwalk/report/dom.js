// Building blocks of pages. Text from an image only ever becomes text nodes and attribute values.

// What is not seen but works (controls, BiDi, line separators, bytes that are no text) is shown as an escape.
export const shown = value => typeof value !== 'string' ? value
  : value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, c => '\\u{' + c.codePointAt(0).toString(16).padStart(4, '0') + '}');

const furnish = (node, attributes, children) => {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'style') node.style.cssText = value; // An attribute would be against the page's policy.
    else if (key === 'value') node.value = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? '' : shown(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(shown(child));
  }
  return node;
};
export const el = (name, attributes, ...children) => furnish(document.createElement(name), attributes, children);
export const svg = (name, attributes, ...children) =>
  furnish(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
export const fill = (node, ...children) => {
  node.replaceChildren(...children.flat(Infinity).filter(c => c !== null && c !== undefined && c !== false).map(shown));
  return node;
};

export const size = bytes => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = Number(bytes), unit = 0;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit++; }
  return (Number.isInteger(value) ? value : value.toFixed(1)) + ' ' + units[unit];
};
/** A noun as its number wants it: "page" or "pages"; as the program's Count has it. */
export const noun = (number, one) => Number(number) === 1 ? one : /(s|x|ch|sh)$/.test(one) ? one + 'es' : /[^aeiou]y$/.test(one) ? one.slice(0, -1) + 'ies' : one + 's';
export const counted = (number, one) => `${number} ${noun(number, one)}`;
export const hex = value => '0x' + value.toString(16);
export const big = value => BigInt(value);
export const dash = value => value === null || value === undefined || value === '' ? '–' : value;
/** To the millisecond: enough to see, of what may be finer. */
export const moment = time => time.slice(0, 23).replace('T', ' ').replace(/Z$/, '');
export const seconds = time => time ? time.slice(0, 19).replace('T', ' ') : null;

/** Pairs of name and value; a value that is undefined is left out. */
export const facts = pairs => el('dl', {class: 'facts'}, pairs.filter(p => p[1] !== undefined).map(([name, value, mono]) =>
  [el('dt', {}, name), el('dd', {class: mono ? 'mono' : null}, value instanceof Node ? value : String(dash(value)))]));

/** A named colour of the style sheet as a canvas takes it, in the theme that is shown. */
export const colour = name => {
  const probe = el('span', {style: `color: var(--${name}); display: none`});
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
};
export const swatch = name => el('span', {class: 'swatch', style: `background: var(--${name})`});

const themed = [];
/** Draws now, and again when the theme changes; a canvas that is gone is forgotten. */
export const drawThemed = (node, draw) => {
  themed.push({node, draw});
  draw();
};
const redraw = () => {
  for (let i = themed.length - 1; i >= 0; i--) {
    if (themed[i].node.isConnected) themed[i].draw(); else themed.splice(i, 1);
  }
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

const THEMES = ['auto', 'light', 'dark'];
/** A button that goes through automatic, light and dark. */
export const themeButton = () => {
  let at = 0;
  try { at = Math.max(0, THEMES.indexOf(localStorage.getItem('nestwalk-theme'))); } catch { /* A file's page may have no storage. */ }
  const button = el('button', {class: 'plain screen', id: 'theme', type: 'button'});
  const apply = () => {
    if (at === 0) delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = THEMES[at];
    button.textContent = 'Theme: ' + THEMES[at];
    redraw();
  };
  button.addEventListener('click', () => {
    at = (at + 1) % THEMES.length;
    try { localStorage.setItem('nestwalk-theme', THEMES[at]); } catch { /* Then it holds for this page alone. */ }
    apply();
  });
  apply();
  return button;
};

/** Saves text as a file. */
export const save = (name, type, text) => {
  const link = el('a', {href: URL.createObjectURL(new Blob([text], {type})), download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

import {dash, el, fill, noun, save, shown} from './dom.js';

const STEP = 200;

// As the program's own CSV: what a spreadsheet would take for a formula gets an apostrophe in front.
const csvCell = value => {
  let text = value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (typeof value === 'string' && /^[=+\-@\t\r\n'\uff1d\uff0b\uff0d\uff20]/.test(text)) text = "'" + text;
  text = text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, c => '\\u' + c.charCodeAt(0).toString(16));
  return /[",\n\r\t]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
};
const keysOf = rows => [...new Set(rows.flatMap(row => Object.keys(row)))];
export const csv = rows => {
  const keys = keysOf(rows);
  return [keys.map(csvCell).join(','), ...rows.map(row => keys.map(key => csvCell(row[key])).join(','))].join('\n') + '\n';
};

const isNumber = value => typeof value === 'number' || typeof value === 'bigint';
const asHex = value => typeof value === 'string' && /^0x[0-9a-f]+$/.test(value) ? BigInt(value) : value;
export const compare = (a, b) => {
  const x = asHex(a), y = asHex(b);
  const noX = x === null || x === undefined || x === '', noY = y === null || y === undefined || y === '';
  if (noX || noY) return noX === noY ? 0 : noX ? 1 : -1;
  if (isNumber(x) && isNumber(y)) return x < y ? -1 : x > y ? 1 : 0;
  return String(x).localeCompare(String(y), 'en', {numeric: true});
};

/**
 * A table that sorts by any column, filters over all columns and each of them, shows more rows as
 * asked, and saves what it shows.
 *
 * columns: {key, title, about, of(row), sort(row), number, mono, word, long, cell(row)}; label: what a row is, one of them; state: {sort, q, and by key}
 * is where it begins, and is handed to onState when the user changes it.
 */
export const dataTable = ({id, name, columns, rows, pick, isPicked, mark, state = {}, onState, more, label}) => {
  const now = {...state};
  let limit = STEP;
  const count = el('span', {class: 'note', role: 'status', id: id + '-count'});
  const body = el('tbody');
  const moreButton = el('button', {class: 'plain screen', type: 'button'}, 'Show more');
  const text = (column, row) => shown(String(dash(column.of(row))));
  const matching = () => {
    const words = (now.q || '').toLowerCase().split(/\s+/).filter(Boolean);
    const filters = columns.filter(c => now[c.key]).map(c => [c, now[c.key].toLowerCase()]);
    const found = rows.filter(row => filters.every(([c, wanted]) => text(c, row).toLowerCase().includes(wanted)) &&
      (words.length === 0 || (all => words.every(word => all.includes(word)))(columns.map(c => text(c, row)).join('\n').toLowerCase())));
    const down = (now.sort || '').startsWith('-'), by = columns.find(c => c.key === (now.sort || '').replace(/^-/, ''));
    return by ? [...found].sort((a, b) => (down ? -1 : 1) * compare((by.sort || by.of)(a), (by.sort || by.of)(b))) : found;
  };
  const cell = (column, row) => el('td', {class: column.number ? 'number' : column.mono ? 'mono' : column.word ? 'word' : column.long ? 'long' : null},
    column.cell ? column.cell(row) : column.long ? el('div', {class: 'clamp'}, String(dash(column.of(row)))) : String(dash(column.of(row))));
  const heads = columns.map(c => {
    const head = el('th', {scope: 'col', class: c.number ? 'number' : null},
      el('button', {type: 'button', title: (c.about ? c.about + '; ' : '') + 'sort by ' + c.title, onclick: () => {
        change('sort', now.sort === c.key ? '-' + c.key : now.sort === '-' + c.key ? undefined : c.key);
      }}, c.title),
      el('input', {type: 'text', size: 1, 'aria-label': `filter ${c.title}`, value: now[c.key] || '', oninput: e => change(c.key, e.target.value)}));
    return head;
  });
  const show = () => {
    const found = matching();
    fill(body, found.slice(0, limit).map(row => el('tr', {
      class: [pick ? 'pick' : '', mark && mark(row) ? 'marked' : ''].join(' ').trim() || null, tabindex: pick ? 0 : null,
      'aria-selected': isPicked ? String(Boolean(isPicked(row))) : null, onclick: e => { if (pick && !e.target.closest('a, button')) pick(row); },
      onkeydown: e => { if (pick && e.key === 'Enter' && e.target === e.currentTarget) pick(row); },
    }, columns.map(c => cell(c, row)))));
    count.textContent = (found.length === rows.length ? `${rows.length}` : `${found.length} of ${rows.length}`) + (label ? ' ' + noun(rows.length, label) : '') +
      (found.length > limit ? `, ${limit} shown` : '') + (more || '');
    moreButton.hidden = found.length <= limit;
    columns.forEach((c, i) => {
      if (now.sort === c.key) heads[i].setAttribute('aria-sort', 'ascending');
      else if (now.sort === '-' + c.key) heads[i].setAttribute('aria-sort', 'descending');
      else heads[i].removeAttribute('aria-sort');
    });
  };
  const change = (key, value) => {
    if (value) now[key] = value; else delete now[key];
    limit = STEP;
    show();
    if (onState) onState({...now});
  };
  moreButton.addEventListener('click', () => { limit += 5 * STEP; show(); });
  const search = el('input', {type: 'search', id: id + '-filter', placeholder: 'any column', value: now.q || '', oninput: e => change('q', e.target.value)});
  show();
  const node = el('div', {},
    el('div', {class: 'filters'}, el('label', {}, 'Filter ', search), count,
      el('span', {class: 'screen'}, el('button', {class: 'plain', type: 'button', onclick: () => save(name + '.csv', 'text/csv', csv(matching()))}, 'CSV'), ' ',
        el('button', {class: 'plain', type: 'button', onclick: () => save(name + '.json', 'application/json', JSON.stringify(matching(), null, 1))}, 'JSON'))),
    el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': name}, el('table', {id}, el('thead', {}, el('tr', {}, heads)), body)), moreButton);
  return {node, show};
};

import {dash, el, moment, size} from './dom.js';
import {dataTable} from './table.js';
import {machineChoice} from './machines.js';
import {files} from './saving.js';
import {warnings} from './views.js';

// Views of what commands list. Which columns there are, and what is in them, comes from the
// commands' schemas: nothing here knows a command by its name.

const words = key => key.split('.').map(part => part.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()).join(' ');
const title = key => (text => text[0].toUpperCase() + text.slice(1))(words(key));
const valueOf = (row, key) => key.split('.').reduce((node, part) => node?.[part], row);
const text = value => value === null || value === undefined ? null : Array.isArray(value) ? value.map(text).join(', ')
  : typeof value === 'object' ? Object.entries(value).map(([k, v]) => `${words(k)} ${text(v)}`).join(' ') : value === true ? 'yes' : value === false ? 'no' : value;

/** Where an address of a row is looked at; null where it is none. */
const place = (column, row, value) => {
  switch (column.space) {
    case 'host': return {machine: 'host', at: value, physical: true};
    case 'physical': return {machine: row.machine, at: value, physical: true};
    case 'process': return row.pid === undefined ? null : {machine: row.machine, at: value, pid: row.pid};
    case 'kernel': return {machine: row.machine, at: value, kernel: true};
    default: return null;
  }
};

const cellOf = (context, column) => row => {
  const value = valueOf(row, column.key);
  if (value === undefined || value === null) return '–';
  if (column.key === 'pid') return context.link('process', {machine: row.machine, pid: value}, String(value));
  if (column.type === 'time') return el('span', {title: value}, moment(value));
  const at = column.type === 'hex' ? place(column, row, value) : null;
  return at ? context.link('address', at, value) : column.type === 'size' ? size(value) : String(dash(text(value)));
};

/** A column as the table wants it. */
const columnOf = (context, rows) => column => {
  const longest = rows.slice(0, 500).reduce((most, row) => Math.max(most, String(text(valueOf(row, column.key)) ?? '').length), 0);
  const linked = column.key === 'pid' || column.space || column.type === 'time', number = ['integer', 'number', 'size'].includes(column.type);
  return {key: 'c.' + column.key, title: title(column.key), about: column.description, number, mono: column.type === 'hex', word: column.type === 'time' || (!number && longest <= 40), long: longest > 40,
    of: row => column.type === 'size' && valueOf(row, column.key) !== undefined ? size(valueOf(row, column.key)) : text(valueOf(row, column.key)),
    sort: column.type === 'size' ? row => valueOf(row, column.key) : column.type === 'array' ? row => text(valueOf(row, column.key)) : undefined,
    cell: linked || (longest <= 40 && column.type === 'size') ? cellOf(context, column) : undefined};
};

const table = (context, list, rows, id, state, onState) => {
  const present = list.columns.filter(column => rows.some(row => valueOf(row, column.key) !== undefined));
  return dataTable({id, name: list.name, columns: present.map(columnOf(context, rows)), rows, state, onState}).node;
};

/** Lists are told from what stands beside them by standing first. */
const rowsOf = (answer, list, first) => first ? answer.rows : answer[list.name] || [];

/** A description of rows, as what each of them is. */
const eachRow = description => 'Each row: ' + (/^[A-Z][a-z ]/.test(description) ? description[0].toLowerCase() + description.slice(1) : description);

/** What one command lists, and what stands beside its rows. */
export const list = async context => {
  const {of: question, machine, pid} = context.parameters, view = context.views.find(v => v.question === question) || context.views[0];
  const asked = Object.fromEntries(Object.entries({machine, pid}).filter(([name]) => view.parameters.includes(name)));
  const [machines, answer] = await Promise.all([context.ask.all('machines', 'machines'), context.ask.all(view.question, view.lists[0].name, asked)]);
  const keep = {of: view.question, ...asked};
  const seen = machines.rows.filter(m => !machine || m.id === machine), known = seen.filter(m => m.os);
  const where = view.systems && known.length ? ' on ' + known.map(m => m.id).join(', ') : '';
  return el('div', {}, el('h2', {}, view.title), warnings(answer.coverage),
    el('div', {class: 'filters'},
    machineChoice(view.systems ? machines.rows.filter(m => m.os) : machines.rows, machine, m => context.go('list', {...keep, machine: m}), true),
    asked.pid ? el('span', {}, `process ${pid} `, context.link('list', {...keep, pid: undefined}, 'all', {class: 'plain'})) : null, files(context, view.question, asked)),
  view.lists.map((each, i) => {
    const rows = rowsOf(answer, each, i === 0), id = i === 0 ? 'list-table' : `beside-${each.name}`;
    // Where there are warnings, the list may be of fewer machines.
    const see = view.lists.length > 1 && i === 0 ? 'below' : answer.coverage.warnings.length ? 'above' : null;
    const empty = i > 0 ? 'None' + (see ? `; see ${see}.` : '.') : see ? `None found in what was looked at; see ${see}.` : `None found${where}.`;
    return [i > 0 ? el('h3', {}, title(each.name)) : null, each.description ? el('p', {class: 'note'}, eachRow(each.description)) : null,
      rows.length ? table(context, each, rows, id, i === 0 ? context.parameters : {}, i === 0 ? s => context.keep({...s, ...keep}) : null) : el('p', {id: i === 0 ? 'none' : `none-${each.name}`}, empty)];
  }));
};


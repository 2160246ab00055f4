import {big, el, fill, hex, size} from './dom.js';
import {layersPicture, legend, memoryMap, paint} from './pictures.js';
import {json} from './saving.js';
import {machineChoice} from './machines.js';

const BAR = 1024, MAP = 8192;

const ownerRow = (run, context) => {
  const who = run.pid !== undefined ? context.link('process', {machine: run.machine, pid: run.pid}, `${run.machine} ${run.pid} ${run.process}`) : `${run.machine} ${run.space}`;
  const at = run.space === 'physical' ? {machine: run.machine, at: run.address, physical: true} : run.pid !== undefined
    ? {machine: run.machine, at: run.address, pid: run.pid} : {machine: run.machine, at: run.address, kernel: true};
  return el('tr', {}, el('td', {}, who), el('td', {class: 'mono'}, context.link('address', at, run.address)), el('td', {class: 'mono'}, run.gpa || '–'),
    el('td', {class: 'mono'}, run.hpa || '–'), el('td', {class: 'mono'}, run.permissions || ''), el('td', {class: 'long'}, run.path || ''));
};

/** All owners of a stretch of physical memory, as the index knows them. */
export const owners = async (context, machine, start, length) => {
  const field = machine === 'host' ? 'hpa' : 'gpa', range = `${hex(start)}..${hex(start + BigInt(length) - 1n)}`;
  const query = length === 1 ? `${field}:${hex(start)}` : `${field}:${range}`;
  const answer = await context.ask.one('search', {q: machine === 'host' ? query : `${query} machine:"${machine}"`, count: 500});
  const runs = answer.hits.filter(h => h.type === 'run');
  if (runs.length === 0) return el('p', {class: 'note'}, 'No page table maps this.');
  return el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'owners'}, el('table', {id: 'owner-table'}, el('thead', {}, el('tr', {}, ['Owner', 'Virtual', 'Guest-physical', 'Host-physical', 'Perm', 'Mapping'].map(t => el('th', {scope: 'col'}, t)))),
    el('tbody', {}, runs.map(r => ownerRow(r, context)))), answer.coverage.total > runs.length ? el('p', {class: 'note'}, `${runs.length} of ${answer.coverage.total}`) : null);
};

/** A window around a cell, eight times as close. */
const closer = (start, cellBytes, cells) => {
  const span = BigInt(cellBytes) * BigInt(Math.max(16, Math.floor(cells / 8)));
  const least = span < 65536n ? 65536n : span;
  const from = start > least / 2n ? (start - least / 2n) / 4096n * 4096n : 0n;
  return {from: hex(from), to: hex(from + least)};
};

/** The two layers of a guest, and the memory of the layer that is chosen. */
export const layers = async context => {
  const {machine: asked, from, to} = context.parameters;
  const list = (await context.ask.all('machines', 'machines')).rows;
  const guests = list.filter(m => m.parent && m.secondLevel.kind !== 'none');
  const machine = list.some(m => m.id === asked) ? asked : guests.length ? guests[guests.length - 1].id : 'host';
  const isGuest = machine !== 'host' && guests.some(g => g.id === machine);
  const window = from && to ? {from, to} : {};
  const whole = from && to ? null : await context.ask.one('picture', {machine, cells: BAR});
  const extent = whole?.extents?.length ? [...whole.extents].sort((a, b) => b.length - a.length)[0] : null;
  const shown = extent ? {from: extent.start, to: hex(big(extent.start) + BigInt(extent.length))} : window;
  const [guest, host, map] = await Promise.all([isGuest ? context.ask.one('picture', {machine, cells: BAR, ...shown}) : null,
    isGuest ? context.ask.one('picture', {machine: 'host', cells: BAR}) : null, context.ask.one('picture', {machine, cells: MAP, ...shown})]);
  const paints = paint([guest, host, map].filter(Boolean));
  const detail = el('div', {class: 'panel', id: 'cell', 'aria-live': 'polite'}, el('p', {class: 'note'}, 'Choose a place in a picture (click, or arrows and Enter) for all its owners.'));
  const onCell = async (whose, start, length) => {
    fill(detail, el('p', {class: 'busy'}, 'Asking …'));
    fill(detail, el('h3', {}, `${whose === 'host' ? 'Host' : 'Guest'}-physical ${hex(start)}, ${size(length)}`), el('p', {},
      context.link('layers', {machine: whose, ...closer(start, length, BAR)}, 'closer'), ' · ',
      context.link('address', {machine: whose, at: hex(start), physical: true}, 'walk'), ' · ', context.link('hex', {machine: whose, at: hex(start), physical: true}, 'bytes')),
    await owners(context, whose, start, length));
  };
  const title = isGuest ? `${machine}'s memory over the host's` : `${machine}'s physical memory`;
  return el('div', {}, el('h2', {}, title), el('div', {class: 'filters'}, machineChoice(list.filter(m => m.id === 'host' || guests.includes(m)), machine, m => context.go('layers', {machine: m})),
    el('span', {class: 'mono'}, shown.from ? `${shown.from} – ${shown.to}` : `from ${map.origin}`), el('span', {class: 'note'}, `a cell is ${size(map.cellBytes)}`),
    from ? el('span', {}, context.link('layers', {machine, ...wider(from, to)}, 'wider', {class: 'plain'}), ' ', context.link('layers', {machine}, 'all', {class: 'plain'})) : null,
    (whole?.extents || []).length > 1 ? el('span', {}, whole.extents.slice(0, 12).map(e => [context.link('layers', {machine, from: e.start, to: hex(big(e.start) + BigInt(e.length))}, `${e.start} ${size(e.length)}`, {class: 'plain mono'}), ' '])) : null),
  isGuest ? layersPicture(guest, host, paints, {onCell}) : null,
  legend(paints, owner => context.go('process', {machine: owner.machine, pid: owner.pid})),
  el('h3', {}, isGuest ? `${machine}'s memory, cell by cell` : 'Cell by cell'), el('p', {}, json(context, 'picture', {machine, cells: MAP, ...shown})), el('p', {class: 'note'}, 'A cell has the colour of the owner that says most: a guest\'s process before the guest, a guest before the host\'s process that backs it.'),
  memoryMap(map, paints, {id: 'memory-canvas', label: `${machine}'s physical memory by owner`, onCell: (start, length) => onCell(machine, start, length)}), detail);
};
const wider = (from, to) => {
  const length = big(to) - big(from), middle = big(from) + length / 2n, half = length * 4n;
  return {from: hex(middle > half ? middle - half : 0n), to: hex(middle + half)};
};

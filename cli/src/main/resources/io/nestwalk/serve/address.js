import {el, facts, hex, size} from './dom.js';
import {walkPicture} from './walk.js';
import {owners} from './layers.js';
import {dumpTable} from './hex.js';
import {json} from './saving.js';

const SPACES = [['physical', 'physical'], ['kernel', 'kernel'], ['pid', 'process'], ['root', 'page-table root'], ['', 'first CPU\'s space']];

/** Which of the spaces a view's parameters mean, for the server. */
export const selector = p => p.pid ? {pid: p.pid} : p.root ? {root: p.root} : p.kernel ? {kernel: true} : p.physical ? {physical: true} : {};

/** A box for an address of any space. */
export const spaceForm = (context, list, view, more) => {
  const p = context.parameters;
  const machine = el('select', {id: 'space-machine'}, list.map(m => el('option', {value: m.id}, m.id)));
  machine.value = p.machine && list.some(m => m.id === p.machine) ? p.machine : 'host';
  const kind = el('select', {id: 'space-kind', onchange: () => { which.hidden = !needs(); }}, SPACES.map(([value, label]) => el('option', {value}, label)));
  kind.value = p.pid ? 'pid' : p.root ? 'root' : p.kernel ? 'kernel' : p.physical || !p.at ? 'physical' : '';
  const needs = () => kind.value === 'pid' || kind.value === 'root';
  const which = el('input', {type: 'text', id: 'space-which', 'aria-label': 'pid or root', placeholder: 'pid or 0xroot', value: p.pid || p.root || '', size: 10});
  which.hidden = !needs();
  const at = el('input', {type: 'text', id: 'space-at', class: 'mono address', placeholder: '0x…, or a kernel\'s symbol', value: p.at || '', 'aria-label': 'address', spellcheck: 'false'});
  return el('form', {class: 'filters', onsubmit: event => {
    event.preventDefault();
    const value = kind.value;
    context.go(view, {machine: machine.value, at: at.value.trim(), pid: value === 'pid' ? which.value.trim() : undefined, root: value === 'root' ? which.value.trim() : undefined,
      kernel: value === 'kernel', physical: value === 'physical', ...(more ? more() : {})});
  }}, el('label', {}, 'Machine ', machine), el('label', {}, 'Space ', kind), which, el('label', {}, 'Address ', at), el('button', {class: 'plain', type: 'submit'}, 'Show'));
};

/** Everything about one address: its place in every layer, the walk, owners and bytes. */
export const address = async context => {
  const p = context.parameters, list = (await context.ask.all('machines', 'machines')).rows;
  const form = spaceForm(context, list, 'address');
  if (!p.at) return el('div', {}, el('h2', {}, 'An address in every layer'), form, el('p', {class: 'note'}, 'Any address of any space: host- or guest-physical, a kernel\'s (or the name of one of its symbols), a process\'s, or one under a page-table root.'));
  const space = {machine: p.machine, ...selector(p)};
  const found = await context.ask.one('translate', {...space, address: p.at});
  const near = BigInt(found.address) & ~0xfn;
  const [bytes, who] = await Promise.all([context.ask.one('read', {...space, address: hex(near), length: 256}),
    found.hpa ? owners(context, 'host', BigInt(found.hpa), 1).catch(e => el('p', {class: 'failed'}, e.message)) : null]);
  return el('div', {}, el('h2', {class: 'wrap'}, 'Address ', el('span', {class: 'mono'}, found.address), ` of ${found.machine}`, found.process ? `, ${p.pid} ${found.process}` : ''), form,
    found.fault ? el('p', {class: 'warning', id: 'fault'}, `Not mapped: ${found.fault.dimension} ${found.fault.level || ''} ${found.fault.reason}`) : null,
    el('div', {class: 'columns'}, el('div', {id: 'address-facts'}, facts([
      ['symbol', found.symbol, true],
      ['guest-physical', found.gpa && found.gpa !== '–' ? context.link('address', {machine: found.machine, at: found.gpa, physical: true}, found.gpa) : undefined, true],
      ['host-physical', found.hpa ? context.link('address', {machine: 'host', at: found.hpa, physical: true}, found.hpa) : undefined, true],
      ['in the file at', found.fileOffset !== undefined ? hex(found.fileOffset) : found.inImage ? 'in a packed block' : found.hpa ? 'not in the image' : undefined, true],
      ['page', found.pageSize ? size(found.pageSize) : undefined], ['permissions', found.permissions, true], ['state', found.state],
      ['shadow and own tables', found.tablesAgree === undefined ? undefined : found.tablesAgree ? 'agree' : 'differ'],
    ])), el('p', {class: 'screen'}, context.link('hex', {...p}, 'more bytes', {class: 'plain'}), ' ', found.hpa ? context.link('layers', {machine: 'host', ...around(found.hpa)}, 'in the picture', {class: 'plain'}) : null, ' ', json(context, 'translate', {...space, address: p.at}))),
    el('h3', {}, 'The walk'), walkPicture(found), el('h3', {}, 'Owners of the page'), who || el('p', {class: 'note'}, 'There is no page.'), el('h3', {}, 'Bytes'), dumpTable(bytes, BigInt(found.address)));
};
const around = hpa => {
  const at = BigInt(hpa) / 4096n * 4096n, half = 4n << 20n, from = at > half ? at - half : 0n;
  return {from: hex(from), to: hex(from + 2n * half)};
};

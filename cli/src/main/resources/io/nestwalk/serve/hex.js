import {big, dash, el, hex} from './dom.js';
import {json} from './saving.js';
import {selector, spaceForm} from './address.js';

const LINE = 16, STEP = 1024;

/** Bytes with the addresses that they have in the layers at their side. */
export const dumpTable = (dump, mark) => {
  const start = big(dump.address), pages = dump.pages.map(p => ({...p, from: big(p.start), to: big(p.start) + BigInt(p.length)}));
  const pageOf = at => pages.find(p => at >= p.from && at < p.to);
  const rows = [];
  let lastPage = null;
  for (let i = 0; i < dump.length; i += LINE) {
    const at = start + BigInt(i), page = pageOf(at), digits = dump.bytes.slice(i * 2, (i + LINE) * 2).match(/../g) || [];
    const by = page ? at - page.from : 0n, shift = value => value ? hex(big(value) + by) : '–';
    const cells = [];
    let text = '';
    digits.forEach((d, n) => {
      const here = at + BigInt(n), kind = d === '??' ? 'missing' : d === '00' ? 'zero' : null;
      cells.push(here === mark ? el('mark', {}, d) : kind ? el('span', {class: kind}, d) : d, n === 7 ? '  ' : ' ');
      const code = parseInt(d, 16);
      text += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : d === '??' ? '?' : '.';
    });
    rows.push(el('tr', {class: page !== lastPage ? 'page-start' : null}, el('td', {}, hex(at)), el('td', {}, cells), el('td', {}, text),
      el('td', {class: 'side'}, shift(page?.gpa)), el('td', {class: 'side'}, shift(page?.hpa)), el('td', {class: 'side'}, page?.fileOffset !== undefined ? hex(BigInt(page.fileOffset) + by) : '–'),
      el('td', {class: 'side'}, page ? dash(page.permissions) + (page.state ? ' ' + page.state : '') : 'not mapped')));
    lastPage = page;
  }
  return el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'bytes'}, el('table', {class: 'hex', id: 'hex'},
    el('thead', {}, el('tr', {}, ['Address', 'Bytes', 'Text', 'Guest-physical', 'Host-physical', 'In the file', 'Page'].map(t => el('th', {scope: 'col'}, t)))), el('tbody', {}, rows)));
};

/** A dump of any memory, page by page. */
export const hexDump = async context => {
  const p = context.parameters, list = (await context.ask.all('machines', 'machines')).rows, form = spaceForm(context, list, 'hex');
  if (!p.at) return el('div', {}, el('h2', {}, 'Memory'), form, el('p', {class: 'note'}, 'Bytes of any space, with their addresses in the layers below at the side.'));
  const dump = await context.ask.one('read', {machine: p.machine, ...selector(p), address: p.at, length: STEP});
  const at = big(dump.address), to = value => ({...p, at: hex(BigInt.asUintN(64, value))});
  return el('div', {}, el('h2', {}, `Memory of ${dump.machine}`, dump.process ? `, ${p.pid} ${dump.process}` : ''), form,
    el('div', {class: 'filters'}, context.link('hex', to(at - BigInt(STEP)), '◀ before', {class: 'plain'}), context.link('hex', to(at + BigInt(STEP)), 'after ▶', {class: 'plain'}),
      context.link('address', p, 'walk and owners', {class: 'plain'}), json(context, 'read', {machine: p.machine, ...selector(p), address: p.at, length: STEP})), dumpTable(dump, null));
};

import {counted, el, fill, size} from './dom.js';
import {dataTable} from './table.js';

const WAIT = 250, PAGE = 200;
const what = h => h.type === 'machine' ? h.os?.banner || '' : h.type === 'process' ? h.commandLine || h.path || '' : h.type === 'finding' ? h.text : h.type === 'yara' ? `${h.rule}: ${counted((h.strings || []).length, 'place')}` : h.path || h.kind || h.space || '';
const spaceOf = h => h.space === 'physical' ? {physical: true} : h.pid !== undefined ? {pid: h.pid} : {kernel: true};

const row = (h, context) => {
  const address = h.address || h.start, length = h.length || (h.start && h.end ? Number(BigInt(h.end) - BigInt(h.start)) : null);
  return el('tr', {}, el('td', {}, h.type), el('td', {}, h.machine || h.id), el('td', {class: 'word'}, h.pid !== undefined ? context.link('process', {machine: h.machine, pid: h.pid}, `${h.pid} ${h.process || h.name || ''}`) : h.process || h.name || '–'),
    el('td', {class: 'mono'}, address ? context.link('address', {machine: h.machine, at: address, ...spaceOf(h)}, address) : '–'), el('td', {class: 'mono'}, h.gpa || '–'), el('td', {class: 'mono'}, h.hpa || '–'),
    el('td', {class: 'number'}, length ? size(length) : '–'), el('td', {class: 'mono'}, h.permissions || ''), el('td', {class: 'long'}, what(h)));
};

/** Asks the index while one types. */
export const search = async context => {
  const results = el('div', {id: 'results', 'aria-live': 'polite'});
  const box = el('input', {type: 'search', id: 'query', value: context.parameters.q || '', 'aria-label': 'query', placeholder: 'name:sshd permissions:wx', spellcheck: 'false', style: 'width: 34rem'});
  let asked = 0, timer = null;
  const ask = async () => {
    const mine = ++asked, q = box.value.trim();
    context.keep({q});
    if (!q) { fill(results); return; }
    try {
      const body = el('tbody'), count = el('span', {class: 'note', role: 'status', id: 'result-count'});
      let cursor = '', shown = 0;
      const more = el('button', {class: 'plain', type: 'button', onclick: () => next()}, 'Show more');
      const next = async () => {
        const answer = await context.ask.one('search', {q, cursor, count: PAGE});
        if (mine !== asked) return false;
        body.append(...answer.hits.map(h => row(h, context)));
        shown += answer.hits.length;
        cursor = answer.coverage.next;
        more.hidden = !cursor;
        count.textContent = `${shown} of ${answer.coverage.total}` + (answer.coverage.total === 0 ? ': nothing found. Runs of pages answer only to kind:run or an address (va:, gpa:, hpa:, fileOffset:).' : '');
        return true;
      };
      if (await next()) {
        fill(results, el('div', {class: 'filters'}, count, el('a', {class: 'plain', href: context.ask.file('search', 'csv', {q, count: 10000})}, 'CSV'), el('a', {class: 'plain', href: context.ask.file('search', 'ndjson', {q, count: 10000})}, 'NDJSON')),
          el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'results'}, el('table', {id: 'result-table'}, el('thead', {}, el('tr', {}, ['Kind', 'Machine', 'Process', 'Address', 'Guest-physical', 'Host-physical', 'Size', 'Perm', 'What'].map(t => el('th', {scope: 'col'}, t)))), body)), more);
      }
    } catch (e) {
      if (mine === asked) fill(results, el('p', {class: 'failed'}, e.message));
    }
  };
  box.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
  await ask();
  const example = q => el('li', {}, context.link('search', {q}, q, {class: 'mono'}));
  return el('div', {}, el('h2', {}, 'Search'), el('div', {class: 'filters'}, el('label', {}, 'Query ', box)), results, el('details', {open: !context.parameters.q}, el('summary', {}, 'How to ask'), el('p', {}, 'FIELD:VALUE and free words, joined by AND, OR, NOT and brackets; * and ? are wildcards, FROM..TO a range.'),
    el('ul', {}, ['hpa:0x4a1d040', 'permissions:wx', 'path:*libc* NOT machine:host', 'kind:process uid:0', 'kind:finding', 'kind:yara'].map(example))));
};

const KINDS = [['text', 'text'], ['hex', 'bytes: 48 8b ?? c3'], ['regex', 'regular expression']];
/** Looks for bytes in all memory; this reads the whole image. */
export const find = async context => {
  const p = context.parameters, kind = KINDS.map(([k]) => k).find(k => p[k]) || 'text';
  const choice = el('select', {id: 'find-kind', 'aria-label': 'kind of pattern'}, KINDS.map(([value, label]) => el('option', {value}, label))), box = el('input', {type: 'search', id: 'find-box', value: p[kind] || '', 'aria-label': 'what to find', spellcheck: 'false'});
  choice.value = kind;
  const form = el('form', {class: 'filters', onsubmit: e => { e.preventDefault(); context.go('find', {[choice.value]: box.value}); }}, choice, box, el('button', {class: 'plain', type: 'submit'}, 'Find'));
  if (!p[kind]) return el('div', {}, el('h2', {}, 'Find bytes'), form, el('p', {class: 'note'}, 'Text, bytes or a regular expression in all physical memory, with every owner; also across page borders.'));
  const answer = await context.ask.all('find', 'hits', {[kind]: p[kind]});
  const owner = o => el('div', {}, o.pid !== undefined ? context.link('process', {machine: o.machine, pid: o.pid}, `${o.machine} ${o.pid} ${o.process}`) : `${o.machine} ${o.space}`, ' ',
    context.link('address', {machine: o.machine, at: o.address, ...spaceOf(o)}, o.address, {class: 'mono'}), o.path ? el('span', {class: 'note'}, ' ' + o.path) : null);
  return el('div', {}, el('h2', {}, 'Find bytes'), form, (answer.coverage.warnings || []).map(w => el('p', {class: 'warning'}, w)), dataTable({id: 'find-table', name: 'hits', rows: answer.rows, label: 'hit', columns: [
    {key: 'hpa', title: 'Host-physical', mono: true, of: h => h.hpa, cell: h => context.link('hex', {machine: 'host', at: h.hpa, physical: true}, h.hpa)},
    {key: 'offset', title: 'In the file', mono: true, of: h => h.fileOffset !== undefined ? '0x' + h.fileOffset.toString(16) : null}, {key: 'preview', title: 'Bytes', mono: true, of: h => h.preview},
    {key: 'owners', title: 'Owners', long: true, of: h => h.owners.map(o => `${o.machine} ${o.pid ?? o.space} ${o.process} ${o.address}`).join('\n'), cell: h => h.owners.length ? h.owners.map(owner) : 'nobody\'s'}]}).node);
};

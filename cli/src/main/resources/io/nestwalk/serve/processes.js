import {big, el, facts, fill, seconds, size} from './dom.js';
import {dataTable} from './table.js';
import {machineChoice, warnings} from './machines.js';

const COLUMNS = [
  {key: 'machine', title: 'Machine', of: p => p.machine},
  {key: 'pid', title: 'Pid', number: true, of: p => p.pid},
  {key: 'ppid', title: 'Parent', number: true, of: p => p.ppid},
  {key: 'name', title: 'Name', word: true, of: p => p.name},
  {key: 'user', title: 'User', number: true, of: p => p.uid ?? p.sid},
  {key: 'state', title: 'State', of: p => [p.state, p.exited ? 'exited' : '', p.hidden ? 'hidden' : ''].filter(Boolean).join(' ')},
  {key: 'threads', title: 'Threads', number: true, of: p => p.threads},
  {key: 'started', title: 'Started', word: true, of: p => seconds(p.startTime)},
  {key: 'root', title: 'Root', mono: true, of: p => p.root},
  {key: 'command', title: 'Command', long: true, of: p => p.commandLine || p.path || (p.kernelThread ? `[${p.name}]` : '')},
  {key: 'seen', title: 'Seen by', long: true, of: p => (p.seenBy || []).join(' ')},
];

/** Where a view is a machine that is known: the machine of its parameters, or none. */
const table = (context, rows, options) => dataTable({id: 'process-table', name: 'processes', columns: COLUMNS, rows, mark: p => p.hidden, state: context.parameters,
  pick: p => context.go('process', {machine: p.machine, pid: p.pid}), ...options});

/** All processes; what is sorted and filtered by stands in the page's address. */
export const processes = async context => {
  const p = context.parameters;
  const [list, answer] = await Promise.all([context.ask.all('machines', 'machines'), context.ask.all('ps', 'processes')]);
  const columns = COLUMNS.map(c => c.key !== 'name' ? c : {...c, cell: row => context.link('process', {machine: row.machine, pid: row.pid}, row.name)});
  const kernel = el('input', {type: 'checkbox', id: 'kernel-threads'});
  kernel.checked = p.kernel === 'true';
  const place = el('div');
  let state = {...p};
  const show = () => {
    const rows = answer.rows.filter(row => kernel.checked || !row.kernelThread);
    fill(place, table(context, rows, {columns, state, onState: s => { state = s; context.keep({...s, kernel: kernel.checked}); },
      more: kernel.checked ? '' : `; ${answer.rows.length - rows.length} kernel threads not shown`}).node);
  };
  kernel.addEventListener('change', () => { show(); context.keep({...state, kernel: kernel.checked}); });
  show();
  return el('div', {}, el('h2', {}, 'Processes'), warnings(answer.coverage), el('div', {class: 'filters'},
    machineChoice(list.rows.filter(m => m.os), p.machine, m => context.go('processes', {...state, machine: m, kernel: kernel.checked}), true),
    el('label', {}, kernel, ' kernel threads'), el('span', {class: 'screen'}, el('a', {class: 'plain', href: context.ask.file('ps', 'csv', {})}, 'All as CSV'), ' ', el('a', {class: 'plain', href: context.ask.file('ps', 'ndjson', {})}, 'NDJSON'))), place);
};

const KINDS = ['code', 'file', 'heap', 'stack', 'anonymous', 'shared', 'special'];
const length = m => Number(big(m.end) - big(m.start));
const kindOf = m => m.permissions.includes('x') && m.kind !== 'special' ? 'code' : KINDS.includes(m.kind) ? m.kind : 'anonymous';

/** The address space as a bar: width by size, height by how much is present. */
const spaceBar = (mappings, choose) => {
  if (mappings.length === 0) return el('p', {class: 'note'}, 'No mappings of its own are known.');
  const bar = el('div', {class: 'space-bar', role: 'group', 'aria-label': 'address space'});
  mappings.slice(0, 400).forEach((m, i) => {
    if (i > 0 && mappings[i - 1].end !== m.start) bar.append(el('span', {class: 'gap', title: 'unmapped'}));
    const share = Math.min(1, m.presentBytes / Math.max(1, length(m)));
    bar.append(el('button', {type: 'button', style: `flex: ${Math.max(1, Math.log2(length(m) / 4096) + 1)} 1 0`, title: `${m.start}–${m.end} ${m.permissions} ${m.path || m.kind}, ${size(m.presentBytes)} of ${size(length(m))} present`,
      'aria-label': `${m.start} ${m.permissions} ${m.path || m.kind}`, onclick: () => choose(m)}, el('i', {style: `height: ${Math.max(share > 0 ? 8 : 0, share * 100)}%; background: var(--${kindOf(m)})`})));
  });
  return el('div', {}, bar, el('div', {class: 'ends mono'}, el('span', {}, mappings[0].start), el('span', {}, mappings[mappings.length - 1].end)),
    el('ul', {class: 'legend'}, [...new Set(mappings.map(kindOf))].map(k => el('li', {}, el('span', {class: 'swatch', style: `background: var(--${k})`}), k)), el('li', {class: 'note'}, 'width: size, logarithmic; height: how much is present')));
};

const MAPPINGS = [
  {key: 'start', title: 'Start', mono: true, of: m => m.start}, {key: 'end', title: 'End', mono: true, of: m => m.end},
  {key: 'size', title: 'Size', number: true, of: m => size(length(m)), sort: length}, {key: 'present', title: 'Present', number: true, of: m => size(m.presentBytes), sort: m => m.presentBytes},
  {key: 'perm', title: 'Perm', mono: true, of: m => m.permissions}, {key: 'kind', title: 'Kind', of: m => m.kind}, {key: 'flags', title: 'Flags', of: m => (m.flags || []).join(', ')},
  {key: 'path', title: 'Path', long: true, of: m => m.path},
];
const runColumns = (context, who) => [
  {key: 'start', title: 'Virtual', mono: true, of: r => r.start, cell: r => context.link('hex', {...who, at: r.start}, r.start)}, {key: 'length', title: 'Length', number: true, of: r => size(r.length), sort: r => r.length},
  {key: 'gpa', title: 'Guest-physical', mono: true, of: r => r.gpa}, {key: 'hpa', title: 'Host-physical', mono: true, of: r => r.hpa}, {key: 'page', title: 'Page', number: true, of: r => size(r.pageSize), sort: r => r.pageSize},
  {key: 'perm', title: 'Perm', mono: true, of: r => r.permissions}, {key: 'state', title: 'State', of: r => r.state}, {key: 'path', title: 'Mapping', long: true, of: r => r.path},
];

/** One process: its facts, address space, mappings and the pages behind them. */
export const process = async context => {
  const {machine = 'host', pid, mapping} = context.parameters, who = {machine, pid};
  const [ps, maps] = await Promise.all([context.ask.all('ps', 'processes'), context.ask.all('maps', 'mappings', {...who, pages: true})]);
  const p = ps.rows.find(each => each.machine === machine && String(each.pid) === pid);
  if (!p) throw new Error(`${machine}: no process ${pid}`);
  const parent = ps.rows.find(each => each.machine === machine && each.pid === p.ppid), children = ps.rows.filter(each => each.machine === machine && each.ppid === p.pid && each.pid !== p.pid);
  const to = (each, label) => context.link('process', {machine, pid: each.pid}, label || `${each.pid} ${each.name}`);
  const pages = el('div'), mappings = maps.rows;
  let chosen = mappings.find(m => m.start === mapping) || null;
  const unknown = mappings.length === 0 && !p.kernelThread ? await context.ask.all('pages', 'runs', who) : null;
  const showRuns = () => {
    const rows = unknown ? unknown.rows : (chosen ? [chosen] : mappings).flatMap(m => (m.runs || []).map(r => ({...r, path: m.path || m.kind})));
    fill(pages, el('p', {class: 'note', id: 'run-note'}, chosen ? `${rows.length} runs of pages in ${chosen.start}–${chosen.end}` : `${rows.length} runs of pages; choose a mapping for its own`),
      dataTable({id: 'run-table', name: 'runs', columns: runColumns(context, who), rows, label: 'runs'}).node);
  };
  const own = dataTable({id: 'mapping-table', name: 'mappings', columns: MAPPINGS, rows: mappings, pick: m => choose(m), isPicked: m => m === chosen, mark: m => /w.*x/.test(m.permissions) || (m.flags || []).length > 0});
  const choose = m => { chosen = chosen === m ? null : m; own.show(); showRuns(); context.keep({...who, mapping: chosen?.start}); };
  showRuns();
  return el('div', {}, el('h2', {id: 'process-title'}, `Process ${p.pid} ${p.name} on ${p.machine}`, p.hidden ? el('span', {class: 'badge warn'}, 'hidden') : null, p.exited ? el('span', {class: 'badge warn'}, 'exited') : null), warnings(maps.coverage),
    facts([['command', p.commandLine], ['program', p.path], ['parent', parent ? to(parent) : String(p.ppid)],
      ['children', children.length ? el('span', {}, children.slice(0, 40).map(c => [to(c), ' '])) : undefined], ['user', p.uid ?? p.sid], ['started', p.startTime], ['ended', p.endTime], ['state', p.state], ['threads', p.threads],
      ['page-table root', p.root ? context.link('address', {machine, at: p.root, physical: true}, p.root) : undefined, true], ['kernel object', context.link('hex', {machine, at: p.object, kernel: true}, p.object), true],
      ['seen by', (p.seenBy || []).join(', ')], ['control group', p.cgroup]]),
    el('h3', {}, 'Address space'), spaceBar(mappings, choose),
    el('h3', {}, 'Mappings'), own.node, el('p', {class: 'screen'}, el('a', {class: 'plain', href: context.ask.file('maps', 'csv', {...who, pages: true})}, 'All as CSV'), ' ', el('a', {class: 'plain', href: context.ask.file('maps', 'ndjson', {...who, pages: true})}, 'NDJSON')),
    el('h3', {}, 'Pages'), pages);
};

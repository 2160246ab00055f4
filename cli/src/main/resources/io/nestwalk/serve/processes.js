import {counted, el, facts, fill} from './dom.js';
import {dataTable} from './table.js';
import {machineChoice} from './machines.js';
import {FILES} from './lists.js';
import {files} from './saving.js';
import {MAPPINGS, PROCESSES, isOdd, moduleColumns, runColumns, spaceBar, warnings} from './views.js';

const table = (context, rows, options) => dataTable({id: 'process-table', name: 'processes', columns: PROCESSES, rows, mark: p => p.hidden, state: context.parameters,
  pick: p => context.go('process', {machine: p.machine, pid: p.pid}), ...options});

/** All processes; what is sorted and filtered by stands in the page's address. */
export const processes = async context => {
  const p = context.parameters;
  const [list, answer] = await Promise.all([context.ask.all('machines', 'machines'), context.ask.all('ps', 'processes')]);
  const columns = PROCESSES.map(c => c.key !== 'name' ? c : {...c, cell: row => context.link('process', {machine: row.machine, pid: row.pid}, row.name)});
  const kernel = el('input', {type: 'checkbox', id: 'kernel-threads'});
  kernel.checked = p.kernel === 'true';
  const place = el('div');
  let state = {...p};
  const show = () => {
    const rows = answer.rows.filter(row => kernel.checked || !row.kernelThread);
    fill(place, table(context, rows, {columns, state, onState: s => { state = s; context.keep({...s, kernel: kernel.checked}); },
      more: kernel.checked ? '' : `; ${counted(answer.rows.length - rows.length, 'kernel thread')} not shown`}).node);
  };
  kernel.addEventListener('change', () => { show(); context.keep({...state, kernel: kernel.checked}); });
  show();
  return el('div', {}, el('h2', {}, 'Processes'), warnings(answer.coverage), el('div', {class: 'filters'},
    machineChoice(list.rows.filter(m => m.os), p.machine, m => context.go('processes', {...state, machine: m, kernel: kernel.checked}), true),
    el('label', {}, kernel, ' kernel threads'), files(context, 'ps', {})), place);
};

/** One process: its facts, address space, mappings and the pages behind them. */
export const process = async context => {
  const {machine = 'host', pid, mapping} = context.parameters, who = {machine, pid};
  const [ps, maps, open, loaded] = await Promise.all([context.ask.all('ps', 'processes'), context.ask.all('maps', 'mappings', {...who, pages: true}), context.ask.all('lsof', 'files', who), context.ask.all('modules', 'modules', who)]);
  const p = ps.rows.find(each => each.machine === machine && String(each.pid) === pid);
  if (!p) throw new Error(`${machine}: no process ${pid}`);
  const parent = ps.rows.find(each => each.machine === machine && each.pid === p.ppid), children = ps.rows.filter(each => each.machine === machine && each.ppid === p.pid && each.pid !== p.pid);
  const to = (each, label) => context.link('process', {machine, pid: each.pid}, label || `${each.pid} ${each.name}`);
  const pages = el('div'), mappings = maps.rows;
  let chosen = mappings.find(m => m.start === mapping) || null;
  const unknown = mappings.length === 0 && !p.kernelThread ? await context.ask.all('pages', 'runs', who) : null;
  const showRuns = () => {
    const rows = unknown ? unknown.rows : (chosen ? [chosen] : mappings).flatMap(m => (m.runs || []).map(r => ({...r, path: m.path || m.kind})));
    fill(pages, el('p', {class: 'note', id: 'run-note'}, chosen ? `${counted(rows.length, 'run')} of pages in ${chosen.start}–${chosen.end}` : `${counted(rows.length, 'run')} of pages; choose a mapping for its own`),
      dataTable({id: 'run-table', name: 'runs', columns: runColumns(r => context.link('hex', {...who, at: r.start}, r.start)), rows, label: 'run'}).node);
  };
  const own = dataTable({id: 'mapping-table', name: 'mappings', columns: MAPPINGS, rows: mappings, pick: m => choose(m), isPicked: m => m === chosen, mark: isOdd});
  const choose = m => { chosen = chosen === m ? null : m; own.show(); showRuns(); context.keep({...who, mapping: chosen?.start}); };
  showRuns();
  return el('div', {}, el('h2', {id: 'process-title'}, `Process ${p.pid} ${p.name} on ${p.machine}`, p.hidden ? el('span', {class: 'badge warn'}, 'hidden') : null, p.exited ? el('span', {class: 'badge warn'}, 'exited') : null), warnings(maps.coverage),
    facts([['command', p.commandLine], ['program', p.path], ['parent', parent ? to(parent) : String(p.ppid)],
      ['children', children.length ? el('span', {}, children.slice(0, 40).map(c => [to(c), ' '])) : undefined], ['user', p.uid ?? p.sid], ['started', p.startTime], ['ended', p.endTime], ['state', p.state], ['threads', p.threads],
      ['page-table root', p.root ? context.link('address', {machine, at: p.root, physical: true}, p.root) : undefined, true], ['kernel object', context.link('hex', {machine, at: p.object, kernel: true}, p.object), true],
      ['seen by', (p.seenBy || []).join(', ')], ['control group', p.cgroup],
      ['lists', el('span', {}, context.views.filter(v => v.parameters.includes('pid')).map((v, i) => [i ? ' · ' : null, context.link('list', {of: v.question, ...who}, v.title.toLowerCase())]))]]),
    el('h3', {}, 'Address space'), spaceBar(mappings, choose),
    el('h3', {}, 'Mappings'), own.node, el('p', {}, files(context, 'maps', {...who, pages: true})),
    loaded.rows.length ? [el('h3', {}, 'Loaded programs and libraries'), dataTable({id: 'loaded-table', name: 'loaded', columns: moduleColumns((view, p, label) => context.link(view, {...p, kernel: undefined, pid}, label)), rows: loaded.rows}).node] : null,
    el('h3', {}, 'Open files'), open.rows.length ? dataTable({id: 'file-table', name: 'files', columns: FILES, rows: open.rows}).node : el('p', {class: 'note'}, open.coverage.warnings.find(w => w.includes('open files')) || 'None.'),
    el('h3', {}, 'Pages'), pages);
};

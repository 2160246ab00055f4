import {dash, el, facts, seconds, size} from './dom.js';
import {dataTable} from './table.js';
import {machineChoice, warnings} from './machines.js';

const files = (context, question, parameters) => el('span', {class: 'screen'}, el('a', {class: 'plain', href: context.ask.file(question, 'csv', parameters)}, 'All as CSV'), ' ',
  el('a', {class: 'plain', href: context.ask.file(question, 'ndjson', parameters)}, 'NDJSON'));

const list = async (context, {view, question, name, title, columns, parameters}) => {
  const machine = context.parameters.machine;
  const [machines, answer] = await Promise.all([context.ask.all('machines', 'machines'), context.ask.all(question, name, {machine, ...parameters})]);
  return el('div', {}, el('h2', {}, title), warnings(answer.coverage), el('div', {class: 'filters'}, machineChoice(machines.rows.filter(m => m.os), machine, m => context.go(view, {machine: m}), true), files(context, question, {machine})),
    dataTable({id: view + '-table', name: view, columns, rows: answer.rows, state: context.parameters, onState: s => context.keep({...s, machine})}).node);
};

export const modules = context => list(context, {view: 'modules', question: 'modules', name: 'modules', title: 'Kernel modules', columns: [
  {key: 'on', title: 'Machine', of: m => m.machine}, {key: 'name', title: 'Name', word: true, of: m => m.name},
  {key: 'base', title: 'Base', mono: true, of: m => m.base, cell: m => context.link('address', {machine: m.machine, at: m.base, kernel: true}, m.base)},
  {key: 'size', title: 'Size', number: true, of: m => size(m.size), sort: m => m.size},
  {key: 'object', title: 'Object', mono: true, of: m => m.object, cell: m => context.link('hex', {machine: m.machine, at: m.object, kernel: true}, m.object)}, {key: 'path', title: 'Path', long: true, of: m => m.path}]});

export const log = context => list(context, {view: 'log', question: 'dmesg', name: 'log', title: 'Kernel log', columns: [
  {key: 'on', title: 'Machine', of: l => l.machine}, {key: 'since', title: 'Since boot', number: true, of: l => (l.microseconds / 1e6).toFixed(6), sort: l => l.microseconds},
  {key: 'time', title: 'Time', word: true, of: l => seconds(l.time)}, {key: 'level', title: 'Level', of: l => l.levelName, cell: l => el('span', {class: 'level-' + l.levelName}, l.levelName)}, {key: 'text', title: 'Text', long: true, of: l => l.text}]});

/** What was not examined, a line for each machine and reason. */
export const gaps = examined => (examined || []).flatMap(machine => {
  const byReason = new Map();
  for (const each of machine.omitted || []) byReason.set(each.reason, [...(byReason.get(each.reason) || []), each.rule]);
  return [...byReason].map(([reason, rules]) => `${machine.machine}: not examined: ${rules.join(', ')} (${reason})`);
});

export const findings = async context => {
  const answer = await context.ask.all('findings', 'findings'), missing = gaps(answer.coverage.examined), examined = answer.coverage.examined || [];
  const where = f => f.pid !== undefined ? context.link('process', {machine: f.machine, pid: f.pid, mapping: f.address}, `${f.pid} ${f.process || ''}`) : '–';
  const all = el('div', {}, warnings(answer.coverage), missing.map(m => el('p', {class: 'warning'}, m)));
  const empty = examined.length === 0 ? 'Nothing was examined.' : missing.length ? 'Nothing stands out in what was examined; not all was, see above.' : 'Nothing stands out.';
  return el('div', {}, el('h2', {}, 'Findings'), all, answer.rows.length === 0 ? el('p', {id: 'no-findings'}, empty) : el('div', {}, el('div', {class: 'filters'}, files(context, 'findings', {})),
    dataTable({id: 'findings-table', name: 'findings', rows: answer.rows, state: context.parameters, onState: s => context.keep(s), columns: [
      {key: 'machine', title: 'Machine', of: f => f.machine}, {key: 'rule', title: 'Rule', word: true, of: f => f.rule}, {key: 'process', title: 'Process', of: f => f.pid !== undefined ? `${f.pid} ${f.process || ''}` : null, cell: where},
      {key: 'address', title: 'Address', mono: true, of: f => f.address, cell: f => f.address ? context.link('address', {machine: f.machine, at: f.address, ...(f.pid !== undefined ? {pid: f.pid} : {kernel: true})}, f.address) : '–'},
      {key: 'pages', title: 'Pages', number: true, of: f => f.pages}, {key: 'text', title: 'What', long: true, of: f => f.text}, {key: 'reason', title: 'Why it counts', long: true, of: f => f.reason}]}).node),
  el('h3', {}, 'What was examined'), el('table', {id: 'examined'}, el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'Machine'), el('th', {scope: 'col'}, 'Rules'))),
    el('tbody', {}, examined.map(e => el('tr', {}, el('td', {}, e.machine), el('td', {}, (e.rules || []).join(', ') || 'none'))))));
};

/** What is in the file: format, memory, CPUs, virtualization. */
export const image = async context => {
  const info = await context.ask.one('info'), features = Object.entries(info.virtualization || {}), word = v => v === undefined ? 'unknown' : v ? 'yes' : 'no';
  return el('div', {}, el('h2', {}, 'Image'), warnings(info.coverage), facts([['image', info.image, true], ['format', info.format], ['container', info.container], ['made by', info.creator], ['architecture', info.arch], ['memory', size(info.memory.bytes)]]),
    el('h3', {}, 'Virtualization'), features.every(([, f]) => f.evidence.length === 0) ? el('p', {class: 'note'}, 'Not known; nothing in the image tells of it.') : el('table', {id: 'virtualization'}, el('thead', {}, el('tr', {}, ['Feature', 'Supported', 'In use', 'Evidence'].map(t => el('th', {scope: 'col'}, t)))),
      el('tbody', {}, features.filter(([, f]) => f.evidence.length).map(([name, f]) => el('tr', {}, el('td', {}, name), el('td', {}, word(f.supported)), el('td', {}, word(f.enabled)), el('td', {}, f.evidence.map(e => el('div', {}, e))))))),
    el('h3', {}, 'Memory'), dataTable({id: 'memory-runs', name: 'memory', rows: info.memory.runs, columns: [{key: 'start', title: 'Physical', mono: true, of: r => r.start}, {key: 'length', title: 'Length', number: true, of: r => size(r.length), sort: r => r.length},
      {key: 'offset', title: 'In the file', mono: true, of: r => r.fileOffset !== undefined ? '0x' + r.fileOffset.toString(16) : 'in blocks'}]}).node,
    info.cpus.map(cpu => el('details', {open: cpu.id === 0}, el('summary', {}, `CPU ${cpu.id}, ${cpu.arch}`), el('div', {class: 'registers mono'}, registers(cpu.registers)))));
};
const registers = values => Object.entries(values).map(([name, value]) => el('span', {}, el('span', {class: 'note'}, name), ' ', dash(value)));

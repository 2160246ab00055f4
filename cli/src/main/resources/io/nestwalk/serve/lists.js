import {el, facts, size} from './dom.js';
import {dataTable} from './table.js';
import {machineChoice} from './machines.js';
import {files, json} from './saving.js';
import {LOG, cpuRegisters, examinedTable, findingColumns, gaps, moduleColumns, nothingFound, ruleColumns, ruleRows, virtualizationTable, warnings} from './views.js';

const list = async (context, {view, question, name, title, columns, parameters}) => {
  const machine = context.parameters.machine;
  const [machines, answer] = await Promise.all([context.ask.all('machines', 'machines'), context.ask.all(question, name, {machine, ...parameters})]);
  return el('div', {}, el('h2', {}, title), warnings(answer.coverage), el('div', {class: 'filters'}, machineChoice(machines.rows.filter(m => m.os), machine, m => context.go(view, {machine: m}), true), files(context, question, {machine})),
    dataTable({id: view + '-table', name: view, columns, rows: answer.rows, state: context.parameters, onState: s => context.keep({...s, machine})}).node);
};

export const modules = context => list(context, {view: 'modules', question: 'modules', name: 'modules', title: 'Kernel modules', columns: moduleColumns(context.link)});

export const log = context => list(context, {view: 'log', question: 'dmesg', name: 'log', title: 'Kernel log', columns: LOG});

const end = (socket, side) => socket[side] === undefined && socket[side + 'Port'] === undefined ? null
  : (String(socket[side] ?? '*').includes(':') ? `[${socket[side]}]` : socket[side] ?? '*') + (socket[side + 'Port'] === undefined ? '' : ':' + socket[side + 'Port']);

/** Sockets, with who has them. */
export const network = context => list(context, {view: 'network', question: 'netstat', name: 'sockets', title: 'Sockets', columns: [
  {key: 'on', title: 'Machine', of: s => s.machine}, {key: 'protocol', title: 'Protocol', of: s => s.protocol}, {key: 'local', title: 'Local', mono: true, of: s => end(s, 'local')}, {key: 'remote', title: 'Remote', mono: true, of: s => end(s, 'remote')},
  {key: 'state', title: 'State', word: true, of: s => s.state}, {key: 'inode', title: 'Inode', number: true, of: s => s.inode}, {key: 'seen', title: 'Seen by', of: s => (s.seenBy || []).join(' ')},
  {key: 'object', title: 'Object', mono: true, of: s => s.object, cell: s => context.link('hex', {machine: s.machine, at: s.object, kernel: true}, s.object)},
  {key: 'holders', title: 'Holders', long: true, of: s => (s.holders || []).map(h => `${h.pid} ${h.process}`).join(', '), cell: s => s.holders?.length ? el('span', {}, s.holders.map(h => [context.link('process', {machine: s.machine, pid: h.pid}, `${h.pid} ${h.process}`), ' '])) : '–'}]});

/** What processes have open. */
export const FILES = [
  {key: 'fd', title: 'Descriptor', number: true, of: f => f.descriptor}, {key: 'kind', title: 'Kind', word: true, of: f => f.kind}, {key: 'access', title: 'Mode', of: f => f.access}, {key: 'offset', title: 'Offset', number: true, of: f => f.offset},
  {key: 'path', title: 'Path', long: true, of: f => f.path + (f.socket ? ` ${f.socket.protocol} ${end(f.socket, 'local') ?? ''} ${end(f.socket, 'remote') ?? ''} ${f.socket.state ?? ''}` : '')},
  {key: 'others', title: 'Others', long: true, of: f => (f.others || []).map(o => `${o.pid}/${o.descriptor} ${o.process}`).join(', ')}];

export const findings = async context => {
  const answer = await context.ask.all('findings', 'findings'), missing = gaps(answer.coverage.examined), examined = answer.coverage.examined || [];
  const all = el('div', {}, warnings(answer.coverage), missing.map(m => el('p', {class: 'warning'}, m)));
  return el('div', {}, el('h2', {}, 'Findings'), all, answer.rows.length === 0 ? el('p', {id: 'no-findings'}, nothingFound(examined)) : el('div', {}, el('div', {class: 'filters'}, files(context, 'findings', {})),
    dataTable({id: 'findings-table', name: 'findings', rows: answer.rows, state: context.parameters, onState: s => context.keep(s), columns: findingColumns(context.link)}).node),
  el('h3', {}, 'What was examined'), examinedTable(examined));
};

/** Hits of YARA rules that `yara --keep` left in the folder; whether there were rules say the warnings. */
export const rules = async context => {
  const answer = await context.ask.all('yara', 'hits');
  return el('div', {}, el('h2', {}, 'Hits of YARA rules'), warnings(answer.coverage), answer.rows.length === 0 ? el('p', {id: 'no-rule-hits'}, 'No hits are kept; see above.')
    : el('div', {}, el('div', {class: 'filters'}, files(context, 'yara', {})), dataTable({id: 'rules-table', name: 'rules', rows: ruleRows(answer.rows), label: 'place', state: context.parameters, onState: s => context.keep(s), columns: ruleColumns(context.link)}).node));
};

/** What is in the file: format, memory, CPUs, virtualization. */
export const image = async context => {
  const info = await context.ask.one('info');
  return el('div', {}, el('h2', {}, 'Image'), warnings(info.coverage), facts([['image', info.image, true], ['format', info.format], ['container', info.container], ['made by', info.creator], ['architecture', info.arch], ['memory', size(info.memory.bytes)]]), el('p', {}, json(context, 'info', {})),
    el('h3', {}, 'Virtualization'), virtualizationTable(info.virtualization),
    el('h3', {}, 'Memory'), dataTable({id: 'memory-runs', name: 'memory', rows: info.memory.runs, columns: [{key: 'start', title: 'Physical', mono: true, of: r => r.start}, {key: 'length', title: 'Length', number: true, of: r => size(r.length), sort: r => r.length},
      {key: 'offset', title: 'In the file', mono: true, of: r => r.fileOffset !== undefined ? '0x' + r.fileOffset.toString(16) : 'in blocks'}]}).node,
    cpuRegisters(info.cpus));
};

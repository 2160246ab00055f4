import {big, counted, dash, el, facts, seconds, size, swatch} from './dom.js';

// What is shown of answers, wherever they come from: a server, or the data of a report. link(view,
// parameters, label) makes a way to another view; a page that has no such view gives the label.

/** Warnings and gaps of an answer, before what it says. */
export const warnings = coverage => (coverage?.warnings || []).map(w => el('p', {class: 'warning'}, w));

const machineNode = (machine, list, counts, link) => {
  const os = machine.os, second = machine.secondLevel, children = list.filter(m => m.parent === machine.id);
  const root = machine.root ? el('span', {}, link('address', {machine: machine.id, at: machine.root, physical: true}, machine.root), ' ' + dash(machine.rootMode)) : null;
  return el('li', {}, el('div', {class: 'machine'},
    el('b', {}, machine.id), machine.name ? ' ' + machine.name : null, el('span', {class: 'badge'}, machine.arch),
    second.kind !== 'none' ? el('span', {class: 'badge'}, second.kind) : null,
    machine.state ? el('span', {class: 'badge'}, typeof machine.state === 'string' ? machine.state : machine.state.kind) : null,
    el('div', {}, os ? os.banner || `${os.name} ${os.version}` : machine.sameSystemAs ? `the system of ${machine.sameSystemAs} itself` : 'no operating system recognised'),
    facts([
      ['runs', os ? el('span', {}, link('processes', {machine: machine.id}, counted(counts.get(machine.id) || 0, 'process')), ' · ', link('modules', {machine: machine.id}, 'modules'), ' · ',
        link('log', {machine: machine.id}, 'log'), ' · ', link('layers', {machine: machine.id}, 'memory')) : undefined],
      ['host name', os?.hostName], ['started', os?.bootTime],
      ['page-table root', root],
      ['second level', second.root ? `${second.root} ${dash(second.mode)}, maps ${size(second.mappedBytes)}` : undefined, true],
      ['run by', machine.vmmPid !== undefined ? link('process', {machine: machine.parent, pid: machine.vmmPid}, `process ${machine.vmmPid} of ${machine.parent}`)
        : machine.hypervisor ? (typeof machine.hypervisor === 'string' ? machine.hypervisor : machine.hypervisor.name) : undefined],
      ['kernel', os ? os.kernelBase + (os.kaslrSlide ? `, slide ${os.kaslrSlide}` : '') : undefined, true],
      ['slots and tables', second.views ? `agree on ${counted(second.views.agree, 'page')}, differ on ${second.views.disagree}; ${second.views.onlySlots} only in slots, ${second.views.onlyTables} only in tables` : undefined],
    ]),
    second.evidence?.length ? el('details', {}, el('summary', {}, 'evidence for the second level'), el('ul', {class: 'evidence'}, second.evidence.map(e => el('li', {}, `${e.source}: ${e.text}`)))) : null),
  children.length ? el('ul', {}, children.map(c => machineNode(c, list, counts, link))) : null);
};

/** The machines, each below the one that it runs on. */
export const machineTree = (list, counts, link) => el('ul', {class: 'tree', id: 'machine-tree'},
  list.filter(m => !m.parent || !list.some(o => o.id === m.parent)).map(m => machineNode(m, list, counts, link)));

/** Columns of processes. */
export const PROCESSES = [
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

const MAPPING_KINDS = ['code', 'file', 'heap', 'stack', 'anonymous', 'shared', 'special'];
const lengthOf = m => Number(big(m.end) - big(m.start));
// Windows has names of its own for kinds of mappings.
const ALIKE = {image: 'file', mappedFile: 'file', pagefileSection: 'shared'};
const kindOf = m => m.permissions.includes('x') && m.kind !== 'special' ? 'code' : ALIKE[m.kind] || (MAPPING_KINDS.includes(m.kind) ? m.kind : 'anonymous');

/** The address space as a bar: width by size, height by how much is present. */
export const spaceBar = (mappings, choose) => {
  if (mappings.length === 0) return el('p', {class: 'note'}, 'No mappings of its own are known.');
  const bar = el('div', {class: 'space-bar', role: 'group', 'aria-label': 'address space'});
  mappings.slice(0, 400).forEach((m, i) => {
    if (i > 0 && mappings[i - 1].end !== m.start) bar.append(el('span', {class: 'gap', title: 'unmapped'}));
    const share = Math.min(1, m.presentBytes / Math.max(1, lengthOf(m)));
    bar.append(el('button', {type: 'button', style: `flex: ${Math.max(1, Math.log2(lengthOf(m) / 4096) + 1)} 1 0`, title: `${m.start}–${m.end} ${m.permissions} ${m.path || m.kind}, ${size(m.presentBytes)} of ${size(lengthOf(m))} present`,
      'aria-label': `${m.start} ${m.permissions} ${m.path || m.kind}`, onclick: () => choose(m)}, el('i', {style: `height: ${Math.max(share > 0 ? 8 : 0, share * 100)}%; background: var(--${kindOf(m)})`})));
  });
  return el('div', {}, bar, el('div', {class: 'ends mono'}, el('span', {}, mappings[0].start), el('span', {}, mappings[mappings.length - 1].end)),
    el('ul', {class: 'legend'}, [...new Set(mappings.map(kindOf))].map(k => el('li', {}, swatch(k), k)), el('li', {class: 'note'}, 'width: size, logarithmic; height: how much is present')));
};

/** Columns of mappings. */
export const MAPPINGS = [
  {key: 'start', title: 'Start', mono: true, of: m => m.start}, {key: 'end', title: 'End', mono: true, of: m => m.end},
  {key: 'size', title: 'Size', number: true, of: m => size(lengthOf(m)), sort: lengthOf}, {key: 'present', title: 'Present', number: true, of: m => size(m.presentBytes), sort: m => m.presentBytes},
  {key: 'perm', title: 'Perm', mono: true, of: m => m.permissions}, {key: 'kind', title: 'Kind', of: m => m.kind}, {key: 'flags', title: 'Flags', of: m => (m.flags || []).join(', ')},
  {key: 'path', title: 'Path', long: true, of: m => m.path},
];
/** Columns of runs of pages; start makes the cell of a run's address. */
export const runColumns = start => [
  {key: 'start', title: 'Virtual', mono: true, of: r => r.start, cell: start || undefined}, {key: 'length', title: 'Length', number: true, of: r => size(r.length), sort: r => r.length},
  {key: 'gpa', title: 'Guest-physical', mono: true, of: r => r.gpa}, {key: 'hpa', title: 'Host-physical', mono: true, of: r => r.hpa}, {key: 'page', title: 'Page', number: true, of: r => size(r.pageSize), sort: r => r.pageSize},
  {key: 'perm', title: 'Perm', mono: true, of: r => r.permissions}, {key: 'state', title: 'State', of: r => r.state}, {key: 'path', title: 'Mapping', long: true, of: r => r.path},
];

/** Whether a mapping is one that an analyst looks at. */
export const isOdd = m => /w.*x/.test(m.permissions) || (m.flags || []).length > 0;

/** What was not examined, a line for each machine and reason. */
export const gaps = examined => (examined || []).flatMap(machine => {
  const byReason = new Map();
  for (const each of machine.omitted || []) byReason.set(each.reason, [...(byReason.get(each.reason) || []), each.rule]);
  return [...byReason].map(([reason, rules]) => `${machine.machine}: not examined: ${rules.join(', ')} (${reason})`);
});

/** What is said where nothing was found: never more than was looked at. */
export const nothingFound = examined => !examined || examined.length === 0 ? 'Nothing was examined.' : gaps(examined).length
  ? 'Nothing stands out in what was examined; not all was, see above.' : 'Nothing stands out.';

/** Columns of findings. */
export const findingColumns = link => [
  {key: 'machine', title: 'Machine', of: f => f.machine}, {key: 'rule', title: 'Rule', word: true, of: f => f.rule},
  {key: 'process', title: 'Process', of: f => f.pid !== undefined ? `${f.pid} ${f.process || ''}` : null, cell: f => f.pid !== undefined ? link('process', {machine: f.machine, pid: f.pid, mapping: f.address}, `${f.pid} ${f.process || ''}`) : '–'},
  {key: 'address', title: 'Address', mono: true, of: f => f.address, cell: f => f.address ? link('address', {machine: f.machine, at: f.address, ...(f.pid !== undefined ? {pid: f.pid} : {kernel: true})}, f.address) : '–'},
  {key: 'pages', title: 'Pages', number: true, of: f => f.pages}, {key: 'text', title: 'What', long: true, of: f => f.text}, {key: 'reason', title: 'Why it counts', long: true, of: f => f.reason},
];

/** Hits of YARA rules as rows: one for each place of a string, and one that says how many places are not there. */
export const ruleRows = hits => hits.flatMap(hit => {
  const {strings = [], stringsLeftOut, ...of} = hit, rows = strings.map(({name, owners, ...place}) => ({...of, string: name, ...place,
    path: place.path ?? owners?.find(o => o.machine === hit.machine && o.space === hit.space && o.pid === hit.pid && o.address === place.address)?.path}));
  if (stringsLeftOut) rows.push({...of, string: counted(stringsLeftOut, 'more place')});
  return rows.length ? rows : [of];
});
const ruleSpace = h => h.pid !== undefined ? {pid: h.pid} : h.space === 'physical' ? {physical: true} : {kernel: true};
const said = meta => Object.entries(meta || {}).map(([key, value]) => `${key}: ${value}`).join(', ');

/** Columns of hits of YARA rules. */
export const ruleColumns = link => [
  {key: 'rule', title: 'Rule', word: true, of: h => h.rule}, {key: 'tags', title: 'Tags', of: h => (h.tags || []).join(' ')},
  {key: 'machine', title: 'Machine', of: h => h.machine}, {key: 'unit', title: 'Looked through', word: true, of: h => h.pid !== undefined ? `${h.pid} ${h.process}` : h.process,
    cell: h => h.pid !== undefined ? link('process', {machine: h.machine, pid: h.pid}, `${h.pid} ${h.process}`) : h.process},
  {key: 'string', title: 'String', word: true, of: h => h.string}, {key: 'address', title: 'Address', mono: true, of: h => h.address, cell: h => h.address ? link('address', {machine: h.machine, at: h.address, ...ruleSpace(h)}, h.address) : '–'},
  {key: 'hpa', title: 'Host-physical', mono: true, of: h => h.hpa, cell: h => h.hpa ? link('address', {machine: 'host', at: h.hpa, physical: true}, h.hpa) : '–'},
  {key: 'path', title: 'Mapping', long: true, of: h => h.path}, {key: 'preview', title: 'Bytes', mono: true, of: h => h.preview}, {key: 'meta', title: 'What the rule says', long: true, of: h => said(h.meta)},
];

const plainTable = (id, titles, rows) => el('table', {id}, el('thead', {}, el('tr', {}, titles.map(t => el('th', {scope: 'col'}, t)))),
  el('tbody', {}, rows.map(row => el('tr', {}, row.map(cell => el('td', {}, cell))))));

/** Which rules were examined of every machine. */
export const examinedTable = examined => plainTable('examined', ['Machine', 'Rules'], (examined || []).map(e => [e.machine, (e.rules || []).join(', ') || 'none']));

/** What the machine's processor can virtualize, and does. */
export const virtualizationTable = features => {
  const known = Object.entries(features || {}).filter(([, f]) => f.evidence.length), word = v => v === undefined ? 'unknown' : v ? 'yes' : 'no';
  return known.length === 0 ? el('p', {class: 'note'}, 'Not known; nothing in the image tells of it.')
    : plainTable('virtualization-table', ['Feature', 'Supported', 'In use', 'Evidence'], known.map(([name, f]) => [name, word(f.supported), word(f.enabled), f.evidence.map(e => el('div', {}, e))]));
};

/** Registers of every CPU. */
export const cpuRegisters = cpus => cpus.map(cpu => el('details', {open: cpu.id === 0}, el('summary', {}, `CPU ${cpu.id}, ${cpu.arch}`),
  el('div', {class: 'registers mono'}, Object.entries(cpu.registers).map(([name, value]) => el('span', {}, el('span', {class: 'note'}, name), ' ', dash(value))))));

/** Columns of modules. */
export const moduleColumns = link => [
  {key: 'on', title: 'Machine', of: m => m.machine}, {key: 'name', title: 'Name', word: true, of: m => m.name},
  {key: 'base', title: 'Base', mono: true, of: m => m.base, cell: m => link('address', {machine: m.machine, at: m.base, kernel: true}, m.base)},
  {key: 'size', title: 'Size', number: true, of: m => size(m.size), sort: m => m.size},
  {key: 'object', title: 'Object', mono: true, of: m => m.object, cell: m => link('hex', {machine: m.machine, at: m.object, kernel: true}, m.object)}, {key: 'path', title: 'Path', long: true, of: m => m.path},
];

/** Columns of kernels' logs. */
export const LOG = [
  {key: 'on', title: 'Machine', of: l => l.machine}, {key: 'since', title: 'Since boot', number: true, of: l => (l.microseconds / 1e6).toFixed(6), sort: l => l.microseconds},
  {key: 'time', title: 'Time', word: true, of: l => seconds(l.time)}, {key: 'level', title: 'Level', of: l => l.levelName, cell: l => el('span', {class: 'level-' + l.levelName}, l.levelName)}, {key: 'text', title: 'Text', long: true, of: l => l.text},
];

import {big, dash, el, facts, fill, hex, noun, size, themeButton} from './dom.js';
import {dataTable} from './table.js';
import {LOG, MAPPINGS, PROCESSES, cpuRegisters, examinedTable, findingColumns, gaps, isOdd, machineTree, moduleColumns, nothingFound, ruleColumns, ruleRows, runColumns, spaceBar, virtualizationTable, warnings} from './views.js';
import {layersPicture, legend, memoryMap, paint} from './pictures.js';
import {walkPicture} from './walk.js';

const data = JSON.parse(document.getElementById('data').textContent);
const words = data.strings;
const section = id => document.getElementById(id);
const mappings = data.mappings.map(m => ({machine: words[m[0]], pid: m[1], start: m[2], end: m[3], permissions: words[m[4]], kind: words[m[5]], path: words[m[6]], offset: m[7], presentBytes: m[8], flags: JSON.parse(words[m[9]])}));
const runs = data.runs.map(r => ({machine: words[r[0]], space: words[r[1]], pid: r[2], start: r[3], length: r[4], gpa: r[5], hpa: r[6], permissions: words[r[7]], path: words[r[8]], pageSize: r[9]}));
const names = new Map(data.processes.map(p => [p.machine + '/' + p.pid, p.name]));
const {provenance, coverage} = data, examined = coverage.examined || [], known = data.facts || {};
const cut = (list, kind, all) => data[list].length < (data.counts[kind] || 0) ? `; this file holds the first ${data[list].length} of ${data.counts[kind]}, ${all}` : '';
const INDEX = '`nestwalk search` in this folder has all';

// A process has a place in this page; other views are only in `nestwalk serve`.
const processHash = (machine, pid) => '#process=' + encodeURIComponent(machine) + '/' + pid;
const PLACES = {processes: '#processes', modules: '#kernel', log: '#kernel', layers: '#layers'};
const link = (view, p, label) => view === 'process' && names.has(p.machine + '/' + p.pid) ? el('a', {href: processHash(p.machine, p.pid)}, label)
  : view === 'address' ? el('a', {href: '#address', onclick: () => ask(p)}, label) : PLACES[view] ? el('a', {href: PLACES[view]}, label) : String(label);

// --- Summary: what it is, what stands out, what was not looked at. ---------------------------------
const shortName = provenance.image.path.split('/').pop();
section('subject').textContent = shortName;
document.title = shortName + ' – Nestwalk';
fill(section('theme-place'), themeButton());
const hidden = data.processes.filter(p => p.hidden).length, missing = gaps(examined);
const card = (count, label, alert) => el('li', {class: alert ? 'alert' : null}, el('b', {}, String(count)), el('span', {}, noun(count, label.one) + (label.more || '')));
fill(section('summary'), el('ul', {class: 'cards', id: 'cards'}, card(data.counts.machine ?? data.machines.length, {one: 'machine'}), card(data.counts.process ?? data.processes.length, {one: 'process', more: ' (kernel threads too)'}),
  card(data.counts.finding ?? data.findings.length, {one: 'finding'}, data.findings.length > 0), data.rules.followed ? card(data.counts.yara ?? data.ruleHits.length, {one: 'hit', more: ' of YARA rules'}, data.ruleHits.length > 0) : null, hidden ? card(hidden, {one: 'hidden process'}, true) : null,
  card(coverage.warnings.length, {one: 'warning'}, coverage.warnings.length > 0), missing.length ? card(missing.length, {one: 'gap', more: ': what was not examined'}, true) : null),
facts([['image', provenance.image.path, true], ['SHA-256', provenance.image.sha256 ?? 'not made', true], ['memory', size(coverage.bytesPresent)],
  ['systems', el('span', {}, data.machines.map((m, i) => [i ? '; ' : '', `${m.id}: ${m.os ? m.os.name + ' ' + m.os.version : 'not recognised'}`]))], ['analyzed', `${provenance.finished} by ${provenance.tool} ${provenance.version}`]]),
el('div', {id: 'warnings'}, warnings(coverage), missing.map(m => el('p', {class: 'warning'}, m))));

// --- Findings. --------------------------------------------------------------------------------------
fill(section('findings'), el('h2', {}, 'Findings'), el('div', {id: 'finding-list'}, data.findings.length === 0 ? el('p', {}, nothingFound(examined))
  : dataTable({id: 'finding-table', name: 'findings', columns: findingColumns(link), rows: data.findings, more: cut('findings', 'finding', INDEX)}).node),
el('h3', {}, 'What was examined'), examinedTable(examined));

// --- Hits of YARA rules. ---------------------------------------------------------------------------------
fill(section('rules'), el('h2', {}, 'Hits of YARA rules'), data.rules.followed ? facts([['rules', data.rules.file, true], ['SHA-256', data.rules.sha256, true]]) : null, data.rules.said.map(line => el('p', {class: 'note'}, line)),
  !data.rules.followed ? null : data.ruleHits.length === 0 ? el('p', {id: 'no-rule-hits'}, data.counts.yara ? 'No hit is short enough for this file; ' + INDEX + '.' : 'No rule is true of what was looked through.')
    : dataTable({id: 'rule-table', name: 'rules', columns: ruleColumns(link), rows: ruleRows(data.ruleHits), label: 'place', more: cut('ruleHits', 'yara', INDEX)}).node);

// --- Machines, and what their processors do. ---------------------------------------------------------
const counts = new Map();
data.processes.forEach(p => counts.set(p.machine, (counts.get(p.machine) || 0) + 1));
fill(section('machines'), el('h2', {}, 'Machines'), machineTree(data.machines, counts, link),
  el('h3', {}, 'Virtualization'), known.info ? virtualizationTable(known.info.virtualization) : el('p', {class: 'note'}, 'This folder was made without it.'));

// --- Physical memory. ---------------------------------------------------------------------------------
const paints = paint([data.physical, ...data.layers]);
const physicalCell = el('div', {class: 'panel screen', id: 'physical-cell', 'aria-live': 'polite'}, el('p', {class: 'note'}, 'Choose a place in a picture (click, or arrows and Enter) for all its owners.'));
const at = (run, key) => run[key] === null ? null : big(run[key]);
const keyOn = machine => r => machine === 'host' ? at(r, 'hpa') : r.machine !== machine ? null : r.space === 'physical' ? big(r.start) : at(r, 'gpa');
const owned = (machine, start, length) => { const key = keyOn(machine), end = start + BigInt(length); return runs.filter(r => { const a = key(r); return a !== null && a < end && start < a + BigInt(r.length); }).map(r => {
  const a = key(r), by = a > start ? 0n : start - a;
  const shift = value => value === null ? null : hex(big(value) + by);
  return {...r, start: shift(r.start), gpa: shift(r.gpa), hpa: shift(r.hpa)};
}); };
const OWNERS = [
  {key: 'owner', title: 'Owner', word: true, of: r => r.pid >= 0 ? `${r.machine} ${r.pid} ${dash(names.get(r.machine + '/' + r.pid))}` : `${r.machine} ${r.space}`,
    cell: r => r.pid >= 0 ? link('process', r, `${r.machine} ${r.pid} ${dash(names.get(r.machine + '/' + r.pid))}`) : `${r.machine} ${r.space}`},
  {key: 'start', title: 'Virtual', mono: true, of: r => r.start}, {key: 'gpa', title: 'Guest-physical', mono: true, of: r => r.gpa}, {key: 'hpa', title: 'Host-physical', mono: true, of: r => r.hpa},
  {key: 'perm', title: 'Perm', mono: true, of: r => r.permissions}, {key: 'path', title: 'Mapping', long: true, of: r => r.path}];
const ownerTable = (id, found) => found.length === 0 ? el('p', {class: 'note'}, 'No page table maps this' + (cut('runs', 'run', INDEX) || '.')) : dataTable({id, name: 'owners', columns: OWNERS, rows: found, label: 'owner', more: cut('runs', 'run', INDEX)}).node;
const showCell = (machine, start, length) => fill(physicalCell, el('h3', {}, `${machine} ${hex(start)}, ${size(length)}`), ownerTable('cell-table', owned(machine, start, length)));
fill(section('layers'), el('h2', {}, 'Physical memory by owner'), data.layers.map(guest => el('div', {}, el('h3', {}, `${guest.machine}'s memory over the host's`), layersPicture(guest, data.hostBar, paints, {onCell: showCell}))),
  legend(paints, owner => { location.hash = processHash(owner.machine, owner.pid); }), el('h3', {}, 'The host\'s memory, cell by cell'),
  el('p', {class: 'note'}, `A cell is ${size(data.physical.cellBytes)}, from ${data.physical.origin}; it has the colour of the owner that says most: a guest's process before the guest, a guest before the host's process that backs it.`),
  memoryMap(data.physical, paints, {id: 'physical-canvas', label: 'host-physical memory by owner', onCell: (start, length) => showCell('host', start, length)}), physicalCell);

// --- An address of any space that this file knows. -----------------------------------------------------
const machineBox = el('select', {id: 'address-machine'}, data.machines.map(m => el('option', {value: m.id}, m.id)));
const spaceBox = el('select', {id: 'address-space'}, ['physical', 'kernel', 'process'].map(s => el('option', {value: s}, s)));
const pidBox = el('input', {type: 'text', id: 'address-pid', size: 6, 'aria-label': 'pid', placeholder: 'pid'});
const addressBox = el('input', {type: 'text', id: 'address-box', class: 'mono', placeholder: '0x…', 'aria-label': 'address', spellcheck: 'false'});
const addressAnswer = el('div', {id: 'address-answer', 'aria-live': 'polite'});
const answerAddress = () => {
  if (!/^(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(addressBox.value.trim())) { fill(addressAnswer, el('p', {class: 'note'}, 'An address is 0x1234 or a decimal number.')); return; }
  const where = BigInt(addressBox.value.trim()), machine = machineBox.value, space = spaceBox.value, pid = Number(pidBox.value);
  if (space === 'physical') { fill(addressAnswer, ownerTable('address-table', owned(machine, where, 1))); return; }
  const own = runs.find(r => r.machine === machine && (space === 'kernel' ? r.space === 'kernel' : r.pid === pid && r.space === 'user') && big(r.start) <= where && where < big(r.start) + BigInt(r.length));
  if (!own) { fill(addressAnswer, el('p', {class: 'note'}, 'No page is mapped there' + (cut('runs', 'run', INDEX) || '.'))); return; }
  const by = where - big(own.start), hpa = own.hpa === null ? null : big(own.hpa) + by;
  fill(addressAnswer, facts([['guest-physical', own.gpa === null ? undefined : hex(big(own.gpa) + by), true], ['host-physical', hpa === null ? 'not in the image' : hex(hpa), true], ['permissions', own.permissions, true], ['mapping', own.path || undefined]]),
    hpa === null ? null : [el('h3', {}, 'Owners of the page'), ownerTable('address-table', owned('host', hpa, 1))]);
};
const ask = p => {
  machineBox.value = p.machine;
  spaceBox.value = p.pid !== undefined ? 'process' : p.kernel ? 'kernel' : 'physical';
  pidBox.value = p.pid ?? '';
  addressBox.value = p.at;
  answerAddress();
};
fill(section('address'), el('h2', {}, 'Whose is an address?'), el('form', {class: 'filters', onsubmit: e => { e.preventDefault(); answerAddress(); }}, el('label', {}, 'Machine ', machineBox), el('label', {}, 'Space ', spaceBox), pidBox, addressBox, el('button', {class: 'plain', type: 'submit'}, 'Show')), addressAnswer);

// --- Processes. ------------------------------------------------------------------------------------------
const kernelBox = el('input', {type: 'checkbox', id: 'process-kernel'}), processPlace = el('div');
const showProcesses = () => fill(processPlace, dataTable({id: 'process-table', name: 'processes', rows: data.processes.filter(p => kernelBox.checked || !p.kernelThread), mark: p => p.hidden, pick: p => { location.hash = processHash(p.machine, p.pid); },
  columns: PROCESSES.map(c => c.key === 'name' ? {...c, cell: p => link('process', p, p.name)} : c), more: (kernelBox.checked ? '' : '; kernel threads not shown') + cut('processes', 'process', 'reports/process.csv has all')}).node);
kernelBox.addEventListener('change', showProcesses);
fill(section('processes'), el('h2', {}, 'Processes'), el('label', {class: 'screen'}, kernelBox, ' kernel threads'), processPlace);
showProcesses();

// --- One process. ------------------------------------------------------------------------------------------
const showProcess = p => {
  const own = mappings.filter(m => m.machine === p.machine && m.pid === p.pid), all = runs.filter(r => r.machine === p.machine && r.pid === p.pid);
  let chosen = null;
  const pages = el('div');
  const showRuns = () => {
    const found = chosen ? all.filter(r => big(r.start) >= big(chosen.start) && big(r.start) < big(chosen.end)) : all;
    fill(pages, el('p', {class: 'note', id: 'run-note'}, (chosen ? `in ${chosen.start}–${chosen.end}` : 'in all mappings; choose one for its own') + cut('runs', 'run', INDEX)),
      dataTable({id: 'run-table', name: 'runs', columns: runColumns(), rows: found, label: 'run'}).node);
  };
  const table = dataTable({id: 'mapping-table', name: 'mappings', columns: MAPPINGS, rows: own, pick: m => choose(m), isPicked: m => m === chosen, mark: isOdd, more: cut('mappings', 'mapping', 'reports/mapping.csv has all')});
  const choose = m => { chosen = chosen === m ? null : m; table.show(); showRuns(); };
  showRuns();
  const walk = data.walks.find(w => w.machine === p.machine && w.pid === p.pid), parent = names.get(p.machine + '/' + p.ppid);
  fill(section('process'), el('h2', {id: 'process-title'}, `Process ${p.pid} ${p.name} on ${p.machine}`, p.hidden ? el('span', {class: 'badge warn'}, 'hidden') : null),
    facts([['command', p.commandLine], ['program', p.path], ['parent', parent === undefined ? String(p.ppid) : link('process', {machine: p.machine, pid: p.ppid}, `${p.ppid} ${parent}`)], ['user', p.uid ?? p.sid], ['started', p.startTime], ['state', p.state],
      ['threads', p.threads], ['page-table root', p.root, true], ['kernel object', p.object, true], ['seen by', (p.seenBy || []).join(', ')], ['control group', p.cgroup]]),
    el('h3', {}, 'Address space'), spaceBar(own, choose), el('h3', {}, 'Mappings'), table.node, el('h3', {}, 'Pages'), pages, el('h3', {}, 'The walk'),
    walk ? walkPicture({...walk, hpa: walk.stops[walk.stops.length - 1]}) : el('p', {class: 'note'}, 'No walk is kept for this process.'));
};

// --- Kernels. --------------------------------------------------------------------------------------------------
fill(section('kernel'), el('h2', {}, 'Modules, logs and registers'), known.info ? [(known.cut || []).map(c => el('p', {class: 'note'}, c)), el('h3', {}, 'Modules'), dataTable({id: 'module-table', name: 'modules', columns: moduleColumns(link), rows: known.modules}).node,
  el('h3', {}, 'Logs'), dataTable({id: 'log-table', name: 'log', columns: LOG, rows: known.log}).node, el('h3', {}, 'CPUs, as the file has them'), known.info.cpus.length ? cpuRegisters(known.info.cpus) : el('p', {class: 'note'}, 'The file holds no registers.')]
  : el('p', {class: 'note'}, 'This folder was made without them.'));

// --- Coverage and provenance. ------------------------------------------------------------------------------------
fill(section('provenance'), el('h2', {}, 'Coverage and provenance'), el('div', {id: 'provenance-facts'}, facts([
  ['image', provenance.image.path, true], ['size', `${size(provenance.image.bytes)} (${provenance.image.bytes} bytes)`], ['SHA-256', provenance.image.sha256 ?? 'not made', true], ['last changed', provenance.image.modified],
  ['format', known.info?.format], ['tool', `${provenance.tool} ${provenance.version}, documents of version ${provenance.schema}`], ['analysis', `${provenance.started} to ${provenance.finished}`],
  ['commands', el('span', {class: 'mono'}, provenance.commands.join('; ') || '–')], ['memory present', size(coverage.bytesPresent)], ['pages surveyed', `${coverage.pagesSurveyed}, ${coverage.pagesNotZero} not all zeros`],
  ['indexed', Object.entries(data.counts).map(([kind, count]) => `${count} ${kind}`).join(', ')]])),
coverage.tried?.length ? [el('h3', {}, 'Tried without success'), el('ul', {}, coverage.tried.map(t => el('li', {}, t)))] : null);

// --- The process that the page's address names, or the one that says most: of the deepest machine, the one with most memory.
const present = new Map();
mappings.forEach(m => present.set(m.machine + '/' + m.pid, (present.get(m.machine + '/' + m.pid) || 0) + m.presentBytes));
const depth = p => p.machine === 'host' ? 0 : p.machine.split('.').length;
const telling = [...data.processes].filter(p => !p.kernelThread).sort((a, b) => depth(b) - depth(a) || (present.get(b.machine + '/' + b.pid) || 0) - (present.get(a.machine + '/' + a.pid) || 0))[0];
const named = () => {
  const [, machine, pid] = location.hash.match(/^#process=([^/]+)\/(-?\d+)$/) || [];
  return machine ? data.processes.find(p => encodeURIComponent(p.machine) === machine && String(p.pid) === pid) : null;
};
const showNamed = () => { const p = named(); if (p) { showProcess(p); section('process').scrollIntoView(); } };
if (telling) showProcess(telling); else fill(section('process'), el('h2', {id: 'process-title'}, 'Process'), el('p', {class: 'note'}, 'No process is known.'));
showNamed();
window.addEventListener('hashchange', showNamed);

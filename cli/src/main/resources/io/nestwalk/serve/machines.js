import {dash, el, facts, size} from './dom.js';

/** Warnings and gaps of an answer, before what it says. */
export const warnings = coverage => (coverage?.warnings || []).map(w => el('p', {class: 'warning'}, w));

/** A choice of the machine, with one for all where that makes sense. */
export const machineChoice = (list, chosen, onChange, all) => {
  const select = el('select', {id: 'machine', onchange: e => onChange(e.target.value)},
    all ? el('option', {value: ''}, 'all') : null, list.map(m => el('option', {value: m.id}, m.id)));
  select.value = chosen || '';
  return el('label', {}, 'Machine ', select);
};

const node = (machine, list, counts, context) => {
  const os = machine.os, second = machine.secondLevel, children = list.filter(m => m.parent === machine.id);
  const root = machine.root ? el('span', {}, context.link('address', {machine: machine.id, at: machine.root, physical: true}, machine.root), ' ' + dash(machine.rootMode)) : null;
  return el('li', {}, el('div', {class: 'machine'},
    el('b', {}, machine.id), machine.name ? ' ' + machine.name : null, el('span', {class: 'badge'}, machine.arch),
    second.kind !== 'none' ? el('span', {class: 'badge'}, second.kind) : null,
    machine.state ? el('span', {class: 'badge'}, typeof machine.state === 'string' ? machine.state : machine.state.kind) : null,
    el('div', {}, os ? os.banner || `${os.name} ${os.version}` : machine.sameSystemAs ? `the system of ${machine.sameSystemAs} itself` : 'no operating system recognised'),
    facts([
      ['runs', os ? el('span', {}, context.link('processes', {machine: machine.id}, `${counts.get(machine.id) || 0} processes`), ' · ', context.link('modules', {machine: machine.id}, 'modules'), ' · ',
        context.link('log', {machine: machine.id}, 'log'), ' · ', context.link('layers', {machine: machine.id}, 'memory')) : undefined],
      ['host name', os?.hostName], ['started', os?.bootTime],
      ['page-table root', root],
      ['second level', second.root ? `${second.root} ${dash(second.mode)}, maps ${size(second.mappedBytes)}` : undefined, true],
      ['run by', machine.vmmPid !== undefined ? context.link('process', {machine: machine.parent, pid: machine.vmmPid}, `process ${machine.vmmPid} of ${machine.parent}`)
        : machine.hypervisor ? (typeof machine.hypervisor === 'string' ? machine.hypervisor : machine.hypervisor.name) : undefined],
      ['kernel', os ? os.kernelBase + (os.kaslrSlide ? `, slide ${os.kaslrSlide}` : '') : undefined, true],
      ['slots and tables', second.views ? `agree on ${second.views.agree} pages, differ on ${second.views.disagree}; ${second.views.onlySlots} only in slots, ${second.views.onlyTables} only in tables` : undefined],
    ]),
    second.evidence?.length ? el('details', {}, el('summary', {}, 'evidence for the second level'), el('ul', {class: 'evidence'}, second.evidence.map(e => el('li', {}, `${e.source}: ${e.text}`)))) : null),
  children.length ? el('ul', {}, children.map(c => node(c, list, counts, context))) : null);
};

/** The tree of machines, with what runs under what. */
export const machines = async context => {
  const [answer, processes] = await Promise.all([context.ask.all('machines', 'machines', {all: true}),
    context.ask.all('ps', 'processes').catch(() => ({rows: []}))]);
  const counts = new Map();
  processes.rows.forEach(p => counts.set(p.machine, (counts.get(p.machine) || 0) + 1));
  const hidden = processes.rows.filter(p => p.hidden).length, coverage = answer.coverage;
  const top = answer.rows.filter(m => !m.parent || !answer.rows.some(o => o.id === m.parent));
  return el('div', {}, el('ul', {class: 'cards'},
    el('li', {}, el('b', {}, String(answer.rows.length)), el('span', {}, 'machines')),
    el('li', {}, el('b', {}, String(processes.rows.length)), el('span', {}, 'processes and kernel threads')),
    hidden ? el('li', {class: 'alert'}, el('b', {}, String(hidden)), el('span', {}, 'hidden processes')) : null,
    el('li', {}, el('b', {}, size(coverage.bytesPresent)), el('span', {}, 'of physical memory')),
    el('li', {class: coverage.warnings.length ? 'alert' : null}, el('b', {}, String(coverage.warnings.length)), el('span', {}, 'warnings'))),
  warnings(coverage), el('ul', {class: 'tree', id: 'machine-tree'}, top.map(m => node(m, answer.rows, counts, context))),
  coverage.tried?.length ? el('details', {}, el('summary', {}, `tried without success (${coverage.tried.length})`), el('ul', {}, coverage.tried.map(t => el('li', {class: 'note'}, t)))) : null);
};

import {el, noun, size} from './dom.js';
import {json} from './saving.js';
import {machineTree, warnings} from './views.js';

/** A choice of the machine, with one for all where that makes sense. */
export const machineChoice = (list, chosen, onChange, all) => {
  const select = el('select', {id: 'machine', onchange: e => onChange(e.target.value)},
    all ? el('option', {value: ''}, 'all') : null, list.map(m => el('option', {value: m.id}, m.id)));
  select.value = chosen || '';
  return el('label', {}, 'Machine ', select);
};

/** The tree of machines, with what runs under what. */
export const machines = async context => {
  const [answer, processes] = await Promise.all([context.ask.all('machines', 'machines', {all: true}),
    context.ask.all('ps', 'processes').catch(() => ({rows: []}))]);
  const counts = new Map();
  processes.rows.forEach(p => counts.set(p.machine, (counts.get(p.machine) || 0) + 1));
  const hidden = processes.rows.filter(p => p.hidden).length, coverage = answer.coverage;
  return el('div', {}, el('ul', {class: 'cards'},
    el('li', {}, el('b', {}, String(answer.rows.length)), el('span', {}, noun(answer.rows.length, 'machine'))),
    el('li', {}, el('b', {}, String(processes.rows.length)), el('span', {}, noun(processes.rows.length, 'process') + ' (kernel threads too)')),
    hidden ? el('li', {class: 'alert'}, el('b', {}, String(hidden)), el('span', {}, noun(hidden, 'hidden process'))) : null,
    el('li', {}, el('b', {}, size(coverage.bytesPresent)), el('span', {}, 'of physical memory')),
    el('li', {class: coverage.warnings.length ? 'alert' : null}, el('b', {}, String(coverage.warnings.length)), el('span', {}, noun(coverage.warnings.length, 'warning')))),
  warnings(coverage), el('p', {}, json(context, 'machines', {all: true})), machineTree(answer.rows, counts, context.link),
  coverage.tried?.length ? el('details', {}, el('summary', {}, `tried without success (${coverage.tried.length})`), el('ul', {}, coverage.tried.map(t => el('li', {class: 'note'}, t)))) : null);
};

import {el, fill, themeButton} from './dom.js';
import {asking, cases, views} from './api.js';
import * as machines from './machines.js';
import * as layers from './layers.js';
import * as processes from './processes.js';
import * as address from './address.js';
import * as hexView from './hex.js';
import * as lists from './lists.js';
import * as search from './search.js';
import {list} from './commands.js';
import {timeline} from './timeline.js';

const VIEWS = {
  machines: {title: 'Machines', render: machines.machines},
  layers: {title: 'Layers', render: layers.layers},
  processes: {title: 'Processes', render: processes.processes},
  process: {title: 'Process', render: processes.process, under: 'processes'},
  address: {title: 'Address', render: address.address},
  hex: {title: 'Memory', render: hexView.hexDump},
  findings: {title: 'Findings', render: lists.findings},
  rules: {title: 'YARA', render: lists.rules},
  timeline: {title: 'Timeline', render: timeline},
  network: {title: 'Network', render: lists.network},
  modules: {title: 'Modules', render: lists.modules},
  log: {title: 'Log', render: lists.log},
  search: {title: 'Search', render: search.search},
  find: {title: 'Find bytes', render: search.find},
  image: {title: 'Image', render: lists.image},
  list: {title: 'List', render: list, under: 'list'},
};
const $ = id => document.getElementById(id);
const main = $('main');

const address0 = (number, view, parameters) => {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters || {})) {
    if (value !== undefined && value !== null && value !== '' && value !== false) all.set(name, String(value));
  }
  const text = all.toString();
  return `#/${number}/${view}${text ? '?' + text : ''}`;
};
const parse = () => {
  const [, number, view, text] = location.hash.match(/^#\/(\d{1,4})\/([a-z]+)(?:\?(.*))?$/) || [null, '0', 'machines', ''];
  return {number: Number(number), view: Object.hasOwn(VIEWS, view) ? view : 'machines', parameters: Object.fromEntries(new URLSearchParams(text || ''))};
};

let known = null, listed = [], turn = 0;
const askers = new Map();

const show = async () => {
  if (!known) return; // It is shown when that is there.
  const mine = ++turn, {number, view, parameters} = parse();
  const shownCase = known.cases[number];
  if (!shownCase) { fill(main, el('p', {class: 'failed'}, `There is no image ${number} here.`)); return; }
  const onWait = why => { if (mine === turn && main.firstElementChild?.className === 'busy') fill(main.firstElementChild, why + ' …'); };
  if (!askers.has(number)) askers.set(number, asking(number, why => askers.get(number).told(why)));
  const ask = askers.get(number);
  ask.told = onWait;
  $('subject').textContent = known.cases.length > 1 ? '' : shownCase.name;
  $('case').value = String(number);
  document.title = `${(view === 'list' && listed.find(v => v.question === parameters.of)?.title) || VIEWS[view].title} – ${shownCase.name} – Nestwalk`;
  fill($('nav'), Object.entries(VIEWS).filter(([, v]) => !v.under).map(([name, v]) =>
    el('a', {href: address0(number, name), 'aria-current': name === view || VIEWS[view].under === name ? 'page' : null}, v.title)),
  el('span', {class: 'lists'}, listed.map(v => el('a', {href: address0(number, 'list', {of: v.question}), 'aria-current': view === 'list' && parameters.of === v.question ? 'page' : null}, v.title))));
  const context = {
    number, ask, parameters, subject: shownCase, views: listed,
    href: (name, more) => address0(number, name, more),
    link: (name, more, label, attributes) => el('a', {...attributes, href: address0(number, name, more)}, label),
    go: (name, more) => { location.hash = address0(number, name, more); },
    /** Keeps what the user set in the address, so that it can be sent to somebody. */
    keep: more => history.replaceState(null, '', address0(number, view, more)),
  };
  fill(main, el('p', {class: 'busy', role: 'status'}, 'Asking …'));
  try {
    const node = await VIEWS[view].render(context);
    if (mine === turn) {
      fill(main, node);
      main.dataset.ready = view;
    }
  } catch (e) {
    if (mine === turn) {
      fill(main, el('p', {class: 'failed', role: 'alert'}, e.message));
      main.dataset.ready = 'failed';
    }
  }
};

$('go').addEventListener('submit', event => {
  event.preventDefault();
  const text = $('box').value.trim(), {number} = parse();
  if (!text) return;
  location.hash = /^0x[0-9a-f]+$/i.test(text) ? address0(number, 'address', {at: text, machine: 'host', physical: true}) : address0(number, 'search', {q: text});
});
document.addEventListener('keydown', event => {
  if (event.key === '/' && !event.target.closest('input, select, textarea')) { event.preventDefault(); $('box').focus(); }
});
window.addEventListener('hashchange', () => { delete main.dataset.ready; show(); main.focus({preventScroll: true}); window.scrollTo(0, 0); });

fill($('theme-place'), themeButton());
try {
  [known, {views: listed}] = await Promise.all([cases(), views()]);
  if (known.cases.length > 1) {
    fill($('case'), known.cases.map(c => el('option', {value: String(c.case)}, c.name)));
    $('case').hidden = false;
    $('case').addEventListener('change', () => { location.hash = address0($('case').value, parse().view); });
  }
  await show();
} catch (e) {
  fill(main, el('p', {class: 'failed', role: 'alert'}, e.message));
}

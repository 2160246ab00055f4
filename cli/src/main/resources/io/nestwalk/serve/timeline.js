import {colour, counted, drawThemed, el, fill} from './dom.js';
import {dataTable} from './table.js';
import {machineChoice} from './machines.js';
import {files} from './saving.js';
import {warnings} from './views.js';

const BAR = 2, LANE = 46, AXIS = 22, CLOSEST = 1, STEPS = [1, 10, 100, 1e3, 1e4, 6e4, 6e5, 36e5, 6 * 36e5, 864e5, 7 * 864e5, 30 * 864e5, 365 * 864e5, 3650 * 864e5];
// Times in a dump may be any number; what no calendar reaches is shown as its end.
const END = 8.64e15, iso = ms => new Date(Math.min(Math.max(ms, -END), END)).toISOString();

/** A time as far as it matters where marks are that far apart. */
const mark = (ms, step) => {
  const text = iso(ms);
  return step >= 864e5 ? text.slice(0, 10) : step >= 6e4 ? text.slice(5, 16).replace('T', ' ') : step >= 1e3 ? text.slice(11, 19) : text.slice(11, 23);
};

/** The first of rows in the order of time that is not before a time. */
const firstFrom = (rows, ms) => {
  let low = 0, high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].ms < ms) low = middle + 1; else high = middle;
  }
  return low;
};

/** Columns of events. */
const columns = context => [
  {key: 'at', title: 'Time', word: true, mono: true, of: e => e.time}, {key: 'on', title: 'Machine', of: e => e.machine}, {key: 'event', title: 'Event', word: true, of: e => e.event},
  {key: 'pid', title: 'Pid', number: true, of: e => e.pid, cell: e => e.pid === undefined ? '–' : context.link('process', {machine: e.machine, pid: e.pid}, String(e.pid))},
  {key: 'text', title: 'What', long: true, of: e => e.text}];

/** All that has a time, as lanes of kinds above a table of what is in the window. */
export const timeline = async context => {
  const p = context.parameters, machine = p.machine;
  const [machines, answer] = await Promise.all([context.ask.all('machines', 'machines'), context.ask.all('timeline', 'events', {machine})]);
  const events = answer.rows.map(row => ({row, event: row.event, ms: Date.parse(row.time)})).filter(e => !Number.isNaN(e.ms)).sort((a, b) => a.ms - b.ms);
  const lost = answer.rows.length - events.length;
  const head = [el('h2', {}, 'Timeline'), warnings(answer.coverage), lost ? el('p', {class: 'warning'}, `${counted(lost, 'event')} with times that no calendar reaches: in the saved files alone`) : null];
  const choice = machineChoice(machines.rows.filter(m => m.os), machine, m => context.go('timeline', {...p, machine: m}), true);
  if (events.length === 0) return el('div', {}, head, el('div', {class: 'filters'}, choice), el('p', {class: 'note'}, 'Nothing that has a time is known.'));
  const kinds = [...new Set(events.map(e => e.event))].sort(), off = new Set((p.off || '').split(',').filter(k => kinds.includes(k)));
  const first = events[0].ms, last = Math.max(events[events.length - 1].ms, first + CLOSEST);
  const valid = ms => Number.isFinite(ms) ? Math.min(Math.max(ms, first - (last - first)), last + (last - first)) : null;
  const view = {from: valid(Date.parse(p.from)) ?? first, to: valid(Date.parse(p.to)) ?? last};
  if (view.to - view.from < CLOSEST) Object.assign(view, {from: first, to: last});
  let picked = null;
  const shownKinds = () => kinds.filter(k => !off.has(k)), rowsNow = () => {
    const {from, to} = picked || view;
    return events.slice(firstFrom(events, from), firstFrom(events, to + (picked ? 0 : CLOSEST))).filter(e => !off.has(e.event));
  };
  const canvas = el('canvas', {class: 'timeline', id: 'timeline-canvas', tabindex: 0, role: 'img'});
  const range = el('span', {class: 'mono', id: 'timeline-window', role: 'status'}), place = el('div'), said = el('p', {class: 'note detail', 'aria-live': 'polite'});
  let table = {...p};
  const save = () => context.keep({...table, machine, off: [...off].join(','), from: view.from === first && view.to === last ? undefined : iso(view.from), to: view.from === first && view.to === last ? undefined : iso(view.to)});
  let wide = 1024;
  const bins = () => Math.floor(wide / BAR), binMs = () => (view.to - view.from) / bins();

  const draw = () => {
    wide = Math.max(320, canvas.clientWidth || wide);
    const lanes = shownKinds(), width = wide, height = lanes.length * LANE + AXIS, count = bins(), g = canvas.getContext('2d'), dense = window.devicePixelRatio || 1;
    canvas.width = width * dense;
    canvas.height = height * dense;
    canvas.style.height = `${height}px`;
    g.scale(dense, dense);
    const ink = colour('ink'), soft = colour('soft'), line = colour('line'), accent = colour('accent-soft'), step = STEPS.find(s => (view.to - view.from) / s <= width / 150) || STEPS[STEPS.length - 1];
    g.font = '13px system-ui, "DejaVu Sans", sans-serif';
    if (picked) { g.fillStyle = accent; g.fillRect((picked.from - view.from) / binMs() * BAR, 0, (picked.to - picked.from) / binMs() * BAR, lanes.length * LANE); }
    for (let ms = Math.ceil(view.from / step) * step, marks = 0; ms <= view.to && marks < width; ms += step, marks++) {
      const x = (ms - view.from) / binMs() * BAR;
      g.fillStyle = line;
      g.fillRect(x, 0, 1, lanes.length * LANE);
      g.fillStyle = soft;
      g.fillText(mark(ms, step), x + 3, lanes.length * LANE + 16);
    }
    lanes.forEach((kind, lane) => {
      const counts = new Array(count).fill(0), bottom = (lane + 1) * LANE - 4;
      for (let i = firstFrom(events, view.from); i < events.length && events[i].ms <= view.to; i++) {
        if (events[i].event === kind) counts[Math.min(count - 1, Math.floor((events[i].ms - view.from) / binMs()))]++;
      }
      const most = Math.max(...counts);
      g.fillStyle = colour(`owner${kinds.indexOf(kind) % 8}`);
      counts.forEach((here, i) => {
        if (here > 0) { const tall = Math.max(4, Math.log2(here + 1) / Math.log2(most + 1) * (LANE - 22)); g.fillRect(i * BAR, bottom - tall, BAR, tall); }
      });
      g.fillStyle = line;
      g.fillRect(0, bottom, width, 1);
      g.fillStyle = ink;
      g.fillText(`${kind} (${counts.reduce((a, b) => a + b, 0)})`, 4, lane * LANE + 13);
    });
    canvas.setAttribute('aria-label', `events from ${iso(view.from)} to ${iso(view.to)}: ${lanes.join(', ')}; plus and minus zoom, arrows move, Home shows all`);
  };
  const show = () => {
    range.textContent = `${iso(view.from)} – ${iso(view.to)}`;
    draw();
    const rows = rowsNow().map(e => e.row);
    fill(said, picked ? [`${rows.length} from ${iso(picked.from)} to ${iso(picked.to)} `, el('button', {class: 'plain', type: 'button', onclick: () => { picked = null; show(); }}, 'all of the window')] : 'Wheel or + and - zoom, arrows move, drag chooses; a click shows what is there.');
    fill(place, dataTable({id: 'timeline-table', name: 'timeline', columns: columns(context), rows, state: table, label: 'event', onState: s => { table = s; save(); }}).node);
  };
  const to = (from, until) => {
    const span = Math.min(Math.max(until - from, CLOSEST), (last - first) * 3), middle = valid((from + until) / 2);
    Object.assign(view, {from: middle - span / 2, to: middle + span / 2});
    picked = null;
    show();
    save();
  };
  const zoom = (factor, centre = (view.from + view.to) / 2) => to(centre - (centre - view.from) * factor, centre + (view.to - centre) * factor);
  const move = part => to(view.from + (view.to - view.from) * part, view.to + (view.to - view.from) * part);
  const all = () => { Object.assign(view, {from: first, to: last}); picked = null; show(); save(); };
  const msAt = event => { const box = canvas.getBoundingClientRect(); return view.from + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (view.to - view.from); };
  canvas.addEventListener('wheel', event => { event.preventDefault(); zoom(event.deltaY > 0 ? 1.5 : 1 / 1.5, msAt(event)); }, {passive: false});
  let start = null;
  canvas.addEventListener('pointerdown', event => { start = {x: event.clientX, ms: msAt(event)}; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener('pointerup', event => {
    if (!start) return;
    const end = msAt(event), dragged = Math.abs(event.clientX - start.x) > 4, from = start.ms;
    start = null;
    if (dragged) to(Math.min(from, end), Math.max(from, end));
    else { picked = {from: end - 2 * binMs(), to: end + 2 * binMs()}; show(); }
  });
  canvas.addEventListener('keydown', event => {
    const done = {'+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2), ArrowLeft: () => move(-0.25), ArrowRight: () => move(0.25), Home: all}[event.key];
    if (done) { event.preventDefault(); done(); }
  });
  const kindBoxes = kinds.map((kind, i) => {
    const box = el('input', {type: 'checkbox', id: 'kind-' + kind, onchange: () => { if (box.checked) off.delete(kind); else off.add(kind); show(); save(); }});
    box.checked = !off.has(kind);
    return el('label', {}, box, ' ', el('span', {class: 'swatch', style: `background: var(--owner${i % 8})`}), kind);
  });
  const button = (label, action, name) => el('button', {class: 'plain', type: 'button', 'aria-label': name, onclick: action}, label);
  const node = el('div', {}, head, el('div', {class: 'filters'}, choice, kindBoxes, files(context, 'timeline', {machine})),
    el('div', {class: 'filters'}, button('◀', () => move(-0.5), 'earlier'), button('closer', () => zoom(0.5)), button('wider', () => zoom(2)), button('▶', () => move(0.5), 'later'), button('all', all), range),
    canvas, said, place);
  drawThemed(canvas, draw);
  new ResizeObserver(() => { if (canvas.clientWidth && canvas.clientWidth !== wide) draw(); }).observe(canvas);
  show();
  return node;
};

import {big, colour, counted, drawThemed, el, fill, hex, size, swatch} from './dom.js';

const NAMED = 8;

/** How an owner is called. */
export const ownerName = owner => !owner ? 'nobody known' : owner.space === 'user' ? `${owner.machine} ${owner.pid} ${owner.process}`
  : owner.space === 'kernel' ? `${owner.machine} kernel` : `${owner.machine}'s memory`;

/** The cells of a picture as an array of owners' numbers. */
export const cellsOf = picture => {
  const cells = [];
  for (let i = 0; i < picture.cells.length; i += 2) {
    for (let n = 0; n < picture.cells[i + 1]; n++) cells.push(picture.cells[i]);
  }
  return cells;
};

/** Colours of the owners that cover most of some pictures; the rest share one. */
export const paint = pictures => {
  const count = new Map();
  for (const picture of pictures) {
    const here = new Map();
    for (let i = 0; i < picture.cells.length; i += 2) here.set(picture.cells[i], (here.get(picture.cells[i]) || 0) + picture.cells[i + 1] * picture.cellBytes);
    for (const [number, bytes] of here) {
      // The same memory may be in several pictures: it counts once, as the largest of them has it.
      const owner = picture.owners[number], name = owner && ownerName(owner);
      if (owner && bytes > (count.get(name)?.cells || 0)) count.set(name, {owner, cells: bytes});
    }
  }
  const names = new Map();
  let next = 0;
  for (const [name, {owner}] of [...count].sort((a, b) => b[1].cells - a[1].cells)) {
    names.set(name, owner.space === 'kernel' ? (owner.machine === 'host' ? 'kernel' : 'kernel-guest') : owner.space === 'physical' ? 'backing' : next < NAMED ? 'owner' + next++ : 'others');
  }
  return {of: owner => owner ? names.get(ownerName(owner)) : 'free', names, count};
};

/** What the colours mean, the largest first. */
export const legend = (paints, onPick) => {
  const byColour = new Map();
  for (const [name, colourName] of paints.names) {
    const entry = byColour.get(colourName) || {bytes: 0, names: []};
    entry.bytes += paints.count.get(name).cells;
    entry.names.push(name);
    byColour.set(colourName, entry);
  }
  return el('ul', {class: 'legend', id: 'legend'}, [...byColour].sort((a, b) => b[1].bytes - a[1].bytes).map(([colourName, {bytes, names}]) => {
    const label = colourName === 'others' ? counted(names.length, 'more process') : names.join(', ');
    const single = onPick && names.length === 1 ? paints.count.get(names[0]).owner : null;
    return el('li', {}, swatch(colourName), single && single.space === 'user' ? el('button', {class: 'link', type: 'button', onclick: () => onPick(single)}, label) : label, el('span', {class: 'note'}, ' ' + size(bytes)));
  }), el('li', {}, swatch('free'), 'nobody known'));
};

/** Memory as rows of squares. onCell is told the first address and the size of a cell. */
export const memoryMap = (picture, paints, {id, columns = 128, onCell, label}) => {
  const cells = cellsOf(picture), rows = Math.max(1, Math.ceil(cells.length / columns)), SQUARE = 6;
  const canvas = el('canvas', {class: 'memory', id, width: columns * SQUARE, height: rows * SQUARE, tabindex: 0, role: 'img', 'aria-label': label});
  const hover = el('div', {class: 'note detail mono', 'aria-hidden': 'true'}, '\u00a0');
  let at = 0;
  const start = index => big(picture.origin) + BigInt(index) * BigInt(picture.cellBytes);
  const tell = index => fill(hover, `${hex(start(index))}  ${ownerName(picture.owners[cells[index]])}`);
  const draw = () => {
    const context = canvas.getContext('2d'), known = new Map();
    context.clearRect(0, 0, canvas.width, canvas.height);
    cells.forEach((owner, i) => {
      if (owner < 0) return;
      const name = paints.of(picture.owners[owner]);
      if (!known.has(name)) known.set(name, colour(name));
      context.fillStyle = known.get(name);
      context.fillRect(i % columns * SQUARE, Math.floor(i / columns) * SQUARE, SQUARE, SQUARE);
    });
    if (document.activeElement === canvas) {
      context.strokeStyle = colour('ink');
      context.lineWidth = 2;
      context.strokeRect(at % columns * SQUARE, Math.floor(at / columns) * SQUARE, SQUARE, SQUARE);
    }
  };
  const indexAt = event => {
    const box = canvas.getBoundingClientRect();
    return Math.floor((event.clientY - box.top) / box.height * rows) * columns + Math.floor((event.clientX - box.left) / box.width * columns);
  };
  canvas.addEventListener('click', event => { const i = indexAt(event); if (i >= 0 && i < cells.length) { at = i; draw(); onCell(start(i), picture.cellBytes); } });
  canvas.addEventListener('mousemove', event => { const i = indexAt(event); if (i >= 0 && i < cells.length) tell(i); });
  canvas.addEventListener('keydown', event => {
    const step = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns}[event.key];
    if (step) { event.preventDefault(); at = Math.min(cells.length - 1, Math.max(0, at + step)); tell(at); draw(); }
    if (event.key === 'Enter') onCell(start(at), picture.cellBytes);
  });
  for (const event of ['focus', 'blur']) canvas.addEventListener(event, () => draw());
  const node = el('div', {}, canvas, hover);
  queueMicrotask(() => drawThemed(canvas, draw));
  return node;
};

/**
 * A guest's physical memory as a bar above its host's, joined where the second level maps one onto
 * the other. onCell is told whose memory, the first address and the size of a cell.
 */
export const layersPicture = (guest, host, paints, {onCell, width = 1200}) => {
  const BAR = 44, GAP = 150, canvas = el('canvas', {class: 'memory', id: 'layers-canvas', width, height: 2 * BAR + GAP, role: 'img',
    'aria-label': `${guest.machine}'s physical memory above the host's, joined where the second level maps it`});
  const spans = picture => { const cells = cellsOf(picture); return {cells, scale: width / Math.max(1, cells.length)}; };
  const above = spans(guest), below = spans(host);
  const hostStart = big(host.origin), hostSize = BigInt(host.cellBytes);
  const draw = () => {
    const context = canvas.getContext('2d'), known = new Map();
    const ink = name => { if (!known.has(name)) known.set(name, colour(name)); return known.get(name); };
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = ink('paper');
    context.fillRect(0, BAR, width, GAP);
    const links = guest.links || [];
    for (let i = 0; i < links.length; i += 3) {
      const cell = links[i], to = Number(big(links[i + 1]) - hostStart) / Number(hostSize);
      const share = guest.cellBytes / host.cellBytes;
      if (to < -1 || to > below.cells.length) continue;
      const owner = guest.owners[above.cells[cell]];
      context.fillStyle = ink(paints.of(owner));
      context.globalAlpha = 0.28;
      context.beginPath();
      context.moveTo(cell * above.scale, BAR);
      context.lineTo((cell + 1) * above.scale, BAR);
      context.lineTo((to + share) * below.scale, BAR + GAP);
      context.lineTo(to * below.scale, BAR + GAP);
      context.fill();
    }
    context.globalAlpha = 1;
    for (const [{cells, scale}, picture, y] of [[above, guest, 0], [below, host, BAR + GAP]]) {
      context.fillStyle = ink('free');
      context.fillRect(0, y, width, BAR);
      cells.forEach((owner, i) => {
        if (owner < 0) return;
        context.fillStyle = ink(paints.of(picture.owners[owner]));
        context.fillRect(Math.floor(i * scale), y, Math.max(1, Math.ceil(scale)), BAR);
      });
    }
  };
  const hover = el('div', {class: 'note detail mono', 'aria-hidden': 'true'}, '\u00a0');
  const target = event => {
    const box = canvas.getBoundingClientRect(), y = (event.clientY - box.top) / box.height * canvas.height;
    const [side, picture] = y < BAR + GAP / 2 ? [above, guest] : [below, host];
    const index = Math.min(side.cells.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * side.cells.length)));
    return {picture, index, owner: picture.owners[side.cells[index]], start: big(picture.origin) + BigInt(index) * BigInt(picture.cellBytes)};
  };
  canvas.addEventListener('mousemove', event => { const t = target(event); fill(hover, `${t.picture.machine} ${hex(t.start)}  ${ownerName(t.owner)}`); });
  canvas.addEventListener('click', event => { const t = target(event); onCell(t.picture.machine, t.start, t.picture.cellBytes); });
  queueMicrotask(() => drawThemed(canvas, draw));
  const end = picture => hex(big(picture.origin) + BigInt(cellsOf(picture).length) * BigInt(picture.cellBytes));
  const ends = picture => el('div', {class: 'ends mono'}, el('span', {}, `${picture.machine} ${picture.origin}`), el('span', {}, end(picture)));
  return el('div', {}, ends(guest), canvas, ends(host), hover);
};

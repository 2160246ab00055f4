import {counted, el, facts, fill, size, svg} from './dom.js';

const BOX = 150, HIGH = 46, GAP_X = 26, GAP_Y = 30, LEFT = 108, TOP = 24;

/**
 * The walk of an address as a picture: a row per level of the space's own tables, a column per
 * reference that it takes to reach that level's entry through the layers below. The last row walks
 * the page itself. walk: {address, steps, hpa, pageSize, permissions, fault}.
 */
export const walkPicture = walk => {
  const detail = el('div', {class: 'detail', id: 'walk-step', 'aria-live': 'polite'});
  if (!walk || walk.steps.length === 0) return el('div', {}, el('p', {class: 'note'}, 'No table is on the way.'), detail);
  const top = walk.steps[walk.steps.length - 1].dimension === 'host' || walk.steps.every(s => s.dimension === walk.steps[0].dimension)
    ? walk.steps[walk.steps.length - 1].dimension : (walk.steps.find(s => /guest$/.test(s.dimension)) || walk.steps[0]).dimension;
  const rows = [[]];
  for (const step of walk.steps) {
    rows[rows.length - 1].push(step);
    if (step.dimension === top) rows.push([]);
  }
  if (rows[rows.length - 1].length === 0) rows.pop();
  const nested = walk.steps.some(s => s.dimension !== top);
  const others = [...new Set(walk.steps.map(s => s.dimension).filter(d => d !== top))];
  const note = `${walk.address} takes ${counted(walk.steps.length, 'reference')}` + (nested
    ? `: each of the space's own tables lies in guest-physical memory, so its address is itself walked through ${others.join(', ')} first (a row each); the last row walks the page itself.` : '.') +
    (walk.fault ? ` It ends in a fault: ${walk.fault.dimension} ${walk.fault.level || ''} ${walk.fault.reason}.` : walk.pageSize ? ` Page of ${size(walk.pageSize)}, ${walk.permissions}.` : '');
  const widest = Math.max(...rows.map(r => r.filter(s => s.dimension !== top).length));
  const width = LEFT + (widest + 1) * (BOX + GAP_X) + (nested ? 10 : BOX), height = TOP + rows.length * (HIGH + GAP_Y) + 10;
  const figure = svg('svg', {viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `The walk of ${walk.address}: ${counted(walk.steps.length, 'reference')}`});
  figure.append(svg('defs', {}, svg('marker', {id: 'head', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto'},
    svg('path', {d: 'M0 0 L8 4 L0 8 z', fill: 'var(--soft)'}))));
  const path = d => figure.append(svg('path', {class: 'arrow', d, 'marker-end': 'url(#head)'}));
  const arrow = (x1, y1, x2, y2) => path(`M${x1} ${y1} L${x2} ${y2}`);
  const right = LEFT + widest * (BOX + GAP_X);
  rows.forEach((row, r) => {
    const y = TOP + r * (HIGH + GAP_Y), ownStep = row.find(s => s.dimension === top);
    figure.append(svg('text', {x: 0, y: y + 18, class: 'title'}, ownStep ? `${top} ${ownStep.level}` : 'the page'));
    figure.append(svg('text', {x: 0, y: y + 34, class: 'soft'}, r === 0 ? 'root' : ownStep ? 'table' : ''));
    let x = LEFT;
    row.forEach((step, i) => {
      const isOwn = step.dimension === top, isLast = r === rows.length - 1 && i === row.length - 1;
      if (isOwn) x = right;
      const show = () => fill(detail, facts([['reference', `${step.n} of ${walk.steps.length}, ${step.dimension} ${step.level}`],
        ['entry at', step.entryAddress + (step.entryHostAddress && step.entryHostAddress !== step.entryAddress ? `, host-physical ${step.entryHostAddress}` : ''), true],
        ['entry', step.entry, true], ['meaning', step.meaning]]));
      figure.append(svg('g', {class: 'step', tabindex: 0, role: 'button', 'aria-label': `reference ${step.n}`, onclick: show, onkeydown: e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); show(); } }},
        svg('rect', {class: walk.fault && isLast ? 'box fault' : isOwn ? 'box own' : 'box', x, y, width: BOX, height: HIGH, rx: 4}),
        svg('text', {x: x + 8, y: y + 15, class: 'title'}, `${step.n} ${step.dimension} ${step.level}`),
        svg('text', {x: x + 8, y: y + 28}, '@ ' + step.entryAddress),
        svg('text', {x: x + 8, y: y + 41, class: 'soft'}, step.entry.length > 18 ? step.entry : '= ' + step.entry),
        svg('title', {}, step.meaning)));
      if (i > 0) arrow(isOwn ? LEFT + (row.length - 2) * (BOX + GAP_X) + BOX : x - GAP_X, y + HIGH / 2, x - 2, y + HIGH / 2);
      x += BOX + GAP_X;
    });
    if (r < rows.length - 1) {
      const from = right + BOX / 2, to = nested ? LEFT + BOX / 2 : from;
      path(`M${from} ${y + HIGH} L${from} ${y + HIGH + GAP_Y / 2} L${to} ${y + HIGH + GAP_Y / 2} L${to} ${y + HIGH + GAP_Y - 2}`);
    } else if (!walk.fault && walk.hpa) {
      const endX = nested ? right : right + BOX + GAP_X;
      arrow(nested ? LEFT + (row.length - 1) * (BOX + GAP_X) + BOX : right + BOX, y + HIGH / 2, endX - 2, y + HIGH / 2);
      figure.append(svg('rect', {class: 'box end', x: endX, y, width: nested ? BOX : BOX - GAP_X, height: HIGH, rx: 4}),
        svg('text', {x: endX + 8, y: y + 18, class: 'title'}, 'host-physical'), svg('text', {x: endX + 8, y: y + 34}, walk.hpa));
    }
  });
  return el('div', {}, el('p', {class: 'note', id: 'walk-note'}, note), el('div', {class: 'scroll', id: 'walk', tabindex: 0, role: 'region', 'aria-label': 'the walk'}, figure), detail);
};

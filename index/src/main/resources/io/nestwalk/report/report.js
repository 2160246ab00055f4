'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const text = data.strings;
  const $ = id => document.getElementById(id);

  // --- Building blocks. Text from the image only ever becomes text nodes. -----------------------
  // What is not seen but works (controls, BiDi, line separators, bytes that are no text) is shown as an escape.
  const shown = value => typeof value !== 'string' ? value
    : value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, c => '\\u{' + c.codePointAt(0).toString(16).padStart(4, '0') + '}');
  const el = (name, attributes, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, shown(value));
    }
    for (const child of children.flat(Infinity)) {
      if (child !== null && child !== undefined) node.append(shown(child));
    }
    return node;
  };
  const svg = (name, attributes, ...children) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, shown(value));
    }
    for (const child of children.flat(Infinity)) node.append(shown(child));
    return node;
  };
  const fill = (node, ...children) => { node.replaceChildren(...children.flat(Infinity).filter(c => c !== null)); };
  const size = bytes => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
    let value = bytes, unit = 0;
    while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit++; }
    return (Number.isInteger(value) ? value : value.toFixed(1)) + ' ' + units[unit];
  };
  const hex = value => '0x' + value.toString(16);
  const big = value => BigInt(value);
  const dash = value => value === null || value === undefined || value === '' ? '–' : value;
  const facts = pairs => el('dl', {class: 'facts'}, pairs.filter(p => p[1] !== undefined).map(
    ([name, value, mono]) => [el('dt', {}, name), el('dd', {class: mono ? 'mono' : null}, value instanceof Node ? value : String(dash(value)))]));
  const table = (node, columns, rows, pick, selected) => {
    const head = el('tr', {}, columns.map(c => el('th', {class: c.number ? 'number' : null, scope: 'col'}, c.title)));
    const body = rows.map(row => el('tr', pick ? {class: 'pick', tabindex: 0, 'aria-selected': selected && selected(row) ? 'true' : 'false',
        onclick: () => pick(row), onkeydown: e => { if (e.key === 'Enter') pick(row); }} : {},
      columns.map(c => el('td', {class: c.number ? 'number' : c.mono ? 'mono' : c.word ? 'word' : null}, String(dash(c.of(row)))))));
    fill(node, el('thead', {}, head), el('tbody', {}, body));
  };
  const ROWS = 2000;
  const cut = (list, kind, all) => data[list].length < (data.counts[kind] || 0) ? `; this file holds the first ${data[list].length} of ${data.counts[kind]}, ${all}` : '';

  const mappings = data.mappings.map(m => ({machine: text[m[0]], pid: m[1], start: m[2], end: m[3], permissions: text[m[4]],
    kind: text[m[5]], path: text[m[6]], offset: m[7], present: m[8], flags: JSON.parse(text[m[9]])}));
  const runs = data.runs.map(r => ({machine: text[r[0]], space: text[r[1]], pid: r[2], start: r[3], length: r[4], gpa: r[5],
    hpa: r[6], permissions: text[r[7]], path: text[r[8]], pageSize: r[9]}));
  const length = m => Number(big(m.end) - big(m.start));
  const names = new Map(data.processes.map(p => [p.machine + '/' + p.pid, p.name]));

  // --- Machines. ----------------------------------------------------------------------------------
  const provenance = data.provenance;
  $('subject').textContent = provenance.image.path;
  document.title = provenance.image.path.split('/').pop() + ' – Nestwalk';
  const machineNode = machine => {
    const os = machine.os, second = machine.secondLevel;
    const count = list => list.filter(x => x.machine === machine.id).length;
    const children = data.machines.filter(m => m.parent === machine.id);
    return el('li', {}, el('div', {class: 'machine'},
      el('b', {}, machine.id), machine.name ? ' ' + machine.name : null,
      el('span', {class: 'badge'}, machine.arch),
      second.kind !== 'none' ? el('span', {class: 'badge'}, second.kind) : null,
      el('div', {}, os ? os.banner || os.name + ' ' + os.version : 'no operating system recognised'),
      facts([
        ['page-table root', machine.root ? machine.root + ' ' + dash(machine.rootMode) : null, true],
        ['second level', second.root ? second.root + ' ' + dash(second.mode) + ', maps ' + size(second.mappedBytes) : undefined, true],
        ['kernel', os ? os.kernelBase + (os.kaslrSlide ? ', slide ' + os.kaslrSlide : '') : undefined, true],
        ['host name', os && os.hostName ? os.hostName : undefined],
        ['started', os && os.bootTime ? os.bootTime : undefined],
        ['hypervisor process', machine.vmmPid ? machine.vmmPid + ' ' + dash(names.get(machine.parent + '/' + machine.vmmPid)) : undefined],
        ['two views', second.views ? second.views.agree + ' pages agree, ' + second.views.disagree + ' disagree, ' +
          second.views.onlySlots + ' only in slots, ' + second.views.onlyTables + ' only in tables' : undefined],
        ['processes', el('button', {class: 'link', onclick: () => { $('process-machine').value = machine.id; showProcesses(); $('processes').scrollIntoView(); }},
          String(count(data.processes)))]]),
      second.evidence.length ? el('ul', {class: 'evidence'}, second.evidence.map(e => el('li', {}, (e.confirms ? '+ ' : '– ') + e.source + ': ' + e.text))) : null),
      children.length ? el('ul', {}, children.map(machineNode)) : null);
  };
  fill($('machine-tree'), el('ul', {class: 'tree'}, data.machines.filter(m => !m.parent).map(machineNode)));

  // --- Findings. ----------------------------------------------------------------------------------
  const examined = data.coverage.examined || [];
  const gaps = examined.length === 0 ? ['what was examined is not known'] : examined.flatMap(machine =>
    [...new Set(machine.omitted.map(o => o.reason))].map(reason => `${machine.machine}: not examined: ` +
      machine.omitted.filter(o => o.reason === reason).map(o => o.rule).join(', ') + ` (${reason})`));
  const gapList = gaps.length === 0 ? null : el('ul', {class: 'evidence', id: 'not-examined'}, gaps.map(g => el('li', {}, g)));
  if (data.findings.length === 0) {
    fill($('finding-list'), el('p', {class: 'note'}, gaps.length === 0 && examined.length > 0
      ? 'Nothing stands out: no memory that is writable and executable, no code that no file backs, ' +
        'no deleted files in use, no process that a list lacks, no page that two views map differently.'
      : 'No findings in what was examined.'), gapList);
  } else {
    const list = el('table', {id: 'finding-table'});
    table(list, [{title: 'Machine', of: f => f.machine}, {title: 'Pid', number: true, of: f => f.pid}, {title: 'Process', of: f => f.process},
      {title: 'Rule', of: f => f.rule}, {title: 'Address', mono: true, of: f => f.address}, {title: 'What', of: f => f.text}],
      data.findings.slice(0, ROWS), f => { if (f.pid !== undefined) { showProcess(f.machine, f.pid); $('process').scrollIntoView(); } });
    fill($('finding-list'), el('div', {class: 'scroll'}, list), gapList);
  }

  // --- Host-physical memory. ----------------------------------------------------------------------
  const physical = data.physical;
  const cells = [];
  for (let i = 0; i < physical.cells.length; i += 2) {
    for (let n = 0; n < physical.cells[i + 1]; n++) cells.push(physical.cells[i]);
  }
  const machineHues = new Map(data.machines.map((m, i) => [m.id, (28 + i * 137.5) % 360]));
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const ownerColour = (owner, number) => {
    const night = dark.matches, hue = machineHues.get(owner.machine) ?? 0;
    if (owner.machine === 'host') {
      return owner.space === 'kernel' ? (night ? '#66727f' : '#8a97a5') : `hsl(${205 + number * 11 % 40} ${night ? 32 : 38}% ${(night ? 38 : 62) + number * 7 % 14}%)`;
    }
    if (owner.space === 'physical') return `hsl(${hue} ${night ? 30 : 45}% ${night ? 26 : 84}%)`;
    if (owner.space === 'kernel') return `hsl(${hue} 45% ${night ? 42 : 66}%)`;
    return `hsl(${(hue + 80 + number * 47 % 220) % 360} 65% ${(night ? 50 : 46) + number * 5 % 12}%)`;
  };
  const ownerName = o => o.space === 'user' ? `${o.machine}: ${o.process} (${o.pid})` : o.space === 'kernel' ? `${o.machine}: kernel` : `${o.machine}: other memory`;
  const COLUMNS = 128;
  const canvas = $('physical-canvas');
  const drawPhysical = () => {
    const rows = Math.max(1, Math.ceil(cells.length / COLUMNS)), scale = 6;
    canvas.width = COLUMNS * scale;
    canvas.height = rows * scale;
    const context = canvas.getContext('2d');
    context.clearRect(0, 0, canvas.width, canvas.height);
    cells.forEach((owner, i) => {
      if (owner < 0) return;
      context.fillStyle = ownerColour(physical.owners[owner], owner);
      context.fillRect(i % COLUMNS * scale, Math.floor(i / COLUMNS) * scale, scale, scale);
    });
  };
  const legend = () => {
    const counts = new Map();
    cells.forEach(c => counts.set(c, (counts.get(c) || 0) + 1));
    const items = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 40).map(([owner, count]) => el('li', {},
      el('span', {class: 'swatch', style: owner < 0 ? 'background: var(--free); border: 1px solid var(--line)' : `background: ${ownerColour(physical.owners[owner], owner)}`}),
      (owner < 0 ? 'free, or known to a kernel alone' : ownerName(physical.owners[owner])) + ', ' + size(count * physical.cellBytes)));
    fill($('physical-legend'), items);
  };
  $('physical-note').textContent = `A cell is ${size(physical.cellBytes)}, from ${physical.origin}, left to right and down; it has the colour of the owner that says most: ` +
    'a guest\'s process before the guest, a guest before the host\'s process that backs it. Click a cell for all its owners.';
  drawPhysical();
  legend();
  dark.addEventListener('change', () => { drawPhysical(); legend(); showSpace(); });
  const showCell = index => {
    const start = big(physical.origin) + BigInt(index) * BigInt(physical.cellBytes), end = start + BigInt(physical.cellBytes);
    const here = runs.filter(r => { if (r.hpa === null) return false; const h = big(r.hpa); return h < end && start < h + BigInt(r.length); });
    fill($('physical-cell'), el('b', {class: 'mono'}, `${hex(start)}–${hex(end)}`),
      el('ul', {}, here.slice(0, 200).map(r => {
        const at = big(r.hpa) > start ? 0n : start - big(r.hpa);
        const label = `${r.machine} ${r.space === 'user' ? r.pid + ' ' + dash(names.get(r.machine + '/' + r.pid)) : r.space} ${hex(big(r.start) + at)} ${r.path}`;
        return el('li', {}, r.space === 'user' ? el('button', {class: 'link mono', onclick: () => { showProcess(r.machine, r.pid); $('process').scrollIntoView(); }}, label)
          : el('span', {class: 'mono'}, label));
      })), here.length === 0 ? el('p', {class: 'note'}, 'No page table maps this' + (cut('runs', 'run', '`nestwalk search` in this folder has all') || '.')) : null);
  };
  canvas.addEventListener('click', event => {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / box.width * COLUMNS);
    const row = Math.floor((event.clientY - box.top) / box.height * Math.ceil(cells.length / COLUMNS));
    const index = row * COLUMNS + column;
    if (index < cells.length) showCell(index);
  });

  // --- Processes. ---------------------------------------------------------------------------------
  fill($('process-machine'), el('option', {value: ''}, 'all'), data.machines.map(m => el('option', {value: m.id}, m.id)));
  let current = null;
  const showProcesses = () => {
    const machine = $('process-machine').value, wanted = $('process-filter').value.toLowerCase();
    const found = data.processes.filter(p => (!machine || p.machine === machine) && (!p.kernelThread || $('process-kernel').checked) &&
      (!wanted || `${p.pid} ${p.name} ${p.path || ''} ${p.commandLine || ''}`.toLowerCase().includes(wanted)));
    $('process-count').textContent = `${found.length} of ${data.processes.length}` + (found.length > ROWS ? `, the first ${ROWS} shown` : '') +
      cut('processes', 'process', 'reports/process.csv has all');
    table($('process-table'), [{title: 'Machine', of: p => p.machine}, {title: 'Pid', number: true, of: p => p.pid}, {title: 'Parent', number: true, of: p => p.ppid},
      {title: 'Name', word: true, of: p => p.name}, {title: 'User', number: true, of: p => p.uid}, {title: 'State', of: p => p.state},
      {title: 'Started', word: true, of: p => p.startTime ? p.startTime.slice(0, 19).replace('T', ' ') : null}, {title: 'Root', mono: true, of: p => p.root},
      {title: 'Command', of: p => p.commandLine || p.path}], found.slice(0, ROWS), p => showProcess(p.machine, p.pid),
      p => current && p.machine === current.machine && p.pid === current.pid);
  };
  for (const id of ['process-machine', 'process-filter', 'process-kernel']) $(id).addEventListener('input', showProcesses);

  // --- One process. -------------------------------------------------------------------------------
  const KINDS = ['code', 'file', 'heap', 'stack', 'anonymous', 'shared', 'special'];
  const colourOf = m => m.permissions.includes('x') && m.kind !== 'special' ? 'code' : KINDS.includes(m.kind) ? m.kind : 'anonymous';
  let own = [], chosen = null;
  const showProcess = (machine, pid) => {
    current = data.processes.find(p => p.machine === machine && p.pid === pid);
    if (!current) return;
    own = mappings.filter(m => m.machine === machine && m.pid === pid);
    chosen = null;
    const p = current;
    $('process-title').textContent = `Process ${p.pid} ${p.name} on ${p.machine}`;
    fill($('process-facts'), facts([['command', p.commandLine], ['program', p.path], ['parent', `${p.ppid} ${dash(names.get(machine + '/' + p.ppid))}`],
      ['user', p.uid], ['started', p.startTime], ['state', p.state], ['threads', p.threads], ['page-table root', p.root, true],
      ['kernel object', p.object, true], ['seen by', p.seenBy.join(', ')], ['control group', p.cgroup]]));
    showProcesses();
    showSpace();
    showMappings();
    showRuns();
    showWalk();
  };
  const choose = mapping => { chosen = chosen === mapping ? null : mapping; showSpace(); showMappings(); showRuns(); };
  const showSpace = () => {
    if (own.length === 0) { fill($('space'), el('p', {class: 'note'}, 'No mappings of its own are known.')); fill($('space-legend')); return; }
    const bar = el('div', {class: 'space-bar'});
    own.forEach((m, i) => {
      if (i > 0 && own[i - 1].end !== m.start) bar.append(el('span', {class: 'gap', title: 'unmapped: ' + size(Number(big(m.start) - big(own[i - 1].end)))}, ''));
      const share = Math.min(1, m.present / Math.max(1, length(m)));
      bar.append(el('button', {style: `flex: ${Math.max(1, Math.log2(length(m) / 4096) + 1)} 1 0`, 'aria-pressed': m === chosen ? 'true' : 'false',
        title: `${m.start}–${m.end} ${m.permissions} ${m.path || m.kind}, ${size(m.present)} of ${size(length(m))} present`,
        'aria-label': `${m.start} ${m.permissions} ${m.path || m.kind}`, onclick: () => choose(m)},
        el('i', {style: `height: ${Math.max(share > 0 ? 8 : 0, share * 100)}%; background: var(--${colourOf(m)})`})));
    });
    fill($('space'), bar, el('div', {class: 'space-ends mono'}, el('span', {}, own[0].start), el('span', {}, own[own.length - 1].end)));
    fill($('space-legend'), [...new Set(own.map(colourOf))].map(kind => el('li', {}, el('span', {class: 'swatch', style: `background: var(--${kind})`}), kind)),
      el('li', {class: 'note'}, 'width: size, logarithmic; height: how much is present; hatched: unmapped'));
  };
  const showMappings = () => {
    const wanted = $('mapping-filter').value.toLowerCase();
    const found = own.filter(m => (!wanted || `${m.path} ${m.kind} ${m.start} ${m.permissions} ${m.flags.join(' ')}`.toLowerCase().includes(wanted)) &&
      (!$('mapping-w').checked || m.permissions.includes('w')) && (!$('mapping-x').checked || m.permissions.includes('x')) && (!$('mapping-present').checked || m.present > 0));
    $('mapping-count').textContent = `${found.length} of ${own.length}` + (found.length > ROWS ? `, the first ${ROWS} shown` : '') +
      cut('mappings', 'mapping', 'reports/mapping.csv has all');
    table($('mapping-table'), [{title: 'Start', mono: true, of: m => m.start}, {title: 'End', mono: true, of: m => m.end}, {title: 'Size', number: true, of: m => size(length(m))},
      {title: 'Present', number: true, of: m => size(m.present)}, {title: 'Perm', mono: true, of: m => m.permissions}, {title: 'Kind', of: m => m.kind},
      {title: 'Flags', of: m => m.flags.join(', ')}, {title: 'Path', of: m => m.path}], found.slice(0, ROWS), choose, m => m === chosen);
  };
  for (const id of ['mapping-filter', 'mapping-w', 'mapping-x', 'mapping-present']) $(id).addEventListener('input', showMappings);
  const showRuns = () => {
    const found = current === null ? [] : runs.filter(r => r.machine === current.machine && r.pid === current.pid &&
      (!chosen || (big(r.start) >= big(chosen.start) && big(r.start) < big(chosen.end))));
    $('run-note').textContent = (chosen ? `${found.length} runs of pages in ${chosen.start}–${chosen.end}` : `${found.length} runs of pages in all mappings; choose a mapping above for its own`) +
      cut('runs', 'run', '`nestwalk search` in this folder has all');
    table($('run-table'), [{title: 'Virtual', mono: true, of: r => r.start}, {title: 'Length', number: true, of: r => size(r.length)}, {title: 'Guest-physical', mono: true, of: r => r.gpa},
      {title: 'Host-physical', mono: true, of: r => r.hpa}, {title: 'Page', number: true, of: r => size(r.pageSize)}, {title: 'Perm', mono: true, of: r => r.permissions},
      {title: 'Mapping', of: r => r.path}], found.slice(0, ROWS));
  };

  // --- The two-dimensional walk. A row per level of the process's own tables, a column per reference
  // that it takes to reach that level's entry through the layers below. ---------------------------
  const showWalk = () => {
    fill($('walk-step'));
    const walk = current && data.walks.find(w => w.machine === current.machine && w.pid === current.pid);
    if (!walk || walk.steps.length === 0) {
      $('walk-note').textContent = 'No walk is known for this process.';
      fill($('walk'));
      return;
    }
    const top = walk.steps[walk.steps.length - 1].dimension === 'host' ? 'host' : 'guest';
    const rows = [[]];
    for (const step of walk.steps) {
      rows[rows.length - 1].push(step);
      if (step.dimension === top) rows.push([]);
    }
    if (rows[rows.length - 1].length === 0) rows.pop();
    const nested = walk.steps.some(s => s.dimension !== top);
    $('walk-note').textContent = `${walk.address} takes ${walk.steps.length} references` + (nested ? `: each of the process's own tables lies in guest-physical memory, so its address is itself walked through ${[...new Set(walk.steps.map(s => s.dimension).filter(d => d !== top))].join(', ')} first (a row each); ` +
      'the last row walks the page itself.' : '.') + ` Page of ${size(walk.pageSize)}, ${walk.permissions}.`;
    const BOX = 150, HIGH = 46, GAP_X = 26, GAP_Y = 30, LEFT = 108;
    const widest = Math.max(...rows.map(r => r.filter(s => s.dimension !== top).length));
    const width = LEFT + (widest + 1) * (BOX + GAP_X) + 10, height = 24 + rows.length * (HIGH + GAP_Y) + 10;
    const figure = svg('svg', {viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `The walk of ${walk.address}: ${walk.steps.length} references`});
    figure.append(svg('defs', {}, svg('marker', {id: 'head', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto'},
      svg('path', {d: 'M0 0 L8 4 L0 8 z', fill: 'var(--soft)'}))));
    const arrow = (x1, y1, x2, y2) => figure.append(svg('path', {class: 'arrow', d: `M${x1} ${y1} L${x2} ${y2}`, 'marker-end': 'url(#head)'}));
    rows.forEach((row, r) => {
      const y = 24 + r * (HIGH + GAP_Y), ownStep = row.find(s => s.dimension === top);
      figure.append(svg('text', {x: 0, y: y + 18, class: 'title'}, ownStep ? `${top} ${ownStep.level}` : 'the page'));
      figure.append(svg('text', {x: 0, y: y + 34, class: 'soft'}, r === 0 ? `root` : `table`));
      let x = LEFT;
      row.forEach((step, i) => {
        const isOwn = step.dimension === top;
        if (isOwn) x = LEFT + widest * (BOX + GAP_X);
        const show = () => fill($('walk-step'), facts([['reference', `${step.n} of ${walk.steps.length}, ${step.dimension} ${step.level}`],
          ['entry at', `${step.entryAddress}` + (step.entryHostAddress && step.entryHostAddress !== step.entryAddress ? `, host-physical ${step.entryHostAddress}` : ''), true],
          ['entry', step.entry, true], ['meaning', step.meaning]]));
        const box = svg('g', {class: 'step', tabindex: 0, onclick: show, onkeydown: e => { if (e.key === 'Enter') show(); }},
          svg('rect', {class: isOwn ? 'box own' : 'box', x, y, width: BOX, height: HIGH, rx: 4}),
          svg('text', {x: x + 8, y: y + 15, class: 'title'}, `${step.n} ${step.dimension} ${step.level}`),
          svg('text', {x: x + 8, y: y + 28}, '@ ' + step.entryAddress),
          svg('text', {x: x + 8, y: y + 41, class: 'soft'}, step.entry.length > 19 ? step.entry : '= ' + step.entry));
        box.append(svg('title', {}, step.meaning));
        figure.append(box);
        if (i > 0 || r > 0) {
          if (i > 0) arrow(isOwn ? LEFT + (row.length - 2) * (BOX + GAP_X) + BOX : x - GAP_X, y + HIGH / 2, x - 2, y + HIGH / 2);
        }
        x += BOX + GAP_X;
      });
      if (r < rows.length - 1) {
        const from = LEFT + widest * (BOX + GAP_X) + BOX / 2, to = nested ? LEFT + BOX / 2 : from;
        figure.append(svg('path', {class: 'arrow', 'marker-end': 'url(#head)',
          d: `M${from} ${y + HIGH} L${from} ${y + HIGH + GAP_Y / 2} L${to} ${y + HIGH + GAP_Y / 2} L${to} ${y + HIGH + GAP_Y - 2}`}));
      } else {
        const endX = LEFT + widest * (BOX + GAP_X);
        const target = walk.stops[walk.stops.length - 1];
        if (nested) {
          arrow(LEFT + (row.length - 1) * (BOX + GAP_X) + BOX, y + HIGH / 2, endX - 2, y + HIGH / 2);
          figure.append(svg('rect', {class: 'box end', x: endX, y, width: BOX, height: HIGH, rx: 4}), svg('text', {x: endX + 8, y: y + 18, class: 'title'}, 'host-physical'), svg('text', {x: endX + 8, y: y + 34}, target));
        } else {
          figure.append(svg('text', {x: endX + BOX + 8, y: y + HIGH / 2 + 4, class: 'title'}, ''));
        }
      }
    });
    fill($('walk'), figure);
  };

  // --- Coverage and provenance. -------------------------------------------------------------------
  const coverage = data.coverage;
  fill($('provenance-facts'), facts([
    ['image', provenance.image.path, true], ['size', `${size(provenance.image.bytes)} (${provenance.image.bytes} bytes)`], ['SHA-256', provenance.image.sha256 ?? 'not made', true],
    ['last changed', provenance.image.modified], ['tool', `${provenance.tool} ${provenance.version}, documents of version ${provenance.schema}`],
    ['analysis', `${provenance.started} to ${provenance.finished}`], ['commands', el('span', {class: 'mono'}, provenance.commands.join('; ') || '–')],
    ['memory present', size(coverage.bytesPresent)], ['pages surveyed', `${coverage.pagesSurveyed}, ${coverage.pagesNotZero} not all zeros`],
    ['indexed', Object.entries(data.counts).map(([kind, count]) => `${count} ${kind}`).join(', ')]]),
    el('h3', {}, 'Warnings'), coverage.warnings.length ? coverage.warnings.map(w => el('p', {class: 'warning'}, w)) : el('p', {class: 'note'}, 'None.'),
    el('h3', {}, 'Tried without success'), coverage.tried.length ? el('ul', {}, coverage.tried.map(t => el('li', {}, t))) : el('p', {class: 'note'}, 'Nothing.'));

  // --- Begin with the process that says most: of the deepest machine, the one with most memory. ---
  const present = new Map();
  mappings.forEach(m => present.set(m.machine + '/' + m.pid, (present.get(m.machine + '/' + m.pid) || 0) + m.present));
  const depth = p => p.machine === 'host' ? 0 : p.machine.split('.').length;
  const first = [...data.processes].filter(p => !p.kernelThread).sort((a, b) => depth(b) - depth(a) ||
    (present.get(b.machine + '/' + b.pid) || 0) - (present.get(a.machine + '/' + a.pid) || 0))[0];
  if (first) showProcess(first.machine, first.pid); else { showProcesses(); }
})();

// The grid of requests by month, typed like a spreadsheet. Without this file each row is a plain form with its own button.
import { $, $$ } from './dom.js';

const grid = $('[data-grid]'), table = grid && $('table.grid', grid);
const french = grid?.dataset.lang === 'fr';
const say = (name, count) => grid.dataset[name].replace('%(count)s', count);
const tool = name => $(`[data-g=${name}]`, grid);

/* cells by place: rows and columns as arrays once, because looking them up costs too much for ten thousand */
const rows = table ? $$('tbody tr', table).map(tr => $$('input[name^="c-"]', tr)) : [];
const months = table ? $$('thead th[data-month]', table).map(th => th.dataset.month) : [];
const place = new Map(); rows.forEach((row, r) => row.forEach((cell, c) => place.set(cell, [r, c])));
const id = r => rows[r][0].closest('tr').dataset.row;
const at = (r, c) => rows[r]?.[c];

/* numbers as people write them: 1 250,5 and 1,250.5; a per cent sign says nothing new */
export const number = text => {
  let plain = text.replace(/[\s\u00a0\u202f’']/g, '').replace('−', '-').replace(/%$/, '');
  if (plain.lastIndexOf(',') > plain.lastIndexOf('.') && plain.includes('.')) plain = plain.replaceAll('.', '');
  const grouped = plain.includes('.') || (!french && /^-?\d{1,3}(,\d{3})+$/.test(plain));
  plain = grouped ? plain.replaceAll(',', '') : plain.replace(',', '.');
  return plain === '' ? null : /^-?\d*\.?\d+$|^-?\d+\.$/.test(plain) ? Number(plain) : NaN;
};
const written = value => value === null ? '' : String(Math.round(value * 100) / 100).replace('.', french ? ',' : '.');
const same = (a, b) => { const [x, y] = [number(a), number(b)]; return Number.isNaN(x) || Number.isNaN(y) ? a.trim() === b.trim() : (x || null) === (y || null); };

/* what is not saved yet, and what Ctrl+Z takes back: a step is a list of [cell, before, after] */
const dirty = new Set(), steps = [], undone = [];
let busy = false;
const mark = cell => {
  const changed = !same(cell.value, cell.defaultValue);
  changed ? dirty.add(cell) : dirty.delete(cell);
  const td = cell.parentElement; td.classList.toggle('dirty', changed);
  if (td.classList.contains('bad')) { td.classList.remove('bad'); cell.removeAttribute('aria-invalid'); cell.removeAttribute('title'); }
};
const refresh = touched => {
  tool('words').textContent = dirty.size ? say('dirty', dirty.size) : grid.dataset.clean;
  tool('save').disabled = !dirty.size || busy; tool('undo').disabled = !steps.length;
  sums(touched);
};
function put(changes, { keep = true } = {}) {
  const step = changes.filter(([cell, , after]) => cell.value !== after);
  step.forEach(([cell, , after]) => { cell.value = after; before.set(cell, after); mark(cell); });
  if (keep && step.length) { steps.push(step); undone.length = 0; }
  refresh(new Set(step.map(([cell]) => place.get(cell)[0])));
  return step.length;
}
const back = (from, to, pick) => { const step = from.pop(); if (!step) return; to.push(step); put(step.map(one => [one[0], '', one[pick]]), { keep: false }); one(step[0][0]); };

/* sums of the rows, and of the days of all */
function sums(touched) {
  const all = months.map(() => 0);
  rows.forEach((row, r) => {
    const tr = row[0].closest('tr'), values = row.map(cell => number(cell.value) || 0), days = tr.dataset.measure === 'days';
    if (!touched || touched.has(r)) $('[data-sum]', tr).textContent = days ? shown(values.reduce((a, b) => a + b, 0)) : '';
    if (days) values.forEach((value, c) => { all[c] += value; });
  });
  const foot = $$('tfoot td.num', table); all.forEach((value, c) => { foot[c].textContent = value ? shown(value) : ''; });
  foot.at(-1).textContent = shown(all.reduce((a, b) => a + b, 0));
}
const shown = value => value.toLocaleString(french ? 'fr-FR' : 'en-GB', { maximumFractionDigits: 1 });

/* where one is, and a range from there: Shift with arrows or a click */
let anchor = null, head = null; const before = new Map();
const range = () => {
  if (!anchor || !head) return [];
  const [r1, r2] = [anchor[0], head[0]].sort((a, b) => a - b), [c1, c2] = [anchor[1], head[1]].sort((a, b) => a - b);
  return rows.slice(r1, r2 + 1).map(row => row.slice(c1, c2 + 1));
};
let painted = [];
const paint = () => { painted.forEach(cell => cell.parentElement.classList.remove('sel')); painted = range().flat(); if (painted.length > 1) painted.forEach(cell => cell.parentElement.classList.add('sel')); };
const one = cell => { anchor = head = place.get(cell); paint(); cell.focus(); cell.select(); cell.scrollIntoView({ block: 'nearest', inline: 'nearest' }); };
const step = (cell, dr, dc, extend) => {
  const [r, c] = extend ? head : place.get(cell), next = at(Math.max(0, Math.min(rows.length - 1, r + dr)), Math.max(0, Math.min(months.length - 1, c + dc)));
  if (!next) return;
  if (extend) { head = place.get(next); paint(); next.scrollIntoView({ block: 'nearest', inline: 'nearest' }); } else one(next);
};
const commit = cell => { const was = before.get(cell) ?? cell.defaultValue; if (was !== cell.value) { steps.push([[cell, was, cell.value]]); undone.length = 0; before.set(cell, cell.value); } };

/* fill right: the first column of the range goes into the others; one cell fills to the end of its row */
function fillRight() {
  const chosen = range(); if (!chosen.length) return;
  const wide = chosen[0].length > 1 ? chosen : chosen.map(row => { const [r, c] = place.get(row[0]); return rows[r].slice(c); });
  put(wide.flatMap(row => row.slice(1).map(cell => [cell, cell.value, row[0].value])));
}
/* paste: rows by lines, cells by tabs; what falls outside is said, not lost in silence */
function paste(text, cell) {
  const block = text.replace(/\r?\n$/, '').split(/\r?\n/).map(line => line.split('\t')), [r0, c0] = place.get(cell), changes = [];
  let outside = 0;
  block.forEach((line, r) => line.forEach((value, c) => {
    const target = at(r0 + r, c0 + c);
    if (!target) { outside++; return; }
    const parsed = number(value); changes.push([target, target.value, Number.isNaN(parsed) ? value.trim() : written(parsed)]);
  }));
  put(changes);
  const words = say('pasted', changes.length) + (outside ? ` ${say('outside', outside)}` : '');
  tool('words').textContent = words;
  anchor = [r0, c0]; head = [Math.min(rows.length - 1, r0 + block.length - 1), Math.min(months.length - 1, c0 + Math.max(...block.map(line => line.length)) - 1)]; paint();
}
const copied = () => range().map(row => row.map(cell => cell.value).join('\t')).join('\n');

/* save: everything that changed in one request; what is wrong comes back by cell and keeps what was typed */
async function save() {
  if (busy || !dirty.size) return;
  const sent = [...dirty], cells = sent.map(cell => { const [r, c] = place.get(cell); return [Number(id(r)), months[c], cell.value, cell.defaultValue]; });
  busy = true; tool('words').textContent = grid.dataset.saving; tool('save').disabled = true;
  try {
    const answer = await fetch(location.href, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRFToken': $('[name=csrfmiddlewaretoken]', grid).value, 'X-Requested-With': 'fetch' },
      body: JSON.stringify({ what: grid.dataset.what, anyway: tool('anyway')?.checked ?? false, cells }) });
    if (!answer.ok) throw Object.assign(new Error(String(answer.status)), { words: answer.headers.get('Content-Type')?.startsWith('text/plain') ? await answer.text() : grid.dataset.refused });
    const told = await answer.json(), wrong = new Map(told.wrong.map(one => [`${one.row} ${one.month}`, one]));
    sent.forEach((cell, i) => { if (!wrong.has(`${cells[i][0]} ${cells[i][1]}`)) { cell.defaultValue = cells[i][2]; mark(cell); } });
    Object.entries(told.rows).forEach(([pk, now]) => { const state = $(`tr[data-row="${pk}"] .badge span`, table); if (state) state.textContent = now.state; });
    complain(told.wrong); steps.length = undone.length = 0; busy = false; refresh();
    tool('words').textContent = dirty.size ? say('dirty', dirty.size) : grid.dataset.saved;
  } catch (problem) { busy = false; refresh(); tool('words').textContent = problem.words ?? grid.dataset.failed; }
}
const MOST = 20;
function complain(wrong) {
  const box = tool('bad'), list = $('ul', box); box.hidden = !wrong.length; list.replaceChildren();
  $('b', box).textContent = say('wrong', wrong.length);
  wrong.forEach((one, place_) => {
    const r = rows.findIndex((_, r) => id(r) === String(one.row)), cell = at(r, months.indexOf(one.month));
    if (!cell) return;
    cell.parentElement.classList.add('bad'); cell.setAttribute('aria-invalid', 'true'); cell.title = one.message;
    if (place_ >= MOST) return;
    const item = document.createElement('li'), link = document.createElement('a');
    const head_ = $(`#r${one.row} b`, table).textContent, month = $(`thead th[data-month="${one.month}"]`, table).textContent;
    link.href = '#'; link.textContent = `${head_}, ${month}`; link.addEventListener('click', event => { event.preventDefault(); pick(cell); });
    item.append(link, ` – ${one.message}`);
    if (one.conflict) for (const [words, theirs] of [[grid.dataset.mine, false], [grid.dataset.theirs, true]]) {
      const button = Object.assign(document.createElement('button'), { type: 'button', className: 'btn sm', textContent: words });
      button.addEventListener('click', () => { const mine = cell.value; cell.defaultValue = one.stored; put([[cell, mine, theirs ? one.stored : mine]]); mark(cell); refresh(); item.remove(); if (!list.children.length) box.hidden = true; });
      item.append(' ', button);
    }
    list.append(item);
  });
  if (wrong.length > MOST) list.append(Object.assign(document.createElement('li'), { textContent: say('more', wrong.length - MOST) }));
  if (wrong.length) box.scrollIntoView({ block: 'nearest' });
}
const pick = cell => one(cell);

const KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
function key(event) {
  const cell = event.target; if (!place.has(cell)) return;
  const command = event.ctrlKey || event.metaKey, whole = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
  const letter = command && event.key.toLowerCase(), stop = () => event.preventDefault();
  if (letter === 'z' || letter === 'y') { stop(); commit(cell); (letter === 'y' || event.shiftKey) ? back(undone, steps, 2) : back(steps, undone, 1); }
  else if (letter === 's') { stop(); commit(cell); save(); }
  else if (letter === 'r') { stop(); commit(cell); fillRight(); }
  else if (letter === 'a') { stop(); anchor = [0, 0]; head = [rows.length - 1, months.length - 1]; paint(); }
  else if (letter === 'c' && painted.length > 1) { stop(); navigator.clipboard?.writeText(copied()).catch(() => {}); }
  else if (event.key === 'Enter') { stop(); event.stopPropagation(); commit(cell); step(cell, event.shiftKey ? -1 : 1, 0); }
  else if (event.key === 'Escape') { const was = before.get(cell) ?? cell.defaultValue; cell.value = was; mark(cell); refresh(); cell.select(); }
  else if ((event.key === 'Delete' || event.key === 'Backspace') && painted.length > 1) { stop(); put(painted.map(each => [each, each.value, ''])); }
  else if (KEYS[event.key] && !event.altKey) {
    const [dr, dc] = KEYS[event.key], edge = whole || (dc < 0 ? cell.selectionEnd === 0 : cell.selectionStart === cell.value.length);
    if (event.shiftKey ? whole : dr || edge) { stop(); commit(cell); step(cell, dr, dc, event.shiftKey); }
  }
}

if (grid && rows.length) {
  grid.dataset.live = ''; $('.g-do', grid).hidden = false; $('tfoot', table).hidden = false;
  rows.flat().forEach(cell => before.set(cell, cell.value));
  table.addEventListener('keydown', key);
  table.addEventListener('focusin', event => { if (place.has(event.target)) { if (!head || at(...head) !== event.target) { anchor = head = place.get(event.target); paint(); } event.target.select(); } });
  table.addEventListener('focusout', event => { if (place.has(event.target)) commit(event.target); });
  table.addEventListener('mousedown', event => { if (event.shiftKey && place.has(event.target) && anchor) { event.preventDefault(); head = place.get(event.target); paint(); } });
  table.addEventListener('input', event => { if (place.has(event.target)) { mark(event.target); refresh(new Set([place.get(event.target)[0]])); } });
  table.addEventListener('paste', event => {
    const text = event.clipboardData.getData('text'); if (!place.has(event.target) || !/[\t\n]/.test(text)) return;
    event.preventDefault(); commit(event.target); paste(text, event.target);
  });
  grid.addEventListener('click', event => {
    const button = event.target.closest('button[data-g]'); if (!button) return;
    ({ undo: () => back(steps, undone, 1), fill: fillRight, save })[button.dataset.g]?.();
  });
  addEventListener('beforeunload', event => { if (dirty.size) event.preventDefault(); });
  refresh();
}

// Progressive behaviours, no framework: every page works without this file except the palette and the selection bar.
import { $, $$ } from './dom.js';

const root = document.documentElement;
const openPalette = () => import('./palette.js').then(palette => palette.openPalette());

/* what only some pages need is loaded where it is needed, also after a fragment came in */
const needs = { '[data-chart]': () => import('./charts.js'), '[data-poll]': () => import('./poll.js'), '[data-combobox]': () => import('./combobox.js'), '[data-passkey]': () => import('./passkeys.js'), '[data-autosave]': () => import('./report.js') };
const load = () => Object.entries(needs).forEach(([selector, module]) => { if ($(selector)) module().then(loaded => loaded.watch()); });
load(); document.addEventListener('htmx:afterSettle', load);

/* theme and density: at once here, kept by the server in the background */
const dark = () => root.dataset.theme === 'dark' || (!root.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
const keep = (form, field, value) => {
  const body = new URLSearchParams({ csrfmiddlewaretoken: $('[name=csrfmiddlewaretoken]', form).value, [field]: value });
  fetch(form.action, { method: 'POST', body, headers: { 'X-Requested-With': 'fetch' }, keepalive: true }).catch(() => toast($('#toasts').dataset.failed));
};
document.addEventListener('submit', event => {
  const form = event.target.closest('form[data-appearance=theme]');
  if (!form) return;
  event.preventDefault();
  root.dataset.theme = dark() ? 'light' : 'dark';
  localStorage.setItem('theme', root.dataset.theme);
  keep(form, 'theme', root.dataset.theme);
  document.dispatchEvent(new CustomEvent('themechange'));
});

/* buttons that act on the page */
const acts = {
  palette: (_, event) => { event.preventDefault(); openPalette(); },
  density: button => {
    const compact = root.dataset.density === 'compact';
    if (compact) delete root.dataset.density; else root.dataset.density = 'compact';
    button.setAttribute('aria-pressed', String(!compact));
    const form = $('form[data-appearance]');
    if (form) keep(form, 'density', compact ? 'comfortable' : 'compact');
  },
  dialog: button => document.getElementById(button.dataset.for)?.showModal(),
  copy: async button => {
    const source = document.getElementById(button.dataset.for), text = source.innerText.trim();
    try { await navigator.clipboard.writeText(text); button.lastChild.textContent = button.dataset.done; }
    catch { getSelection().selectAllChildren(source); } // without a secure address the browser lets nobody write there: Ctrl-C does
  },
  close: button => button.closest('dialog')?.close(),
  dismiss: button => button.closest('.toast').remove(),
  clear: button => { const list = button.closest('.list'); $$('tbody input[type=checkbox]:checked', list).forEach(box => { box.checked = false; mark(box); }); bulk(list); },
  group: button => {
    const open = button.getAttribute('aria-expanded') !== 'false';
    button.setAttribute('aria-expanded', String(!open));
    for (let row = button.closest('tr').nextElementSibling; row?.matches('.row'); row = row.nextElementSibling) row.hidden = open;
  },
};
document.addEventListener('click', event => {
  const button = event.target.closest('[data-act]');
  if (button && acts[button.dataset.act]) acts[button.dataset.act](button, event);
  $$('details.menu[open]').forEach(menu => { if (!menu.contains(event.target)) menu.open = false; });
  if (event.target.matches('dialog.dlg')) event.target.close();
});
document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  const menu = event.target.closest?.('details.menu[open]') ?? $('details.menu[open]');
  if (menu) { menu.open = false; $('summary', menu).focus(); }
});

/* selection and its bar; Shift-click ticks a range */
let lastTicked;
const mark = box => box.closest('tr')?.setAttribute('aria-selected', String(box.checked));
export function bulk(list) {
  const bar = $('[data-bulk]', list); if (!bar) return;
  const ticked = $$('tbody input[name=sel]:checked', list).length, all = $('[data-all]', list);
  const every = $('[data-every]', bar); if (every && all && ticked < $$('tbody input[name=sel]', list).length) every.checked = false;
  bar.hidden = !ticked; $('[data-n]', bar).textContent = every?.checked ? every.dataset.every : ticked;
  if (all) { all.checked = ticked > 0 && ticked === $$('tbody input[name=sel]', list).length; all.indeterminate = ticked > 0 && !all.checked; }
}
document.addEventListener('click', event => {
  const box = event.target.closest?.('tbody input[name=sel]'); if (!box) return;
  if (event.shiftKey && lastTicked?.isConnected) {
    const boxes = $$('tbody input[name=sel]', box.closest('table')), [from, to] = [boxes.indexOf(lastTicked), boxes.indexOf(box)].sort((a, b) => a - b);
    boxes.slice(from, to + 1).forEach(one => { one.checked = box.checked; mark(one); });
  }
  lastTicked = box;
});
document.addEventListener('change', event => {
  const list = event.target.closest('.list'); if (!list) return;
  if (event.target.matches('[data-all]')) $$('tbody input[name=sel]', list).forEach(box => { box.checked = event.target.checked; mark(box); });
  else if (event.target.matches('[data-every]')) { if (event.target.checked) $$('tbody input[name=sel]', list).forEach(box => { box.checked = true; mark(box); }); }
  else if (event.target.matches('input[name=sel]')) mark(event.target);
  else return;
  bulk(list);
});
document.addEventListener('formdata', event => { // the boxes stand in the table, outside the form that sends them
  if (event.target.matches('[data-bulk]')) $$('tbody input[name=sel]:checked', event.target.closest('.list')).forEach(box => event.formData.append('sel', box.value));
});

/* sorting swaps the list alone, by the htmx attributes of the list; a new tab still opens the address */
document.addEventListener('click', event => {
  const link = event.target.closest?.('.list thead a, .list .mob-f a');
  if (!link || !window.htmx || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault(); window.htmx.ajax('GET', link.getAttribute('href'), { source: link });
});

/* on hover: the words of a mark, and in full what a column cuts; worked out then, instead of written in every cell */
document.addEventListener('mousemove', event => {
  const mark = event.target; if (!mark.matches?.('i[aria-labelledby]')) return;
  const ids = mark.getAttribute('aria-labelledby').split(' '), words = document.getElementById(ids[Math.min(Math.floor(event.offsetX / 22), ids.length - 1)]);
  if (words) mark.title = words.textContent.replace(/, $/, '');
});
document.addEventListener('mouseover', event => {
  const cut = event.target.closest?.('.prj > *, [data-i]');
  if (cut && cut.scrollWidth > cut.clientWidth) cut.title = cut.textContent;
});

/* filters: short addresses (health=red,amber), defaults left out, menus stay open while ticking */
let openMenu, lastBox;
document.addEventListener('htmx:configRequest', event => {
  const form = event.target.closest?.('form[data-filters]'); if (!form || event.target !== form) return;
  const data = new FormData(form), parts = [];
  for (const key of new Set(data.keys())) {
    const value = data.getAll(key).filter(Boolean).join(',');
    const unchanged = !value || (key === 'columns' && value === form.dataset.columns) || (key === 'group' && value === form.dataset.group);
    if (!unchanged) parts.push(`${encodeURIComponent(key)}=${encodeURIComponent(value).replaceAll('%2C', ',')}`);
    delete event.detail.parameters[key];
  }
  event.detail.path = form.getAttribute('action') + (parts.length ? `?${parts.join('&')}` : '');
  openMenu = $('details.menu[open]', form)?.id;
  const box = document.activeElement; lastBox = form.contains(box) && box.value && !box.id ? `#${form.closest('.list').id} .filters [name="${CSS.escape(box.name)}"][value="${CSS.escape(box.value)}"]` : '';
});
document.addEventListener('htmx:afterSwap', () => { if (openMenu) { const menu = document.getElementById(openMenu); if (menu) menu.open = true; } if (lastBox) $(lastBox)?.focus(); openMenu = lastBox = ''; });

/* messages: a toast leaves after ten seconds unless it is being read; errors stay */
const element = (name, given) => Object.assign(document.createElement(name), given);
function added(kind, text) {
  const item = element('div', { className: `toast ${kind}` });
  item.append(element('span', { textContent: text })); $('#toasts').append(item);
  return item;
}
export function toast(text, { action, onAction } = {}) {
  const button = element('button', { type: 'button', textContent: action ?? $('#toasts').dataset.close }); button.dataset.act = 'dismiss';
  if (onAction) button.addEventListener('click', onAction);
  added('error', text).append(button);
}
function leaves(item) {
  let timer; const arm = () => { timer = setTimeout(() => item.remove(), 10000); }, hold = () => clearTimeout(timer);
  ['mouseenter', 'focusin'].forEach(name => item.addEventListener(name, hold)); ['mouseleave', 'focusout'].forEach(name => item.addEventListener(name, arm)); arm();
}
$$('.toast:not(.error,.warning)').forEach(leaves);

/* a row saved in place offers to take that back, as a saved form does */
document.addEventListener('row-saved', event => {
  const { undo, undoUrl } = $('#toasts').dataset, { change, words } = event.detail, form = element('form', { method: 'post', action: undoUrl });
  const sent = { csrfmiddlewaretoken: $('[name=csrfmiddlewaretoken]').value, next: location.pathname + location.search, change };
  form.append(...Object.entries(sent).map(([name, value]) => element('input', { type: 'hidden', name, value })));
  const button = element('button', { textContent: undo }); button.dataset.undo = ''; form.append(button);
  $$('.toast:has([data-undo])').forEach(former => former.remove());
  const item = added('success', words); item.append(form); leaves(item);
});

/* a fragment that fails says so where it would have been, with Retry; 401 and expired sessions go to sign-in */
for (const name of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) document.addEventListener(name, event => {
  if (event.detail.xhr?.status === 401) { location.reload(); return; }
  const data = $('#toasts').dataset, source = event.detail.elt;
  toast(data.failed, { action: data.retry, onAction: () => source?.isConnected && window.htmx.trigger(source, source.matches('form') ? 'submit' : 'click') });
});

/* forms: focus the first problem, warn before leaving unsaved work, Ctrl-Enter sends */
$('[data-focus]')?.focus();
$$('[data-max]').forEach(area => { const count = document.getElementById(`${area.id}-c`), show = () => { if (count) count.textContent = `${area.value.length} / ${area.dataset.max}`; }; area.addEventListener('input', show); show(); });
let dirty = false;
document.addEventListener('input', event => { if (event.target.closest('form.card[method=post]:not(.sign-in)')) dirty = true; });
document.addEventListener('submit', () => { dirty = false; });
addEventListener('beforeunload', event => { if (dirty) event.preventDefault(); });
addEventListener('pageshow', event => { if (event.persisted) $('#cmdk')?.close(); });

/* shortcuts: Ctrl/⌘-K always; single keys only when the reader wants them (WCAG 2.1.4) and never while typing */
let pending = '';
const move = (rows, step) => {
  let current = rows.findIndex(row => row.classList.contains('cur'));
  rows[current]?.classList.remove('cur');
  current = Math.max(0, Math.min(rows.length - 1, current + step));
  const row = rows[current]; if (!row) return;
  row.classList.add('cur'); row.scrollIntoView({ block: 'nearest' }); $('th a, td a', row)?.focus({ preventScroll: true });
};
document.addEventListener('keydown', event => {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === 'k') { event.preventDefault(); openPalette(); return; }
  if (command && event.key === 'Enter') { const form = event.target.closest('form'); if (form) { event.preventDefault(); form.requestSubmit(); } return; }
  if (command && event.key.toLowerCase() === 'z' && !event.shiftKey && !event.target.closest('input,textarea,select') && $('.toast [data-undo]')) { event.preventDefault(); $('.toast [data-undo]').click(); return; }
  if (document.documentElement.dataset.keys === 'off' || command || event.altKey || event.target.closest('input,textarea,select,[contenteditable]') || $('dialog[open]')) return;
  const rows = $$('tr.row').filter(row => !row.hidden), current = rows.find(row => row.classList.contains('cur')), key = event.key;
  if (pending === 'g') { pending = ''; $(`.side a[data-k="${CSS.escape(key.toLowerCase())}"]`)?.click(); return; }
  pending = key === 'g' ? 'g' : '';
  if (key === '/') { const field = $('.fsearch input'); if (field) { event.preventDefault(); field.focus(); } }
  else if (key === '?') $('.side a[data-k="h"]')?.click();
  else if (key === 'j') move(rows, 1);
  else if (key === 'k') move(rows, -1);
  else if (key === 'x' && current) $('input[name=sel]', current)?.click();
  else if (key === 'o' && current) $('th a, td a', current)?.click();
  else if (key === 't') $('#asof')?.showModal();
});

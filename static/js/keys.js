// Shortcuts: Ctrl/⌘-K always; single keys only when the reader wants them (WCAG 2.1.4) and never while typing.
import { $, $$ } from './dom.js';
import { openPalette } from './palette.js';

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

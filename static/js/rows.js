// Rows that save themselves: a changed cell has a blue edge, leaving the row sends it, Escape restores what was there.
const dirty = row => row.querySelector('td.dirty');
document.addEventListener('input', event => {
  const cell = event.target.closest('[data-row] td');
  if (cell) cell.classList.toggle('dirty', event.target.value !== event.target.defaultValue);
});
document.addEventListener('focusout', event => {
  const row = event.target.closest('[data-row]');
  if (row && !row.contains(event.relatedTarget) && dirty(row)) row.querySelector('form').requestSubmit();
});
document.addEventListener('keydown', event => {
  const cell = event.key === 'Escape' && event.target.closest('[data-row] td');
  if (!cell || !('defaultValue' in event.target)) return;
  event.target.value = event.target.defaultValue;
  cell.classList.remove('dirty');
});

// A long <select> becomes a field to type in (APG combobox); the select stays in the form and keeps the value.
import { $, $$, fold } from './dom.js';

function enhance(box) {
  const select = $('select', box); if (!select || box.dataset.ready) return; box.dataset.ready = 'yes';
  const field = document.createElement('input'), list = document.createElement('ul'), id = `${select.id}-c`;
  field.type = 'text'; field.id = id; field.autocomplete = 'off'; field.required = select.required; field.value = select.selectedOptions[0]?.value ? select.selectedOptions[0].text : '';
  const nothing = select.querySelector('option[value=""]')?.text ?? ''; if (/\p{L}/u.test(nothing)) field.placeholder = nothing; // "Whole organisation" is an answer
  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-expanded': 'false', 'aria-controls': `${id}-l`, 'aria-autocomplete': 'list' })) field.setAttribute(name, value);
  for (const name of ['aria-describedby', 'aria-invalid']) if (select.hasAttribute(name)) field.setAttribute(name, select.getAttribute(name));
  list.id = `${id}-l`; list.setAttribute('role', 'listbox'); list.className = 'combo-l'; list.hidden = true;
  const label = $(`label[for="${CSS.escape(select.id)}"]`); if (label) { label.htmlFor = id; list.setAttribute('aria-label', label.textContent.trim()); }
  select.hidden = true; box.append(field, list);
  const open = show => { list.hidden = !show; field.setAttribute('aria-expanded', String(show)); if (!show) field.removeAttribute('aria-activedescendant'); };
  let asked = 0;
  const offered = async query => {
    if (!box.dataset.source) { const words = fold(query); return [...select.options].filter(option => !words || fold(option.text).includes(words)).slice(0, 100); }
    const answer = await fetch(`${box.dataset.source}&q=${encodeURIComponent(query)}`); // text and value, like an option
    return answer.ok ? [...(query || select.required ? [] : [new Option('', '')]), ...(await answer.json()).results.map(one => new Option(one.label, one.value))] : [];
  };
  const fill = async query => {
    const turn = ++asked;
    if (box.dataset.source) { list.replaceChildren(); await new Promise(later => setTimeout(later, query ? 150 : 0)); if (turn !== asked) return; }
    const found = await offered(query); if (turn !== asked) return;
    list.replaceChildren(...found.map((option, position) => { const item = document.createElement('li'); item.setAttribute('role', 'option'); item.id = `${id}-${position}`; item.dataset.value = option.value; item.textContent = option.text || '–'; return item; }));
    if (!found.length) { const none = document.createElement('li'); none.className = 'none'; none.textContent = box.dataset.none; list.append(none); }
    mark(0); open(true);
  };
  const items = () => $$('[role=option]', list);
  const mark = index => { const all = items(); if (!all.length) return; const chosen = (index + all.length) % all.length; all.forEach((item, position) => item.setAttribute('aria-selected', String(position === chosen))); all[chosen].scrollIntoView({ block: 'nearest' }); field.setAttribute('aria-activedescendant', all[chosen].id); };
  const take = item => { if (!item) return; asked++;
    if (![...select.options].some(option => option.value === item.dataset.value)) select.add(new Option(item.textContent, item.dataset.value));
    select.value = item.dataset.value; field.value = item.dataset.value ? item.textContent : ''; open(false); select.dispatchEvent(new Event('change', { bubbles: true })); };
  const settle = () => { asked++; open(false); if (!field.value) select.value = ''; field.value = select.selectedOptions[0]?.value ? select.selectedOptions[0].text : ''; };
  field.addEventListener('input', () => fill(field.value));
  field.addEventListener('click', () => fill(''));
  field.addEventListener('blur', () => setTimeout(settle, 150));
  field.addEventListener('keydown', event => {
    const index = items().findIndex(item => item.getAttribute('aria-selected') === 'true');
    if (event.key === 'ArrowDown') { event.preventDefault(); if (list.hidden) fill(''); else mark(index + 1); }
    else if (event.key === 'ArrowUp') { event.preventDefault(); mark(index - 1); }
    else if (event.key === 'Enter' && !list.hidden) { event.preventDefault(); take(items()[index]); }
    else if (event.key === 'Escape' && !list.hidden) { event.stopPropagation(); settle(); }
  });
  list.addEventListener('mousedown', event => { event.preventDefault(); take(event.target.closest('[role=option]')); });
}
export const watch = () => $$('[data-combobox]').forEach(enhance);

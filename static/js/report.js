// The status form saves itself: what was typed is sent a second later; without a connection it waits in this browser.
import { $, $$ } from './dom.js';

const PAUSE = 1000, RETRY = 15000, RANK = { red: 0, amber: 1, amber_red: 1, amber_green: 2, green: 2 };
let watched;

export const watch = () => {
  const form = $('form[data-autosave]');
  if (!form || form === watched) return;
  watched = form; form.dataset.live = '';
  const store = `report-${form.dataset.report}`, dirty = new Set(), words = $('#report-saved');
  let timer, busy = false;
  const value = name => { const field = form.elements.namedItem(name); return field instanceof RadioNodeList ? field.value : field?.value ?? ''; };
  const seen = name => form.elements.namedItem(`was.${name}`);
  const say = text => { words.textContent = text; };
  const later = delay => { clearTimeout(timer); timer = setTimeout(send, delay); };
  const hold = () => localStorage.setItem(store, JSON.stringify([...dirty].map(name => [name, value(name), seen(name)?.value ?? ''])));

  async function send() {
    if (busy || !dirty.size) return;
    const names = [...dirty], body = new URLSearchParams({ csrfmiddlewaretoken: value('csrfmiddlewaretoken') });
    names.forEach(name => { body.append(name, value(name)); body.append(`was.${name}`, seen(name)?.value ?? ''); });
    busy = true; say(form.dataset.saving);
    try {
      const answer = await fetch(form.dataset.autosave, { method: 'POST', body, headers: { 'X-Requested-With': 'fetch' } });
      const text = await answer.text();
      if (![200, 409, 422].includes(answer.status)) throw new Error(String(answer.status));
      names.forEach(name => dirty.delete(name));
      show(new DOMParser().parseFromString(text, 'text/html'), names, answer.status);
      if (dirty.size) { hold(); later(PAUSE); } else localStorage.removeItem(store);
    } catch { hold(); say(form.dataset.offline); later(RETRY); }
    busy = false;
  }
  function show(answer, names, status) {
    const state = $('[data-saved]', answer), ticked = new Set($$('[name=confirm]:checked', form).map(box => box.value));
    if (!state) throw new Error('not a state');
    say($('[data-words]', state).textContent);
    const held = $('template[data-seen]', state).content;
    if (status === 200) names.forEach(name => { const fresh = held.querySelector(`[name="was.${CSS.escape(name)}"]`); if (fresh && seen(name)) seen(name).value = fresh.value; });
    $('template[data-seen]', state).remove(); $('[data-words]', state).remove();
    $('[data-state]', form).replaceChildren(...state.childNodes);
    $$('[name=confirm]', form).forEach(box => { box.checked = ticked.has(box.value); });
    reveal();
  }
  // Fields that are seldom needed wait out of sight: until they hold something, their trigger moved, or a rule asks for them.
  const asked = box => $$('[data-state] a[href^="#r-"]', form).some(link => box.contains(document.getElementById(link.hash.slice(1))));
  const moved = trigger => { const [name, wanted] = trigger.split(':'), field = form.elements.namedItem(name); return wanted ? value(name) === wanted : !!field && field.value !== field.defaultValue; };
  const reveal = () => $$('[data-cond]', form).forEach(box => { box.hidden = !($$('input, select, textarea', box).some(field => field.value) || moved(box.dataset.cond) || asked(box)); });
  form.addEventListener('input', event => {
    const name = event.target.name;
    if (!name || name === 'confirm' || name.startsWith('was.')) return;
    if (event.target.type === 'radio') opened(name);
    reveal();
    dirty.add(name); hold(); later(PAUSE);
  });
  function opened(name) { // better than computed asks for a reason at once; worse asks for nothing
    const box = $(`details.better[data-for="${name}"]`, form), computed = name === 'declared' ? $('[data-better]', form).dataset.better : box?.dataset.computed;
    if (box && RANK[value(name)] > RANK[computed]) box.open = true;
    $$('[data-open-on]', form).forEach(one => { const [field, wanted] = one.dataset.openOn.split(':'); if (field === name && value(name) === wanted) one.open = true; });
  }
  document.addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); $('button[value=submit]', form).click(); return; }
    if (!/^[1-5]$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey || event.target.closest('input:not([type=radio]), textarea, select')) return;
    const choice = $$('input[name=declared]', form)[event.key - 1];
    if (choice) { choice.checked = true; choice.focus(); choice.dispatchEvent(new Event('input', { bubbles: true })); }
  });
  reveal();
  form.addEventListener('submit', () => { clearTimeout(timer); localStorage.removeItem(store); });
  addEventListener('online', send);
  try { // what was typed when the page went away without a connection
    JSON.parse(localStorage.getItem(store) || '[]').forEach(([name, held]) => {
      const field = form.elements.namedItem(name);
      if (!field) return;
      field.value = held; dirty.add(name);
    });
    if (dirty.size) send();
  } catch { localStorage.removeItem(store); }
};

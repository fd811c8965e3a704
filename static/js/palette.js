// Command palette: APG combobox with a listbox in a native dialog; the server searches after two letters.
import { $, $$, fold } from './dom.js';

const dialog = $('#cmdk'), field = dialog && $('input', dialog), list = dialog && $('#cmdk-l'), live = dialog && $('#cmdk-live');
const KEPT = 6, STORE = 'recent';
let timer, asked = 0;

export function openPalette() { if (!dialog || dialog.open) return; dialog.showModal(); field.value = ''; showMenu(''); field.focus(); }

const options = () => $$('[role=option]', list);
function select(index) {
  const all = options(); if (!all.length) { field.removeAttribute('aria-activedescendant'); return; }
  const chosen = (index + all.length) % all.length;
  all.forEach((option, position) => option.setAttribute('aria-selected', String(position === chosen)));
  all[chosen].scrollIntoView({ block: 'nearest' }); field.setAttribute('aria-activedescendant', all[chosen].id);
}
function say() { const count = options().length; live.textContent = count === 1 ? dialog.dataset.one : dialog.dataset.many.replace('{count}', count); }

/* nothing typed: what was opened last, then the menu */
const recent = () => { try { return JSON.parse(sessionStorage.getItem(STORE)) ?? []; } catch { return []; } };
function remember(option) {
  const item = { url: option.dataset.href, label: option.dataset.label, sub: option.dataset.sub ?? '' };
  if (item.label) sessionStorage.setItem(STORE, JSON.stringify([item, ...recent().filter(one => one.url !== item.url)].slice(0, KEPT)));
}
function recentGroup() {
  const items = recent(); if (!items.length) return [];
  const group = document.createElement('div'); group.setAttribute('role', 'group'); group.setAttribute('aria-label', dialog.dataset.recent);
  const title = document.createElement('div'); title.className = 'g'; title.setAttribute('aria-hidden', 'true'); title.textContent = dialog.dataset.recent; group.append(title);
  items.forEach((item, position) => {
    const line = document.createElement('div'); line.setAttribute('role', 'option'); line.id = `cmdk-r${position}`; line.setAttribute('aria-selected', 'false');
    Object.assign(line.dataset, { href: item.url, label: item.label, sub: item.sub });
    const name = document.createElement('span'), sub = document.createElement('span'); name.textContent = item.label; sub.textContent = item.sub; sub.className = 'sub'; line.append(name, sub); group.append(line);
  });
  return [group];
}
/* the entries of the side bar, under its headings */
function menuGroups() {
  const menu = document.createDocumentFragment();
  for (const entry of $$('.side nav > *')) {
    if (entry.matches('.nav-h')) {
      const group = document.createElement('div'), title = document.createElement('div'); group.setAttribute('role', 'group'); group.setAttribute('aria-label', entry.textContent);
      title.className = 'g'; title.setAttribute('aria-hidden', 'true'); title.textContent = entry.textContent; group.append(title); menu.append(group);
      continue;
    }
    const line = document.createElement('div'); line.setAttribute('role', 'option'); line.id = `cmdk-m${$$('[role=option]', menu).length}`; line.setAttribute('aria-selected', 'false'); line.dataset.href = entry.getAttribute('href');
    line.append(...[...entry.children].map(part => part.cloneNode(true)));
    if (entry.dataset.k) { const keys = document.createElement('span'); keys.className = 'k'; for (const key of ['G', entry.dataset.k.toUpperCase()]) keys.append(Object.assign(document.createElement('kbd'), { textContent: key })); line.append(keys); }
    menu.lastElementChild.append(line);
  }
  return menu;
}
function showMenu(query) {
  const menu = menuGroups();
  if (query) $$('[role=option]', menu).forEach(option => { if (!fold(option.textContent).includes(fold(query))) option.remove(); });
  $$('[role=group]', menu).forEach(group => { if (!$('[role=option]', group)) group.remove(); });
  list.replaceChildren(...(query ? [] : recentGroup()), menu); select(0);
}

async function search(query) {
  const mine = ++asked;
  if (query.length < 2) { showMenu(query); say(); return; }
  try {
    const answer = await fetch(`${dialog.dataset.search}?q=${encodeURIComponent(query)}`, { headers: { 'X-Requested-With': 'fetch' } });
    if (!answer.ok) throw new Error(answer.status);
    const html = await answer.text();
    if (mine !== asked) return;
    list.innerHTML = html; select(0); say();
  } catch {
    if (mine !== asked) return;
    showMenu(query); live.textContent = dialog.dataset.failed;
  }
}
const go = option => { if (!option?.dataset.href) return; remember(option); location.href = option.dataset.href; };

if (dialog) {
  field.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(() => search(field.value.trim()), 120); });
  field.addEventListener('keydown', event => {
    const index = options().findIndex(option => option.getAttribute('aria-selected') === 'true');
    if (event.key === 'ArrowDown') { event.preventDefault(); select(index + 1); }
    else if (event.key === 'ArrowUp') { event.preventDefault(); select(index - 1); }
    else if (event.key === 'Enter') { event.preventDefault(); go(options()[index]); }
  });
  dialog.addEventListener('click', event => { if (event.target === dialog) dialog.close(); go(event.target.closest('[role=option]')); });
}

// Live pages: an element with data-poll asks its address every four seconds "changed since?"; 304 costs nothing.
// A change replaces the element in place: focus, scroll, text selection, ticked boxes and open menus survive.
import { $, $$ } from './dom.js';

const EVERY = 4000, SLOWEST = 60000;
const timers = new WeakMap();

function later(element, wait) { clearTimeout(timers.get(element)); timers.set(element, setTimeout(() => ask(element), wait)); }
const busy = element => element.contains(document.activeElement) && document.activeElement.matches('input:not([type=checkbox]),textarea,select') || $('details.menu[open]', element) || element.matches('.htmx-request') || (!getSelection().isCollapsed && element.contains(getSelection().anchorNode));

async function ask(element) {
  if (!element.isConnected) return;
  if (document.hidden || busy(element)) { later(element, EVERY); return; }
  try {
    const rows = $$('tr.row', element).length; // a list extended by "load more" comes back as long as it is
    const answer = await fetch(rows > 100 ? `${element.dataset.poll}${element.dataset.poll.includes('?') ? '&' : '?'}rows=${rows}` : element.dataset.poll, { headers: { 'HX-Request': 'true', 'X-Requested-With': 'fetch', ...(element.dataset.etag && { 'If-None-Match': element.dataset.etag }) }, cache: 'no-store' });
    element.dataset.failures = '0';
    if (answer.status === 200 && !answer.redirected) { replace(element, await answer.text(), answer.headers.get('ETag')); return; }
    if (answer.redirected && new URL(answer.url).pathname.startsWith('/sign-in/')) { location.reload(); return; } // the session is over: what it showed goes
    if (answer.redirected || answer.status === 401 || answer.status === 403 || answer.status === 404) return;
    if (answer.status >= 500) throw new Error(answer.status);
    later(element, EVERY);
  } catch {
    const failures = Number(element.dataset.failures ?? 0) + 1; element.dataset.failures = failures;
    later(element, Math.min(SLOWEST, EVERY * 2 ** failures));
  }
}
function replace(element, html, etag) {
  const holder = document.createElement('template'); holder.innerHTML = html;
  const fresh = holder.content.getElementById(element.id) ?? holder.content.firstElementChild; if (!fresh) { later(element, EVERY); return; }
  const focused = element.contains(document.activeElement) ? document.activeElement.id || document.activeElement.getAttribute('href') : null;
  const ticked = $$('input[name=sel]:checked', element).map(box => box.value), folded = $$('[data-act=group][aria-expanded=false]', element).map(button => button.dataset.g);
  const open = $$('details[open][id]', element).map(one => one.id), scrolled = $$('[tabindex="0"]', element).map(one => one.scrollLeft), { scrollX, scrollY } = window;
  fresh.dataset.poll = element.dataset.poll; if (etag) fresh.dataset.etag = etag;
  element.replaceWith(fresh); window.htmx?.process(fresh);
  ticked.forEach(value => $(`input[name=sel][value="${CSS.escape(value)}"]`, fresh)?.click());
  folded.forEach(group => $(`[data-act=group][data-g="${CSS.escape(group)}"]`, fresh)?.click());
  open.forEach(id => { const one = document.getElementById(id); if (one) one.open = true; });
  $$('[tabindex="0"]', fresh).forEach((one, position) => { one.scrollLeft = scrolled[position] ?? 0; });
  if (focused) (document.getElementById(focused) ?? $(`[href="${CSS.escape(focused)}"]`, fresh))?.focus({ preventScroll: true });
  scrollTo(scrollX, scrollY);
  const note = document.createElement('span'); note.className = 'fresh'; note.setAttribute('role', 'status'); note.textContent = $('#toasts').dataset.updated; fresh.prepend(note); setTimeout(() => note.remove(), 3000);
  document.dispatchEvent(new CustomEvent('htmx:afterSettle', { detail: { elt: fresh } }));
}
export const watch = () => $$('[data-poll]').forEach(element => { if (!timers.has(element)) later(element, EVERY); });
document.addEventListener('visibilitychange', () => { if (!document.hidden) $$('[data-poll]').forEach(element => later(element, 200)); });

// Lazy Plotly: loaded when a chart nears the screen. The server sends the figure; this file only lends it the page's colours.
import { $, $$ } from './dom.js';

const probe = document.createElement('i'); probe.hidden = true; probe.style.forcedColorAdjust = 'none'; document.body.append(probe);
const colour = name => { probe.style.color = `var(--${name})`; return getComputedStyle(probe).color; };
const FONT = '"Inter","Inter Fallback",system-ui,sans-serif', NARROW = '\u202f';
const french = document.documentElement.lang === 'fr';
const LOCALE = { moduleType: 'locale', name: 'fr', dictionary: {}, format: { days: 'dimanche lundi mardi mercredi jeudi vendredi samedi'.split(' '), shortDays: 'dim. lun. mar. mer. jeu. ven. sam.'.split(' '), months: 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split(' '), shortMonths: 'janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.'.split(' '), date: '%d/%m/%Y', decimal: ',', thousands: NARROW } };
const CONFIG = { displayModeBar: false, responsive: true, showSendToCloud: false, displaylogo: false, locale: french ? 'fr' : 'en-US' };

let library;
const plotly = () => library ??= new Promise((done, failed) => {
  // The rules Plotly would inject, as a file: the content policy refuses injected styles (regenerate it with every upgrade).
  const rules = document.createElement('link'); rules.rel = 'stylesheet'; rules.id = 'plotly.js-style-global'; rules.className = 'no-inline-styles'; rules.href = $('meta[name=plotly-css]').content;
  const script = document.createElement('script'); script.src = $('meta[name=plotly-src]').content;
  script.onload = () => { window.Plotly.register(LOCALE); done(window.Plotly); };
  script.onerror = () => { library = undefined; script.remove(); rules.remove(); failed(new Error('plotly')); };
  document.head.append(rules, script);
});

/* "token:ok-fill" or "token:ok-fill/0.4" anywhere in the figure becomes the page's own colour */
function coloured(value) {
  if (typeof value === 'string' && value.startsWith('token:')) {
    const [name, alpha] = value.slice(6).split('/'), found = colour(name);
    return alpha ? found.replace('rgb(', 'rgba(').replace(')', `, ${alpha})`) : found;
  }
  if (Array.isArray(value)) return value.map(coloured);
  if (value && typeof value === 'object' && !ArrayBuffer.isView(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, coloured(one)]));
  return value;
}
function layout(given) {
  const text2 = colour('text-2'), text3 = colour('text-3'), line = colour('border');
  const axis = { gridcolor: line, linecolor: colour('border-2'), zerolinecolor: colour('border-2'), tickfont: { size: 11.5, color: text3 }, automargin: true, fixedrange: true };
  const titled = (one = {}) => ({ ...axis, ...one, ...(one.title && { title: { standoff: 6, ...(typeof one.title === 'string' ? { text: one.title } : one.title), font: { size: 11.5, color: text3 } } }) });
  const { template, title, ...rest } = given;
  // A phone has no room for “janv. 2026” four times: months as figures.
  if (innerWidth < 600 && rest.xaxis?.tickformat === '%b %Y') rest.xaxis = { ...rest.xaxis, tickformat: '%m/%y', nticks: 3 };
  return { font: { family: FONT, size: 12, color: text2 }, paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', margin: { l: 46, r: 18, t: 10, b: 34 }, showlegend: false, hovermode: 'x unified', separators: french ? `,${NARROW}` : '.,',
    colorway: ['c1', 'c2', 'c3', 'c4', 'c5'].map(colour), hoverlabel: { bgcolor: colour('surface'), bordercolor: colour('border-2'), font: { family: FONT, size: 12, color: colour('text') } }, ...rest,
    ...Object.fromEntries(Object.keys({ xaxis: 0, yaxis: 0, ...rest }).filter(key => /^[xy]axis\d*$/.test(key)).map(key => [key, titled({ showgrid: key[0] === 'y', showline: key[0] === 'x', ...rest[key] })])) };
}

const figures = new WeakMap();
async function figure(element) {
  if (!figures.has(element)) {
    const answer = await fetch(element.dataset.chart, { headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error(`chart ${answer.status}`);
    figures.set(element, await answer.json());
  }
  return figures.get(element);
}
async function draw(element) {
  const problem = $('.chart-e', element.parentElement);
  if (element.dataset.state === 'waiting') element.dataset.state = 'loading';
  try {
    const [lib, given] = await Promise.all([plotly(), figure(element)]), { data, layout: frame = {} } = coloured(given);
    if (!data.length) { element.dataset.state = 'empty'; return; }
    await lib.react(element, data, layout(frame), CONFIG);
    element.dataset.state = 'ready'; element.hidden = false; if (problem) problem.hidden = true;
  } catch (error) {
    element.dataset.state = 'error'; element.hidden = true; if (problem) problem.hidden = false;
  }
}
const near = new IntersectionObserver(entries => entries.forEach(entry => { if (entry.isIntersecting) { near.unobserve(entry.target); draw(entry.target); } }), { rootMargin: '250px' });
export const watch = () => $$('[data-chart][data-state=waiting]').forEach(element => near.observe(element));
const redraw = () => $$('[data-chart][data-state=ready]').forEach(draw);
document.addEventListener('click', event => { if (event.target.closest('[data-act=chart-retry]')) { const element = $('[data-chart]', event.target.closest('figure')); element.hidden = false; element.dataset.state = 'waiting'; draw(element); } });
document.addEventListener('themechange', redraw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
// Print: relayout to the printed box (fires once print styles apply), back to the screen's afterwards.
matchMedia('print').addEventListener('change', event => $$('[data-chart][data-state=ready]').forEach(element => event.matches ? window.Plotly.relayout(element, { width: element.clientWidth, height: element.clientHeight, autosize: false }) : draw(element).then(() => window.Plotly.Plots.resize(element))));

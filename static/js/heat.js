// The heat map: arrows move from cell to cell, Enter opens what is behind one, in place.
const table = document.querySelector("[data-heat]");
const place = document.getElementById("cell");

function cells(row) {
  return [...row.querySelectorAll("td.h")];
}

function step(cell, across, down) {
  const rows = [...table.tBodies[0].rows];
  let row = rows.indexOf(cell.parentElement);
  let column = cells(rows[row]).indexOf(cell);
  for (;;) {
    row += down;
    column += across;
    const next = rows[row] && cells(rows[row])[column];
    if (!next) return null;
    const link = next.querySelector("a");
    if (link) return link;
  }
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

async function open(link) {
  const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
  if (!answer.ok) {
    location.assign(link.href);
    return;
  }
  place.innerHTML = await answer.text();
  table.querySelector("a[aria-current]")?.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  history.replaceState(null, "", link.href);
  place.firstElementChild?.focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest" });
}

if (table && place) {
  table.addEventListener("keydown", (event) => {
    const move = STEPS[event.key];
    const cell = event.target.closest("td.h");
    if (!move || !cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = step(cell, ...move);
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
  table.addEventListener("click", (event) => {
    const link = event.target.closest("td.h a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link).catch(() => location.assign(link.href));
  });
}

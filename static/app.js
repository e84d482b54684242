// What the desk does beyond HTML. Every page works without it: nothing here is the only way to do anything.
"use strict";

const live = () => document.getElementById("live");

const announce = (text) => {
  const region = live();
  if (region) region.textContent = text;
};

// "/" goes to the search box, from anywhere but a field.
document.addEventListener("keydown", (event) => {
  const search = document.getElementById("search");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !search) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  search.focus();
  search.select();
});

// Buttons that copy: shown only where they can.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    announce("Copied");
    button.classList.add("copied");
  } catch {
    announce("Could not copy: select the text instead");
  }
});

// Times in the reader's own zone, in the form that the server writes; UTC is in the title.
const form = {
  weekday: "short", day: "2-digit", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
};
const clock = new Intl.DateTimeFormat("en-GB", form);
const clockInUTC = new Intl.DateTimeFormat("en-GB", { ...form, timeZone: "UTC" });
const written = (moment, by) => {
  const part = Object.fromEntries(by.formatToParts(moment).map(({ type, value }) => [type, value]));
  return `${part.weekday} ${part.day} ${part.month.slice(0, 3)} ${part.year}, ${part.hour}:${part.minute}`;
};

// Where a table is laid out as cards, each cell says its column, but for the one that heads the card; and what it is for
// a reader of the screen is said again: a browser may forget it with the layout.
const sayColumns = (table) => {
  const words = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  table.setAttribute("role", "table");
  for (const group of [table.tHead, ...table.tBodies]) group.setAttribute("role", "rowgroup");
  for (const row of table.rows) {
    row.setAttribute("role", "row");
    const head = row.querySelector(".ticked") ? 1 : 0;
    for (const cell of row.cells) {
      cell.setAttribute("role", cell.tagName === "TH" ? "columnheader" : "cell");
      if (cell.cellIndex !== head) cell.dataset.label = words[cell.cellIndex];
    }
  }
};

const refine = (root) => {
  for (const time of root.querySelectorAll("time[data-moment]:not([data-local])")) {
    time.textContent = written(new Date(time.dateTime), clock);
    time.dataset.local = "";
  }
  for (const time of root.querySelectorAll("time:not([title])")) time.title = `${written(new Date(time.dateTime), clockInUTC)} UTC`;
  for (const table of root.querySelectorAll(".table-box table:not([role])")) sayColumns(table);
  if (navigator.clipboard) {
    for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
  }
};
refine(document);

// A form that is being sent is not sent twice. Coming back to its page makes it whole again.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sending) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sending = "1";
  for (const button of event.target.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) {
    delete form.dataset.sending;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

// htmx: what waits says so, what came is refined and announced, what failed is said and replaces nothing.
document.addEventListener("htmx:before:request", (event) => event.detail.ctx.target?.setAttribute?.("aria-busy", "true"));
document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = event.detail;
  ctx.target?.removeAttribute?.("aria-busy");
  for (const busy of document.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
});
document.addEventListener("htmx:after:swap", () => {
  refine(document);
  const said = document.querySelector("[data-announce]:not([data-announced])"); // once: what failed since is not drowned
  if (!said) return;
  said.dataset.announced = "";
  announce(said.textContent.trim());
});
document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.response.status >= 500) announce("That did not work. What you see is what was there before.");
});
document.addEventListener("htmx:error", () => announce("No connection. What you see is what was there before."));

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

// Times in the reader's own zone, in the form that the server writes; UTC stays in the title.
const clock = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", day: "2-digit", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const written = (moment) => {
  const part = Object.fromEntries(clock.formatToParts(moment).map(({ type, value }) => [type, value]));
  return `${part.weekday} ${part.day} ${part.month.slice(0, 3)} ${part.year}, ${part.hour}:${part.minute}`;
};

const refine = (root) => {
  for (const time of root.querySelectorAll("time[datetime]:not([data-ago], [data-local])")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.textContent = written(moment);
    time.dataset.local = "";
  }
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

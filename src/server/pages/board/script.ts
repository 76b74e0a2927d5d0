// The board's one script. Every page works without it, by links and forms. It shows changes as they happen, and moves cards with
// the mouse or the keyboard. It makes no markup: it only shows pages from this server.

export const boardScript = `
const main = document.getElementById("main");
const said = document.getElementById("said");
const policy = self.trustedTypes?.createPolicy("board", { createHTML: (text) => text });
const parse = (text) => new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");
const live = () => document.getElementById("live");

function say(text, isBad = false) {
  said.textContent = text;
  said.classList.toggle("bad", isBad);
}

// While a person types, drags or has a form open, the page is not replaced.
let dragged = null;
const isBusy = () =>
  dragged !== null ||
  [...live().querySelectorAll("input:not([type=hidden]), textarea, select")].some((one) =>
    one === document.activeElement || (one.value !== (one.defaultValue ?? one.value)));

function show(page) {
  const focused = document.activeElement?.closest(".card")?.id ?? document.activeElement?.id;
  const open = [...live().querySelectorAll("details[open]")].map((one) => one.closest("[id]")?.id);
  main.dataset.version = page.getElementById("main").dataset.version ?? "";
  live().replaceChildren(...document.adoptNode(page.getElementById("live")).childNodes);
  for (const one of live().querySelectorAll(".card details"))
    if (open.includes(one.closest("[id]").id)) one.open = true;
  if (!focused) return;
  const again = document.getElementById(focused);
  (again?.matches(".card") ? again.querySelector("a") : again)?.focus({ preventScroll: true });
}

let asked = false;
let timer = null;
let last = 0;
const restMs = 1000;
function refreshSoon() {
  if (timer !== null) return;
  timer = setTimeout(refresh, Math.max(50, last + restMs - Date.now()));
}
async function refresh() {
  timer = null;
  last = Date.now();
  if (document.hidden || isBusy()) return void (asked = true);
  asked = false;
  try {
    const response = await fetch(location.href, { headers: { accept: "text/html" } });
    if (response.redirected && new URL(response.url).pathname === "/sign-in") return location.reload();
    if (!response.ok) return;
    const page = parse(await response.text());
    if (isBusy() || !page.getElementById("live")) return void (asked = true);
    show(page);
  } catch {
    say("The server does not answer. Trying again.", true);
  }
}
for (const event of ["visibilitychange", "focusout", "dragend"])
  document.addEventListener(event, () => asked && refreshSoon());

if (main.dataset.live !== undefined) {
  const query = main.dataset.live === "" ? "" : "?" + new URLSearchParams({ project: main.dataset.live });
  let isLost = false;
  (function listen() {
    const stream = new EventSource("/board/events" + query);
    stream.addEventListener("change", refreshSoon);
    stream.addEventListener("version", ({ data }) => {
      // Changes from before the stream was open were missed.
      if (data !== main.dataset.version) refreshSoon();
      if (isLost) say("");
      isLost = false;
    });
    stream.addEventListener("error", () => {
      isLost = true;
      if (stream.readyState !== EventSource.CLOSED) return;
      // The server refused the stream, because the session has ended or the server stops.
      setTimeout(() => { refreshSoon(); listen(); }, 3000);
    });
  })();
}

addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (button?.name !== "move" || form.querySelector("textarea")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, button));
  try {
    const response = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" } });
    const page = parse(await response.text());
    const alert = page.getElementById("alert")?.textContent;
    if (response.ok && !alert) {
      say(button.dataset.said ?? "Moved to " + button.textContent.trim() + ".");
      if (page.getElementById("move")) show(page);
      else refreshSoon();
    } else {
      say(alert ?? "The task was not moved. Reload the page.", true);
      last = 0;
      refreshSoon();
    }
  } catch {
    say("The server does not answer. Nothing is known of this change: look again in a moment.", true);
  }
});

const buttonTo = (card, status) =>
  [...(card?.querySelectorAll("button[name=move]") ?? [])].find((one) => one.value.startsWith(status + " "));
function move(card, status) {
  const button = buttonTo(card, status);
  if (button) button.form.requestSubmit(button);
  else if (card) say("This task cannot be moved there.", true);
}

addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(".card") ?? null;
  if (!dragged) return;
  dragged.classList.add("moving");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.id);
});
const columnAt = (event) => (dragged ? event.target.closest?.(".column") : null);
addEventListener("dragover", (event) => {
  const column = columnAt(event);
  for (const one of document.querySelectorAll(".column.over")) if (one !== column) one.classList.remove("over");
  if (!column || !buttonTo(dragged, column.dataset.status)) return;
  event.preventDefault();
  column.classList.add("over");
});
addEventListener("drop", (event) => {
  const column = columnAt(event);
  if (!column) return;
  event.preventDefault();
  const card = dragged;
  dragged = null;
  move(card, column.dataset.status);
});
addEventListener("dragend", () => {
  dragged = null;
  for (const one of document.querySelectorAll(".moving, .over")) one.classList.remove("moving", "over");
});

addEventListener("keydown", (event) => {
  const card = event.target.closest?.(".card");
  if (!card || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  const columns = [...document.querySelectorAll(".column")];
  const at = columns.indexOf(card.closest(".column"));
  const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const along = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" }[event.key];
  if (side && event.shiftKey) {
    const order = columns.slice(side < 0 ? 0 : at + 1, side < 0 ? at : undefined);
    const target = (side < 0 ? order.reverse() : order).find((one) => buttonTo(card, one.dataset.status));
    event.preventDefault();
    move(card, target?.dataset.status ?? "");
  } else if (side) {
    const near = columns.slice(side < 0 ? 0 : at + 1, side < 0 ? at : undefined);
    const next = (side < 0 ? near.reverse() : near).find((one) => one.querySelector(".card"));
    event.preventDefault();
    next?.querySelector(".card a").focus();
  } else if (along && !event.shiftKey) {
    event.preventDefault();
    card[along]?.querySelector("a").focus();
  }
});
`;

/** Handing over a whole shift: counts what is ready, sends it in one act for each patient, and keeps what was refused.
 *
 * Without it the same form is posted and drawn again. A card whose facts change under a severity that was tapped asks
 * for it anew: what is sent is what was looked at. */
import { newKey, post, Refused } from "../readback/act.js";
import { swap } from "../readback/fragment.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("shift"));
const words = /** @type {HTMLTemplateElement} */ (document.getElementById("shift-words"));
let isBusy = false;

/** @param {string} name @param {number} [count] */
function word(name, count) {
  const found = words.content.querySelector(`[data-word=${name}${count === undefined ? "" : count === 1 ? "_one" : "_many"}]`);
  return (found?.textContent ?? "").replace("{count}", String(count));
}

function cards() {
  return /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-card]")]);
}

/** @param {HTMLElement} card */
function isReady(card) {
  return card.querySelector("[name$=-illness_severity]:checked") !== null;
}

function draw() {
  const ready = cards().filter(isReady).length;
  const left = cards().length - ready;
  const sent = document.querySelectorAll("[data-sent]").length;
  const counts = [word("ready", ready), ...(left ? [word("left", left)] : []), ...(sent ? [word("sent", sent)] : [])];
  setText("[data-counts]", counts.join(" · "));
  setText("[data-send-words]", ready ? word("send", ready) : word("send_none"));
  const chosen = form.querySelector("[name=to]:checked")?.closest("label")?.querySelector("b");
  setText("[data-send-to]", chosen?.textContent ?? word("to_first"));
  for (const card of cards()) card.toggleAttribute("data-ready", isReady(card));
  const isDone = cards().length === 0;
  document.getElementById("shift-dock")?.toggleAttribute("hidden", isDone);
  document.querySelector("[data-all-sent]")?.toggleAttribute("hidden", !isDone || sent === 0);
  for (const part of document.querySelectorAll("#to, #cards, form.shift > .column > .section-title")) part.toggleAttribute("hidden", isDone);
}

/** @param {string} selector @param {string} text */
function setText(selector, text) {
  const element = document.querySelector(selector);
  if (element && element.textContent !== text) element.textContent = text;
}

form.addEventListener("change", async (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field.name === "to_unit") {
    const place = document.getElementById("recipients");
    for (const input of place?.querySelectorAll("input") ?? []) input.checked = input.defaultChecked;
    if (place) await swap(place, `${form.dataset.recipients}?${new URLSearchParams({ unit: field.value })}`);
  }
  const card = /** @type {HTMLElement | null} */ (field.closest("[data-card]"));
  if (card && field.name.endsWith("-illness_severity")) say(card, "");
  draw();
});

form.addEventListener("submit", (event) => {
  const button = /** @type {HTMLElement | null} */ (event.submitter);
  if (button?.hasAttribute("data-native")) return;
  event.preventDefault();
  if (!isBusy) void send(/** @type {HTMLElement} */ (document.querySelector("[data-send]")));
});

/** @param {HTMLElement} button */
async function send(button) {
  isBusy = true;
  button.classList.add("busy");
  refuse("");
  try {
    const answer = await post(form.action, new FormData(form), { onState: (state) => setText("[data-counts]", word(state)) });
    await settle(answer);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refuse([...new Set([...Object.values(error.fields), error.message])].join(" "));
  } finally {
    isBusy = false;
    button.classList.remove("busy");
    draw();
  }
}

/** @param {Record<string, any>} answer */
async function settle(answer) {
  /** @type {Record<string, {words: string, again: boolean}>} */
  const refused = answer.refused ?? {};
  const place = document.getElementById("shift-sent");
  if (place) await swap(place, place.dataset.fragment ?? "");
  for (const patient of answer.sent ?? []) document.getElementById(`card-${patient}`)?.remove();
  for (const [patient, why] of Object.entries(refused)) {
    const card = document.getElementById(`card-${patient}`);
    if (!card) continue;
    if (why.again) await lookAgain(card);
    say(card, why.words);
  }
  if (Object.keys(refused).length) refuse(word("some"));
  else document.getElementById("shift-sent")?.scrollIntoView({ block: "start" });
}

/** The facts as they stand now, beside everything that was typed. @param {HTMLElement} card */
async function lookAgain(card) {
  unsay(card);
  const key = /** @type {HTMLInputElement | null} */ (card.querySelector("[name$=-key]"));
  if (key) key.value = newKey();
  const place = card.querySelector("[data-facts]");
  if (place) await swap(place, place.getAttribute("data-fragment") ?? "").catch(() => false);
}

/** @param {HTMLElement} card */
function unsay(card) {
  for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (card.querySelectorAll("[name$=-illness_severity]"))) field.checked = false;
}

/** @param {HTMLElement} card @param {string} text */
function say(card, text) {
  const place = card.querySelector("[data-wrong]");
  const span = place?.querySelector("span");
  if (span) span.textContent = text;
  place?.toggleAttribute("hidden", !text);
  card.classList.toggle("is-wrong", Boolean(text));
}

/** @param {string} text */
function refuse(text) {
  const banner = /** @type {HTMLElement | null} */ (document.querySelector("[data-refusal]"));
  if (!banner) return;
  setText("[data-refusal] [data-words]", text);
  banner.hidden = !text;
  if (text) banner.focus();
}

/** What each card showed when it was looked at. @type {Map<string, string>} */
const shown = new Map();

/** @param {Element} facts */
function markOf(facts) {
  return /** @type {HTMLInputElement | null} */ (facts.querySelector("[name$=-seen]"))?.value ?? "";
}

for (const facts of document.querySelectorAll("[data-facts]")) shown.set(facts.id, markOf(facts));

document.addEventListener("readback:swapped", (event) => {
  const element = /** @type {CustomEvent} */ (event).detail.element;
  if (element.hasAttribute("data-facts")) {
    const before = shown.get(element.id);
    shown.set(element.id, markOf(element));
    const card = /** @type {HTMLElement | null} */ (element.closest("[data-card]"));
    if (card && before !== markOf(element)) {
      if (isReady(card)) say(card, word("changed"));
      unsay(card);
    }
  }
  if (element.id === "shift-sent") {
    for (const sent of element.querySelectorAll("[data-sent]")) document.getElementById(`card-${sent.getAttribute("data-sent")}`)?.remove();
  }
  draw();
});

draw();

/** Leaving a phone: nothing that has not reached the server is lost without a word.
 *
 * What waits for the signal lies in this page's memory only (act.js), so it goes with the page. A form with data-leaves
 * locks the phone or signs out: while something is unsent, or typed and not sent, it asks first. Waiting leaves by itself
 * as soon as the server has everything. Without a signal the screen empties at once, and the server is told as soon as it
 * can be reached. */
import { giveUp, holdPage, nameOf, unsentNames, wakeAll } from "./act.js";
import { word } from "./words.js";

const TRY_AGAIN_MS = 2_000;
const PATIENCE_MS = 700;
const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("unsent"));
/** The form that leaves, while its question is open. @type {HTMLFormElement | null} */
let leaving = null;
let isWaiting = false;
let isOffline = () => false;

/** @param {() => boolean} isWithoutSignal */
export function watchLeaving(isWithoutSignal) {
  isOffline = isWithoutSignal;
  document.addEventListener("submit", asked);
  document.addEventListener("readback:unsent", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.isTaken) look();
    else stay(); // The words of the refusal stand at its form: they are to be read before anybody leaves.
  });
  dialog?.addEventListener("close", stay);
  dialog?.querySelector("[data-wait]")?.addEventListener("click", wait);
  dialog?.querySelector("[data-leave-now]")?.addEventListener("click", leave);
}

/** @param {SubmitEvent} event */
function asked(event) {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement) || !("leaves" in form.dataset)) return;
  const { pending, typed } = whatIsHeld();
  if (!pending.length && !typed.length && !isOffline()) return;
  event.preventDefault();
  leaving = form;
  if (!pending.length && !typed.length) leave();
  else if (typed.length || isOffline()) ask();
  else {
    // With a signal it is a moment: only who would notice it is told.
    wait();
    setTimeout(() => { if (leaving === form) ask(); }, PATIENCE_MS);
  }
}

function ask() {
  draw(whatIsHeld());
  if (dialog && !dialog.open) dialog.showModal();
}

/** Everything that would be lost: what is on its way, and what was typed and not sent.
 * @returns {{pending: string[], typed: string[]}} */
function whatIsHeld() {
  /** @type {{pending: string[], typed: string[]}} */
  const detail = { pending: [], typed: [] };
  // A page that saves by itself does so now; what it cannot save it names.
  document.dispatchEvent(new CustomEvent("readback:leaving", { detail }));
  for (const form of document.forms) if (isTyped(form)) detail.typed.push(word("typed_unsent", { name: nameOf(buttonOf(form)) ?? word("entry") }));
  return { pending: [...unsentNames(), ...detail.pending], typed: detail.typed };
}

/** @param {HTMLFormElement} form */
function isTyped(form) {
  if (!form.elements.namedItem("key") || form.dataset.draft || form.dataset.state === "sending" || form.dataset.state === "kept") return false;
  return [...form.querySelectorAll("textarea, input:not([type=hidden], [type=checkbox], [type=radio])")].some((field) => {
    const { value, defaultValue } = /** @type {HTMLInputElement} */ (field);
    return value !== defaultValue;
  });
}

/** @param {HTMLFormElement} form */
function buttonOf(form) {
  return form.querySelector("button:not([type=button])");
}

/** @param {{pending: string[], typed: string[]}} held */
function draw({ pending, typed }) {
  dialog?.querySelector("[data-unsent]")?.replaceChildren(...[...pending, ...typed].map((name) => {
    const item = document.createElement("li");
    item.textContent = name;
    return item;
  }));
  const button = dialog?.querySelector("[data-wait]");
  button?.toggleAttribute("hidden", !pending.length || isWaiting);
  const state = dialog?.querySelector("[data-waits]");
  if (state) state.textContent = isWaiting ? word("leaves_then") : "";
}

function wait() {
  isWaiting = true;
  holdPage(true);
  wakeAll();
  look();
}

/** Something has reached the server. */
function look() {
  if (!leaving) return;
  const held = whatIsHeld();
  if (isWaiting && !held.pending.length) {
    if (!held.typed.length) return leave();
    isWaiting = false; // what is left cannot be waited for
    ask();
  }
  draw(held);
}

/** Nobody leaves. */
function stay() {
  if (!leaving) return;
  leaving = null;
  isWaiting = false;
  dialog?.close();
  holdPage(false);
}

function leave() {
  const form = leaving;
  if (!form) return;
  leaving = null;
  giveUp();
  if (!isOffline()) form.submit();
  else void leaveWithoutSignal(form);
}

/** Nobody reads on, and nothing is left in the page; the session ends when the server can be told. @param {HTMLFormElement} form */
async function leaveWithoutSignal(form) {
  const data = new FormData(form);
  const notice = document.createElement("main");
  notice.className = "pad stack";
  for (const [tag, name] of [["h1", "left_title"], ["p", "left_words"]]) {
    const line = document.createElement(tag);
    line.textContent = word(name);
    notice.append(line);
  }
  notice.setAttribute("role", "status");
  document.body.replaceChildren(notice);
  document.title = "Readback";
  sessionStorage.clear();
  for (;;) {
    const answer = await fetch(form.action, { method: "POST", body: data, credentials: "same-origin" }).catch(() => null);
    if (answer) return location.replace(answer.redirected ? answer.url : "/");
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
  }
}

/** The writing page: saves what is typed, adds and removes rows, sets times, fetches who is on duty in a unit.
 *
 * Everything here also works without it, by the page's own buttons. Nothing typed is kept in the browser's storage: a
 * shared phone keeps nothing of a patient. */
import { newKey, post, Refused } from "../readback/act.js";
import { swap, swapPosted } from "../readback/fragment.js";

const PAUSE_MS = 900;
const form = /** @type {HTMLFormElement} */ (document.getElementById("compose"));
const draftUrl = form.dataset.draft;

/** @param {string} name @param {Record<string, string>} [values] */
function word(name, values = {}) {
  const words = /** @type {HTMLTemplateElement | null} */ (document.getElementById("compose-words"));
  const text = words?.content.querySelector(`[data-word=${name}]`)?.textContent ?? "";
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

/* Saving ------------------------------------------------------------------------------------------------------------ */

let timer = 0;
let isDirty = false;
let isStopped = false;
/** What is typed was refused as it stands: sending it again is no use. */
let isRefused = false;
/** Send was pressed while something was still being saved. */
let isSending = false;
/** @type {Promise<void> | null} */
let saving = null;

/** @param {string} text */
function say(text) {
  const state = document.querySelector("[data-save-state]");
  if (state) state.textContent = text;
}

function changed() {
  drawSteps();
  if (!draftUrl || isStopped) return;
  isDirty = true;
  isRefused = false;
  say(word("typing"));
  clearTimeout(timer);
  timer = window.setTimeout(() => void save(), PAUSE_MS);
}

/** Saves now, one request at a time; what is typed meanwhile goes with the next one. */
async function save() {
  clearTimeout(timer);
  if (saving) await saving;
  if (!draftUrl || !isDirty || isStopped) return;
  isDirty = false;
  saving = saveOnce(draftUrl);
  await saving;
  saving = null;
}

/** @param {string} url */
async function saveOnce(url) {
  const data = new FormData(form);
  data.set("key", newKey());
  try {
    const answer = await post(url, data, { name: word("draft"), onState: (state) => say(word(state !== "kept" ? "saving" : isSending ? "will_send" : "waiting")) });
    /** @type {HTMLInputElement} */ (form.elements.namedItem("revision")).value = String(answer.revision);
    drawMissing(answer.missing ?? [], answer.disagreement ?? "");
    say(isDirty ? word("typing") : word("saved", { time: answer.saved }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    isDirty = isRefused = true;
    if (error.status === 409) conflict();
    else say([error.message, ...Object.values(error.fields)].join(" "));
  }
}

/** Another device has saved: this page stops saving by itself and offers both versions, by its own plain form. */
function conflict() {
  isStopped = true;
  say(word("conflict"));
  document.querySelector("[data-conflict-row]")?.removeAttribute("hidden");
}

/** @param {string[]} missing @param {string} disagreement */
function drawMissing(missing, disagreement) {
  const list = document.querySelector("[data-missing]");
  const before = [...(list?.querySelectorAll("li span") ?? [])].map((item) => item.textContent);
  if (list && before.join("\n") !== missing.join("\n")) {
    const icon = /** @type {HTMLTemplateElement | null} */ (document.getElementById("missing-row"));
    list.replaceChildren(...missing.map((words) => {
      const item = /** @type {DocumentFragment} */ (icon?.content.cloneNode(true));
      const text = item.querySelector("span");
      if (text) text.textContent = words;
      return item;
    }));
  }
  document.querySelector("[data-none-missing]")?.toggleAttribute("hidden", missing.length > 0);
  const count = document.querySelector("[data-missing-count]");
  if (count) count.textContent = String(missing.length);
  const flag = document.querySelector("[data-disagreement]");
  const words = flag?.querySelector("[data-words]");
  if (flag && words && words.textContent !== disagreement) words.textContent = disagreement;
  flag?.toggleAttribute("hidden", !disagreement);
}

/* Rows -------------------------------------------------------------------------------------------------------------- */

/** @param {string} kind "action" or "pair" */
function addRow(kind) {
  const list = document.querySelector(`[data-rows=${kind}]`);
  const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById(`${kind}-row`));
  if (!list || !template) return;
  const number = String(Date.now() % 90_000 + list.childElementCount);
  const row = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  for (const element of row.querySelectorAll("*")) {
    for (const attribute of element.attributes) {
      if (attribute.value.includes("__n__")) attribute.value = attribute.value.replace("__n__", number);
    }
  }
  list.append(row);
  /** @type {HTMLElement | null} */ (list.lastElementChild?.querySelector("textarea, input:not([type=hidden])"))?.focus();
  renumber(kind);
}

/** @param {Element} row */
function removeRow(row) {
  const list = row.closest("[data-rows]");
  const kind = list?.getAttribute("data-rows");
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  if (!list || !kind) return;
  renumber(kind);
  const target = /** @type {HTMLElement | null} */ (next?.querySelector("textarea, input:not([type=hidden])") ?? document.querySelector(`[data-add=${kind}]`));
  target?.focus();
  changed();
}

/** Rows are numbered as they stand, so that what the server says of one is said at that one. @param {string} kind */
function renumber(kind) {
  const pattern = new RegExp(`^((?:in:|remove_)?${kind}[-:])\\d+`);
  for (const [number, row] of [...document.querySelectorAll(`[data-rows=${kind}] > [data-row]`)].entries()) {
    for (const element of row.querySelectorAll("*")) {
      for (const name of ["name", "id", "for", "data-for", "value"]) {
        const value = element.getAttribute(name);
        if (value === null || (name === "value" && element.tagName !== "BUTTON")) continue;
        if (value.startsWith("in:")) element.setAttribute(name, value.replace(/^in:\d+/, `in:${number}`));
        else if (pattern.test(value)) element.setAttribute(name, value.replace(pattern, `$1${number}`));
      }
    }
  }
}

/** Now plus minutes as the ward's clock shows it, whatever zone this device is in. @param {number} minutes */
function wardTime(minutes) {
  const moment = new Date(Date.now() + minutes * 60_000);
  const text = new Intl.DateTimeFormat("sv-SE", { timeZone: form.dataset.zone, dateStyle: "short", timeStyle: "short" }).format(moment);
  return text.replace(" ", "T").slice(0, 16);
}

function drawSteps() {
  const filled = (/** @type {string} */ selector) =>
    [.../** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll(selector))].some((field) => field.value.trim() && field.type !== "hidden");
  const done = {
    i: form.querySelector("[name=illness_severity]:checked") !== null,
    p: filled("[name^=summary-]"),
    a: filled("[name^=action-]"),
    s: filled("[name^=pair-]"),
    to: form.querySelector("[name=to]:checked") !== null,
  };
  for (const [step, isDone] of Object.entries(done)) document.querySelector(`[data-step=${step}]`)?.classList.toggle("done", isDone);
}

/* What is touched --------------------------------------------------------------------------------------------------- */

form.addEventListener("input", (event) => {
  const name = /** @type {HTMLInputElement} */ (event.target).name;
  if (name) changed();
});

form.addEventListener("change", async (event) => {
  const field = /** @type {HTMLSelectElement} */ (event.target);
  if (field.name !== "to_unit") return;
  const place = document.getElementById("recipients");
  if (!place) return;
  for (const input of place.querySelectorAll("input")) {
    input.defaultValue = input.value;
    input.defaultChecked = input.checked;
  }
  await swap(place, `${form.dataset.recipients}?${new URLSearchParams({ unit: field.value, plan: form.dataset.plan ?? "" })}`);
  const shown = document.querySelector("[data-send-to]");
  const chosen = field.selectedOptions[0];
  if (shown && field.value) shown.textContent = chosen.textContent;
  drawSteps();
});

form.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest("button");
  if (!button) return;
  if (button.dataset.add) addRow(button.dataset.add);
  else if ("remove" in button.dataset) removeRow(/** @type {Element} */ (button.closest("[data-row]")));
  else if (button.dataset.in) setTime(button);
  else if (button.dataset.take) take(button.dataset.take);
  else return;
  event.preventDefault();
});

/** @param {HTMLButtonElement} button */
function setTime(button) {
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById(button.dataset.for ?? ""));
  if (!field) return;
  field.value = wardTime(Number(button.dataset.in));
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** The words of the other device in the place of one's own. @param {string} target */
function take(target) {
  const field = /** @type {HTMLTextAreaElement | null} */ (document.getElementById(target));
  const other = document.getElementById(`${target}-other`);
  if (!field || !other) return;
  field.value = other.innerText.trim();
  other.closest(".changed")?.remove();
  field.focus();
  changed();
}

form.addEventListener("submit", (event) => {
  const submitter = /** @type {HTMLElement | null} */ (event.submitter);
  if (submitter?.hasAttribute("data-save") && draftUrl && !isStopped) {
    event.preventDefault(); // Enter in a field: saved, where one stands.
    isDirty = true;
    void save();
  } else if (submitter?.hasAttribute("data-both")) {
    event.preventDefault();
    void both();
  } else if (saving || timer) {
    // What is being saved goes first, so that sending meets the revision it expects.
    clearTimeout(timer);
    timer = 0;
    isDirty = false;
    if (saving) {
      event.preventDefault();
      if (isSending) return;
      isSending = true;
      submitter?.classList.add("busy");
      say(word(navigator.onLine ? "saving" : "will_send"));
      void saving.then(() => {
        isSending = false;
        submitter?.classList.remove("busy");
        if (!isStopped) form.requestSubmit(submitter);
      });
    }
  }
});

/** Past the script that would answer in JSON: the server draws both versions, and they take the place of this form's. */
async function both() {
  const data = new FormData(form);
  data.set("do", "save");
  clearTimeout(timer);
  isDirty = false;
  try {
    await swapPosted(form, form.action, data);
  } catch {
    isDirty = true; // No signal: everything stands as it stood, and so does the button.
    return;
  }
  isStopped = false;
  document.querySelector("[data-conflict-row]")?.setAttribute("hidden", "");
  drawSteps();
  /** @type {HTMLElement | null} */ (form.querySelector("[role=alert]"))?.focus();
}

addEventListener("beforeunload", (event) => {
  if (isDirty) event.preventDefault();
});
document.addEventListener("readback:leaving", (event) => {
  const { pending, typed } = /** @type {CustomEvent} */ (event).detail;
  if (isDirty && (isStopped || isRefused)) typed.push(word("draft"));
  else if (isDirty) {
    void save();
    if (isDirty) pending.push(word("draft")); // it goes after what is being saved now
  }
});
document.addEventListener("readback:given-up", () => {
  isDirty = false;
  isStopped = true;
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") void save();
});
drawSteps();

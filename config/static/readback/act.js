/** Posts an act: once, however often somebody taps; later, when there is no signal; and says how it stands.
 *
 * Every form carries an idempotency key, so sending it again is safe. What waits for the signal is held in the memory
 * of this page and nowhere else: a shared phone keeps nothing of a patient in its storage.
 *
 * A form works without this module: it is posted, and the server redirects. With it, the server answers JSON:
 *   2xx {location?}         goes there; with data-stay on the form it stays, and "readback:acted" is fired on the form
 *   422 {message, fields}   the message above the form, each field's words at the field
 *   other {message}         the message above the form; nothing that was typed is lost
 * A form with data-plain is left alone. */
import { leave } from "./fragment.js";
import { word } from "./words.js";

const RETRY_SECONDS = [2, 4, 8, 15, 30];
const MOST_SERVER_FAULTS = 3;
/** @type {Set<Waiting>} */
const waiting = new Set();
/** What was sent and has no answer yet, by what it is called on its button. @type {Set<{name: string}>} */
const unsent = new Set();
/** Somebody is leaving the phone: what is stored from now on leads nowhere, and what is given up asks nobody. */
let isLeaving = false;
/** Where the page would have gone on to meanwhile. @type {(() => void) | null} */
let goOn = null;

/** @typedef {{wake: () => void, drop: () => void}} Waiting */

/** The answer of a server that said no. */
export class Refused extends Error {
  /** @param {number} status @param {{message?: string, fields?: Record<string, string | string[]>, code?: string}} body */
  constructor(status, body) {
    super(body.message || word(status >= 500 ? "server_fault" : "unknown"));
    this.status = status;
    this.code = body.code ?? "";
    this.fields = body.fields ?? {};
  }
}

/** A new idempotency key (also where randomUUID is missing, on plain http). */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** How many acts wait for the signal. */
export function waitingCount() {
  return waiting.size;
}

/** What the server has not taken yet, by name. */
export function unsentNames() {
  return [...unsent].map((entry) => entry.name);
}

/** From now on the page stays where it is when something is stored; false: it goes on as always. @param {boolean} is */
export function holdPage(is) {
  isLeaving = is;
  if (!is && goOn && !unsent.size) goOn();
}

/** Nothing that waits is tried again, and leaving the page asks nobody any more: the person was asked, and chose so. */
export function giveUp() {
  holdPage(true);
  unsent.clear();
  for (const entry of waiting) entry.drop();
  document.dispatchEvent(new CustomEvent("readback:given-up"));
}

/** Tries everything that waits, now. */
export function wakeAll() {
  for (const entry of waiting) entry.wake();
}

/**
 * Posts the data until the server has answered. The data must hold its key: it may be sent more than once.
 * @param {string} url
 * @param {FormData} data
 * @param {{onState?: (state: "sending" | "kept") => void, name?: string}} [how] name: what a person calls it
 * @returns {Promise<Record<string, any>>} the server's JSON; rejects with Refused
 */
export async function post(url, data, { onState = () => {}, name = word("entry") } = {}) {
  if (!data.get("key")) data.set("key", newKey());
  const entry = { name };
  unsent.add(entry);
  let isTaken = false;
  try {
    const answer = await postUntilAnswered(url, data, onState);
    isTaken = true;
    return answer;
  } finally {
    unsent.delete(entry);
    document.dispatchEvent(new CustomEvent("readback:unsent", { detail: { isTaken } }));
  }
}

/** @param {string} url @param {FormData} data @param {(state: "sending" | "kept") => void} onState */
async function postUntilAnswered(url, data, onState) {
  for (let tries = 0, faults = 0; ; tries += 1) {
    onState("sending");
    const response = await attempt(url, data);
    if (response && response.status < 500 && response.status !== 429) return answerOf(response);
    if (response && (faults += 1) >= MOST_SERVER_FAULTS) return answerOf(response);
    onState("kept");
    await pause(RETRY_SECONDS[Math.min(tries, RETRY_SECONDS.length - 1)]);
  }
}

/** @param {string} url @param {FormData} data @returns {Promise<Response | null>} null: the signal is gone */
async function attempt(url, data) {
  try {
    return await fetch(new URL(url, location.href), {
      method: "POST", body: data, credentials: "same-origin", headers: { Accept: "application/json" },
    });
  } catch {
    return null;
  }
}

/** @param {Response} response */
async function answerOf(response) {
  if (response.status === 401) leave();
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  const body = isJson ? await response.json().catch(() => ({})) : {};
  if (!response.ok) throw new Refused(response.status, body);
  // A view that only redirects has been followed by fetch: the page it led to is where to go.
  if (!isJson && response.redirected) return { location: response.url };
  return body;
}

/** @param {number} seconds */
function pause(seconds) {
  return new Promise((resolve) => {
    const drop = () => { clearTimeout(timer); waiting.delete(entry); };
    const entry = { drop, wake: () => { drop(); resolve(undefined); } };
    const timer = setTimeout(entry.wake, seconds * 1000);
    waiting.add(entry);
    document.dispatchEvent(new CustomEvent("readback:waiting", { detail: { count: waiting.size } })); // the bar says it
  });
}

addEventListener("online", wakeAll);
addEventListener("beforeunload", (event) => {
  if (waiting.size) event.preventDefault();
});

/* Forms ------------------------------------------------------------------------------------------------------------ */

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || form.method !== "post" || "plain" in form.dataset || !form.elements.namedItem("key")) return;
  event.preventDefault();
  if (form.dataset.state === "sending" || form.dataset.state === "kept") return;
  const submitter = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (submitter?.getAttribute("aria-disabled") === "true") return;
  void send(form, submitter);
});

/** @param {HTMLFormElement} form @param {HTMLButtonElement | null} submitter */
async function send(form, submitter) {
  const data = submitter?.name ? new FormData(form, submitter) : new FormData(form);
  clearRefusal(form);
  try {
    const answer = await post(submitter?.getAttribute("formaction") || form.action, data, {
      name: nameOf(submitter), onState: (state) => show(form, submitter, state),
    });
    show(form, submitter, "stored");
    done(form, answer);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    show(form, submitter, "refused");
    explain(form, error);
  }
}

/** What a button says, as one line. @param {Element | null} button */
export function nameOf(button) {
  return button?.textContent?.replace(/\s+/g, " ").trim() || undefined;
}

/** @param {HTMLFormElement} form @param {Record<string, any>} answer */
function done(form, answer) {
  if ("stay" in form.dataset) {
    form.reset(); // what it held is stored now; a form that still holds it would keep its section from being refreshed
    /** @type {HTMLInputElement} */ (form.elements.namedItem("key")).value = newKey();
    form.dispatchEvent(new CustomEvent("readback:acted", { bubbles: true, detail: answer }));
    return;
  }
  if (isLeaving) {
    goOn = () => done(form, answer);
    return;
  }
  const target = new URL(answer.location || location.href, location.href);
  const isHere = target.pathname === location.pathname && target.search === location.search;
  if (target.origin !== location.origin || isHere) {
    if (target.hash) history.replaceState(null, "", target.hash);
    location.reload();
  } else {
    location.assign(target);
  }
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement | null} button @param {"sending" | "kept" | "stored" | "refused"} state */
function show(form, button, state) {
  form.dataset.state = state;
  const isBusy = state !== "refused" && !(state === "stored" && "stay" in form.dataset);
  button?.classList.toggle("busy", isBusy);
  form.setAttribute("aria-busy", String(isBusy));
  line(form, button).textContent = state === "refused" || ("stay" in form.dataset && state === "stored") ? "" : word(state);
}

/** The line at the button that says how the act stands; the button may stand in the dock, outside its form.
 * @param {HTMLFormElement} form @param {Element | null} button */
function line(form, button) {
  const row = button?.closest(".row, .answers, .flow") ?? button;
  const place = row?.parentElement ?? form;
  let found = place.querySelector(":scope > .act-state");
  if (!found) {
    found = document.createElement("p");
    found.className = "act-state";
    found.setAttribute("role", "status");
    if (row) row.after(found);
    else form.append(found);
  }
  return found;
}

/** @param {HTMLFormElement} form @param {Refused} refusal */
function explain(form, refusal) {
  /** @type {HTMLElement | null} */
  let first = null;
  const left = [];
  for (const [name, words] of Object.entries(refusal.fields)) {
    const text = Array.isArray(words) ? words.join(" ") : words;
    const control = fieldOf(form, name);
    if (control) {
      mark(control, text);
      first ??= control;
    } else left.push(text);
  }
  const banner = refusalBanner(form, refusal, left);
  form.prepend(banner);
  (first ?? banner).focus();
  banner.scrollIntoView({ block: "nearest" });
  form.dispatchEvent(new CustomEvent("readback:refused", { bubbles: true, detail: { status: refusal.status, code: refusal.code } }));
}

/** @param {HTMLFormElement} form @param {string} name @returns {HTMLElement | null} */
function fieldOf(form, name) {
  const named = form.elements.namedItem(name);
  const element = named instanceof RadioNodeList ? named[0] : named;
  return element instanceof HTMLElement && element.getAttribute("type") !== "hidden" ? element : null;
}

/** @param {HTMLElement} control @param {string} text */
function mark(control, text) {
  const field = control.closest(".field");
  const id = `${control.id || control.getAttribute("name")}-wrong`;
  const wrong = document.createElement("span");
  wrong.className = "wrong";
  wrong.id = id;
  wrong.dataset.fromServer = "";
  wrong.append(symbol("triangle-alert"), text);
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", `${control.getAttribute("aria-describedby") ?? ""} ${id}`.trim());
  field?.classList.add("invalid");
  (control.closest(".choices") ?? control).before(wrong);
}

/** @param {HTMLFormElement} form @param {Refused} refusal @param {string[]} more */
function refusalBanner(form, refusal, more) {
  const banner = document.createElement("div");
  banner.className = `banner round act-refusal ${refusal.status === 422 || refusal.status === 409 ? "watch" : "bad"}`;
  banner.setAttribute("role", "alert");
  banner.tabIndex = -1;
  const body = document.createElement("div");
  for (const text of [refusal.message, ...more]) body.append(paragraph(text));
  if (refusal.status === 409) {
    if (form.querySelector("textarea, select, input:not([type=hidden])")) body.append(paragraph(word("typed_kept")));
    const link = document.createElement("a");
    link.className = "btn";
    link.href = location.href;
    link.target = "_blank";
    link.append(symbol("external-link"), word("see_now"));
    body.append(link);
  }
  banner.append(symbol(refusal.status === 422 || refusal.status === 409 ? "triangle-alert" : "octagon-alert"), body);
  return banner;
}

/** @param {HTMLFormElement} form */
function clearRefusal(form) {
  for (const old of form.querySelectorAll(".act-refusal, [data-from-server]")) old.remove();
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  for (const field of form.querySelectorAll(".field.invalid")) field.classList.remove("invalid");
}

/** @param {string} text */
function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

/** An icon of the page's sprite. @param {string} name */
export function symbol(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

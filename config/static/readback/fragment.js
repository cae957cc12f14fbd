/** The one place that writes HTML into a page: fragments of our own server, through the one Trusted Types policy.
 *
 * A fragment is escaped where it is made, by Django's templates. Nothing else may become HTML: other modules use
 * textContent and elements they make themselves. */
/** The one script that a page may have run beside it. It is not a module of ours with a digest in its name: its address
 * decides for which pages it answers, and stays. */
const WORKER = "/push-worker.js";
const rules = {
  createHTML: (/** @type {string} */ html) => html,
  createScriptURL: (/** @type {string} */ url) => {
    if (url !== WORKER) throw new TypeError("no script of ours");
    return url;
  },
};
const policy = globalThis.trustedTypes ? trustedTypes.createPolicy("readback", rules) : rules;

/** A signal that is gone without a word must not keep what comes after waiting. */
const PATIENCE_MS = 20_000;
/** A browser says 'click' a moment after the finger has left. One that rests longer than HELD_MS is no tap. */
const TAP_MS = 80;
const HELD_MS = 1_500;

/** Of each place the question whose answer it shows: the answer to an older one that comes late changes nothing.
 * @type {WeakMap<Element, number>} */
const shown = new WeakMap();
let asked = 0;

/** What a finger is on, until it has left. @type {{on: Element, gone: Promise<void>, leave: () => void} | null} */
let touch = null;
addEventListener("pointerdown", (event) => {
  touch?.leave();
  if (event.target instanceof Element) touch = touchOf(event.target);
}, { capture: true, passive: true });
for (const kind of ["pointerup", "pointercancel"]) {
  addEventListener(kind, () => { const ended = touch; window.setTimeout(() => ended?.leave(), TAP_MS); }, { capture: true, passive: true });
}

/** @param {Element} on */
function touchOf(on) {
  let done = () => {};
  const gone = new Promise((/** @type {(value: void) => void} */ resolve) => { done = resolve; });
  const mine = { on, gone, leave: () => { if (touch === mine) touch = null; done(); } };
  window.setTimeout(mine.leave, HELD_MS);
  return mine;
}

/** Where the element's content stands now: another may have taken its place since it was asked for. @param {Element} element */
function placeOf(element) {
  if (element.isConnected) return element;
  const [address, about] = ["data-fragment", "data-live"].map((name) => element.getAttribute(name));
  if (!address) return null;
  return [...document.querySelectorAll(`[data-fragment="${CSS.escape(address)}"]`)].find((each) => each.getAttribute("data-live") === about) ?? null;
}

/** Waits while a finger is on it: a tap is lost when what it began on is gone. @param {Element} element */
async function untouched(element) {
  while (touch && placeOf(element)?.contains(touch.on)) await touch.gone;
}

/** The place for the answer to this question; null when there is none any more. @param {Element} element @param {number} question */
async function settled(element, question) {
  await untouched(element);
  const place = placeOf(element);
  if (!place || isBeingWritten(place)) return null;
  return { place, isOlder: (shown.get(place) ?? 0) > question };
}

/**
 * Puts html in the place of the element's content. When the html is that element itself (one root with the same
 * data-fragment), it takes the element's place. The focus, and what is open, stay where they were.
 * @param {Element} element
 * @param {string} html
 * @returns {Element} the element that is in the page now
 */
export function replace(element, html) {
  return replaceBy(element, html, ++asked);
}

/** @param {Element} element @param {string} html @param {number} question @returns {Element} */
function replaceBy(element, html, question) {
  const content = parse(html);
  const root = content.firstElementChild;
  const address = element.getAttribute("data-fragment");
  const isItself = content.childElementCount === 1 && address && root?.getAttribute("data-fragment") === address;
  return put(element, isItself && root ? root : content, question);
}

/** @param {string} html @returns {DocumentFragment} what it says, not yet in the page: nothing in it runs or loads */
function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = /** @type {string} */ (policy.createHTML(html));
  return template.content;
}

/** @param {Element} element @param {Element | DocumentFragment} fresh an element takes its place, a fragment its content
 * @param {number} question which one it answers
 * @returns {Element} */
function put(element, fresh, question) {
  const focused = element.contains(document.activeElement) ? document.activeElement?.id : "";
  const open = [...element.querySelectorAll("details[open][id]")].map((details) => details.id);
  const begun = [...element.querySelectorAll("audio[src]")].filter((each) => each instanceof HTMLAudioElement && (!each.paused || each.currentTime > 0));
  let present = element;
  if (fresh instanceof Element) {
    element.replaceWith(fresh);
    present = fresh;
  } else {
    element.replaceChildren(fresh);
  }
  shown.set(present, question);
  for (const sound of begun) keep(present, sound);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  present.dispatchEvent(new CustomEvent("readback:swapped", { bubbles: true, detail: { element: present } }));
  return present;
}

/** What somebody is listening to goes on, and waits where it was stopped: the element takes the place of the one that came for
 * it. It does so in the page: one that visits the document of a template begins anew, and one that is gone for a moment does not.
 * @param {Element} present @param {Element} sound */
function keep(present, sound) {
  present.querySelector(`audio[src="${CSS.escape(sound.getAttribute("src") ?? "")}"]`)?.replaceWith(sound);
}

/**
 * Fetches a fragment and puts it in the element. What somebody is typing there is never thrown away: then nothing
 * happens and the answer is false.
 * @param {Element} element
 * @param {string} url an address of our own server
 * @param {{background?: boolean}} [how] background: the page asks by itself, nobody touched it
 * @returns {Promise<boolean>} whether it shows this answer, or a newer one
 */
export async function swap(element, url, { background = false } = {}) {
  if (isBeingWritten(element)) return false;
  const question = ++asked;
  const html = await get(url, background);
  const found = html === null ? null : await settled(element, question);
  if (html === null || found === null) return false;
  if (!found.isOlder) replaceBy(found.place, html, question);
  return true;
}

/**
 * Fetches this page once and takes from it each of the elements anew: one read of the patient instead of one for each.
 * @param {Element[]} elements
 * @param {{background?: boolean}} [how]
 * @returns {Promise<Element[]>} those that the page does not hold: to be fetched by their own addresses
 */
export async function swapFromPage(elements, { background = false } = {}) {
  const question = ++asked;
  const html = await get(location.pathname + location.search, background);
  if (html === null) return [];
  const page = parse(html);
  const missing = await Promise.all(elements.map(async (element) => {
    const fresh = page.querySelector(`[data-fragment="${CSS.escape(element.getAttribute("data-fragment") ?? "")}"]`);
    if (!fresh) return [element];
    const found = await settled(element, question);
    if (found && !found.isOlder) put(found.place, fresh, question);
    return [];
  }));
  return missing.flat();
}

/**
 * Posts what was typed, and takes the content of this element from the page that answers. What was typed stands in no
 * entry of the browser's history, which a form that the browser posts itself does.
 * @param {Element} element one with an id
 * @param {string} url an address of our own server
 * @param {FormData} data
 * @returns {Promise<void>} when it stands there; rejects when there is no such answer
 */
export async function swapPosted(element, url, data) {
  const response = await fetch(new URL(url, location.origin), {
    method: "POST", body: data, headers: { Accept: "text/html" }, credentials: "same-origin", cache: "no-store",
  });
  if (response.redirected) {
    if (new URL(response.url).pathname.startsWith("/sign-in/")) leave();
    else location.assign(response.url);
    return;
  }
  const fresh = parse(await response.text()).getElementById(element.id);
  if (!fresh) throw new Error(`fragment answered ${response.status}`);
  const content = document.createDocumentFragment();
  content.append(...fresh.childNodes);
  put(element, content, ++asked);
}

/** @param {string} url @param {boolean} background @returns {Promise<string | null>} null: nobody is signed in any more */
async function get(url, background) {
  /** @type {Record<string, string>} */
  const headers = { "X-Readback-Fragment": "1", Accept: "text/html" };
  if (background) headers["X-Readback-Background"] = "1";
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await fetch(new URL(url, location.origin), { headers, signal, credentials: "same-origin", cache: "no-store" });
  if (response.status === 401 || new URL(response.url).pathname.startsWith("/sign-in/")) {
    leave();
    return null;
  }
  if (!response.ok) throw new Error(`fragment answered ${response.status}`);
  return response.text();
}

/** The address of the service worker, as a browser wants it where it trusts no plain text. */
export function workerAddress() {
  return policy.createScriptURL(WORKER);
}

/** Nobody is signed in any more: the page empties at once, then goes to where one signs in. */
export function leave() {
  document.body.replaceChildren();
  location.replace("/sign-in/");
}

/** @param {Element} element */
function isBeingWritten(element) {
  const fields = /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */ (element.querySelectorAll("input:not([type=hidden]), textarea"));
  return [...fields].some((field) =>
    field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue,
  ) || element.querySelector("form[data-state=sending], form[data-state=kept]") !== null;
}

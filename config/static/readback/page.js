/** Every page: keeps it live by the socket, or by asking again every 30 s where there is none, and says which.
 *
 * An element asks to be kept fresh with data-fragment (the address of its content) and data-live (what it is about):
 *   <section data-live="handover:UUID patient:UUID" data-fragment="/handovers/UUID/_gate/">
 *   <span data-live="inbox" data-fragment="/inbox/_count/">      every event
 * data-fetch="now" fetches it once when the page opens. */
import { waitingCount, wakeAll } from "./act.js";
import "./dialogs.js";
import "./finding.js";
import { swap, swapFromPage } from "./fragment.js";
import { watchIdle } from "./idle.js";
import { watchLeaving } from "./leaving.js";
import { announce } from "./notices.js";
import { clock, word } from "./words.js";

const POLL_MS = 30_000;
const RECOVER_MS = 4_000;
const GATHER_MS = 60;
/** A socket that was lost is often back before anybody notices: only after this long is anything said. */
const PATIENCE_MS = 1_200;
const isSignedIn = Boolean(document.body.dataset.person);

/** Which fragments are to be fetched, by name: an element may be replaced by its successor before its turn comes.
 * @type {Set<string>} */
const due = new Set();
let gathering = 0;
let isRefreshing = false;
/** "connecting" at first; "live" by the socket; "reload" without one; "offline" when the server cannot be reached.
 * @type {"connecting" | "live" | "reload" | "offline"} */
let state = "connecting";
/** @type {Date | null} */
let offlineSince = null;
let nextPoll = 0;
let nextRetry = 0;
/** Whether the socket is there at this moment; what the page says of it (state) comes after some patience. */
let isConnected = false;

/* Fragments ------------------------------------------------------------------------------------------------------- */

/** @param {Iterable<Element>} elements */
function refresh(elements) {
  for (const element of elements) due.add(nameOf(element));
  gathering ||= window.setTimeout(refreshNow, GATHER_MS);
}

/** What an element and its successor have in common: the address, and what it is about. @param {Element} element */
function nameOf(element) {
  return `${element.getAttribute("data-fragment")} ${element.getAttribute("data-live")}`;
}

/** One round after the other: the answer to an older question must not come last, and stay. */
async function refreshNow() {
  gathering = 0;
  if (isRefreshing) return;
  isRefreshing = true;
  try {
    while (due.size) await refreshDue();
  } finally {
    isRefreshing = false;
  }
}

async function refreshDue() {
  const elements = [...document.querySelectorAll("[data-fragment]")].filter((element) => due.has(nameOf(element)));
  due.clear();
  const ofThePage = elements.filter((element) => !element.hasAttribute("data-fetch"));
  const alone = elements.filter((element) => element.hasAttribute("data-fetch"));
  await Promise.all([
    ...alone.map(refreshAlone),
    ofThePage.length > 1 ? refreshTogether(ofThePage) : Promise.all(ofThePage.map(refreshAlone)),
  ]);
}

/** @param {Element[]} elements */
async function refreshTogether(elements) {
  let left = elements;
  try {
    left = await swapFromPage(elements, { background: true });
  } catch {
    // The page itself may be gone (the patient has left): each part says for itself what it still shows.
  }
  await Promise.all(left.map(refreshAlone));
}

/** @param {Element} element */
async function refreshAlone(element) {
  try {
    await swap(element, element.getAttribute("data-fragment") ?? "", { background: true });
    element.removeAttribute("data-stale");
  } catch {
    // The next event tries again, and where none comes, the clock: what is shown must not stay old for want of news.
    element.setAttribute("data-stale", "");
    clearTimeout(nextRetry);
    nextRetry = window.setTimeout(() => refresh(document.querySelectorAll("[data-stale]")), POLL_MS);
  }
}

/** @param {{event?: string, subject?: {kind: string, id: string}, view?: Record<string, unknown> | null}} detail */
function concerned(detail) {
  const about = new Set(["inbox", `event:${detail.event}`]);
  if (detail.subject) about.add(`${detail.subject.kind}:${detail.subject.id}`);
  for (const [kind, id] of Object.entries(detail.view ?? {})) if (typeof id === "string") about.add(`${kind}:${id}`);
  const ids = new Set([...about].map((entry) => entry.split(":")[1]));
  return [...document.querySelectorAll("[data-live][data-fragment]")].filter((element) =>
    (element.getAttribute("data-live") ?? "").split(/\s+/).some((entry) => about.has(entry) || ids.has(entry.split(":")[1] ?? "")),
  );
}

/** Whether a part of this page says by itself what the event says: no card of its own then. @param {{event?: string, view?: Record<string, unknown> | null}} detail */
function isShown(detail) {
  return document.querySelector(`[data-shows~="${detail.event}:${detail.view?.handover}"]`) !== null;
}

function allFragments() {
  return document.querySelectorAll("[data-fragment][data-live]");
}

/* Events and the state of the line ---------------------------------------------------------------------------------- */

document.addEventListener("readback:event", (event) => {
  const detail = /** @type {CustomEvent} */ (event).detail ?? {};
  refresh(concerned(detail));
  if (detail.view?.title && detail.view.tone && detail.view.url !== location.pathname && !isShown(detail)) announce(detail.view);
});

document.addEventListener("readback:state", (event) => {
  const wasConnected = isConnected;
  isConnected = /** @type {CustomEvent} */ (event).detail?.state === "live";
  if (isConnected) {
    // What was being fetched when the line was lost may never have come, and no event will ask for it again.
    if (!wasConnected && state === "live") refresh(allFragments());
    enter("live");
  } else if (wasConnected || state === "connecting") pollIn(PATIENCE_MS);
});

document.addEventListener("readback:alarm", () => announce({ title: word("ahead"), tone: "alert" }));

/** @param {typeof state} next */
function enter(next) {
  const before = state;
  state = next;
  if (next === "offline") offlineSince ??= new Date();
  else offlineSince = null;
  drawState();
  if (next === "live") clearTimeout(nextPoll);
  if (next !== "offline" && before === "offline") wakeAll();
  if (next === "live" && before !== "live") refresh(allFragments());
}

function drawState() {
  const chip = document.querySelector("[data-live-state]");
  const words = chip?.querySelector("[data-live-word]");
  if (chip && words) {
    chip.setAttribute("data-state", state === "live" ? "live" : "off");
    words.textContent = word(state);
    chip.querySelector("use")?.setAttribute("href", { offline: "#wifi-off", live: "#radio", reload: "#refresh-cw", connecting: "#loader" }[state]);
  }
  const banner = document.getElementById("offline");
  if (!banner) return;
  const lines = offlineSince
    ? [word("offline_since", { time: clock(offlineSince) }), word(waitingCount() ? "offline_kept" : "offline_read", { time: clock(offlineSince) })]
    : [];
  if ([...banner.children].map((child) => child.textContent).join() === lines.join()) return;
  banner.replaceChildren(...lines.map((text, number) => {
    const element = document.createElement(number ? "span" : "b");
    element.textContent = text;
    return element;
  }));
}

/* Without a socket: ask again ---------------------------------------------------------------------------------------- */

/** @param {number} milliseconds */
function pollIn(milliseconds) {
  clearTimeout(nextPoll);
  nextPoll = window.setTimeout(poll, milliseconds);
}

async function poll() {
  if (!isSignedIn || isConnected) return;
  if (document.visibilityState === "visible") {
    try {
      await fetch("/healthz", { cache: "no-store", headers: { "X-Readback-Background": "1" } });
      if (isConnected) return;
      enter("reload");
      refresh(allFragments());
    } catch {
      if (!isConnected) enter("offline");
    }
  }
  pollIn(state === "offline" ? RECOVER_MS : POLL_MS);
}

/* A page that comes back from the browser's memory may be of somebody who has left: it is empty until the server has said
 * whose it is. No page is kept there that went with no-store; this is for a browser that keeps it all the same. */
addEventListener("pageshow", (event) => {
  if (!event.persisted || !isSignedIn) return;
  document.body.replaceChildren();
  location.reload();
});
addEventListener("offline", () => enter("offline"));
addEventListener("online", () => pollIn(0));
document.addEventListener("visibilitychange", () => { if (!isConnected) pollIn(0); });
document.addEventListener("readback:waiting", drawState);
document.addEventListener("readback:acted", () => refresh(allFragments()));

/* The height of what sticks, so that focus, anchors and the page's last button are never hidden under it --------- */

const top_ = document.querySelector(".top");
const dock = document.querySelector(".dock");
const cards = document.querySelector(".toasts");
const sizes = new ResizeObserver(() => {
  const style = document.documentElement.style;
  style.setProperty("--top", `${top_?.getBoundingClientRect().height ?? 0}px`);
  style.setProperty("--dock", `${dock?.getBoundingClientRect().height ?? 0}px`);
  style.setProperty("--cards", `${cards?.getBoundingClientRect().height ?? 0}px`);
});
for (const each of [document.body, cards]) if (each) sizes.observe(each);

/** The page's one connection, for modules that send acts over it; null where live.js could not be loaded.
 * @type {Promise<{act: (act: string, fields: Record<string, unknown>) => Promise<Record<string, unknown>>} | null>} */
export const live = isSignedIn
  ? import("../live/live.js").then((module) => module.connect()).catch(() => null)
  : Promise.resolve(null);

if (isSignedIn) {
  drawState();
  pollIn(navigator.onLine ? PATIENCE_MS * 2 : 0);
  refresh(document.querySelectorAll("[data-fetch=now][data-fragment]"));
  watchIdle(Number(document.body.dataset.idleSeconds));
  watchLeaving(() => state === "offline");
}

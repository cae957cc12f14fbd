/** Every page: keeps it live by the socket, or by asking again every 30 s where there is none, and says which.
 *
 * An element asks to be kept fresh with data-fragment (the address of its content) and data-live (what it is about):
 *   <section data-live="handover:UUID patient:UUID" data-fragment="/handovers/UUID/_gate/">
 *   <span data-live="inbox" data-fragment="/inbox/_count/">      every event
 * data-fetch="now" fetches it once when the page opens. */
import { waitingCount, wakeAll } from "./act.js";
import "./dialogs.js";
import { swap } from "./fragment.js";
import { watchIdle } from "./idle.js";
import { announce } from "./notices.js";
import { clock, word } from "./words.js";

const POLL_MS = 30_000;
const GATHER_MS = 60;
const isSignedIn = Boolean(document.body.dataset.person);

/** @type {Set<Element>} */
const due = new Set();
let gathering = 0;
let state = "connecting";
/** @type {Date | null} */
let offlineSince = null;

/* Fragments ------------------------------------------------------------------------------------------------------- */

/** @param {Iterable<Element>} elements */
function refresh(elements) {
  for (const element of elements) due.add(element);
  gathering ||= window.setTimeout(refreshNow, GATHER_MS);
}

async function refreshNow() {
  gathering = 0;
  const elements = [...due].filter((element) => element.isConnected);
  due.clear();
  await Promise.all(elements.map(async (element) => {
    const url = element.getAttribute("data-fragment");
    try {
      if (url) await swap(element, url, { background: true });
    } catch {
      element.setAttribute("data-stale", ""); // the next poll or event tries again
      return;
    }
    element.removeAttribute("data-stale");
  }));
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

function allFragments() {
  return document.querySelectorAll("[data-fragment][data-live]");
}

/* Events and the state of the line ---------------------------------------------------------------------------------- */

document.addEventListener("readback:event", (event) => {
  const detail = /** @type {CustomEvent} */ (event).detail ?? {};
  refresh(concerned(detail));
  if (detail.view?.title && detail.view.tone && detail.view.url !== location.pathname) announce(detail.view);
});

document.addEventListener("readback:state", (event) => {
  const detail = /** @type {CustomEvent} */ (event).detail;
  setState(typeof detail === "string" ? detail : detail?.state ?? "connecting");
});

/** @param {string} next "live", "connecting" or "offline" */
function setState(next) {
  const before = state;
  state = navigator.onLine ? next : "offline";
  const isBack = state === "live" && before !== "live";
  if (state === "live") offlineSince = null;
  else if (state === "offline") offlineSince ??= new Date();
  drawState();
  if (isBack) {
    wakeAll();
    refresh(allFragments());
  }
}

function drawState() {
  const chip = document.querySelector("[data-live-state]");
  const words = chip?.querySelector("[data-live-word]");
  if (chip && words) {
    chip.setAttribute("data-state", state === "live" ? "live" : "off");
    words.textContent = word(state === "connecting" && asked ? "reload" : state);
    chip.querySelector("use")?.setAttribute("href", state === "offline" ? "#wifi-off" : state === "live" ? "#radio" : "#refresh-cw");
  }
  const banner = document.getElementById("offline");
  if (!banner) return;
  if (!offlineSince) {
    banner.replaceChildren();
    return;
  }
  const heading = document.createElement("b");
  heading.textContent = word("offline_since", { time: clock(offlineSince) });
  const line = document.createElement("span");
  line.textContent = word(waitingCount() ? "offline_kept" : "offline_read", { time: clock(offlineSince) });
  if (banner.textContent !== `${heading.textContent}${line.textContent}`) banner.replaceChildren(heading, line);
}

/* Without a socket: ask again ---------------------------------------------------------------------------------------- */

let asked = false;

async function poll() {
  if (!isSignedIn || state === "live" || document.visibilityState === "hidden") return;
  try {
    await fetch("/healthz", { cache: "no-store", headers: { "X-Readback-Background": "1" } });
    asked = true;
    if (offlineSince) wakeAll();
    offlineSince = null;
    if (state === "offline") state = "connecting";
    refresh(allFragments());
  } catch {
    offlineSince ??= new Date();
    state = "offline";
  }
  drawState();
}

addEventListener("offline", () => setState("offline"));
addEventListener("online", () => void poll());
document.addEventListener("visibilitychange", () => void poll());
document.addEventListener("readback:waiting", drawState);
document.addEventListener("readback:acted", () => refresh(allFragments()));

/* The height of what sticks, so that focus and anchors are never hidden under it ------------------------------------ */

const top_ = document.querySelector(".top");
const dock = document.querySelector(".dock");
new ResizeObserver(() => {
  const style = document.documentElement.style;
  style.setProperty("--top", `${top_?.getBoundingClientRect().height ?? 0}px`);
  style.setProperty("--dock", `${dock?.getBoundingClientRect().height ?? 0}px`);
}).observe(document.body);

if (isSignedIn) {
  setState(navigator.onLine ? "connecting" : "offline");
  refresh(document.querySelectorAll("[data-fetch=now][data-fragment]"));
  setInterval(() => void poll(), POLL_MS);
  watchIdle(Number(document.body.dataset.idleSeconds));
  import("../live/live.js")
    .then((live) => live.connect({ onEvent: () => {}, onState: () => {} }))
    .catch(() => void poll());
}

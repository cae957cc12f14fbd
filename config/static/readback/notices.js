/** What a page says by itself: a card when something arrives, with a gentle sound where the device allows it.
 *
 * A card stays until somebody opens or closes it: an alert that vanishes by itself was not seen. On a phone the most
 * urgent one is shown, so that whoever reads a brief can read on; how many more there are stands below it. A card lives
 * in the page only, and goes with it; the page's title carries a number and never a name. */
import { symbol } from "./act.js";
import { word } from "./words.js";

const REPEATED_AFTER_MS = 20_000;
const MOST_CARDS = { phone: 1, desk: 3 };
const URGENCY = ["stable", "watcher", "unstable"];
const isDesk = matchMedia("(width >= 62rem)");
/** @type {AudioContext | null} */
let sound = null;
let unseen = 0;
const plainTitle = document.title;

// A browser lets a page sound only after somebody has touched it once.
addEventListener("pointerdown", () => {
  sound ??= "AudioContext" in globalThis ? new AudioContext() : null;
  if (sound?.state === "suspended") void sound.resume();
}, { capture: true, passive: true });

addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") {
    unseen = 0;
    document.title = plainTitle;
  }
});

/**
 * @param {{title?: string, line?: string, severity?: string, url?: string, from?: string, tone?: string, sound?: string}} view
 */
export function announce(view) {
  const place = document.getElementById("toasts");
  if (!place || !view.title) return;
  const isAlert = view.tone === "alert";
  const card = cardOf(view, isAlert);
  place.prepend(card);
  settle();
  if (isAlert) {
    chime();
    if (view.sound === "repeated") repeat(card);
    if (document.visibilityState === "hidden") document.title = `(${(unseen += 1)}) ${plainTitle}`;
  } else {
    setTimeout(() => take(card), 8000);
  }
}

isDesk.addEventListener("change", settle);

/** Shows as many cards as the screen has room for, and says how many more there are. */
function settle() {
  const place = document.getElementById("toasts");
  if (!place) return;
  const most = isDesk.matches ? MOST_CARDS.desk : MOST_CARDS.phone;
  const cards = /** @type {HTMLElement[]} */ ([...place.querySelectorAll(".toast")]);
  // The newest come first; sorting keeps that order among equals.
  cards.sort((one, other) => rank(other) - rank(one)).forEach((card, index) => (card.hidden = index >= most));
  place.querySelector(".toasts-more")?.remove();
  const others = cards.length - most;
  if (others <= 0) return;
  const more = link("/inbox/");
  more.className = "toasts-more";
  more.textContent = others === 1 ? word("more_one") : word("more_many", { count: String(others) });
  place.append(more);
}

/** Alerts before notices, the sickest patient before the others. @param {HTMLElement} card */
function rank(card) {
  return card.classList.contains("alert") ? 1 + URGENCY.indexOf(card.dataset.severity ?? "") + 1 : 0;
}

/** @param {Element} card */
function take(card) {
  card.remove();
  settle();
}

/** @param {Record<string, string | undefined>} view @param {boolean} isAlert */
function cardOf(view, isAlert) {
  const card = document.createElement("section");
  card.className = isAlert ? "toast alert" : "toast";
  card.setAttribute("role", isAlert ? "alert" : "status");
  if (view.severity) card.dataset.severity = view.severity;
  card.append(severityGlyph(view.severity));
  const text = document.createElement("div");
  text.className = "grow";
  for (const [tag, words] of [["b", view.title], ["p", view.line], ["small", view.from && word("from", { from: view.from })]]) {
    if (!words) continue;
    const element = document.createElement(/** @type {string} */ (tag));
    element.textContent = words;
    text.append(element);
  }
  card.append(text);
  if (view.url && new URL(view.url, location.origin).origin === location.origin) card.append(link(view.url));
  card.append(closer(card));
  return card;
}

/** @param {string | undefined} severity */
function severityGlyph(severity) {
  const glyph = symbol(severity && document.getElementById(`s-${severity}`) ? `s-${severity}` : "bell-ring");
  if (severity) glyph.setAttribute("class", "glyph");
  return glyph;
}

/** @param {string} url */
function link(url) {
  const anchor = document.createElement("a");
  anchor.className = "btn";
  anchor.href = url;
  anchor.textContent = word("open");
  return anchor;
}

/** @param {Element} card */
function closer(card) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tool";
  button.setAttribute("aria-label", word("close"));
  button.append(symbol("x"));
  button.addEventListener("click", () => take(card));
  return button;
}

/** Sounds again until somebody has opened or closed the card. @param {Element} card */
function repeat(card) {
  const timer = setInterval(() => (card.isConnected ? chime() : clearInterval(timer)), REPEATED_AFTER_MS);
}

/** Two soft notes, and a short buzz. */
function chime() {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([90, 70, 90]);
  if (sound?.state !== "running") return;
  for (const [hertz, after] of [[660, 0], [880, 0.18]]) {
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0.0001, sound.currentTime + after);
    volume.gain.exponentialRampToValueAtTime(0.08, sound.currentTime + after + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, sound.currentTime + after + 0.4);
    tone.connect(volume).connect(sound.destination);
    tone.start(sound.currentTime + after);
    tone.stop(sound.currentTime + after + 0.45);
  }
}

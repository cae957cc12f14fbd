/** What a page says by itself: a card when something arrives, with a gentle sound where the device allows it.
 *
 * A card stays until somebody opens or closes it: an alert that vanishes by itself was not seen. It lives in the page
 * only, and goes with it; the page's title carries a number and never a name. */
import { symbol } from "./act.js";
import { word } from "./words.js";

const MOST_CARDS = 3;
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
 * @param {{title?: string, line?: string, severity?: string, url?: string, from?: string, tone?: string}} view
 */
export function announce(view) {
  const place = document.getElementById("toasts");
  if (!place || !view.title) return;
  const isAlert = view.tone === "alert";
  while (place.childElementCount >= MOST_CARDS) place.firstElementChild?.remove();
  const card = cardOf(view, isAlert);
  place.append(card);
  if (isAlert) {
    chime();
    if (document.visibilityState === "hidden") document.title = `(${(unseen += 1)}) ${plainTitle}`;
  } else {
    setTimeout(() => card.remove(), 8000);
  }
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
  button.addEventListener("click", () => card.remove());
  return button;
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

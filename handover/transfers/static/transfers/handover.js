/** A handover as it is read: the rungs 'opened' and 'read to the end' reach the sender; the gate is heard when it opens.
 *
 * Both rungs also have a button, for a browser without scripts. "Read to the end" by itself means: the end, which was not
 * on the screen at first, has been on it for a second. Where the whole fits the screen only the button says it. */
import { newKey, post, Refused } from "../readback/act.js";

const READ_MS = 1000;

/** Posts one of the page's forms as it stands. @param {HTMLFormElement} form */
async function act(form) {
  try {
    await post(form.action, new FormData(form));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return false; // Somebody was faster, or the version has changed: the fragments say how it stands.
  }
  document.dispatchEvent(new CustomEvent("readback:acted"));
  return true;
}

/** The versions whose opening was told. @type {Set<string>} */
const told = new Set();

/** Each version is opened once: the page holds the form only while this reader has not. */
function tellOpened() {
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("opened"));
  const version = versionOf(form);
  if (!form || told.has(version)) return;
  told.add(version);
  void act(form);
}

/** @param {HTMLFormElement | null} form */
function versionOf(form) {
  return /** @type {HTMLInputElement | null} */ (form?.elements.namedItem("version"))?.value ?? "";
}

tellOpened();

/* Read to the end ------------------------------------------------------------------------------------------------- */

let hasMoved = false;
let isSent = false;
let wait = 0;
let watched = "";
addEventListener("scroll", () => { hasMoved = true; }, { passive: true });

/** @type {IntersectionObserver | null} */
let observer = null;

function watchEnd() {
  observer?.disconnect();
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-end]"));
  if (!form) return;
  if (versionOf(form) !== watched) {
    // Another version is on the screen now: that the old one was read says nothing of it.
    clearTimeout(wait);
    watched = versionOf(form);
    hasMoved = isSent = false;
  }
  if (isSent) return;
  let isFirst = true;
  observer = new IntersectionObserver(([entry]) => {
    const isAtOnce = isFirst && entry.isIntersecting && !hasMoved;
    isFirst = false;
    if (isAtOnce) offerButton();
    clearTimeout(wait);
    if (!entry.isIntersecting || !hasMoved || isAtOnce) return;
    wait = window.setTimeout(() => void readToTheEnd(form), READ_MS);
  }, { threshold: 0.9 });
  observer.observe(form);
}

/** The end is on the screen from the beginning: then scrolling proves nothing, and the button is the main one. */
function offerButton() {
  document.querySelector("[data-read-jump]")?.setAttribute("hidden", "");
  document.querySelector("[data-read-done]")?.removeAttribute("hidden");
}

/** @param {HTMLFormElement} form */
async function readToTheEnd(form) {
  if (isSent || !form.isConnected) return;
  isSent = true;
  if (!(await act(form))) isSent = false;
}

watchEnd();

/* What stays on the page after it was sent ------------------------------------------------------------------------- */

document.addEventListener("readback:acted", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  if (form.matches("[data-end]")) isSent = true;
  form.reset();
  const key = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("key"));
  if (key) key.value = newKey();
}, { capture: true });

/* The gate ----------------------------------------------------------------------------------------------------------- */

let isOpen = isGateOpen();

function isGateOpen() {
  return document.querySelector("#gate[data-open]:not([hidden])") !== null;
}

document.addEventListener("readback:swapped", (event) => {
  const element = /** @type {CustomEvent} */ (event).detail.element;
  if (element.id === "coming") tellOpened();
  if (element.id === "whole") showChange(element);
  if (element.id === "end" || element.id === "dock") watchEnd();
  if (element.id !== "gate") return;
  const before = isOpen;
  isOpen = isGateOpen();
  if (isOpen && !before) gateOpened();
});

let shown = document.getElementById("whole")?.getAttribute("data-version");

/** The words under the reader's eyes have become another version's: what changed comes into view. @param {Element} whole */
function showChange(whole) {
  if (whole.getAttribute("data-version") === shown) return;
  shown = whole.getAttribute("data-version");
  document.getElementById("coming")?.scrollIntoView({ block: "end" });
}

/** Heard and felt, for somebody who has the phone in a pocket: two rising tones, two short pulses. */
function gateOpened() {
  navigator.vibrate?.([120, 80, 120]);
  document.dispatchEvent(new CustomEvent("readback:gate-open"));
  chime();
}

/** @type {AudioContext | null} */
let audio = null;
// A browser lets a page sound only after somebody has touched it.
addEventListener("pointerdown", () => { audio ??= new AudioContext(); }, { once: true });
addEventListener("keydown", () => { audio ??= new AudioContext(); }, { once: true });

function chime() {
  if (!audio || audio.state !== "running") return;
  for (const [at, pitch] of [[0, 660], [0.18, 880]]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, audio.currentTime + at);
    volume.gain.exponentialRampToValueAtTime(0.2, audio.currentTime + at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + at + 0.16);
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.17);
  }
}

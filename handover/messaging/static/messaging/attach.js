/** A photo, a PDF or a voice note on its way into a message: sent in pieces while somebody still writes.
 *
 * A piece that the line has lost is sent again (act.js), and the server takes each once. Sent, the message waits for what
 * is still on its way. What was chosen is held in the memory of this page alone, and so is what was recorded. */
import { newKey, post, Refused } from "../readback/act.js";

const PIECE_BYTES = 256 * 1024;
const LONGEST_MS = 120_000;
const TICK_MS = 250;
const BITS_PER_SECOND = 24_000;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4"];
/** What stands in the address for the id of a file. */
const ANY = "00000000-0000-0000-0000-000000000000";

/** @typedef {{id: string, done: Promise<boolean>}} Coming */
/** The file of each kind that is on its way or there. @type {Map<string, Coming>} */
const coming = new Map();
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("compose"));

/** @param {string} name @returns {HTMLInputElement} */
function field(name) {
  return /** @type {HTMLInputElement} */ (form?.elements.namedItem(name));
}

/** What a place says by its data-say-NAME. @param {HTMLElement} place @param {string} name @param {Record<string, string>} [values] */
function say(place, name, values = {}) {
  const words = place.dataset[`say${name}`] ?? "";
  const state = /** @type {HTMLElement} */ (place.querySelector(".file-state"));
  state.textContent = words.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  state.dataset.state = name.toLowerCase();
}

/** @param {HTMLElement} place @param {string} kind @param {Blob} blob */
function begin(place, kind, blob) {
  const id = newKey();
  const entry = { id, done: sendAll(place, kind, blob, id) };
  coming.set(kind, entry);
  /** @type {HTMLElement} */ (place.querySelector("[data-drop]")).hidden = false;
}

/** @param {HTMLElement} place @param {string} kind @param {Blob} blob @param {string} id @returns {Promise<boolean>} whether it is there */
async function sendAll(place, kind, blob, id) {
  const url = (form?.dataset.uploads ?? "").replace(ANY, id);
  wrong(place, "");
  try {
    for (let at = 0; at < blob.size; at += PIECE_BYTES) {
      if (coming.get(kind)?.id !== id && at > 0) return false; // another was chosen, or none
      say(place, "Coming", { percent: String(Math.floor((at * 100) / blob.size)) });
      await sendPiece(place, url, { kind, size: blob.size, at, part: blob.slice(at, at + PIECE_BYTES) });
    }
    if (coming.get(kind)?.id !== id) return false;
    field(`upload_${kind}`).value = id;
    say(place, "There");
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (coming.get(kind)?.id === id) drop(place, kind);
    const words = error.fields[kind] ?? error.message;
    wrong(place, Array.isArray(words) ? words.join(" ") : words);
    return false;
  }
}

/** @param {HTMLElement} place @param {string} url @param {{kind: string, size: number, at: number, part: Blob}} piece */
function sendPiece(place, url, piece) {
  const data = new FormData();
  data.set("csrfmiddlewaretoken", field("csrfmiddlewaretoken").value);
  data.set("kind", piece.kind);
  data.set("size", String(piece.size));
  data.set("at", String(piece.at));
  data.set("part", piece.part, "part");
  const before = /** @type {HTMLElement} */ (place.querySelector(".file-state")).textContent ?? "";
  return post(url, data, {
    name: place.dataset.name,
    onState: (state) => {
      if (state === "kept") say(place, "Kept");
      else /** @type {HTMLElement} */ (place.querySelector(".file-state")).textContent = before;
    },
  });
}

/** @param {HTMLElement} place @param {string} kind */
function drop(place, kind) {
  coming.delete(kind);
  field(`upload_${kind}`).value = "";
  say(place, "None");
  /** @type {HTMLElement} */ (place.querySelector("[data-drop]")).hidden = true;
}

/** @param {HTMLElement} place @param {string} words */
function wrong(place, words) {
  place.classList.toggle("invalid", Boolean(words));
  const found = /** @type {HTMLElement} */ (place.querySelector(".file-wrong"));
  found.textContent = words;
  found.hidden = !words;
}

/* What is chosen ---------------------------------------------------------------------------------------------------- */

/** @param {HTMLElement} place */
function watchFile(place) {
  const kind = place.dataset.file ?? "";
  const input = /** @type {HTMLInputElement} */ (place.querySelector("input[type=file]"));
  input.addEventListener("change", () => {
    const [chosen] = input.files ?? [];
    if (!chosen) return;
    drop(place, kind);
    if (chosen.size > Number(place.dataset.most)) wrong(place, place.dataset.sayLarge ?? "");
    else begin(place, kind, chosen);
    input.value = ""; // it goes by itself: with the form it would go once more
  });
  place.querySelector("[data-drop]")?.addEventListener("click", () => { drop(place, kind); input.focus(); });
}

/* What is recorded -------------------------------------------------------------------------------------------------- */

/** @param {HTMLElement} place */
function watchVoice(place) {
  const type = TYPES.find((each) => globalThis.MediaRecorder?.isTypeSupported(each));
  if (!type || !navigator.mediaDevices?.getUserMedia) return;
  place.hidden = false;
  const button = /** @type {HTMLButtonElement} */ (place.querySelector("[data-record]"));
  const heard = /** @type {HTMLAudioElement} */ (place.querySelector("audio"));
  const label = /** @type {HTMLElement} */ (button.querySelector("span"));
  /** @type {MediaRecorder | null} */
  let recorder = null;

  function forget() {
    URL.revokeObjectURL(heard.src);
    heard.removeAttribute("src");
    heard.hidden = true;
  }

  /** @param {MediaStream} stream */
  function record(stream) {
    /** @type {Blob[]} */
    const parts = [];
    const began = Date.now();
    const made = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });
    const ticking = setInterval(() => {
      say(place, "Recording", { time: clockOf(Date.now() - began) });
      if (Date.now() - began >= LONGEST_MS && made.state === "recording") made.stop();
    }, TICK_MS);
    made.addEventListener("dataavailable", (event) => parts.push(event.data));
    made.addEventListener("stop", () => {
      clearInterval(ticking);
      for (const track of stream.getTracks()) track.stop();
      recorder = null;
      label.textContent = place.dataset.sayRecord ?? "";
      button.classList.remove("on");
      const blob = new Blob(parts, { type });
      heard.src = URL.createObjectURL(blob);
      heard.hidden = false;
      begin(place, "voice", blob);
    });
    made.start();
    recorder = made;
    say(place, "Recording", { time: clockOf(0) });
    label.textContent = place.dataset.sayStop ?? "";
    button.classList.add("on");
  }

  button.addEventListener("click", async () => {
    if (recorder) {
      recorder.stop();
      return;
    }
    forget();
    drop(place, "voice");
    wrong(place, "");
    try {
      record(await navigator.mediaDevices.getUserMedia({ audio: true }));
    } catch {
      wrong(place, place.dataset.sayDenied ?? "");
    }
  });
  place.querySelector("[data-drop]")?.addEventListener("click", () => { forget(); drop(place, "voice"); button.focus(); });
  addEventListener("pagehide", () => recorder?.stop());
}

/** @param {number} ms */
function clockOf(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/* The message waits for them ---------------------------------------------------------------------------------------- */

if (form) {
  for (const place of form.querySelectorAll("[data-file]")) watchFile(/** @type {HTMLElement} */ (place));
  for (const place of form.querySelectorAll("[data-voice]")) watchVoice(/** @type {HTMLElement} */ (place));
  let isWaiting = false;
  form.addEventListener("submit", async (event) => {
    const left = [...coming.entries()].filter(([kind]) => !field(`upload_${kind}`).value);
    if (!left.length && !isWaiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (isWaiting) return;
    isWaiting = true;
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    button?.classList.add("busy");
    const sent = await Promise.all(left.map(([, entry]) => entry.done));
    isWaiting = false;
    button?.classList.remove("busy");
    if (sent.every(Boolean)) form.requestSubmit(button);
  });
}

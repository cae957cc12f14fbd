/** Who looks at this conversation now, and who is typing: said and heard over the socket, and true for some seconds.
 *
 * Without a socket nothing is said, and nobody misses it. A page in the background is not looked at. */
import { newKey } from "../readback/act.js";
import { live } from "../readback/page.js";

const HERE_EVERY_MS = 10_000;
const TYPING_EVERY_MS = 3_000;
const HERE_FOR_MS = 25_000;
const TYPING_FOR_MS = 6_000;

const place = /** @type {HTMLElement} */ (document.getElementById("presence"));
const text = document.getElementById("text");
/** Until when each is here, and types. @type {Map<string, {name: string, here: number, typing: number}>} */
const others = new Map();
let saidTyping = 0;

/** @param {"here" | "typing"} what */
async function say(what) {
  if (document.visibilityState !== "visible") return;
  try {
    const line = await live;
    const answer = await line?.act("thread.present", { key: newKey(), thread: place.dataset.thread, what });
    for (const one of /** @type {{person: string, name: string}[]} */ (answer?.present ?? [])) hear(one.person, one.name, "here");
  } catch {
    // No line, or no longer theirs to read: the page itself says so.
  }
}

/** @param {string} person @param {string} name @param {string} what */
function hear(person, name, what) {
  const now = Date.now();
  const before = others.get(person);
  const typing = what === "typing" ? now + TYPING_FOR_MS : (before?.typing ?? 0);
  others.set(person, { name, here: now + HERE_FOR_MS, typing });
  draw();
}

function draw() {
  const now = Date.now();
  for (const [person, one] of others) if (one.here < now) others.delete(person);
  const typing = [...others.values()].filter((one) => one.typing > now).map((one) => one.name);
  const here = [...others.values()].map((one) => one.name);
  const words = typing.length ? place.dataset[typing.length > 1 ? "sayTypingMany" : "sayTyping"] : here.length ? place.dataset.sayHere : "";
  const said = (words ?? "").replace("{names}", (typing.length ? typing : here).join(", "));
  if (place.textContent !== said) place.textContent = said;
}

document.addEventListener("readback:whisper", (event) => {
  const { subject, person, name, what } = /** @type {CustomEvent} */ (event).detail;
  if (subject?.id === place.dataset.thread) hear(String(person), String(name), String(what));
});
// What somebody has sent they are no longer typing.
document.addEventListener("readback:event", (event) => {
  const author = /** @type {CustomEvent} */ (event).detail?.view?.message?.author_id;
  const one = others.get(author);
  if (one) one.typing = 0;
  draw();
});
text?.addEventListener("input", () => {
  if (Date.now() - saidTyping < TYPING_EVERY_MS) return;
  saidTyping = Date.now();
  void say("typing");
});
document.addEventListener("readback:state", (event) => {
  if (/** @type {CustomEvent} */ (event).detail?.state === "live") void say("here");
});
document.addEventListener("visibilitychange", () => void say("here"));
setInterval(() => void say("here"), HERE_EVERY_MS);
setInterval(draw, 1_000);
void say("here");

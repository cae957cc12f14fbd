/** Every page of a signed-in person: sees that this browser rings for them and for nobody else, and goes where a
 * notification leads. On the page 'How I am reached': the button that turns it on. */
import { swap, workerAddress } from "../readback/fragment.js";

const SCOPE = "/";
/** What this page last said of its browser: said again after a swap of the place it stood in. */
const told = { state: "", more: "" };
const isPossible = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

navigator.serviceWorker?.addEventListener("message", (event) => {
  const address = new URL(event.data?.open ?? "", location.href);
  if (address.origin !== location.origin || !address.pathname.startsWith("/n/")) return;
  event.ports[0]?.postMessage("taken");
  location.assign(address);
});

if (isPossible && Notification.permission === "granted") void look().catch(() => null);
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-push-on]") : null;
  if (button instanceof HTMLButtonElement) void turnOn(button);
});
document.addEventListener("submit", (event) => {
  if (event.target instanceof HTMLFormElement && "pushOff" in event.target.dataset) void forget();
});
describe(document);
document.addEventListener("readback:swapped", (event) => describe(/** @type {CustomEvent} */ (event).detail.element));

/** What the server says of this browser is done; and the page says when this device has stopped receiving. */
async function look() {
  const subscription = await subscribed();
  const answer = await post("/reach/push/here/", { endpoint: subscription?.endpoint ?? "" });
  if (answer.do === "unsubscribe") await subscription?.unsubscribe();
  if (answer.do === "subscribe") await subscribe(answer.sender);
  if (subscription && answer.do === "") watch();
}

function watch() {
  const place = document.createElement("div");
  place.dataset.live = "event:device.silent event:device.heard";
  place.dataset.fragment = "/reach/_here/";
  place.dataset.fetch = "later";
  document.getElementById("main")?.prepend(place);
  void swap(place, place.dataset.fragment, { background: true }).catch(() => null);
}

/** @param {HTMLButtonElement} button */
async function turnOn(button) {
  if (!isPossible) return say(button, "unsupported");
  button.setAttribute("aria-busy", "true");
  try {
    // Asked first, while the tap still counts: a browser asks its person at nobody else's wish.
    if ((await Notification.requestPermission()) !== "granted") return say(button, "denied");
    const answer = await post("/reach/push/here/", { endpoint: "" });
    await subscribe(answer.sender);
    location.reload();
  } catch (error) {
    say(button, "failed", error instanceof Said ? error.message : "");
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** @param {string} sender */
async function subscribe(sender) {
  const registration = await navigator.serviceWorker.register(/** @type {any} */ (workerAddress()), { scope: SCOPE });
  await navigator.serviceWorker.ready;
  // One that is bound to an earlier key of the sender cannot be used any more.
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: sender });
  const { endpoint, keys } = made.toJSON();
  await post("/reach/push/on/", { key: crypto.randomUUID(), endpoint: endpoint ?? "", point: keys?.p256dh ?? "", secret: keys?.auth ?? "" });
}

async function forget() {
  await (await subscribed())?.unsubscribe();
}

/** @returns {Promise<PushSubscription | null>} */
async function subscribed() {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Of the sentences that stand ready, shows the one that is so on this browser. @param {ParentNode} place */
function describe(place) {
  const state = !isPossible ? "unsupported" : Notification.permission === "denied" ? "denied" : told.state;
  for (const each of state ? place.querySelectorAll(`[data-when="${state}"]`) : []) show(each, state === told.state ? told.more : "");
}

/** @param {HTMLElement} button @param {string} state which sentence of the page @param {string} [more] what the server said */
function say(button, state, more = "") {
  Object.assign(told, { state, more });
  for (const each of button.closest("[data-push-state]")?.querySelectorAll(`[data-when="${state}"]`) ?? []) show(each, more);
}

/** @param {Element} sentence @param {string} more */
function show(sentence, more) {
  sentence.removeAttribute("hidden");
  const text = sentence.querySelector("p");
  if (text && more) text.textContent = more;
}

/** What the server said no with. */
class Said extends Error {}

/** @param {string} url @param {Record<string, string>} fields @returns {Promise<any>} */
async function post(url, fields) {
  const body = new FormData();
  const token = /** @type {HTMLInputElement | null} */ (document.querySelector("input[name=csrfmiddlewaretoken]"));
  for (const [name, value] of Object.entries({ ...fields, csrfmiddlewaretoken: token?.value ?? "" })) body.set(name, value);
  const headers = { Accept: "application/json", "X-Readback-Background": "1" };
  const answer = await fetch(url, { method: "POST", body, headers, credentials: "same-origin", cache: "no-store" });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Said(said.message ?? "");
  return said;
}

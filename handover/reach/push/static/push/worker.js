// @ts-check
/** The service worker: rings, says to the server that it has rung, and leads to the page. It keeps nothing, and holds no
 * page: what a person reads always comes from the server.
 *
 * A message holds an opaque token and a count, {"id": "...", "n": 2}, and n is 0 for a check. With "over" it takes the place of
 * what rang before, without a sound; "s" says that it rings softer: 1 once, 0 not at all; with "f" it only counts what
 * came for information. The server is told only
 * after the notification stands: a browser that may not show it has not rung. */
const { words } = /** @type {{words: Record<string, string>}} */ (/** @type {unknown} */ (self));
const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
/** A server that knows the token a moment later, a signal that is gone for some seconds. */
const TELL_AFTER_MS = [0, 1_500, 5_000, 12_000];
const ANSWER_MS = 700;

scope.addEventListener("install", () => void scope.skipWaiting());
scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener("push", (event) => event.waitUntil(rung(event.data)));
scope.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

/** @param {PushMessageData | null} data */
async function rung(data) {
  const { id, n, over, s, f } = /** @type {{id: string, n: number, over?: string, s?: number, f?: number}} */ (data?.json());
  await (f ? showDigest(id, n) : over ? showOver(id, n, over) : n ? showPage(id, n, s) : showCheck(id));
  await tell(id);
}

/** What rings softer than a page does says so in its title, and does not keep the screen.
 * @param {string} id @param {number} count @param {number | undefined} softer */
function showPage(id, count, softer) {
  const vibrate = softer === 1 ? [200] : [400, 200, 400, 200, 400];
  return scope.registration.showNotification((softer === undefined ? words.title : words.waits) ?? "", {
    body: count > 1 ? (words.many ?? "").replace("{count}", String(count)) : "",
    tag: "page", data: id, icon: words.icon, requireInteraction: softer === undefined,
    ...(softer === 0 ? { silent: true } : { renotify: true, vibrate }),
  });
}

/** What rang waits for nobody, or no more for this person: it is replaced, silently, by that, or by what else still waits.
 * @param {string} id @param {number} count @param {string} over "owned" or "ended" */
function showOver(id, count, over) {
  const more = count > 1 ? (words.many ?? "").replace("{count}", String(count)) : "";
  return scope.registration.showNotification((count ? words.title : words[over]) ?? "", {
    body: more, tag: "page", data: id, icon: words.icon, silent: true, requireInteraction: count > 0,
  });
}

/** What came for information, once and without a sound. It never takes the place of what rang.
 * @param {string} id @param {number} count */
function showDigest(id, count) {
  const told = (count === 1 ? words.single : words.digest) ?? "";
  return scope.registration.showNotification(told.replace("{count}", String(count)), {
    tag: "digest", data: id, icon: words.icon, silent: true,
  });
}

/** A browser lets nothing be pushed that is not shown: a check stands without a sound, one at a time. @param {string} id */
function showCheck(id) {
  return scope.registration.showNotification(words.checked ?? "", { tag: "check", data: id, icon: words.icon, silent: true });
}

/** @param {string} id */
async function tell(id) {
  for (const wait of TELL_AFTER_MS) {
    if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      const answer = await fetch("/reach/push/shown/", { method: "POST", body: JSON.stringify({ id }), credentials: "omit", cache: "no-store" });
      if (answer.ok) return;
    } catch {
      // No signal at this moment: the next try, or the next channel.
    }
  }
}

/** In a tab that is there already, else in a new one. @param {string} id */
async function open(id) {
  const address = new URL(`/n/${encodeURIComponent(id)}/`, scope.location.origin).href;
  const tabs = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = tabs.find((each) => each.visibilityState === "visible") ?? tabs[0];
  if (!tab) return void (await scope.clients.openWindow(address));
  await tab.focus().catch(() => null);
  if (await isTaken(tab, address)) return;
  await tab.navigate(address).catch(() => scope.clients.openWindow(address));
}

/** Whether the tab's page goes there by itself, so that it can ask about what was typed. @param {WindowClient} tab @param {string} address */
function isTaken(tab, address) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(true);
    setTimeout(() => resolve(false), ANSWER_MS);
    tab.postMessage({ open: address }, [port2]);
  });
}

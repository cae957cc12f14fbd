/** A device that nobody touches signs itself out, and asks a minute before. The server decides; this page tells it, at
 * most once a minute, that somebody is there, and asks it before it warns: the person may be busy in another tab. */
import { unsentNames } from "./act.js";
import { leave } from "./fragment.js";
import { word } from "./words.js";

const TELL_EVERY = 60_000;
const WARN_BEFORE = 60_000;

/** @param {number} idleSeconds */
export function watchIdle(idleSeconds) {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("idle"));
  if (!dialog) return;
  let ends = Date.now() + idleSeconds * 1000;
  let told = Date.now();
  let isAsking = false;

  /** @param {Record<string, string>} headers */
  const ask = async (headers) => {
    isAsking = true;
    try {
      const response = await fetch(dialog.dataset.here ?? "", { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json", ...headers } });
      if (response.status === 401) leave();
      else if (response.ok) ends = Date.now() + (await response.json()).left * 1000;
    } catch {
      // No signal: the server judges when it is back.
    } finally {
      isAsking = false;
    }
  };
  const touched = () => {
    told = Date.now();
    ends = told + idleSeconds * 1000;
    void ask({});
  };
  const here = () => {
    // The question has to be answered: a stray scroll is no answer.
    if (!dialog.open && Date.now() - told > TELL_EVERY) touched();
  };
  for (const kind of ["pointerdown", "keydown", "scroll", "input"]) addEventListener(kind, here, { capture: true, passive: true });
  dialog.addEventListener("close", touched);

  setInterval(async () => {
    if (isAsking || ends - Date.now() > WARN_BEFORE) return;
    if (!dialog.open) {
      await ask({ "X-Readback-Background": "1" });
      if (ends - Date.now() > WARN_BEFORE || dialog.open || !dialog.isConnected) return;
      dialog.showModal();
    }
    if (ends <= Date.now()) return leave();
    const lost = dialog.querySelector("[data-idle-unsent]");
    const names = unsentNames();
    if (lost) lost.textContent = names.length ? word("idle_unsent", { names: names.join(", ") }) : "";
    const seconds = dialog.querySelector("[data-idle-left]");
    if (seconds) seconds.textContent = String(Math.ceil((ends - Date.now()) / 1000));
  }, 1000);
}

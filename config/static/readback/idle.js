/** A device that nobody touches signs itself out, and says so a minute before. The server decides; this page only
 * tells it, at most once a minute, that somebody is there. */
import { leave } from "./fragment.js";

const TELL_EVERY = 60_000;
const WARN_BEFORE = 60_000;

/** @param {number} idleSeconds */
export function watchIdle(idleSeconds) {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("idle"));
  if (!dialog) return;
  const limit = idleSeconds * 1000;
  let touched = Date.now();
  let told = Date.now();

  const here = () => {
    if (dialog.open) return; // the question has to be answered, a stray scroll is no answer
    touched = Date.now();
    if (touched - told > TELL_EVERY) tell();
  };
  const tell = () => {
    told = Date.now();
    fetch(dialog.dataset.here ?? "", { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then((response) => { if (response.status === 401) leave(); })
      .catch(() => {}); // no signal: the server will judge when it is back
  };
  for (const kind of ["pointerdown", "keydown", "scroll", "input"]) addEventListener(kind, here, { capture: true, passive: true });
  dialog.addEventListener("close", () => { touched = Date.now(); tell(); });

  setInterval(() => {
    const left = touched + limit - Date.now();
    if (left <= 0) return leave();
    if (left > WARN_BEFORE) return;
    if (!dialog.open) dialog.showModal();
    const seconds = dialog.querySelector("[data-idle-left]");
    if (seconds) seconds.textContent = String(Math.ceil(left / 1000));
  }, 1000);
}

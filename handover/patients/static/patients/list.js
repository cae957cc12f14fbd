/** My patients: shows the rest of a long list, and looks again while nobody scrolls or types. */
import { swap } from "../readback/fragment.js";

const AGAIN_MS = 120_000;

document.addEventListener("click", async (event) => {
  const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button[data-swap]"));
  const place = button && document.querySelector(button.dataset.swap ?? "");
  if (!button || !place) return;
  button.classList.add("busy");
  button.setAttribute("aria-busy", "true");
  try {
    const shown = place.querySelectorAll(".prow").length;
    await swap(place, button.dataset.url ?? "");
    // The focus goes to the first row that was not there before.
    const next = document.querySelectorAll(".prow .who a")[shown];
    if (next instanceof HTMLElement) next.focus({ preventScroll: true });
  } catch {
    button.classList.remove("busy");
    button.removeAttribute("aria-busy");
  }
});

// Vital signs that a colleague enters are nobody's news; the list looks for them by itself.
setInterval(() => {
  const rows = document.getElementById("rows");
  const url = rows?.getAttribute("data-fragment");
  if (rows && url && document.visibilityState === "visible") swap(rows, url, { background: true }).catch(() => {});
}, AGAIN_MS);

/** One entry: the score while vital signs are typed, and what a colleague wrote meanwhile. Works without it. */
import { replace, swap } from "../readback/fragment.js";

const PAUSE_MS = 250;
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("entry"));
const score = document.getElementById("score");
let timer = 0;
let asked = 0;

async function look() {
  if (!form || !score) return;
  const mine = (asked += 1);
  const response = await fetch(score.dataset.url ?? "", {
    method: "POST", body: new FormData(form), credentials: "same-origin", headers: { "X-Readback-Fragment": "1", Accept: "text/html" },
  }).catch(() => null);
  // An answer that a later one has overtaken says nothing true any more.
  if (!response?.ok || mine !== asked) return;
  replace(score, await response.text());
}

function oxygen() {
  const box = form?.querySelector(".oxygen");
  if (!form || !(box instanceof HTMLElement)) return;
  const air = /** @type {RadioNodeList | null} */ (form.elements.namedItem("air"));
  box.hidden = air?.value !== "oxygen";
}

if (form && score) {
  oxygen();
  void look();
  form.addEventListener("input", () => {
    oxygen();
    clearTimeout(timer);
    timer = window.setTimeout(() => void look(), PAUSE_MS);
  });
}

// A colleague was faster: show how the line stands now, and take it as seen, so that saving again is a choice.
form?.addEventListener("readback:refused", async (event) => {
  const detail = /** @type {CustomEvent} */ (event).detail;
  const place = document.getElementById("stands-now");
  if (detail?.status !== 409 || !place || !form.dataset.now) return;
  const isShown = await swap(place, form.dataset.now).catch(() => false);
  if (isShown) form.querySelector(".act-refusal")?.remove();
  const number = place.querySelector("[data-number]")?.getAttribute("data-number");
  const seen = form.elements.namedItem("seen");
  if (number && seen instanceof HTMLInputElement) seen.value = number;
  place.scrollIntoView({ block: "nearest" });
});

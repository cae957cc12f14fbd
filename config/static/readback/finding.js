/** Forms that find something: sent by script, and what was found takes its place on this page.
 *
 * A form that the browser posts itself lies, with the name that was looked for, in the file from which it restores its
 * session after a crash. data-swap on the form names the element that the answer renews; without this module the form
 * is posted as ever. On a button of it, it does so for that button alone, at the button's formaction. */
import { word } from "./words.js";
import { swapPosted } from "./fragment.js";
import { announce } from "./notices.js";

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const name = event.submitter?.dataset.swap ?? form.dataset.swap;
  const place = name ? document.getElementById(name) : null;
  if (!place || event.defaultPrevented) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return;
  void find(form, place, /** @type {HTMLElement | null} */ (event.submitter));
});

/** @param {HTMLFormElement} form @param {HTMLElement} place @param {HTMLElement | null} button */
async function find(form, place, button) {
  form.setAttribute("aria-busy", "true");
  button?.classList.add("busy");
  try {
    const own = button?.dataset.swap ? /** @type {HTMLButtonElement} */ (button) : null;
    const address = own?.formAction ?? form.action;
    await swapPosted(place, address, own ? new FormData(form, own) : new FormData(form));
    show(place, new URL(address).hash.slice(1));
  } catch {
    announce({ title: word("unknown"), tone: "alert" }); // what was typed is still there
  } finally {
    form.removeAttribute("aria-busy");
    button?.classList.remove("busy");
  }
}

/** What was found, or else the first field that needs another look. @param {HTMLElement} place @param {string} id */
function show(place, id) {
  const found = id ? document.getElementById(id) : null;
  const target = /** @type {HTMLElement | null} */ (found?.querySelector("[tabindex]") ?? place.querySelector(".invalid input, .invalid select, [role=alert]"));
  target?.focus({ preventScroll: true });
  (found ?? target)?.scrollIntoView({ block: "nearest" });
}

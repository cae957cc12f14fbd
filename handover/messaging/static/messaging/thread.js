/** A conversation as it is read: what stands on the screen has been opened, which its author sees; and nothing more.
 *
 * Opening is no answer. It is told once for each last message, when the page is really looked at. */
import { post, Refused } from "../readback/act.js";

/** The number up to which it was told. */
let told = 0;

async function tellSeen() {
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("seen"));
  const field = /** @type {HTMLInputElement | null} */ (form?.elements.namedItem("number") ?? null);
  const number = Number(field?.value ?? 0);
  if (!form || number <= told || document.visibilityState !== "visible") return;
  told = number;
  try {
    await post(form.action, new FormData(form));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    told = 0; // The next look tells it again.
  }
}

/** The newest stands at the end: a page that opens shows that, and keeps showing it while more comes, unless somebody has
 * read back or is writing. */
let isAtNewest = true;

function newest() {
  return document.querySelector("#messages > article:last-of-type");
}

function showNewest() {
  if (!location.hash && !location.search) newest()?.scrollIntoView({ block: "end" });
}

function lookWhere() {
  isAtNewest = (newest()?.getBoundingClientRect().bottom ?? 0) <= innerHeight + 1;
}

// What the browser remembers of an earlier look is an older place.
history.scrollRestoration = "manual";
showNewest();
void tellSeen();
addEventListener("scroll", lookWhere, { passive: true });
document.addEventListener("visibilitychange", () => void tellSeen());
new MutationObserver(() => {
  if (isAtNewest && !document.activeElement?.closest("form")) showNewest();
  void tellSeen();
}).observe(/** @type {Node} */ (document.querySelector(".talk")), { childList: true, subtree: true });

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

/** The newest stands at the end: a page that opens, and one that gets more, shows that. */
function showNewest() {
  const last = document.querySelector("#messages > article:last-of-type");
  if (!location.hash && !location.search) last?.scrollIntoView({ block: "nearest" });
}

showNewest();
void tellSeen();
document.addEventListener("visibilitychange", () => void tellSeen());
new MutationObserver(() => void tellSeen()).observe(/** @type {Node} */ (document.querySelector(".talk")), { childList: true, subtree: true });

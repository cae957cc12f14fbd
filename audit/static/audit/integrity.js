/** The page of integrity: while somebody verifies, how far it is, each second. */
import { swap } from "../readback/fragment.js";

const EACH_MS = 1_000;

async function look() {
  const part = document.querySelector("[data-running]");
  if (part && document.visibilityState === "visible") {
    try {
      await swap(part, part.getAttribute("data-fragment") ?? "", { background: true });
    } catch {
      // No signal: the next look will tell.
    }
  }
  if (document.querySelector("[data-running]")) setTimeout(look, EACH_MS);
}

void look();

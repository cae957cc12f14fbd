/** Saying it back: the words for "something else" are asked for only when that was chosen. */
const form = /** @type {HTMLFormElement} */ (document.getElementById("say-back"));
const own = form.querySelector(".own-first");

function draw() {
  const chosen = form.querySelector("[name=first]:checked");
  const isOffered = form.querySelector("[name=first]") !== null;
  own?.toggleAttribute("hidden", isOffered && /** @type {HTMLInputElement | null} */ (chosen)?.value !== "own");
}

form.addEventListener("change", draw);
draw();

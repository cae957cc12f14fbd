/** A sheet to print. */
document.querySelector("[data-print]")?.addEventListener("click", () => print());

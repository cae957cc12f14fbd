/** Opens and closes native dialogs. Without this module the same links open them by :target (see shell.css). */
document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.getAttribute("data-open-dialog") ?? "");
    if (dialog instanceof HTMLDialogElement && opener.getAttribute("aria-disabled") !== "true") {
      event.preventDefault();
      dialog.showModal();
    }
    return;
  }
  const closer = event.target.closest("[data-close-dialog]");
  const dialog = closer?.closest("dialog");
  if (dialog) {
    event.preventDefault();
    dialog.close();
  }
});

// A tap beside the dialog closes it, unless somebody has begun to write in it.
document.addEventListener("click", (event) => {
  const dialog = event.target;
  if (!(dialog instanceof HTMLDialogElement) || dialog.id === "idle") return;
  const box = dialog.getBoundingClientRect();
  const isInside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  const isWritten = [...dialog.querySelectorAll("textarea, input:not([type=hidden])")].some((field) => /** @type {HTMLInputElement} */ (field).value !== /** @type {HTMLInputElement} */ (field).defaultValue);
  if (!isInside && !isWritten) dialog.close();
});

// @ts-check
/** The keypad: large keys for gloves, which also takes what is typed. The sixth digit sends it. */
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("keypad"));
const field = /** @type {HTMLInputElement | null} */ (document.getElementById("pin"));

if (form && field) {
  // Our keys stand there: the device's own keyboard would cover them.
  field.inputMode = "none";
  form.querySelector(".keys")?.removeAttribute("hidden");
  let isSent = false;

  const look = () => {
    field.value = field.value.replace(/\D/g, "").slice(0, field.maxLength);
    if (isSent || field.value.length < field.maxLength) return;
    isSent = true;
    form.requestSubmit();
  };

  field.addEventListener("input", look);
  form.addEventListener("submit", () => { isSent = true; });
  form.addEventListener("click", (event) => {
    const key = event.target instanceof Element ? event.target.closest("button") : null;
    if (!key || isSent) return;
    if (key.dataset.digit) field.value += key.dataset.digit;
    else if (key.hasAttribute("data-erase")) field.value = field.value.slice(0, -1);
    else return;
    look();
  });
  // A page that comes back from the browser's memory shows no digits, and takes new ones.
  addEventListener("pageshow", () => { isSent = false; field.value = ""; field.focus(); });
}

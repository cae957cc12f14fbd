/** The board: beds only for a screen that others can read, and keys for a desk. */
const KEY = "readback.board.beds";
const toggle = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-names]"));
const COLUMNS = { 1: "arriving-column", 2: "leaving-column", 3: "locked-column" };

/** @param {boolean} isBedsOnly */
function show(isBedsOnly) {
  document.body.classList.toggle("beds-only", isBedsOnly);
  toggle?.setAttribute("aria-pressed", String(isBedsOnly));
  sessionStorage.setItem(KEY, isBedsOnly ? "1" : "");
}

toggle?.addEventListener("click", () => show(!document.body.classList.contains("beds-only")));
show(sessionStorage.getItem(KEY) === "1");

addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select")) return;
  const column = document.getElementById(COLUMNS[/** @type {"1" | "2" | "3"} */ (event.key)] ?? "");
  if (column) focusFirst(column);
  else if (event.key === "b" || event.key === "B") show(!document.body.classList.contains("beds-only"));
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event);
});

/** @param {Element} column */
function focusFirst(column) {
  /** @type {HTMLElement | null} */ (column.querySelector("a"))?.focus();
}

/** @param {KeyboardEvent} event */
function step(event) {
  const column = /** @type {HTMLElement} */ (event.target).closest("#board > section");
  if (!column) return;
  const links = /** @type {HTMLElement[]} */ ([...column.querySelectorAll("a")]);
  const next = links[links.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  next.focus();
  event.preventDefault();
}

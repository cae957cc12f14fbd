/** The one place that writes HTML into a page: fragments of our own server, through the one Trusted Types policy.
 *
 * A fragment is escaped where it is made, by Django's templates. Nothing else may become HTML: other modules use
 * textContent and elements they make themselves. */
const policy = globalThis.trustedTypes
  ? trustedTypes.createPolicy("readback", { createHTML: (html) => html })
  : { createHTML: (/** @type {string} */ html) => html };

/**
 * Puts html in the place of the element's content. When the html is that element itself (one root with the same
 * data-fragment), it takes the element's place. The focus, and what is open, stay where they were.
 * @param {Element} element
 * @param {string} html
 * @returns {Element} the element that is in the page now
 */
export function replace(element, html) {
  const template = document.createElement("template");
  template.innerHTML = /** @type {string} */ (policy.createHTML(html));
  const root = template.content.firstElementChild;
  const address = element.getAttribute("data-fragment");
  const isItself = template.content.childElementCount === 1 && address && root?.getAttribute("data-fragment") === address;
  const focused = element.contains(document.activeElement) ? document.activeElement?.id : "";
  const open = [...element.querySelectorAll("details[open][id]")].map((details) => details.id);
  let present = element;
  if (isItself && root) {
    element.replaceWith(root);
    present = root;
  } else {
    element.replaceChildren(template.content);
  }
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  present.dispatchEvent(new CustomEvent("readback:swapped", { bubbles: true, detail: { element: present } }));
  return present;
}

/**
 * Fetches a fragment and puts it in the element. What somebody is typing there is never thrown away: then nothing
 * happens and the answer is false.
 * @param {Element} element
 * @param {string} url an address of our own server
 * @param {{background?: boolean}} [how] background: the page asks by itself, nobody touched it
 * @returns {Promise<boolean>} whether it was replaced
 */
export async function swap(element, url, { background = false } = {}) {
  if (isBeingWritten(element)) return false;
  /** @type {Record<string, string>} */
  const headers = { "X-Readback-Fragment": "1", Accept: "text/html" };
  if (background) headers["X-Readback-Background"] = "1";
  const response = await fetch(new URL(url, location.origin), { headers, credentials: "same-origin", cache: "no-store" });
  if (response.status === 401 || response.url.includes("/sign-in/")) {
    leave();
    return false;
  }
  if (!response.ok) throw new Error(`fragment answered ${response.status}`);
  const html = await response.text();
  if (isBeingWritten(element) || !element.isConnected) return false;
  replace(element, html);
  return true;
}

/** Nobody is signed in any more: the page empties at once, then goes to where one signs in. */
export function leave() {
  document.body.replaceChildren();
  location.replace("/sign-in/");
}

/** @param {Element} element */
function isBeingWritten(element) {
  const fields = /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */ (element.querySelectorAll("input:not([type=hidden]), textarea"));
  return [...fields].some((field) =>
    field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue,
  ) || element.querySelector("form[data-state=sending], form[data-state=kept]") !== null;
}

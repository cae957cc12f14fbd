/** Passkeys: asks the browser for one, and the server whether it is good. Each button says where to begin and to finish:
 *   <button type="button" data-passkey="get" data-begin="URL" data-finish="URL" aria-describedby="ID">
 * "get" shows a passkey, "create" makes one. data-shared names a box that says, ticked, that several people use this
 * device: the server is told with the answer. Words for what goes wrong stand on the element with that id. */

/** The fields of the options that are bytes, and come as base64url. */
const BYTES = new Set(["challenge", "id"]);

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-passkey]"))) {
  if (globalThis.PublicKeyCredential) button.addEventListener("click", () => void run(button));
  else explain(button, "unsupported");
}

/** @param {HTMLButtonElement} button */
async function run(button) {
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    const publicKey = /** @type {any} */ (opened(await post(button.dataset.begin ?? "", {})));
    const how = { publicKey };
    const made = button.dataset.passkey === "create" ? await navigator.credentials.create(how) : await navigator.credentials.get(how);
    const answer = await post(finishOf(button), answerOf(/** @type {PublicKeyCredential} */ (made)));
    location.assign(answer.location);
    return;
  } catch (error) {
    explain(button, error instanceof Said ? error.message : "cancelled");
  }
  button.removeAttribute("aria-busy");
  button.disabled = false;
}

/** @param {HTMLButtonElement} button */
function finishOf(button) {
  const finish = new URL(button.dataset.finish ?? "", location.href);
  const box = document.getElementById(button.dataset.shared ?? "");
  if (box instanceof HTMLInputElement && box.checked) finish.searchParams.set("shared", "1");
  return finish.href;
}

/** What the server said no with. */
class Said extends Error {}

/** @param {string} url @param {unknown} body */
async function post(url, body) {
  const token = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=csrfmiddlewaretoken]"))?.value ?? "";
  const response = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (answer.code === "step_up" && answer.location) location.assign(answer.location);
  if (!response.ok) throw new Said(answer.message || "cancelled");
  return answer;
}

/** The options with their bytes as bytes. @param {any} value @param {string} [name] @returns {any} */
function opened(value, name = "") {
  if (typeof value === "string") return BYTES.has(name) ? bytesOf(value) : value;
  if (Array.isArray(value)) return value.map((entry) => opened(entry));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, key === "rp" ? entry : opened(entry, key)]);
  return Object.fromEntries(entries);
}

/** What the authenticator says, as the server reads it. @param {PublicKeyCredential} credential */
function answerOf(credential) {
  const said = /** @type {any} */ (credential.response);
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const response = Object.fromEntries(parts.filter((part) => said[part]).map((part) => [part, textOf(said[part])]));
  return {
    id: credential.id,
    rawId: textOf(credential.rawId),
    type: credential.type,
    response: { ...response, ...(said.getTransports ? { transports: said.getTransports() } : {}) },
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

/** @param {string} text */
function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer */
function textOf(buffer) {
  const plain = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {HTMLButtonElement} button @param {string} what a name of words on the place, or the words themselves */
function explain(button, what) {
  const place = document.getElementById(button.getAttribute("aria-describedby") ?? "");
  if (!place) return;
  place.textContent = place.dataset[what] ?? what;
  place.hidden = false;
  if (what === "unsupported") button.disabled = true;
}

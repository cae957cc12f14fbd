/** Sends the chosen files one at a time and says how far it is. Without this module the form posts them all at once. */
import { newKey } from "../readback/act.js";
import { replace } from "../readback/fragment.js";

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("import"));
const line = /** @type {HTMLElement} */ (document.getElementById("progress"));
const words = /** @type {HTMLTemplateElement} */ (document.getElementById("import-words"));

/** @param {string} name @param {Record<string, string>} values */
function word(name, values) {
  const text = words.content.querySelector(`[data-word="${name}"]`)?.textContent ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** @param {File} file @param {string} message */
function tellOf(file, message) {
  const article = document.createElement("article");
  article.className = "panel";
  const text = document.createElement("p");
  text.className = "wrong";
  text.textContent = message;
  article.append(text);
  document.getElementById("reports")?.append(article);
}

/** @param {HTMLFormElement} from @param {File} file */
async function send(from, file) {
  if (file.size > Number(from.dataset.mostBytes)) {
    tellOf(file, word("large", { name: file.name }));
    return;
  }
  const data = new FormData(from);
  data.delete("files");
  data.set("key", newKey());
  data.append("files", file, file.name);
  const answer = await fetch(from.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
  const body = await answer.json();
  if (!answer.ok) {
    tellOf(file, body.message);
    return;
  }
  const holder = document.createElement("div");
  document.getElementById("reports")?.append(holder);
  replace(holder, body.html);
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const chosen = [...(/** @type {HTMLInputElement} */ (form.elements.namedItem("files")).files ?? [])];
  const button = form.querySelector("button");
  button?.setAttribute("aria-disabled", "true");
  for (const [place, file] of chosen.entries()) {
    line.textContent = word("at", { place: String(place + 1), count: String(chosen.length), name: file.name });
    try {
      await send(form, file);
    } catch {
      tellOf(file, word("failed", { name: file.name }));
    }
  }
  line.textContent = word(chosen.length === 1 ? "done_one" : "done", { count: String(chosen.length) });
  button?.removeAttribute("aria-disabled");
});

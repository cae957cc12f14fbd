/** The words that scripts show, in the page's language: from <template id="words">, see templates/readback/_words.html. */
const template = /** @type {HTMLTemplateElement | null} */ (document.getElementById("words"));

/**
 * @param {string} name
 * @param {Record<string, string>} [values] what stands in for {name}
 * @returns {string}
 */
export function word(name, values = {}) {
  const found = template?.content.querySelector(`[data-word="${name}"]`)?.textContent ?? name;
  return found.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** The time of day on this device, 02:41. @param {Date} [moment] */
export function clock(moment = new Date()) {
  return `${String(moment.getHours()).padStart(2, "0")}:${String(moment.getMinutes()).padStart(2, "0")}`;
}

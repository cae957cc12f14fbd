/** Switches between the light theme and the night ward. The choice stays on this device, in a cookie that the server
 * reads, so that a page is never drawn white first at three in the morning. It holds one word and nothing else. */
const root = document.documentElement;

function isDark() {
  if (root.dataset.theme) return root.dataset.theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("[data-theme-toggle]")) return;
  const theme = isDark() ? "light" : "dark";
  root.dataset.theme = theme;
  document.querySelector('meta[name="color-scheme"]')?.setAttribute("content", theme);
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `readback_theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
});

// @ts-check
/** The lock screen: whatever a page of the person before could have kept in this tab or browser goes. The server asks the
 * browser for the same by Clear-Site-Data, which browsers obey over HTTPS only; the theme is a cookie, and stays. */
async function forget() {
  for (const kept of [() => sessionStorage, () => localStorage]) {
    try {
      kept().clear();
    } catch {
      // Storage is forbidden here: nothing could be kept in it.
    }
  }
  if ("caches" in window) for (const name of await caches.keys()) await caches.delete(name);
}

void forget();

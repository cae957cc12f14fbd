"""A phone with a real browser and a profile on the disk; and a program that calls the JSON API with the same rights."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import APIResponse, BrowserContext, Page, Playwright, expect

from accounts.factors.rules import needs_bound_passkey
from accounts.models import Person
from tests.canary.canaries import Piece
from tests.canary.places import files
from tests.factors.phones import app_of, code_of, give_authenticator

PASSWORD = "correct horse battery"
WAIT_MS = 30_000
# What a page can keep in the browser, all of it as one text.
_KEPT = """async () => {
  const kept = { local: { ...localStorage }, session: { ...sessionStorage }, cookies: document.cookie,
    state: history.state, name: window.name, databases: [], caches: [] };
  for (const { name } of await indexedDB.databases()) {
    const open = await new Promise((resolve, reject) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    for (const store of open.objectStoreNames) {
      const rows = await new Promise((resolve, reject) => {
        const asked = open.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
      });
      kept.databases.push([name, store, rows]);
    }
    open.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      kept.caches.push([name, request.url, await (await cache.match(request)).text()]);
    }
  }
  return JSON.stringify(kept);
}"""


class Phone:
    """One person's phone: what it asked for, which titles it showed, and what its browser kept."""

    def __init__(self, playwright: Playwright, *, chromium: Path, profile: Path, origin: str) -> None:
        self.profile = profile
        self.asked: list[str] = []
        self.titles: list[str] = []
        self.answers: list[str] = []
        self.errors: list[str] = []
        self._kept: list[str] = []
        self.context: BrowserContext = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=str(chromium),
            # Chromium's own protection needs what a container has not; a small /dev/shm makes it crash.
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            base_url=origin,
            viewport={"width": 390, "height": 844},
        )
        self.context.set_default_timeout(WAIT_MS)
        self.context.on("page", self._watch)
        self.page: Page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self._watch(self.page)

    def sign_in(self, email: str) -> None:
        """By the form, as a person does; then by an app's code, or by the passkey that their role asks for."""
        person = Person.objects.get(email=email)
        is_bound = needs_bound_passkey(person.role)
        app = None if is_bound else app_of(person)
        self.open("/sign-in/")
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        if is_bound:
            give_authenticator(self.page)
            self.page.get_by_role("button", name="Make a passkey").click()
        else:
            self.page.get_by_label("Code").fill(code_of(app))
            self.page.get_by_role("button", name="Go on").click()
        self.page.wait_for_url(re.compile(r"^(?!.*sign-in)"))
        self._is_live()

    def open(self, path: str) -> None:
        """Goes there, and keeps the title that stands above it."""
        self.page.goto(path)
        self._note_title()

    def read(self) -> str:
        """The whole document as it stands, what is folded in too."""
        self._note_title()
        return self.page.content()

    def fill(self, typed: dict[str, str]) -> None:
        """Chooses and types, by the names of the fields. What is chosen comes first: it may show what is typed into."""
        written = {}
        for name, value in typed.items():
            field = self.page.locator(f'[name="{name}"]').first
            kind = field.evaluate("element => element.type")
            if kind in ("radio", "checkbox"):
                self.page.locator(f'[name="{name}"][value="{value}"]').check(force=True)
            elif kind == "select-one":
                field.select_option(value)
            else:
                written[name] = value
        for name, value in written.items():
            self.page.locator(f'[name="{name}"]').first.fill(value)

    def submit(self, form: str) -> int:
        """Presses the form's main button, wherever it stands; the status of the answer to the POST."""
        button = self.page.locator(f'#{form} button.primary, button.primary[form="{form}"]').last
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            button.click()
        return int(answered.value.status)

    def press(self, selector: str) -> int:
        """Presses one button that posts; the status of the answer."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            self.page.locator(selector).first.click()
        return int(answered.value.status)

    def press_and_go(self, selector: str) -> None:
        """Presses a button after which the page is drawn anew."""
        with self.page.expect_navigation():
            assert self.press(selector) == 200

    def arrives(self, pattern: str) -> None:
        """Waits until the browser stands at an address like this one."""
        self.page.wait_for_url(re.compile(pattern))
        self._note_title()

    def shows(self, text: str) -> None:
        """Waits until this is in the document."""
        expect(self.page.locator("body")).to_contain_text(text, timeout=WAIT_MS)

    def act(self, name: str, **fields: str) -> dict[str, Any]:
        """An act over the page's own socket, as its modules send them."""
        told = {"key": str(uuid4()), **fields}
        self._is_live()
        return dict(
            self.page.evaluate(
                """async ([name, fields]) => {
                  const { live } = await import("/static/readback/page.js");
                  try { return await (await live).act(name, fields); }
                  catch (error) { return { t: "refused", status: error.status ?? 0, why: String(error) }; }
                }""",
                [name, told],
            )
        )

    def acts(self, name: str, **fields: str) -> dict[str, Any]:
        """The same, which must be done."""
        answer = self.act(name, **fields)
        assert answer["t"] == "result", (name, answer)
        return answer

    def says_raw(self, text: str) -> int:
        """What a socket of this session is closed with after it has said this."""
        return int(
            self.page.evaluate(
                """(text) => new Promise((resolve) => {
                  const socket = new WebSocket(`ws://${location.host}/live/`);
                  socket.addEventListener("open", () => socket.send(text));
                  socket.addEventListener("close", (event) => resolve(event.code));
                })""",
                text,
            )
        )

    def keep(self) -> None:
        """Looks at what the page has stored in the browser so far."""
        self._kept.append(self.page.evaluate(_KEPT))
        self._kept.append(json.dumps(self.context.cookies()))

    def close(self) -> None:
        """Closes the browser; its profile stays on the disk."""
        self.context.close()

    def urls(self) -> Iterator[Piece]:
        """Every address that the browser asked for, sockets too."""
        yield "addresses", "\n".join(self.asked).encode()

    def seen_titles(self) -> Iterator[Piece]:
        """Every title that a page had."""
        yield "titles", "\n".join(self.titles).encode()

    def storage(self) -> Iterator[Piece]:
        """What pages can keep: both storages, IndexedDB, caches, cookies, the state of the history."""
        yield "storage", "\n".join(self._kept).encode()

    def on_disk(self) -> Iterator[Piece]:
        """The profile's files: the cache, the history, the session that would be restored."""
        return files(self.profile)

    def _is_live(self) -> None:
        self.page.locator("[data-live-state][data-state=live]").first.wait_for()

    def _watch(self, page: Page) -> None:
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note_title(self) -> None:
        self.titles.append(self.page.title())


class Program:
    """Calls the JSON API in somebody's name, with their session and token."""

    def __init__(self, playwright: Playwright, *, origin: str, cookie: str) -> None:
        self._requests = playwright.request.new_context(
            base_url=origin, extra_http_headers={"Cookie": cookie, "Origin": origin}, timeout=WAIT_MS
        )
        self._token = self._requests.get("/api/v1/session").json()["csrf_token"]

    def call(self, method: str, path: str, body: object = None, *, raw: str | None = None) -> APIResponse:
        """One call, with a key of its own."""
        content = raw if raw is not None else None if body is None else json.dumps(body)
        headers = {"X-CSRFToken": self._token, "Idempotency-Key": str(uuid4()), "Accept": "application/json"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        return self._requests.fetch(f"/api/v1{path}", method=method, data=content and content.encode(), headers=headers)

    def done(self, method: str, path: str, body: object = None) -> Any:
        """What the call gives, which must have been done."""
        answer = self.call(method, path, body)
        assert answer.ok, (method, answer.status, answer.text()[:400])
        return answer.json()

    def get(self, address: str) -> int:
        """The status of any address of the server."""
        return self._requests.get(address).status

    def form(self, path: str, typed: dict[str, str]) -> APIResponse:
        """A form posted by hand."""
        told = {"csrfmiddlewaretoken": self._token, **typed}
        return self._requests.post(path, form=told, max_redirects=0)

    def page(self, path: str) -> str:
        """The text of a page."""
        answer = self._requests.get(path)
        assert answer.ok, (path, answer.status)
        return answer.text()

    def close(self) -> None:
        """Ends the calls."""
        self._requests.dispose()

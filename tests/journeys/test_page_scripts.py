"""The scripts of every page, in a real browser, against the real views: acts, fragments, the state of the line.

Sockets are blocked here, so that all of it is also the proof that a page works without them.
"""

import re
import shutil
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Error as PlaywrightError

from accounts.models import DeviceSession, Duty
from ledger.models import Event
from tests.browser import find_chromium
from tests.factors.phones import app_of, code_of
from tests.journeys.conftest import wait_until_nobody_asks
from tests.processes.rig import Rig

PASSWORD = "correct horse battery"
PHONE = {"width": 390, "height": 844}
GO_ON = 'form[action="/me/duty/start/"]'
GO_OFF = 'form[action="/me/duty/end/"]'

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser():
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium was found")
    from playwright.sync_api import sync_playwright

    # playwright's own loop runs in this thread; the ORM is used beside it, never inside it.
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def server(django_db_setup):
    rig = Rig()
    yield rig.start(1)[0]
    rig.stop()
    shutil.rmtree(rig.directory, ignore_errors=True)


@pytest.fixture
def phone(browser, server):
    context = browser.new_context(viewport=PHONE, base_url=server.url)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.route_web_socket("**/live/", lambda socket: socket.close())
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    page.unroute_all(behavior="ignoreErrors")
    context.set_offline(False)
    page.goto("about:blank")  # nothing of this test asks the database any more when the next one empties it
    context.close()
    wait_until_nobody_asks()
    assert page.errors == []


@pytest.fixture
def lee_at(phone, lee):
    """lee_at(path): Lee, signed in by the form, on that page."""

    def go(path):
        app = app_of(lee)
        phone.goto("/sign-in/")
        phone.get_by_label("E-mail address").fill(lee.email)
        phone.get_by_label("Password").fill(PASSWORD)
        phone.get_by_role("button", name="Sign in", exact=True).click()
        phone.get_by_label("Code").fill(code_of(app))
        phone.get_by_role("button", name="Go on").click()
        phone.wait_for_url(re.compile(r"^(?!.*sign-in)"))
        phone.goto(path)
        phone.locator("[data-live-word]", has_text="30 s").wait_for()
        return phone

    return go


def test_a_form_that_is_sent_three_times_at_once_is_posted_once(lee_at, lee):
    page = lee_at("/me/")
    posts = []
    page.on("request", lambda request: request.method == "POST" and posts.append(request.url))
    page.evaluate("""() => {
        const form = document.querySelector('form[action="/me/duty/end/"]');
        for (let time = 0; time < 3; time += 1) form.requestSubmit(form.querySelector("button"));
    }""")
    page.locator(GO_ON).wait_for()
    assert len(posts) == 1
    assert Event.objects.filter(event="duty.ended", agent_id=lee.pk).count() == 1


def test_what_is_sent_without_a_signal_is_kept_and_goes_when_it_returns(lee_at, lee):
    Duty.objects.all().delete()
    page = lee_at("/me/")
    page.context.set_offline(True)
    page.locator("#offline", has_text="You are offline since").wait_for()
    page.locator(f"{GO_ON} button").click()
    page.get_by_text("It sends itself when the signal returns.", exact=False).first.wait_for()
    page.locator("#offline", has_text="What you send is kept on this page").wait_for()
    assert not Duty.objects.exists()
    page.context.set_offline(False)
    page.locator(GO_OFF).wait_for()
    assert Duty.objects.at(timezone.now()).filter(person=lee).count() == 1


def test_nothing_that_waits_lies_in_the_browsers_storage(lee_at):
    page = lee_at("/me/")
    page.context.set_offline(True)
    page.locator(f"{GO_OFF} button").click()
    page.get_by_text("Kept on this page", exact=False).first.wait_for()
    assert page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])") == "[{},{}]"


def test_an_answer_that_was_lost_does_not_double_the_act(lee_at, lee):
    # The request arrives, its answer does not: the page cannot know, and sends the same key again.
    Duty.objects.all().delete()
    page = lee_at("/me/")
    lost = []

    def lose_the_first_answer(route):
        if lost:
            route.continue_()
            return
        route.fetch()
        lost.append(True)
        route.abort("connectionreset")

    page.route("**/me/duty/start/", lose_the_first_answer)
    page.locator(f"{GO_ON} button").click()
    page.locator(GO_OFF).wait_for()
    assert lost
    assert Event.objects.filter(event="duty.started", agent_id=lee.pk).count() == 1


def test_a_conflict_says_so_and_keeps_the_page(lee_at, lee):
    page = lee_at("/me/")
    key = uuid4()
    page.evaluate(
        """async (key) => {
        const body = new FormData(document.querySelector('form[action="/me/duty/end/"]'));
        body.set("key", key);
        await fetch("/me/unit/", { method: "POST", body });
        document.querySelector('form[action="/me/duty/end/"] [name=key]').value = key;
    }""",
        str(key),
    )
    page.locator(f"{GO_OFF} button").click()
    refusal = page.get_by_role("alert").filter(has_text="This has changed since you opened it")
    refusal.wait_for()
    assert refusal.get_by_role("link", name="See how it stands now").get_attribute("target") == "_blank"
    assert page.locator(f"{GO_OFF} button").is_enabled()


def test_words_of_the_server_stand_at_their_field(lee_at):
    page = lee_at("/me/")
    page.evaluate("""() => {
        const form = document.querySelector('form[action="/me/duty/end/"]');
        const field = form.querySelector("[name=unit]");
        field.type = "text";
        field.value = "no unit";
    }""")
    page.locator(f"{GO_OFF} button").click()
    page.locator(f"{GO_OFF} .wrong", has_text="Choose a unit.").wait_for()
    field = page.locator(f"{GO_OFF} [name=unit]")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.evaluate("element => element === document.activeElement")
    assert field.input_value() == "no unit"


def test_a_session_that_was_ended_elsewhere_leaves_an_empty_page(lee_at, lee):
    page = lee_at("/me/")
    DeviceSession.objects.filter(person=lee).update(ended=timezone.now(), end_reason="ended_by_person")
    # The page asks by itself now and then, and leaves then: the tap may find that it has gone.
    with suppress(PlaywrightError):
        page.locator(f"{GO_OFF} button").click(timeout=5_000)
    page.wait_for_url("**/sign-in/")
    assert lee.display_name not in page.content()


def test_an_arriving_handover_is_a_card_that_stays_and_the_title_names_nobody(lee_at):
    page = lee_at("/directory/")
    page.evaluate("""() => document.dispatchEvent(new CustomEvent("readback:event", { detail: {
        n: 1, event: "handover.sent", subject: { kind: "handover_version", id: "x" }, view: { title: "New handover",
        line: "FENWICKLE, Odalys <b>", severity: "watcher", url: "/inbox/", from: "Amara", tone: "alert" } } }))""")
    card = page.get_by_role("alert").filter(has_text="New handover")
    card.wait_for()
    assert "FENWICKLE, Odalys <b>" in card.inner_text()  # text, never HTML
    assert card.get_by_role("link", name="Open").get_attribute("href") == "/inbox/"
    assert "FENWICKLE" not in page.title()
    card.get_by_role("button", name="Close").click()
    assert card.count() == 0


def test_of_several_cards_a_phone_shows_the_most_urgent_and_counts_the_others(lee_at):
    page = lee_at("/directory/")
    for name, severity in [("Fenwickle", "stable"), ("Ivarsdale", "unstable"), ("Larkspurrow", "watcher")]:
        page.evaluate(
            """([line, severity]) => document.dispatchEvent(new CustomEvent("readback:event", { detail: {
            n: 1, event: "handover.sent", subject: { kind: "handover_version", id: line },
            view: { title: "New handover", line, severity, url: `/${line}/`, tone: "alert" } } }))""",
            [name, severity],
        )
    shown = page.locator("#toasts .toast").locator("visible=true")
    assert shown.locator("p").all_inner_texts() == ["Ivarsdale"]
    assert page.locator("#toasts .toasts-more").inner_text() == "2 more in your inbox"
    shown.get_by_role("button", name="Close").click()
    assert shown.locator("p").all_inner_texts() == ["Larkspurrow"]
    assert page.locator("#toasts .toasts-more").inner_text() == "1 more in your inbox"


def test_an_event_fetches_anew_what_it_is_about_and_spares_what_is_being_written(lee_at):
    page = lee_at("/directory/")
    page.evaluate("""() => {
        for (const [id, about] of [["mine", "handover:a"], ["other", "handover:b"], ["written", "handover:a"]]) {
            const section = document.createElement("section");
            section.id = id;
            section.dataset.live = about;
            section.dataset.fragment = "/fragment/";
            section.append(document.createElement("input"));
            document.querySelector("main").append(section);
        }
        document.querySelector("#written input").value = "half a sentence";
        window.before = document.querySelector("#mine input");
    }""")
    page.route("**/fragment/", lambda route: route.fulfill(content_type="text/html", body="<p>fresh</p>"))
    page.evaluate("""() => document.dispatchEvent(new CustomEvent("readback:event", { detail: {
        n: 1, event: "x.y", subject: { kind: "rung", id: "r" }, view: { handover: "a" } } }))""")
    page.locator("#mine p", has_text="fresh").wait_for()
    assert page.locator("#other p").count() == 0
    assert page.locator("#written input").input_value() == "half a sentence"


def test_several_parts_of_a_page_cost_one_read_of_it(lee_at):
    # Each read of a patient is a line on the record: a page of eight parts must not write eight of them at every event.
    page = lee_at("/directory/")
    page.evaluate("""() => {
        for (const part of ["_gate", "_ladder"]) {
            const section = document.createElement("section");
            section.dataset.live = "handover:a";
            section.dataset.fragment = `/handovers/a/${part}/`;
            document.querySelector("main").append(section);
        }
    }""")
    asked = []

    def answer(route):
        asked.append(route.request.url)
        parts = "".join(
            f'<section data-live="handover:a" data-fragment="/handovers/a/{part}/">fresh {part}</section>'
            for part in ("_gate", "_ladder")
        )
        route.fulfill(content_type="text/html", body=f"<!doctype html><main>{parts}</main>")

    page.route("**/directory/", answer)
    page.route("**/handovers/**", answer)
    page.evaluate("""() => document.dispatchEvent(new CustomEvent("readback:event", { detail: {
        n: 1, event: "x.y", subject: { kind: "handover", id: "a" }, view: null } }))""")
    page.get_by_text("fresh _gate").wait_for()
    page.get_by_text("fresh _ladder").wait_for()
    assert [url.rsplit("/", 2)[-2] for url in asked] == ["directory"]


def test_html_is_written_by_one_policy_only(lee_at):
    page = lee_at("/directory/")
    refused = page.evaluate("""() => {
        const refusals = [];
        try { document.querySelector("main").innerHTML = "<b>x</b>"; } catch (error) { refusals.push(error.name); }
        try { trustedTypes.createPolicy("another", {}); } catch (error) { refusals.push(error.name); }
        return refusals;
    }""")
    assert refused == ["TypeError", "TypeError"]


def test_the_theme_is_kept_and_drawn_by_the_server(lee_at):
    page = lee_at("/directory/")
    page.get_by_role("button", name="Switch between light and night theme").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_a_device_that_nobody_touches_asks_and_then_signs_out(lee_at, lee):
    page = lee_at("/directory/")
    page.clock.install()
    page.reload()
    question = page.get_by_role("dialog", name="Still there?")
    # The server's answer is awaited: what is changed below must not reach it instead.
    with page.expect_response("**/me/here/"):
        page.clock.run_for(14 * 60_000 + 2_000)
    assert question.count() == 0  # the same person works in another tab, or on: the server says who is idle
    untouched_for(lee, minutes=14.5)
    page.clock.run_for(14 * 60_000 + 2_000)
    question.wait_for()
    with page.expect_response("**/me/here/"):
        page.get_by_role("button", name="I am here").click()
    page.wait_for_function("() => !document.getElementById('idle').open")
    untouched_for(lee, minutes=15.5)
    page.clock.run_for(14 * 60_000 + 2_000)
    page.wait_for_url("**/sign-in/**")
    assert DeviceSession.objects.get(person=lee).end_reason == "idle"


def untouched_for(person, *, minutes):
    DeviceSession.objects.filter(person=person).update(last_seen=timezone.now() - timedelta(minutes=minutes))


def test_signing_in_works_by_the_keyboard_alone(phone, lee):
    app = app_of(lee)
    phone.goto("/sign-in/")
    phone.keyboard.press("Tab")
    assert phone.evaluate("document.activeElement.className") == "skip"
    phone.keyboard.press("Enter")
    phone.keyboard.press("Tab")
    phone.keyboard.type(lee.email)
    phone.keyboard.press("Tab")
    phone.keyboard.type(PASSWORD)
    phone.keyboard.press("Enter")
    phone.wait_for_url(re.compile(r"/sign-in/second/"))
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    phone.keyboard.press("Tab")
    phone.keyboard.type(code_of(app))
    phone.keyboard.press("Enter")
    phone.wait_for_url(re.compile(r"^(?!.*sign-in)"))
    assert DeviceSession.objects.filter(person=lee, ended=None).count() == 1

"""One phone, two people: the next one is in within seconds, and finds nothing of whoever had it before."""

import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import DeviceSession, Duty, Membership
from tests.browser import find_chromium
from tests.factors.authenticator import Authenticator
from tests.factors.phones import give_authenticator
from tests.journeys.conftest import PHONE, PIN, TIMEOUT_MS, Phone, wait_until_nobody_asks

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

CANARY = "Quetzalbrook"
MOST_TAPS = 5
# Everything that a page can keep in a browser, as one text.
KEPT = """async () => {
  const kept = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, document.title];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) kept.push(request.url, await (await cache.match(request)).text());
  }
  for (const {name} of await indexedDB.databases()) kept.push(name);
  return kept.join("\\n");
}"""


@contextmanager
def phone_with_a_disk(chromium, house, cookie, folder):
    """A browser that keeps a profile on a disk, as a real phone does, so that what it writes can be searched."""
    context = chromium.browser_type.launch_persistent_context(
        folder, executable_path=str(find_chromium()), args=["--no-sandbox"], base_url=house.url, **PHONE
    )
    try:
        context.set_default_timeout(TIMEOUT_MS)
        context.add_cookies([{"name": settings.PHONE_COOKIE_NAME, "value": cookie, "url": house.url}])
        yield Phone(context.pages[0], None)
    finally:
        context.close()
        wait_until_nobody_asks()


def come_in(phone, person):
    """From the lock screen: their name, and six digits on the keypad. Digits are no taps of the phone's count."""
    phone.tap(".people a", text=person.display_name)
    for digit in PIN:
        phone.page.locator(f'[data-digit="{digit}"]').click()
    phone.page.wait_for_url("**/patients/")


def look_at_the_patient(phone, patient, draft):
    """Everything of a patient's that the person before would have opened."""
    for path in (f"/patients/{patient.pk}/", f"/patients/{patient.pk}/summary/", f"/handovers/{draft.pk}/compose/"):
        phone.open(path)
        phone.see(CANARY)
    phone.page.evaluate(
        "sessionStorage.setItem('planted', 'Quetzalbrook'); localStorage.setItem('planted', 'Quetzalbrook')"
    )
    phone.page.evaluate("caches.open('planted').then((c) => c.put('/x', new Response('Quetzalbrook')))")
    assert CANARY in phone.page.evaluate(KEPT)  # the search finds what is there


def test_the_next_person_is_in_within_seconds_and_finds_nothing(
    chromium, house, shared_phone, amara, noor, make_patient, write_draft, emergency, capsys
):
    patient = make_patient(emergency, family=CANARY)
    draft = write_draft(amara, patient)
    cookie, _ = shared_phone(amara, noor)
    with tempfile.TemporaryDirectory() as folder, phone_with_a_disk(chromium, house, cookie, folder) as phone:
        phone.page.goto("/")
        come_in(phone, amara)
        look_at_the_patient(phone, patient, draft)
        phone.start_counting()
        phone.tap("[data-lock] button")
        come_in(phone, noor)
        phone.see("Noor Wintergreen")
        seconds, taps = phone.seconds(), phone.taps
        for page in found_on(phone):
            assert CANARY not in page
        phone.page.context.close()
        assert files_with(folder, CANARY) == []
    with capsys.disabled():
        sys.stdout.write(
            f"\nswitch on a shared phone: {seconds:.1f} s (allowed: 5), {taps} taps and {len(PIN)} digits\n"
        )
    assert taps <= MOST_TAPS


def test_the_next_person_is_in_by_passkey_with_a_tap_and_a_finger(
    chromium, named_house, shared_phone, amara, noor, make_patient, write_draft, emergency, capsys
):
    patient = make_patient(emergency, family=CANARY)
    draft = write_draft(amara, patient)
    cookie, _ = shared_phone(amara, noor)
    key = Authenticator(noor)
    with tempfile.TemporaryDirectory() as folder, phone_with_a_disk(chromium, named_house, cookie, folder) as phone:
        give_authenticator(phone.page)(key)
        phone.page.goto("/")
        come_in(phone, amara)
        look_at_the_patient(phone, patient, draft)
        phone.start_counting()
        phone.tap("[data-lock] button")
        phone.tap(".people a", text=noor.display_name)
        phone.picture("shared-phone-passkey")
        phone.tap("button", text="Use my passkey")
        phone.page.wait_for_url("**/patients/")
        phone.see("Noor Wintergreen")
        seconds, taps = phone.seconds(), phone.taps
        for page in found_on(phone):
            assert CANARY not in page
        phone.page.context.close()
        assert files_with(folder, CANARY) == []
    session = DeviceSession.objects.get(person=noor, ended=None)
    assert (session.opened_by, session.kind) == ("passkey", "shared")
    with capsys.disabled():
        sys.stdout.write(
            f"\nswitch on a shared phone by passkey: {seconds:.1f} s (allowed: 5), {taps} taps and a finger\n"
        )
    assert taps <= MOST_TAPS


def found_on(phone):
    """What the next person can find: this page, all that lies behind the back button, and what the browser keeps."""
    yield phone.page.content()
    yield phone.page.evaluate(KEPT)
    for _ in range(phone.page.evaluate("history.length")):
        phone.page.go_back()
        yield phone.page.content()
        if phone.page.url.startswith("http"):
            yield phone.page.evaluate(KEPT)


def files_with(folder, words):
    """The files of the browser's profile that hold the words, in either of the encodings that it uses."""
    marks = [words.encode(), words.encode("utf-16-le")]
    return [
        path.name
        for path in Path(folder).rglob("*")
        if path.is_file() and any(mark in path.read_bytes() for mark in marks)
    ]


def test_behind_the_back_button_of_a_locked_phone_is_the_lock_screen(
    phone_of, shared_phone, amara, make_patient, emergency
):
    patient = make_patient(emergency, family=CANARY)
    cookie, _ = shared_phone(amara)
    phone = phone_of(None, session="nobody", shared=cookie)
    phone.page.goto("/")
    come_in(phone, amara)
    phone.open(f"/patients/{patient.pk}/")
    phone.tap("[data-lock] button")
    phone.see("Who takes this phone?")
    phone.picture("shared-phone-locked")
    phone.page.go_back()
    phone.see("Who takes this phone?")
    for page in found_on(phone):
        assert CANARY not in page


@pytest.fixture
def offline_with_an_act(phone_of, shared_phone, amara, make_patient, emergency):
    """Amara's shared phone without a signal: she has sent that she goes on duty, and it lies on the page alone."""
    make_patient(emergency, family=CANARY)
    Duty.objects.all().delete()
    cookie, _ = shared_phone(amara)
    phone = phone_of(amara, shared=cookie)
    phone.open("/me/")
    phone.page.context.set_offline(True)
    phone.page.locator("#offline", has_text="You are offline since").wait_for()
    phone.tap("button", text="Go on duty")
    phone.see("It sends itself when the signal returns")
    return phone


def test_locking_asks_while_something_has_not_reached_the_server_and_waits_for_it(offline_with_an_act, amara):
    phone = offline_with_an_act
    phone.tap("[data-lock] button")
    phone.see("Not yet with the server")
    phone.see("Go on duty", within="#unsent")
    phone.picture("leaving-unsent")
    phone.tap("#unsent button", text="Go back")
    phone.tap("[data-lock] button")
    phone.tap("#unsent button", text="Wait, then leave")
    phone.see("You leave by yourself as soon as the server has it")
    assert not Duty.objects.exists()
    phone.page.context.set_offline(False)
    phone.see("Who takes this phone?")
    assert Duty.objects.filter(person=amara).count() == 1
    assert DeviceSession.objects.filter(person=amara).latest("started").end_reason == "locked"


def test_whoever_leaves_all_the_same_leaves_an_empty_screen_and_the_session_ends_with_the_signal(
    offline_with_an_act, amara
):
    phone = offline_with_an_act
    phone.tap("[data-lock] button")
    phone.tap("#unsent button", text="Leave now and lose it")
    phone.see("This screen is empty")
    phone.picture("leaving-without-signal")
    assert "Thistledown" not in phone.page.content()
    assert phone.page.evaluate("sessionStorage.length + localStorage.length") == 0
    phone.page.context.set_offline(False)
    phone.see("Who takes this phone?")
    assert not Duty.objects.exists()
    assert DeviceSession.objects.filter(person=amara).latest("started").end_reason == "locked"


def test_what_was_typed_and_not_sent_is_named_and_cannot_be_waited_for(phone_of, shared_phone, lee, sent_handover):
    cookie, _ = shared_phone(lee)
    phone = phone_of(lee, shared=cookie)
    phone.open(f"/handovers/{sent_handover.pk}/")
    phone.page.evaluate("""() => {
        const field = document.querySelector(":is(main, dialog) form:has([name=key]) textarea");
        field.value = "Is she allergic to penicillin?";
    }""")
    phone.tap("[data-lock] button")
    phone.see("typed, not sent", within="#unsent")
    assert not phone.page.locator("#unsent [data-wait]").is_visible()
    phone.tap("#unsent button", text="Go back")
    assert "allergic" in phone.page.evaluate("[...document.querySelectorAll('textarea')].map((f) => f.value).join()")
    phone.tap("[data-lock] button")
    phone.tap("#unsent button", text="Leave now and lose it")
    phone.see("Who takes this phone?")


def test_an_act_that_is_refused_while_one_waits_to_leave_is_read_before_anybody_leaves(phone_of, shared_phone, amara):
    Duty.objects.all().delete()
    cookie, _ = shared_phone(amara)
    phone = phone_of(amara, shared=cookie)
    phone.open("/me/")
    phone.page.context.set_offline(True)
    phone.page.locator("#offline", has_text="You are offline since").wait_for()
    phone.tap("button", text="Go on duty")
    phone.tap("[data-lock] button")
    phone.tap("#unsent button", text="Wait, then leave")
    Membership.objects.filter(person=amara).delete()
    phone.page.context.set_offline(False)
    phone.see("There is nothing here for you")
    assert not phone.page.locator("#unsent").is_visible()
    assert DeviceSession.objects.filter(person=amara, ended=None).exists()


def test_what_was_typed_a_moment_ago_is_with_the_server_when_the_phone_is_locked(
    phone_of, shared_phone, amara, make_patient, write_draft, emergency
):
    draft = write_draft(amara, make_patient(emergency, family=CANARY))
    cookie, _ = shared_phone(amara)
    phone = phone_of(amara, shared=cookie)
    phone.open(f"/handovers/{draft.pk}/compose/")
    field = phone.page.locator("#compose textarea").first
    name = field.get_attribute("name")
    field.fill("Typed in the last second")
    phone.page.evaluate("document.querySelector('[data-lock]').requestSubmit()")
    phone.see("Who takes this phone?")
    for page in found_on(phone):
        assert CANARY not in page
        assert "last second" not in page
    again = phone_of(amara)
    again.open(f"/handovers/{draft.pk}/compose/")
    assert again.page.locator(f"[name='{name}']").input_value() == "Typed in the last second"


def test_who_holds_the_phone_stands_on_the_screen_however_far_one_scrolls(
    phone_of, shared_phone, amara, make_patient, emergency
):
    for number in range(12):
        make_patient(emergency, family=f"Longlist{'abcdefghijkl'[number]}")
    cookie, _ = shared_phone(amara)
    phone = phone_of(amara, shared=cookie)
    for path in ("/patients/", "/inbox/", "/directory/", "/me/"):
        phone.open(path)
        phone.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        for words in ("Amara Thistledown", "Nurse", "ED"):
            box = phone.page.locator(".bar .me").get_by_text(words).locator("visible=true").first.bounding_box()
            assert box, (path, words)
            assert 0 <= box["y"] < PHONE["viewport"]["height"], (path, words)


def test_a_device_that_is_ended_from_another_wipes_what_it_shows(phone_of, amara, make_patient, emergency, capsys):
    patient = make_patient(emergency, family=CANARY)
    lost = phone_of(amara)
    lost.open(f"/patients/{patient.pk}/")
    lost.see(CANARY)
    here = phone_of(amara)
    here.open("/me/")
    here.tap("button", text="End all others")
    began = time.monotonic()
    lost.page.wait_for_url("**/sign-in/")
    seconds = time.monotonic() - began
    assert CANARY not in lost.page.content()
    assert CANARY not in lost.page.evaluate(KEPT)
    lost.page.go_back()
    lost.page.wait_for_load_state()
    assert CANARY not in lost.page.content()
    with capsys.disabled():
        sys.stdout.write(f"\nended from another device: its page was empty after {seconds:.2f} s\n")
    here.see("This device")

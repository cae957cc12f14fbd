"""Phones for the journeys: each a browser of its own, signed in as one person, against a real server process."""

import re
import shutil
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Error as PlaywrightError

from tests.accounts.phones import on_shared_phone
from tests.browser import find_chromium
from tests.processes.rig import Rig

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1440, "height": 900}}
PIN = "480162"
PICTURES = Path(__file__).resolve().parent.parent.parent / "var" / "screenshots"
# A machine that does everything at once is slow; a person's patience is measured elsewhere.
TIMEOUT_MS = 30_000
TRIES = 3
QUIET_LOOKS = 5
# The families of a shift: each stands out from the others on a list.
FAMILIES = (
    "Ashgrove", "Birchall", "Cloverley", "Dunmarsh", "Elderfield", "Fellrunner", "Gorseley", "Hazelhurst", "Ivywater",
    "Juniperson", "Kestrelby", "Larchmont", "Mallowfield", "Nettlecombe", "Oakenshaw", "Pennyroyal", "Quince",
    "Rowanberry", "Sedgewick", "Teaselton",
)  # fmt: skip


class Phone:
    """One person's browser. Counts what their thumb does; typing is no tap, reaching a field is."""

    def __init__(self, page, person):
        self.page, self.person = page, person
        self.taps, self.errors, self.began = 0, [], time.monotonic()
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def tap(self, selector, *, text=None):
        """One tap on the element, which must be as large as a gloved thumb needs."""
        target = self.page.locator(selector, has_text=text).locator("visible=true").first
        # A part that is fetched anew at this moment takes the element with it; a person taps the new one.
        box = None
        for _ in range(TRIES):
            with suppress(PlaywrightError):
                target.scroll_into_view_if_needed()
                box = target.bounding_box()
            if box is not None:
                break
        assert box is not None
        assert box["height"] >= 24
        target.click()
        self.taps += 1

    def type(self, selector, words):
        """Reaches a field with one tap, then types, or speaks through the keyboard."""
        self.page.locator(selector).first.click()
        self.taps += 1
        self.page.locator(selector).first.fill(words)

    def choose(self, selector, label):
        """Opens a list and takes a line of it: two taps."""
        self.page.locator(selector).select_option(label=label)
        self.taps += 2

    def see(self, text, *, within="body"):
        """Waits until the words stand on the screen, without a reload."""
        found = self.page.locator(within).get_by_text(text, exact=False).locator("visible=true").first
        found.wait_for()

    def open(self, path):
        self.page.goto(path)
        self.page.locator("[data-live-state][data-state=live]").wait_for()

    def scroll_to_the_end(self):
        """What a thumb does to read on; no tap."""
        self.page.evaluate("document.getElementById('end').scrollIntoView({ block: 'center' })")

    def mark(self):
        """Marks this page in its memory: a reload would forget it."""
        self.page.evaluate("window.stillHere = true")

    def was_not_reloaded(self):
        return self.page.evaluate("window.stillHere === true")

    def picture(self, name):
        """Keeps what is on the screen, and the whole page, under var/screenshots/."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=False)

    def seconds(self):
        return time.monotonic() - self.began

    def start_counting(self):
        self.taps, self.began = 0, time.monotonic()


@pytest.fixture(scope="module")
def chromium():
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium was found")
    from playwright.sync_api import sync_playwright

    # playwright's own loop runs in this thread; the ORM is used beside it, never inside it.
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = playwright.chromium.launch(executable_path=str(path), args=["--no-sandbox"])
        yield started
        started.close()


def wait_until_nobody_asks():
    """Returns when the server has put away what the closed phones had asked: then the database may be emptied."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    still, deadline = 0, time.monotonic() + 10
    with connection.cursor() as cursor:
        while still < QUIET_LOOKS and time.monotonic() < deadline:
            cursor.execute(others)
            still = 0 if cursor.fetchone()[0] else still + 1
            time.sleep(0.02)


@pytest.fixture(scope="module")
def house(django_db_setup):
    """One real server process of the module, which a test may kill and start again."""
    rig = Rig()
    yield rig.start(1)[0]
    rig.stop()
    shutil.rmtree(rig.directory, ignore_errors=True)


@pytest.fixture(scope="module")
def named_house(django_db_setup):
    """A server under a name: a passkey is bound to one, and 127.0.0.1 is none."""
    rig = Rig()
    yield rig.start(1, under="localhost")[0]
    rig.stop()
    shutil.rmtree(rig.directory, ignore_errors=True)


@pytest.fixture
def phone_of(chromium, house, sign_in):
    """phone_of(person): their phone, signed in. phone_of(person, how=DESK, scheme="dark") for a desk at night.

    shared: the cookie of the shared phone that it is.
    """
    made = []

    def give(person, *, how=PHONE, scheme="light", session=None, shared=None):
        if session is None:
            client = Client()
            if shared:
                client.cookies[settings.PHONE_COOKIE_NAME] = shared
            sign_in(client, person, device="Journey phone")
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context = chromium.new_context(**how, color_scheme=scheme, base_url=house.url)
        context.set_default_timeout(TIMEOUT_MS)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": house.url}])
        if shared:
            context.add_cookies([{"name": settings.PHONE_COOKIE_NAME, "value": shared, "url": house.url}])
        phone = Phone(context.new_page(), person)
        phone.session = session
        made.append(phone)
        return phone

    yield give
    for phone in made:
        with suppress(Exception):
            phone.page.context.set_offline(False)
        phone.page.goto("about:blank")
        phone.page.context.close()
    wait_until_nobody_asks()
    assert [error for phone in made for error in phone.errors] == []


@pytest.fixture
def shared_phone(sign_in):
    """shared_phone(*people): the cookie of a phone on which each has signed in and chosen PIN, and their shifts."""

    def give(*people):
        client = Client()
        row = on_shared_phone(client, people[0])
        for person in people:
            sign_in(client, person)
            client.post("/phone/pin/", {"key": uuid4(), "pin": PIN, "again": PIN})
        client.post("/phone/lock/")
        shifts = {shift.person_id: shift for shift in row.shifts.filter(ended=None)}
        return client.cookies[settings.PHONE_COOKIE_NAME].value, [shifts[person.pk] for person in people]

    return give


@pytest.fixture
def rung(make_person, emergency, sign_in):
    """A nurse with a device that rings, one that has stopped and one that was not tried yet."""
    from handover.reach.models import ContactPoint
    from handover.reach.push.models import Subscription
    from handover.reach.sealed import seal_address

    person, now = make_person("rung@readback.example", "Wren Alderwick", "nurse", unit=emergency), timezone.now()
    ago = {minutes: now - timedelta(minutes=minutes) for minutes in (3, 12, 90)}
    for device, how in {
        "Chrome on Android": {"answered": ago[12], "round_trip_ms": 840, "rung": ago[12]},
        "Safari on iPad": {"answered": ago[90], "round_trip_ms": 1310, "rung": ago[3], "waiting_since": ago[3]},
        "Firefox on Windows": {},
    }.items():
        session = sign_in(Client(), person, device=device)
        told = {"endpoint_digest": device.encode(), "sealed": b"x", **how}
        Subscription.objects.create(person=person, session=session, **told)
    for channel, address, shown in (("sms", "+442079460111", now), ("voice", "+442079460122", None)):
        point = ContactPoint(person=person, channel=channel, verified=shown)
        seal_address(point, address)
        point.save(force_insert=True)
    return person


@pytest.fixture
def noah(make_person, emergency):
    return make_person("noah@readback.example", "Noah Nightjar", "nurse", unit=emergency)


@pytest.fixture
def shift_of(make_patient, emergency, write_draft, send, say_back, actor, noah):
    """shift_of(person, severities): one patient each whom Noah handed over to them, and they accepted."""
    from handover.patients.documents import IllnessSeverity
    from handover.transfers import services

    def accepted_from_noah(person, severity, number):
        patient = make_patient(emergency, family=FAMILIES[number], bed=f"ED {number + 1}")
        services.take_patient(actor(noah), key=uuid4(), patient_id=patient.pk)
        handover = send(write_draft(noah, patient, illness_severity=IllnessSeverity(severity)), to=person)
        say_back(handover, person, severity)
        told = {"version_id": handover.current_id, "digest": bytes(handover.current.digest).hex()}
        services.accept(actor(person), key=uuid4(), handover_id=handover.pk, **told)
        return patient

    def build(person, severities):
        from live.models import InboxItem

        made = [accepted_from_noah(person, severity, number) for number, severity in enumerate(severities)]
        # What their phones were told of that is long read: a new phone would show it all again.
        InboxItem.objects.update(event="handover.caught_up")
        return made

    return build


HANDOVER_URL = re.compile(r"/handovers/[0-9a-f-]{36}/$")

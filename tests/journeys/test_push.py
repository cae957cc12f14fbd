"""A phone that sleeps is rung: said yes to on its page, woken, answered by its service worker, and opened by one tap.

The push service is one of the test's own; what it takes from the server is opened with the browser's key and handed to
the real service worker by the browser's own debugging interface. What a browser does with its maker's service (the
subscription itself) is the one thing that is stood in for: it cannot be reached from a test.
"""

import json
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from handover.messaging.services.digests import KIND as DIGEST
from handover.paging import services as paging
from handover.paging.models import Page
from handover.paging.quiet.models import Digest
from handover.paging.rules import Answer
from handover.reach import services
from handover.reach.models import Channel
from handover.reach.push.models import Ring, Subscription
from handover.reach.rules import Try
from live.inbox import Announcement, Subject, announce
from live.models import InboxItem, Rung
from tests.paging.conftest import lead, make_role, on_call, page_out, signed_in, time_passes  # noqa: F401 -- fixtures
from tests.reach.phones import CONTACT, Browser, push_service

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
PATIENCE_SECONDS = 60
# What stands in for the browser's maker: the endpoint and keys are the test's. It lives as long as the tab.
SUBSCRIBES = """(asked) => {
  const made = () => ({
    endpoint: asked.endpoint,
    toJSON: () => ({ endpoint: asked.endpoint, keys: { p256dh: asked.point, auth: asked.secret } }),
    unsubscribe: async () => { sessionStorage.removeItem("subscribed"); return true; },
  });
  PushManager.prototype.subscribe = async (how) => {
    if (!how.userVisibleOnly || how.applicationServerKey.length !== 87) throw new TypeError("not so");
    sessionStorage.setItem("subscribed", "1");
    return made();
  };
  PushManager.prototype.getSubscription = async () => (sessionStorage.getItem("subscribed") ? made() : null);
}"""
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const stand = await registration.getNotifications();
  return stand.map(({ title, body, tag, data, silent }) => ({ title, body, tag, data, silent }));
}"""
TAPPED = """async () => {
  const [notification] = await self.registration.getNotifications({ tag: "page" });
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""


class Sleeper:
    """Amara's phone, whose browser has its push service in the test."""

    def __init__(self, phone, service, house):
        self.phone, self.page, self.house, self.browser = phone, phone.page, house, Browser(service)
        context = self.page.context
        context.grant_permissions(["notifications"], origin=house.url)
        asked = self.browser.asked
        told = {"endpoint": asked.endpoint, "point": asked.point, "secret": asked.secret}
        context.add_init_script(script=f"({SUBSCRIBES})({json.dumps(told)})")
        self._registrations, self._given = [], set()
        self._debug = context.new_cdp_session(self.page)
        self._debug.on(
            "ServiceWorker.workerRegistrationUpdated", lambda told: self._registrations.extend(told["registrations"])
        )
        self._debug.send("ServiceWorker.enable")

    def receive(self, *, count):
        """Waits for the next message of this count, and hands it to the service worker. Returns it."""
        message = until(self.page, lambda: self._newest(count))
        self._given.add(message["id"])
        registration = [each for each in self._registrations if not each["isDeleted"]][-1]
        told = {"origin": self.house.url, "registrationId": registration["registrationId"]}
        self._debug.send("ServiceWorker.deliverPushMessage", {**told, "data": json.dumps(message)})
        return message

    def _newest(self, count):
        found = (one for one in self.browser.messages() if one["n"] == count and one["id"] not in self._given)
        return next(found, None)

    def shown(self):
        return self.page.evaluate(SHOWN)


def until(page, look):
    """What `look` finds, as soon as it does; the browser goes on meanwhile."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        found = look()
        if found:
            return found
        page.wait_for_timeout(50)
    raise AssertionError("it did not come")


@pytest.fixture
def sleeper_of(phone_of, house, settings):
    """sleeper_of(person): their phone, whose browser may be woken."""
    settings.PUSH_CONTACT = CONTACT
    with push_service() as service:
        yield lambda person: Sleeper(phone_of(person), service, house)


@pytest.fixture
def sleeper(sleeper_of, amara):
    return sleeper_of(amara)


def page_amara(amara, lee):
    subject = Subject("test.page", uuid4())
    tries = (Try(Channel.PUSH, timedelta(0), unless_on_device=False),)
    with transaction.atomic():
        announce(Announcement("test.paged", [amara.pk], subject, sender=lee.pk, climbs=True))
        services.alert([services.Alert(uuid4(), amara.pk, subject, "urgent", tries)])
    return subject


def test_a_phone_is_let_ring_proves_it_and_is_rung(sleeper, amara, lee):
    phone = sleeper.phone
    phone.open("/reach/")
    phone.start_counting()
    phone.tap("[data-push-on]")
    phone.see("Not proven")
    assert phone.taps == 1
    sleeper.receive(count=0)
    # The page says so by itself, as soon as the device has answered.
    phone.see("Rings")
    assert [(one["tag"], one["silent"]) for one in sleeper.shown()] == [("check", True)]

    phone.page.goto("about:blank")  # the socket would have the page on the device first
    subject = page_amara(amara, lee)
    message = sleeper.receive(count=1)
    rungs = Rung.objects.filter(subject_id=subject.id, person_id=amara.pk, name="on_device")
    rung = until(phone.page, lambda: rungs.first())
    assert InboxItem.objects.filter(person_id=lee.pk, event="ladder.climbed", subject_id=rung.pk).exists()
    phone.open("/patients/")
    (shown,) = [one for one in sleeper.shown() if one["tag"] == "page"]
    assert (shown["title"], shown["body"], shown["data"]) == ("New page", "", message["id"])
    assert Ring.objects.filter(shown__isnull=True).count() == 0


def test_the_notification_leads_the_tab_that_is_there_to_the_page(sleeper, amara, lee):
    phone = sleeper.phone
    phone.open("/reach/")
    phone.tap("[data-push-on]")
    sleeper.receive(count=0)
    phone.see("Rings")
    page_amara(amara, lee)
    message = sleeper.receive(count=1)
    until(phone.page, sleeper.shown)
    (worker,) = phone.page.context.service_workers
    with phone.page.expect_request(f"**/n/{message['id']}/"):
        worker.evaluate(TAPPED)
    phone.page.wait_for_url("**/patients/")
    assert len(phone.page.context.pages) == 1


def test_what_came_for_information_stands_beside_a_page_by_its_number_and_without_a_sound(sleeper, amara, lee):
    phone = sleeper.phone
    phone.open("/reach/")
    phone.tap("[data-push-on]")
    sleeper.receive(count=0)
    phone.see("Rings")
    page_amara(amara, lee)
    sleeper.receive(count=1)
    with transaction.atomic():
        row = Digest.objects.create(person=amara, opened=Now(), subjects=[uuid4()], closed=Now(), count=3)
        tries = (Try(Channel.PUSH, timedelta(0), unless_on_device=False),)
        services.alert([services.Alert(row.pk, amara.pk, Subject(DIGEST, row.pk), "fyi", tries)])
    sleeper.receive(count=3)
    shown = until(phone.page, lambda: {one["tag"]: one for one in sleeper.shown()} if has_all(sleeper) else None)
    assert (shown["digest"]["title"], shown["digest"]["silent"]) == ("3 messages for your information", True)
    assert (shown["page"]["title"], shown["page"]["silent"]) == ("New page", False)


def has_all(sleeper):
    return {"page", "digest"} <= {one["tag"] for one in sleeper.shown()}


def test_a_device_that_has_stopped_says_so_on_every_page(sleeper, amara):
    phone = sleeper.phone
    phone.open("/reach/")
    phone.tap("[data-push-on]")
    phone.see("Not proven")
    until(phone.page, lambda: Subscription.objects.filter(waiting_since__isnull=False).exists())
    Subscription.objects.update(waiting_since=F("waiting_since") - timedelta(minutes=2))
    phone.open("/patients/")
    phone.see("This device has stopped receiving")
    sleeper.receive(count=0)
    # It has answered after all: the banner goes without a reload.
    phone.page.get_by_text("This device has stopped receiving").wait_for(state="detached")


def test_a_phone_that_may_not_ring_is_told_what_to_do(phone_of, amara):
    phone = phone_of(amara)
    # What somebody says who taps "Block": whether a browser without a screen asks at all is its version's affair.
    phone.page.add_init_script("Notification.requestPermission = async () => 'denied'")
    phone.open("/reach/")
    phone.tap("[data-push-on]")
    phone.see("Notifications are forbidden on this device")


def test_what_a_phone_was_told_stands_though_its_place_is_drawn_anew(phone_of, amara):
    phone = phone_of(amara)
    phone.page.add_init_script("Notification.requestPermission = async () => 'denied'")
    phone.open("/reach/")
    phone.tap("[data-push-on]")
    phone.see("Notifications are forbidden on this device")
    phone.page.evaluate("document.querySelector('[data-push-state] [data-when=denied]').dataset.old = ''")
    # What a device of the same person that falls silent at that moment does to this page.
    phone.page.evaluate(
        "async () => { const place = document.querySelector('[data-push-state]');"
        " await (await import('/static/readback/fragment.js')).swap(place, place.dataset.fragment); }"
    )
    phone.page.locator("[data-old]").wait_for(state="detached")
    phone.see("Notifications are forbidden on this device")


def test_a_page_is_owned_by_two_taps_from_the_notification(sleeper_of, page_out, noor, capsys):  # noqa: F811
    noors = sleeper_of(noor)
    phone = noors.phone
    phone.open("/reach/")
    phone.tap("[data-push-on]")
    noors.receive(count=0)
    phone.see("Rings")
    page = page_out()
    noors.receive(count=1)
    shown = until(phone.page, lambda: [one for one in noors.shown() if one["tag"] == "page"])
    # Nothing of the patient, of what is asked or of who asks it stands on a lock screen.
    assert {one["title"] + one["body"] for one in shown} == {"New page"}
    (worker,) = phone.page.context.service_workers
    phone.start_counting()
    worker.evaluate(TAPPED)
    phone.page.wait_for_url(f"**/p/{page.pk}/")
    phone.tap("#page-dock button", text="I own it")
    until(phone.page, lambda: Page.objects.get(pk=page.pk).owned_by_id == noor.pk)
    took, taps = phone.seconds(), phone.taps + 1
    with capsys.disabled():
        print(f"\n           a page is owned {took:.1f} s and {taps} taps after the phone has rung")  # noqa: T201
    assert taps <= 2


def test_a_page_that_a_colleague_owns_goes_from_the_lock_screen_without_a_sound(
    sleeper_of,
    page_out,  # noqa: F811
    noor,
    lee,
    actor,
):
    noors = sleeper_of(noor)
    phone = noors.phone
    phone.open("/reach/")
    phone.tap("[data-push-on]")
    noors.receive(count=0)
    phone.see("Rings")
    page = page_out()
    noors.receive(count=1)
    until(phone.page, lambda: [one for one in noors.shown() if one["tag"] == "page"])
    time_passes(6)
    paging.answer_page(actor(lee), key=uuid4(), page_id=page.pk, said=Answer.OWNS)
    assert noors.receive(count=0)["over"] == "owned"
    shown = until(phone.page, lambda: [one for one in noors.shown() if one["title"] == "Owned by a colleague"])
    assert [(one["tag"], one["silent"], one["body"]) for one in shown] == [("page", True, "")]
    assert "New page" not in {one["title"] for one in noors.shown()}

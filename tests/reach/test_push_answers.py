"""A device says that it has rung: what that proves, of whom, and what its silence says to its person and to senders."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import Duty
from accounts.notices import noticed_page
from accounts.sessions import end_session
from handover.reach import selectors
from handover.reach.models import Channel, Delivery
from handover.reach.push import events, services
from handover.reach.push.models import HOUSE_KEY, Ring, Subscription
from handover.reach.push.rules import ANSWERS_WITHIN, ROUND, Standing, standing_of
from handover.reach.push.selectors import devices_of, register_on_duty
from handover.reach.push.services import CHECK, HEARD, SILENT
from handover.reach.rules import Try
from live import timers
from live.inbox import Announcement, Subject, announce
from live.models import InboxItem, Rung, Timer
from tests.reach.conftest import KIND, NOW, pass_seconds

pytestmark = pytest.mark.django_db(transaction=True)
PUSH = Try(Channel.PUSH, NOW, unless_on_device=False)
LATE = ANSWERS_WITHIN + timedelta(seconds=1)


def further_back(how_long):
    """In the rows: every device was rung and heard so much longer ago, and every timer was set then."""
    told = {name: F(name) - how_long for name in ("answered", "waiting_since", "rung", "made")}
    Subscription.objects.update(**told)
    Timer.objects.update(due=F("due") - how_long)


def say(client, body):
    return client.post("/reach/push/shown/", body, content_type="text/plain")


def page_of(browser):
    """The message that is no check. They come in any order."""
    return next(message for message in browser.messages() if message["n"])


def on_device(person):
    return Rung.objects.filter(person_id=person.pk, name="on_device")


@pytest.fixture
def page(amara, lee, ask):
    """Lee has paged Amara: an item of her inbox that climbs, and a delivery by push. Returns its subject."""

    def make():
        subject = Subject(KIND, uuid4())
        with transaction.atomic():
            announce(Announcement("test.paged", [amara.pk], subject, sender=lee.pk, climbs=True))
        ask(amara, PUSH, subject=subject)
        return subject

    return make


def test_a_device_that_has_shown_a_page_climbs_its_rung_and_the_sender_is_told(amara, lee, on_phone, page, box):
    browser = on_phone(amara)
    subject = page()
    box.drain()
    browser.answer()
    rung = on_device(amara).get()
    assert (rung.subject_id, rung.device) == (subject.id, "Test phone")
    assert InboxItem.objects.filter(person_id=lee.pk, event="ladder.climbed", subject_id=rung.pk).exists()


def test_said_twice_it_counts_once(amara, lee, on_phone, page, box):
    browser = on_phone(amara)
    page()
    box.drain()
    browser.answer()
    first = Subscription.objects.get().answered
    browser.answer()
    assert Subscription.objects.get().answered == first
    assert InboxItem.objects.filter(person_id=lee.pk, event="ladder.climbed").count() == 1


def test_it_says_so_without_a_session_and_by_its_token_alone(amara, on_phone, page, box):
    browser = on_phone(amara)
    end_session(Subscription.objects.get().session_id, reason="idle", agent=None)
    page()
    box.drain()
    token = page_of(browser)["id"]
    assert say(Client(enforce_csrf_checks=True), json.dumps({"id": token})).status_code == 204
    assert on_device(amara).exists()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"id": 1}',
        '{"id": null}',
        '{"id": "x"}',
        json.dumps({"id": str(UUID(int=0))}),
        json.dumps({"id": "x" * 400}),
        "[" * 190,
        "\u0000",
    ],
)
def test_what_nobody_was_sent_says_nothing(amara, on_phone, page, box, client, body):
    # The attack: somebody who holds the sender still, so that no text message goes, says that a phone has rung.
    on_phone(amara)
    page()
    box.drain()
    assert say(client, body).status_code == 404
    assert not on_device(amara).exists()
    assert not Ring.objects.filter(shown__isnull=False).exists()


def test_whoever_knows_the_page_its_delivery_and_the_device_cannot_say_that_it_rang(amara, on_phone, page, box, client):
    # Each of these ids is known to somebody else: the sender, an operator, whoever reads the tables.
    on_phone(amara)
    subject = page()
    box.drain()
    row, ring = Subscription.objects.get(), Ring.objects.filter(subject_id=subject.id).get()
    delivery = Delivery.objects.get(subject_id=subject.id)
    known = [subject.id, row.pk, ring.pk, delivery.pk, delivery.key, amara.pk, ring.subject_id]
    for each in [*map(str, known), bytes(ring.token_digest).hex(), bytes(row.endpoint_digest).hex()]:
        assert say(client, json.dumps({"id": each})).status_code == 404
    assert not on_device(amara).exists()


def test_a_shared_phone_that_lies_untouched_rings_and_does_not_stop_the_text_message(amara, on_phone, page, box):
    # The property: only what proves that the page came to its person holds up the next channel. A shared phone that was
    # not touched for a while may lie on any table.
    browser = on_phone(amara, is_shared=True)
    Subscription.objects.get().session.__class__.objects.update(last_seen=timezone.now() - timedelta(hours=1))
    page()
    box.drain()
    browser.answer()
    assert page_of(browser)["n"] == 1
    assert not on_device(amara).exists()


def test_a_shared_phone_in_use_does(amara, on_phone, page, box):
    browser = on_phone(amara, is_shared=True)
    page()
    box.drain()
    browser.answer()
    assert on_device(amara).exists()


def test_an_answer_after_the_phone_was_handed_over_proves_nothing(amara, on_phone, page, box):
    browser = on_phone(amara, is_shared=True)
    page()
    box.drain()
    end_session(Subscription.objects.get().session_id, reason="locked", agent=None)
    browser.answer()
    assert not on_device(amara).exists()


def test_a_check_climbs_nothing(amara, on_phone, box):
    browser = on_phone(amara)
    box.drain()
    assert [message["n"] for message in browser.messages()] == [0]
    browser.answer()
    assert not on_device(amara).exists()


# -- what is known of a device --


@pytest.mark.parametrize(
    ("answered", "waiting", "standing"),
    [
        (None, None, Standing.UNPROVEN),
        (None, timedelta(seconds=59), Standing.UNPROVEN),
        (None, timedelta(seconds=60), Standing.SILENT),
        (timedelta(hours=1), None, Standing.PROVEN),
        (timedelta(hours=1), timedelta(seconds=59), Standing.PROVEN),
        (timedelta(hours=1), timedelta(seconds=60), Standing.SILENT),
        (timedelta(hours=4, minutes=4), None, Standing.PROVEN),
        (timedelta(hours=4, minutes=5), None, Standing.UNPROVEN),
    ],
)
def test_a_device_is_believed_by_its_answers(answered, waiting, standing):
    at = timezone.now()
    assert standing_of(at - answered if answered else None, at - waiting if waiting else None, at=at) == standing


def reachable(person):
    return Channel.PUSH in selectors.reachability_of([person.pk])[person.pk].channels


def test_a_device_reaches_somebody_once_it_has_answered(amara, on_phone, box):
    # "Sent" proves nothing: a push service takes messages for phones that will never show them.
    browser = on_phone(amara)
    box.drain()
    assert not reachable(amara)
    browser.answer()
    assert reachable(amara)


def test_one_that_stops_answering_is_said_to_be_so_to_senders_and_to_its_person(amara, on_phone, page, box, sign_in):
    client = Client()
    browser = on_phone(amara, client=client)
    box.drain()
    browser.answer()
    page()
    box.drain()
    further_back(LATE)
    assert not reachable(amara)
    assert "stopped receiving" in selectors.reachability_of([amara.pk])[amara.pk].why
    assert "This device has stopped receiving" in client.get("/reach/_here/").content.decode()
    assert "Not reachable" in client.get("/reach/").content.decode()
    timers.run_due()
    assert InboxItem.objects.filter(person_id=amara.pk, event=SILENT).count() == 1


def test_off_duty_nobody_is_told_on_every_page_that_they_cannot_be_paged(amara, on_phone, box):
    client = Client()
    on_phone(amara, client=client)
    box.drain()
    further_back(LATE)
    Duty.objects.filter(person=amara).update(ends=timezone.now() - timedelta(seconds=1), starts=F("starts") - ROUND)
    assert "stopped receiving" not in client.get("/reach/_here/").content.decode()


def test_one_that_answers_again_is_believed_again_and_its_page_says_so(amara, on_phone, box):
    client = Client()
    browser = on_phone(amara, client=client)
    box.drain()
    further_back(LATE)
    assert not reachable(amara)
    browser.answer()
    assert reachable(amara)
    assert InboxItem.objects.filter(person_id=amara.pk, event=HEARD).count() == 1
    assert "Rings" in client.get("/reach/_devices/").content.decode()


def test_one_device_that_answers_is_enough_for_a_sender(amara, on_phone, box):
    phone, _tablet = on_phone(amara), on_phone(amara)
    box.drain()
    phone.answer()
    further_back(LATE)
    assert reachable(amara)


# -- the round --


def checks():
    return Delivery.objects.filter(subject_kind=CHECK)


def test_on_duty_a_device_is_rung_every_four_hours_without_a_sound(amara, on_phone, box):
    browser = on_phone(amara)
    box.drain()
    browser.answer()
    further_back(ROUND - timedelta(minutes=5))
    timers.run_due()
    assert checks().count() == 1
    further_back(timedelta(minutes=5))
    timers.run_due()
    assert checks().count() == 2
    box.drain()
    assert [message["n"] for message in browser.messages()] == [0, 0]


def test_two_processes_that_look_at_once_ring_once(amara, on_phone, box):
    browser = on_phone(amara)
    box.drain()
    browser.answer()
    further_back(ROUND)
    for _ in range(2):
        with transaction.atomic():
            services.look(HOUSE_KEY)
    assert checks().count() == 2
    box.drain()
    assert len(browser.messages()) == 2


def test_a_service_that_was_down_is_asked_again_a_quarter_of_an_hour_later(amara, on_phone, box, push, monkeypatch):
    # The fault: the round was named by the ring before it alone, and one that no service took never came again.
    browser = on_phone(amara)
    box.drain()
    browser.answer()
    further_back(ROUND)
    push.statuses.extend([503] * 4)
    timers.run_due()
    for _ in range(4):
        box.drain()
        pass_seconds(60)
    assert checks().filter(state="failed").count() == 1
    later = timezone.now() + services.TRIED_AGAIN_AFTER
    monkeypatch.setattr(services.timezone, "now", lambda: later)
    with transaction.atomic():
        services.look(HOUSE_KEY)
    monkeypatch.undo()
    assert checks().filter(state="waiting").count() == 1


def test_what_was_rung_a_week_ago_is_forgotten(amara, on_phone, box):
    on_phone(amara)
    box.drain()
    Ring.objects.update(sent=timezone.now() - services.RINGS_KEPT - timedelta(minutes=1))
    with transaction.atomic():
        services.look(HOUSE_KEY)
    assert not Ring.objects.exists()


def test_off_duty_a_phone_is_left_in_peace(amara, on_phone, box):
    on_phone(amara)
    box.drain()
    Duty.objects.all().delete()
    further_back(ROUND)
    timers.run_due()
    assert checks().count() == 1


def test_who_comes_on_duty_is_rung_within_the_minute(amara, on_phone, box, emergency):
    on_phone(amara)
    box.drain()
    Duty.objects.all().delete()
    further_back(ROUND)
    Duty.objects.create(person=amara, unit=emergency, starts=timezone.now())
    further_back(ANSWERS_WITHIN)
    timers.run_due()
    assert checks().count() == 2


def test_a_room_above_may_say_who_is_on_duty(amara, on_phone, box, monkeypatch):
    monkeypatch.setattr("handover.reach.push.selectors._on_duty", [])
    register_on_duty(lambda ids, at: set(ids))
    on_phone(amara)
    box.drain()
    Duty.objects.all().delete()
    further_back(ROUND)
    timers.run_due()
    assert checks().count() == 2


def test_a_test_rings_every_device_and_each_says_how_long_it_took(amara, on_phone, box):
    client = Client()
    browser = on_phone(amara, client=client)
    box.drain()
    key = uuid4()
    assert {client.post("/reach/push/test/", {"key": key}).status_code for _ in range(2)} == {303}
    box.drain()
    assert len(browser.messages()) == 2
    browser.answer()
    (device,) = devices_of(amara.pk, Subscription.objects.get().session)
    assert device.standing == Standing.PROVEN
    assert device.row.round_trip_ms is not None
    assert "Rings" in client.get("/reach/").content.decode()


def test_what_could_not_be_sent_at_first_still_owes_an_answer_only_once_it_was_taken(amara, on_phone, page, box, push):
    browser = on_phone(amara)
    box.drain()
    browser.answer()
    push.statuses.append(503)
    page()
    box.drain()
    assert Subscription.objects.get().waiting_since is None
    pass_seconds(6)
    box.drain()
    assert Subscription.objects.get().waiting_since is not None


# -- from the notification to the page --


def test_a_notification_leads_its_person_to_what_it_is_about(amara, on_phone, box, page, monkeypatch):
    monkeypatch.setitem(events._ways, KIND, lambda subject: f"/x/{subject}/")
    client = Client()
    browser = on_phone(amara, client=client)
    subject = page()
    box.drain()
    answer = client.get(f"/n/{page_of(browser)['id']}/")
    assert (answer.status_code, answer["Location"]) == (303, f"/x/{subject.id}/")


def test_on_a_locked_phone_it_leads_there_after_the_pin(rf):
    # The lock screen keeps no page of whoever was there last, but what was tapped is what somebody unlocks it for.
    address = f"/n/{uuid4()}/"
    assert noticed_page(rf.get("/phone/", {"next": address})) == address
    assert noticed_page(rf.get("/phone/", {"next": "/reach/"})) == ""


def test_it_leads_nobody_else_anywhere(amara, lee, on_phone, box, page, client, sign_in):
    browser = on_phone(amara)
    page()
    box.drain()
    token = page_of(browser)["id"]
    assert client.get(f"/n/{token}/")["Location"].startswith("/sign-in/?next=")
    sign_in(client, lee)
    absent = client.get(f"/n/{uuid4()}/")
    answer = client.get(f"/n/{token}/")
    assert (answer.status_code, absent.status_code) == (404, 404)


def test_the_worker_is_the_same_script_for_everybody_and_answers_for_every_page(client, amara, sign_in):
    before = client.get("/push-worker.js")
    sign_in(client, amara)
    after = client.get("/push-worker.js")
    assert before.content == after.content
    assert before["Content-Type"].startswith("text/javascript")
    assert "default-src 'none'" in before["Content-Security-Policy"]

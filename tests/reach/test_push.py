"""A device is rung: what its push service hears, what becomes of a device that is gone, and for whom it never rings."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import DeviceSession
from accounts.sessions import end_session
from handover.reach import selectors
from handover.reach.models import Channel, Delivery
from handover.reach.push import selectors as push_selectors
from handover.reach.push.models import Ring, Subscription
from handover.reach.push.sender import sender_key
from handover.reach.push.sending import Push
from handover.reach.rules import Try
from ledger.models import Event
from tests.reach.conftest import KIND, NOW
from tests.reach.phones import Browser, require_vapid

pytestmark = pytest.mark.django_db(transaction=True)
PUSH = Try(Channel.PUSH, NOW, unless_on_device=False)


def test_it_says_that_there_is_a_page_and_how_many_wait_and_nothing_else(amara, on_phone, ask, box, push):
    # The property: who reads the push service's files, or the message itself, learns nothing of a patient, a person or
    # a page. The attack is to look at every byte that left.
    browser = on_phone(amara)
    (row,) = ask(amara, PUSH)
    box.drain()
    (message,) = (each for each in browser.messages() if each["n"])
    assert message.keys() == {"id", "n"}
    assert message["n"] == 1
    assert len(json.dumps(message)) <= 100
    for path, headers, body in push.taken:
        for secret in (str(row.subject_id), str(row.pk), str(amara.pk), amara.display_name, amara.email, KIND):
            assert secret not in f"{path} {headers} {message}"
            assert secret.encode() not in body
    row.refresh_from_db()
    assert row.state == Delivery.State.SENT


def test_it_counts_what_waits_and_was_not_opened(amara, on_phone, ask, box):
    browser = on_phone(amara)
    ask(amara, PUSH)
    ask(amara, PUSH)
    box.drain()
    assert {message["n"] for message in browser.messages() if message["n"]} == {2}


def test_it_does_not_count_what_somebody_else_owns_by_now(amara, on_phone, ask, box, monkeypatch):
    # "3 wait for you" on a lock screen, when two are a colleague's by now, teaches people not to look.
    waiting = set()
    monkeypatch.setitem(push_selectors._still_open, KIND, lambda ids: waiting & set(ids))
    browser = on_phone(amara)
    for _ in range(3):
        (row,) = ask(amara, PUSH)
        waiting = {row.subject_id}
        box.drain()
    assert [message["n"] for message in browser.messages() if message["n"]] == [1, 1, 1]


def test_every_message_shows_the_same_sender(amara, lee, on_phone, box, push):
    on_phone(amara)
    on_phone(lee)
    box.drain()
    seen = {require_vapid(headers["Authorization"], audience=push.origin) for _, headers, _ in push.taken}
    assert len(seen) == 1
    assert sender_key().point == sender_key().point


def test_every_device_of_theirs_rings(amara, on_phone, ask, box):
    phone, tablet = on_phone(amara), on_phone(amara)
    ask(amara, PUSH)
    box.drain()
    assert [len([one for one in each.messages() if one["n"]]) for each in (phone, tablet)] == [1, 1]


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_its_service_knows_no_more_rings_no_more(amara, on_phone, ask, box, push, status):
    on_phone(amara)
    box.drain()
    push.statuses.append(status)
    (row,) = ask(amara, PUSH)
    box.drain()
    row.refresh_from_db()
    assert (row.state, row.failure) == (Delivery.State.FAILED, f"http_{status}")
    assert Subscription.objects.get().end_reason == "gone"
    assert Event.objects.filter(event="push.ended", entity_id=Subscription.objects.get().pk).get().reason == "gone"
    assert not selectors.reachability_of([amara.pk])[amara.pk].channels


def test_a_service_that_is_busy_is_asked_again(amara, on_phone, ask, box, push):
    on_phone(amara)
    box.drain()
    push.statuses.append(503)
    (row,) = ask(amara, PUSH)
    box.drain()
    row.refresh_from_db()
    assert (row.state, row.failure, row.attempts) == (Delivery.State.WAITING, "http_503", 1)


def test_a_redirect_is_not_followed(amara, on_phone, ask, box, push):
    # A service that was taken over must not be able to have this server knock inside the hospital.
    on_phone(amara)
    box.drain()
    push.statuses.append(307)
    push.location = f"{push.origin}/inside"
    (row,) = ask(amara, PUSH)
    box.drain()
    row.refresh_from_db()
    assert row.failure == "http_307"
    assert "/inside" not in {path for path, _, _ in push.taken}


def test_a_service_that_was_struck_from_the_list_is_not_asked_any_more(amara, on_phone, ask, box, settings, push):
    on_phone(amara)
    box.drain()
    before = len(push.taken)
    settings.PUSH_LOOPBACK = False
    (row,) = ask(amara, PUSH)
    box.drain()
    row.refresh_from_db()
    assert (row.state, row.failure) == (Delivery.State.FAILED, "not_allowed")
    assert len(push.taken) == before


def test_the_address_lies_sealed(amara, on_phone):
    # Whoever reads the table must not be able to ring anybody: the endpoint is all that it takes besides our key.
    browser = on_phone(amara)
    row = Subscription.objects.get()
    stored = bytes(row.sealed) + bytes(row.endpoint_digest)
    for secret in (browser.path.encode(), browser.asked.point.encode(), browser.asked.secret.encode(), browser.secret):
        assert secret not in stored
    assert row.address()[0] == browser.asked.endpoint


def test_where_nobody_answers_for_it_push_is_not_offered(amara, on_phone, settings):
    on_phone(amara)
    settings.PUSH_CONTACT = ""
    assert not Push().is_configured()
    assert Channel.PUSH not in selectors.reachability_of([amara.pk])[amara.pk].channels


# -- whose device it is --


def rings(browser, person, ask, box):
    """Whether a page for this person comes to this browser now."""
    before = len([message for message in browser.messages() if message["n"]])
    ask(person, PUSH)
    box.drain()
    return len([message for message in browser.messages() if message["n"]]) > before


@pytest.mark.parametrize("reason", ["signed_out", "ended_by_person", "person_disabled", "replaced", "password_changed"])
def test_who_has_signed_out_of_a_device_is_not_rung_there(amara, on_phone, ask, box, reason):
    browser = on_phone(amara)
    assert rings(browser, amara, ask, box)
    end_session(Subscription.objects.get().session_id, reason=reason, agent=None)
    assert not rings(browser, amara, ask, box)


@pytest.mark.parametrize("reason", ["idle", "absolute_limit"])
def test_a_phone_of_ones_own_rings_in_the_pocket(amara, on_phone, ask, box, reason):
    # The session ended because nobody touched the phone: that is how a phone lies in a pocket when a page comes.
    browser = on_phone(amara)
    end_session(Subscription.objects.get().session_id, reason=reason, agent=None)
    assert rings(browser, amara, ask, box)


@pytest.mark.parametrize("reason", ["locked", "idle", "signed_out", "replaced", "phone_kept"])
def test_a_shared_phone_rings_for_nobody_who_has_left_it(amara, on_phone, ask, box, reason):
    # The property: a page for Amara never rings on a phone that lies on the desk or is in somebody else's hand.
    browser = on_phone(amara, is_shared=True)
    assert rings(browser, amara, ask, box)
    end_session(Subscription.objects.get().session_id, reason=reason, agent=None)
    assert not rings(browser, amara, ask, box)


def test_a_shared_phone_that_is_not_touched_rings_until_its_session_could_last_no_longer(amara, on_phone, ask, box):
    browser = on_phone(amara, is_shared=True)
    DeviceSession.objects.update(last_seen=timezone.now() - timedelta(hours=1))
    assert rings(browser, amara, ask, box)
    DeviceSession.objects.update(started=timezone.now() - timedelta(hours=13))
    assert not rings(browser, amara, ask, box)


def test_whoever_takes_over_a_shared_phone_takes_it_over_whole(amara, lee, on_phone, ask, box, sign_in, push):
    # The attack: Amara hands the phone to Lee without locking it. Lee signs in: no page of hers may ring for him.
    client = Client()
    browser = on_phone(amara, is_shared=True, client=client)
    sign_in(client, lee)
    assert not rings(browser, amara, ask, box)
    client.post("/reach/push/on/", Browser(push).form)
    assert {row.end_reason for row in Subscription.objects.filter(person=amara)} == {"another_person"}


def test_who_comes_back_to_a_shared_phone_is_asked_nothing(amara, on_phone, sign_in, client, push):
    on_phone(amara, is_shared=True, client=client)
    client.post("/phone/lock/")
    sign_in(client, amara)
    # Locking has emptied the browser: there is no endpoint any more, and the page makes one by itself.
    assert client.post("/reach/push/here/").json()["do"] == "subscribe"


def test_who_never_said_yes_on_a_shared_phone_is_left_alone(amara, lee, on_phone, sign_in, client):
    on_phone(amara, is_shared=True, client=client)
    client.post("/phone/lock/")
    sign_in(client, lee)
    assert client.post("/reach/push/here/").json()["do"] == ""


def test_who_turned_it_off_on_a_shared_phone_is_not_turned_on_again(amara, on_phone, sign_in, client):
    on_phone(amara, is_shared=True, client=client)
    client.post(f"/reach/push/{Subscription.objects.get().pk}/off/", {"key": uuid4()})
    client.post("/phone/lock/")
    sign_in(client, amara)
    assert client.post("/reach/push/here/").json()["do"] == ""


def test_a_browser_that_was_left_behind_stops_when_the_next_person_opens_a_page(
    amara, lee, on_phone, sign_in, ask, box
):
    # Amara's session ended by itself on a desk that is nobody's in particular; the browser still has her subscription.
    client = Client()
    browser = on_phone(amara, client=client)
    end_session(Subscription.objects.get().session_id, reason="idle", agent=None)
    sign_in(client, lee)
    assert client.post("/reach/push/here/", {"endpoint": browser.asked.endpoint}).json()["do"] == "unsubscribe"
    assert Subscription.objects.get().end_reason == "another_person"
    assert not rings(browser, amara, ask, box)


def test_the_next_sign_in_of_the_same_person_keeps_their_device(amara, on_phone, sign_in, ask, box, client):
    browser = on_phone(amara, client=client)
    sign_in(client, amara)
    assert client.post("/reach/push/here/", {"endpoint": browser.asked.endpoint}).json()["do"] == ""
    assert rings(browser, amara, ask, box)
    assert Subscription.objects.count() == 1


def test_said_yes_to_twice_a_browser_rings_once(amara, on_phone, client, sign_in, ask, box):
    browser = on_phone(amara, client=client)
    form = browser.form
    assert {client.post("/reach/push/on/", form).status_code for _ in range(2)} == {303}
    assert Subscription.objects.filter(ended=None).count() == 1
    box.drain()
    ask(amara, PUSH)
    box.drain()
    assert len([message for message in browser.messages() if message["n"]]) == 1


def test_nobody_turns_off_anothers_device(amara, lee, on_phone, sign_in, client):
    on_phone(amara)
    sign_in(client, lee)
    row = Subscription.objects.get()
    assert client.post(f"/reach/push/{row.pk}/off/", {"key": uuid4()}).status_code == 404
    row.refresh_from_db()
    assert row.ended is None


def test_a_ring_is_kept_without_its_token(amara, on_phone, ask, box):
    # Whoever reads the table must not be able to say that a phone has rung.
    browser = on_phone(amara)
    ask(amara, PUSH)
    box.drain()
    tokens = [message["id"] for message in browser.messages()]
    for row in Ring.objects.all():
        stored = f"{bytes(row.token_digest)!r} {row.pk}"
        assert not any(token in stored for token in tokens)

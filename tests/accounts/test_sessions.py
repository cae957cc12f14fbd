"""A session on a device: how it lives, how it ends, and that its end is the end everywhere."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.forms import model_to_dict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.cookies import SWEPT_AT_ONCE, SessionStore
from accounts.middleware import BACKGROUND_HEADER
from accounts.models import DeviceSession, Duty, Person
from accounts.sessions import end_session, find_session, live_at, live_session_ids, session_of, verify_session
from accounts.sockets import authenticate_socket
from ledger.models import Event
from live import door
from live.refusals import NotFound

ME = "/me/"


def scope_of(client):
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    return {"headers": [(b"host", b"x"), (b"cookie", f"theme=dark; readback={cookie}".encode())]}


def age(session, **changes):
    DeviceSession.objects.filter(pk=session.pk).update(**changes)


def test_a_live_session_acts_from_its_device_and_unit(client, amara, emergency, sign_in):
    session = sign_in(client, amara)
    request = client.get(ME).wsgi_request
    assert request.user == amara
    assert request.actor.person == amara
    assert (request.actor.session_id, request.actor.device) == (session.pk, "Test phone")
    assert request.actor.unit_id == emergency.pk
    assert request.actor.request_id == request.request_id


def test_a_page_costs_two_queries_to_know_who_asks(client, amara, sign_in, django_assert_num_queries):
    sign_in(client, amara)
    client.get("/me/here/")
    with django_assert_num_queries(2):
        client.get("/me/here/")


def test_signing_out_ends_it_closes_its_sockets_and_clears_the_browser(
    client, amara, sign_in, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr(door.bell, "ring_end", rung.append)  # the bell: what wakes the hub
    session = sign_in(client, amara)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("accounts:sign_out"))
    session.refresh_from_db()
    assert session.end_reason == "signed_out"
    assert rung == [session.pk]
    assert '"storage"' in response["Clear-Site-Data"]
    assert client.get(ME).status_code == 302
    assert Event.objects.filter(event="session.ended", entity_id=session.pk, reason="signed_out").count() == 1


def test_the_end_rings_after_the_commit_only(amara, actor, monkeypatch):
    rung = []
    monkeypatch.setattr(door.bell, "ring_end", rung.append)
    session_id = actor(amara).session_id
    end_session(session_id, reason="test", agent=None)
    assert rung == []  # the test's own transaction has not committed: nobody may be told of what may not come to be


def test_an_ended_session_lets_nobody_in_again(client, amara, sign_in):
    session = sign_in(client, amara)
    end_session(session.pk, reason="ended_by_person", agent=None)
    response = client.get(ME)
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=%2Fme%2F")
    assert authenticate_socket(scope_of(client)) is None


def test_an_act_after_the_end_is_told_to_sign_in_again(lee, ward, sign_in):
    client = Client(enforce_csrf_checks=True)
    session = sign_in(client, lee)
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', client.get(ME).content.decode()).group(1)
    end_session(session.pk, reason="ended_by_person", agent=None)
    act = {"csrfmiddlewaretoken": token, "key": uuid4(), "unit": ward.pk}
    assert client.post("/me/duty/end/", act, headers={"Accept": "application/json"}).status_code == 401
    assert Duty.objects.filter(person=lee, ends=None).exists()


def test_a_form_after_the_end_leads_to_the_sign_in(client, lee, sign_in):
    end_session(sign_in(client, lee).pk, reason="ended_by_person", agent=None)
    response = client.post("/me/duty/end/", {"key": uuid4()})
    assert (response.status_code, response["Location"]) == (302, "/sign-in/")


def test_ending_twice_records_one_end(amara, actor):
    session_id = actor(amara).session_id
    end_session(session_id, reason="first", agent=None)
    end_session(session_id, reason="second", agent=None)
    assert Event.objects.filter(event="session.ended", entity_id=session_id).count() == 1
    assert DeviceSession.objects.get(pk=session_id).end_reason == "first"


def test_a_signed_in_user_without_a_device_session_is_signed_out(client, amara):
    client.force_login(amara)  # Django's own session, and nothing of ours
    assert client.get(ME).status_code == 302
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("idle", {"last_seen": timedelta(minutes=16)}),
        ("absolute_limit", {"started": timedelta(hours=13)}),
    ],
)
def test_a_session_has_two_limits(client, amara, sign_in, reason, changes):
    session = sign_in(client, amara)
    age(session, **{name: timezone.now() - span for name, span in changes.items()})
    assert live_session_ids([session.pk]) == set()
    assert authenticate_socket(scope_of(client)) is None
    assert client.get(ME).status_code == 302
    session.refresh_from_db()
    assert session.end_reason == reason


def test_somebody_who_no_longer_works_here_is_out_at_once(client, amara, sign_in):
    session = sign_in(client, amara)
    amara.is_active = False
    amara.save(update_fields=["is_active"])
    assert live_session_ids([session.pk]) == set()
    assert client.get(ME).status_code == 302


def test_a_new_password_ends_the_sessions_of_the_old_one(client, amara, sign_in):
    session = sign_in(client, amara)
    amara.set_password("another horse entirely")
    amara.save(update_fields=["password"])
    assert client.get(ME).status_code == 302
    session.refresh_from_db()
    assert session.end_reason == "password_changed"


def test_a_cookie_of_another_person_opens_nothing(client, amara, lee, sign_in):
    # Django's session row and ours must agree on the person: a changed session store alone gives nobody another's name.
    session = sign_in(client, amara)
    age(session, person=lee)
    assert client.get(ME).status_code == 302


def test_touching_the_device_is_noted_at_most_once_a_minute(client, amara, sign_in):
    session = sign_in(client, amara)
    just_now, earlier = timezone.now() - timedelta(seconds=30), timezone.now() - timedelta(seconds=90)
    age(session, last_seen=just_now)
    client.get(ME)
    session.refresh_from_db()
    assert session.last_seen == just_now
    age(session, last_seen=earlier)
    client.get(ME)
    session.refresh_from_db()
    assert session.last_seen > just_now


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(client, amara, sign_in):
    session = sign_in(client, amara)
    earlier = timezone.now() - timedelta(minutes=5)
    age(session, last_seen=earlier)
    client.get("/me/here/", headers={BACKGROUND_HEADER: "1"})
    session.refresh_from_db()
    assert session.last_seen == earlier


def test_a_socket_comes_in_by_the_same_cookie(client, amara, sign_in):
    session = sign_in(client, amara)
    connected = authenticate_socket(scope_of(client))
    assert (connected.person_id, connected.session_id, connected.device) == (amara.pk, session.pk, "Test phone")
    assert door.authenticate(scope_of(client)) == connected  # registered when the app started
    assert door.live_sessions([session.pk, uuid4()]) == {session.pk}


@pytest.mark.parametrize(
    "headers", [[], [(b"cookie", b"")], [(b"cookie", b"readback=forged")], [(b"cookie", b"\xff=;;")]]
)
def test_a_socket_without_a_good_cookie_is_nobody(db, headers):
    assert authenticate_socket({"headers": headers}) is None


def test_signing_in_ends_what_the_person_left_open_too_long(client, amara, actor, sign_in):
    left_open = actor(amara, device="Ward desk").session_id
    DeviceSession.objects.filter(pk=left_open).update(last_seen=timezone.now() - timedelta(hours=2))
    sign_in(client, amara)
    assert DeviceSession.objects.get(pk=left_open).end_reason == "idle"


def test_a_person_ends_their_other_device_and_no_one_elses(client, amara, lee, actor, sign_in):
    sign_in(client, amara)
    other, of_lee = actor(amara, device="Ward desk").session_id, actor(lee).session_id
    assert client.post(reverse("accounts:end_session", args=[other]), {"key": uuid4()}).status_code == 303
    assert client.post(reverse("accounts:end_session", args=[of_lee]), {"key": uuid4()}).status_code == 404
    assert live_session_ids([other, of_lee]) == {of_lee}


def test_the_own_page_lists_the_devices(client, amara, sign_in):
    sign_in(client, amara)
    sign_in(Client(), amara, device="Firefox on Windows")
    page = client.get(ME).content.decode()
    assert "Firefox on Windows" in page
    assert page.count("End this") == 1  # the device in hand has 'Sign out here' instead


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        ("passkey", "Passkey"),
        ("totp", "Code of an app"),
        ("recovery", "Recovery code"),
        ("sso", "The hospital&#x27;s sign-in"),
    ],
)
def test_the_own_page_says_what_a_session_was_opened_by(client, amara, sign_in, factor, words):
    sign_in(client, amara, device="Ward phone", factor=factor)
    page = client.get("/me/").content.decode()
    assert f"opened by: {words}" in page


def test_what_was_shown_later_does_not_change_what_it_was_opened_by(rf, client, amara, sign_in):
    session = sign_in(client, amara, factor="totp")
    request = rf.get("/")
    request.session = client.session
    verify_session(request, session, factor="passkey")
    session.refresh_from_db()
    assert (session.factor, session.opened_by) == ("passkey", "totp")


def test_a_session_is_opened_by_the_factor_of_its_second_step(rf, client, amara, sign_in):
    session = sign_in(client, amara, factor="")
    assert session.opened_by == ""
    request = rf.get("/")
    request.session = client.session
    verify_session(request, session, factor="recovery")
    session.refresh_from_db()
    assert session.opened_by == "recovery"


def test_a_refusal_by_socket_is_recorded_with_the_persons_role(client, amara, sign_in):
    session = sign_in(client, amara)
    subject = uuid4()
    door.record_refusal(
        NotFound(act="handover.accepted", subject_id=subject), door.Connected(amara.pk, session.pk, session.device)
    )
    event = Event.objects.get(event="handover.accepted", entity_id=subject)
    assert (event.outcome, event.agent_id, event.agent_role) == ("refused", amara.pk, "nurse")
    assert event.unit_id == session.unit_id


def test_a_session_is_found_as_a_query_set_would(client, sign_in, amara, emergency, lee):
    mine = sign_in(client, amara)
    whole = DeviceSession.objects.select_related("person", "unit__facility").get(pk=mine.pk)
    for found in (session_of(mine.pk), find_session(client.cookies["readback"].value, at=timezone.now()).session):
        pairs = [(found, whole), (found.person, whole.person), (found.unit, whole.unit)]
        for one, other in [*pairs, (found.unit.facility, whole.unit.facility)]:
            assert (one, model_to_dict(one)) == (other, model_to_dict(other))
    assert session_of(uuid4()) is None
    DeviceSession.objects.filter(pk=mine.pk).update(unit=None)
    assert session_of(mine.pk).unit is None


def test_the_live_ones_are_those_that_the_condition_says(actor, amara, lee, noor, officer, admin_person):
    now, people = timezone.now(), [amara, lee, noor, officer, admin_person]
    ids = [actor(person).session_id for person in people]
    rows = [DeviceSession.objects.filter(pk=session_id) for session_id in ids]
    rows[1].update(ended=now)
    rows[2].update(last_seen=now - django_settings.SESSION_IDLE - timedelta(seconds=5))
    rows[3].update(started=now - django_settings.SESSION_ABSOLUTE - timedelta(seconds=5))
    Person.objects.filter(pk=admin_person.pk).update(is_active=False)
    wanted = set(DeviceSession.objects.filter(live_at(now), pk__in=ids).values_list("pk", flat=True))
    assert live_session_ids([*ids, uuid4()]) == wanted == {ids[0]}


def test_a_cookie_is_looked_up_as_django_does(client, sign_in, amara):
    sign_in(client, amara)
    key = client.cookies["readback"].value
    assert SessionStore(key).load() == db.SessionStore(key).load() != {}
    Session.objects.filter(session_key=key).update(expire_date=timezone.now())
    for store in (SessionStore(key), db.SessionStore(key)):
        assert (store.load(), store.session_key) == ({}, None)


def test_each_new_row_of_a_cookie_removes_some_that_are_over(client, db):
    # Everybody who reads the sign-in page leaves a row: they must go again by themselves.
    over = timezone.now() - timedelta(hours=1)
    Session.objects.bulk_create(
        Session(session_key=f"over{number}", session_data="", expire_date=over) for number in range(SWEPT_AT_ONCE + 1)
    )
    for left in (1, 0):
        Client().get("/sign-in/")
        assert Session.objects.filter(expire_date__lt=timezone.now()).count() == left

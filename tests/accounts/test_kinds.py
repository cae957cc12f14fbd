"""How long a session lives by the kind of its device, and what ends all of a person's at once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import DeviceSession, Duty, Kind, Membership, Person
from accounts.sessions import end_sessions_of, idle_seconds_left, live_at, live_session_ids, why_over
from ledger.models import Event
from live import door
from live.refusals import Conflict, Invalid, NotFound
from tests.accounts.phones import on_shared_phone

MINUTES = {Kind.PERSONAL: 15, Kind.SHARED: 5, Kind.CONSOLE: 10}


@pytest.fixture
def session_of_kind(amara, agent_person, sign_in):
    """session_of_kind(kind): a live session of that kind, as the sign-in page makes it."""

    def make(kind):
        client = Client()
        if kind == Kind.SHARED:
            on_shared_phone(client, amara)
        return sign_in(client, agent_person if kind == Kind.CONSOLE else amara)

    return make


@pytest.mark.parametrize("kind", Kind)
def test_the_kind_of_device_says_how_long_it_may_lie_untouched(session_of_kind, kind):
    session = session_of_kind(kind)
    assert session.kind == kind
    rows, now = DeviceSession.objects.filter(pk=session.pk), timezone.now()
    for seconds, is_live in ((-5, True), (5, False)):
        rows.update(last_seen=now - timedelta(minutes=MINUTES[kind], seconds=seconds))
        session.refresh_from_db()
        # The three ways in which it is asked agree: by the page, by the sweep of the sockets, by a query set.
        assert (why_over(session, now) == "") == is_live
        assert (live_session_ids([session.pk]) == {session.pk}) == is_live
        assert rows.filter(live_at(now)).exists() == is_live


def test_the_page_is_told_the_limit_of_its_device(client, amara, sign_in):
    on_shared_phone(client, amara)
    session = sign_in(client, amara)
    assert 'data-idle-seconds="300"' in client.get("/me/").content.decode()
    assert idle_seconds_left(session, at=session.last_seen) == 300


def test_a_session_ends_when_that_ends_which_it_may_not_outlive(actor, amara):
    session_id, now = actor(amara).session_id, timezone.now()
    rows = DeviceSession.objects.filter(pk=session_id)
    rows.update(until=now - timedelta(seconds=1))
    assert why_over(rows.get(), now) == "absolute_limit"
    assert live_session_ids([session_id]) == set()
    assert not rows.filter(live_at(now)).exists()


def test_ending_the_others_leaves_the_device_in_hand(client, amara, lee, actor, sign_in):
    mine = sign_in(client, amara)
    others = [actor(amara, device=name).session_id for name in ("Ward desk", "Tablet")]
    of_lee = actor(lee).session_id
    assert client.post(reverse("accounts:end_others"), {"key": uuid4()}).status_code == 303
    assert live_session_ids([mine.pk, *others, of_lee]) == {mine.pk, of_lee}
    assert Event.objects.filter(event="session.ended", agent_id=amara.pk, reason="ended_by_person").count() == 2


def test_all_sockets_of_a_person_close_after_the_commit(amara, actor, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(door.bell, "ring_end", rung.append)
    ids = {actor(amara, device=name).session_id for name in ("one", "two", "three")}
    with django_capture_on_commit_callbacks(execute=True):
        assert end_sessions_of(amara.pk, reason="test", agent=None) == 3
        assert rung == []
    assert set(rung) == ids


ACTS = {
    "session.ended": (services.end_sessions_for, {}, "ended_by_administrator"),
    "person.disabled": (services.disable_person, {}, "inactive"),
    "person.role_changed": (services.change_role, {"role": "physician"}, "role_changed"),
    "person.units_changed": (services.change_memberships, {"unit_ids": []}, "units_changed"),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_an_administrator_changes_ends_every_session_of_the_person(act, amara, lee, admin_person, actor):
    do, more, reason = ACTS[act]
    key, oskar, of_lee = uuid4(), actor(admin_person), actor(lee).session_id
    ids = [actor(amara, device=name).session_id for name in ("one", "two")]
    for _ in range(2):  # the same key again changes nothing more
        do(oskar, key=key, person_id=amara.pk, **more)
    assert live_session_ids([*ids, of_lee]) == {of_lee}
    assert set(DeviceSession.objects.filter(pk__in=ids).values_list("end_reason", flat=True)) == {reason}
    assert Event.objects.filter(event="session.ended", agent_id=admin_person.pk).count() == 2
    if act != "session.ended":
        assert Event.objects.filter(event=act, agent_id=admin_person.pk, entity_id=amara.pk).count() == 1


@pytest.mark.parametrize("act", ACTS)
def test_nobody_but_an_administrator_finds_anybody_to_do_it_to(act, amara, lee, officer, actor):
    # 'Not there' and 'not yours' are the same answer: whoever is no administrator cannot ask who works here.
    do, more, _ = ACTS[act]
    mine = actor(amara).session_id
    for person in (lee, officer):
        for target in (amara.pk, uuid4()):
            with pytest.raises(NotFound):
                do(actor(person), key=uuid4(), person_id=target, **more)
    assert live_session_ids([mine]) == {mine}


@pytest.mark.parametrize("act", ["person.disabled", "person.role_changed"])
def test_an_administrator_neither_disables_nor_promotes_themselves(act, admin_person, actor):
    do, more, _ = ACTS[act]
    with pytest.raises(Conflict):
        do(actor(admin_person), key=uuid4(), person_id=admin_person.pk, **more)
    assert Person.objects.get(pk=admin_person.pk).is_active


def test_a_role_that_is_none_is_refused_in_words(amara, admin_person, actor):
    with pytest.raises(Invalid) as refused:
        services.change_role(actor(admin_person), key=uuid4(), person_id=amara.pk, role="surgeon general")
    assert refused.value.fields["role"]


def test_another_ward_ends_the_duty_in_the_old_one(amara, emergency, ward, admin_person, actor):
    services.change_memberships(actor(admin_person), key=uuid4(), person_id=amara.pk, unit_ids=[ward.pk])
    assert list(Membership.objects.filter(person=amara).values_list("unit_id", flat=True)) == [ward.pk]
    assert not Duty.objects.at(timezone.now()).filter(person=amara, unit=emergency).exists()


def test_the_same_units_again_end_nothing(amara, emergency, admin_person, actor):
    mine = actor(amara).session_id
    services.change_memberships(actor(admin_person), key=uuid4(), person_id=amara.pk, unit_ids=[emergency.pk])
    assert live_session_ids([mine]) == {mine}

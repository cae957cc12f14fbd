"""Before a turn of a role that may never be empty its holder is proved to be reached, or cover is asked for."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts import services as accounts
from handover.duty.models import CoverRequest, ReachProof
from handover.duty.services import proof
from handover.duty.services.coverage import found_now
from handover.reach.models import Channel, Delivery
from handover.reach.services import Said
from ledger.models import Event
from live import ladder
from live.drawing import draw
from live.inbox import Subject, announce
from live.models import InboxItem, Rung
from live.refusals import Denied
from tests.duty.conftest import in_hours

pytestmark = pytest.mark.django_db


@pytest.fixture
def arrest_team(make_role):
    return make_role("Arrest team", is_safety_critical=True)


def look(unit):
    with transaction.atomic():
        found_now(unit.pk, at=timezone.now())


def fires(handler, row):
    """Its timer fires: what it says is announced in the same transaction."""
    with transaction.atomic():
        news = handler(row.pk)
        announce(*news)
    row.refresh_from_db()
    return news


def timers(kind):
    left = "SELECT subject_id, extract(epoch FROM due - clock_timestamp()) / 60 FROM live_timer WHERE kind = %s"
    with connection.cursor() as cursor:
        cursor.execute(left, [kind])
        return {subject: float(minutes) for subject, minutes in cursor.fetchall()}


@pytest.fixture
def planned(arrest_team, hold, together, amara):
    """Amara's turn begins in two hours; its proof is planned."""
    hold(arrest_team, amara, starts=in_hours(2))
    look(together)
    return ReachProof.objects.get()


def on_device(row, person):
    subject = Subject("reach_proof", row.pk)
    with transaction.atomic():
        ladder.reach(Rung.Name.ON_DEVICE, subject=subject, person_id=person.pk, device="Phone")


def told(person, event):
    return InboxItem.objects.filter(person_id=person.pk, event=event).count()


def test_a_turn_has_its_proof_thirty_minutes_before_it_begins_and_only_once(planned, together, amara):
    look(together)
    row = ReachProof.objects.get()
    assert row.person == amara
    assert 88 < timers("proof.due")[row.pk] <= 90


def test_a_role_that_may_be_empty_and_a_turn_that_runs_have_none(role, arrest_team, hold, together, amara, lee):
    hold(role, amara, starts=in_hours(2))
    hold(arrest_team, lee)
    look(together)
    assert not ReachProof.objects.exists()


def test_a_device_that_has_the_alert_is_proof_and_nobody_is_asked(planned, amara):
    fires(proof.due, planned)
    assert told(amara, "proof.asked") == 1
    assert 9 < timers("proof.over")[planned.pk] <= 10
    on_device(planned, amara)
    fires(proof.over, planned)
    assert planned.proven is not None
    assert not CoverRequest.objects.exists()


def test_where_nothing_answers_colleagues_are_asked_and_the_lead_is_told(planned, make_role, hold, amara, lee, noor):
    hold(make_role("Lead nurse", is_lead=True), noor)
    fires(proof.due, planned)
    fires(proof.over, planned)
    assert planned.failed is not None
    request = CoverRequest.objects.get()
    assert (request.instead_of, request.starts) == (amara, planned.starts)
    assert [ask.person for ask in request.asks.all()] == [lee]
    assert (told(lee, "cover.asked"), told(noor, "proof.failed"), told(amara, "proof.failed")) == (1, 1, 1)
    assert request.pk in timers("cover.unanswered")
    assert Event.objects.filter(event="proof.failed", entity_id=planned.pk).count() == 1


def test_a_notice_that_was_only_stored_or_pushed_is_no_proof(planned, amara):
    # What the server has sent says nothing about whether a device has it.
    fires(proof.due, planned)
    with transaction.atomic():
        ladder.reach(Rung.Name.PUSHED, subject=Subject("reach_proof", planned.pk), person_id=amara.pk)
    fires(proof.over, planned)
    assert planned.failed is not None


def test_another_persons_device_proves_nothing(planned, lee):
    fires(proof.due, planned)
    on_device(planned, lee)
    fires(proof.over, planned)
    assert planned.failed is not None


@pytest.mark.parametrize("said", [Said.OWNS, Said.PASSES])
def test_a_key_on_the_telephone_is_proof_and_so_is_busy(planned, amara, lee, said):
    fires(proof.due, planned)
    proof.answer(planned.pk, lee.pk, Said.OWNS)
    planned.refresh_from_db()
    assert planned.proven is None
    assert "can be reached" in proof.answer(planned.pk, amara.pk, said)
    fires(proof.over, planned)
    assert planned.proven is not None
    assert planned.failed is None


def test_whoever_says_that_they_are_somebody_else_proves_nothing(planned, amara):
    fires(proof.due, planned)
    with pytest.raises(Denied):
        proof.answer(planned.pk, amara.pk, Said.WRONG_PERSON)
    planned.refresh_from_db()
    assert planned.proven is None


def test_an_answer_by_text_message_is_proof(planned, amara):
    fires(proof.due, planned)
    now = timezone.now()
    more = {"subject_kind": "reach_proof", "subject_id": planned.pk, "unless_on_device": True, "due": now}
    Delivery.objects.create(key=uuid4(), person=amara, channel=Channel.SMS, answered=now, **more)
    fires(proof.over, planned)
    assert planned.proven == now


def test_whoever_gave_the_turn_away_is_not_rung(planned, arrest_team, hold, lee):
    hold(arrest_team, lee, starts=planned.starts)
    assert fires(proof.due, planned) == []
    assert planned.asked is None


def test_whoever_left_and_a_role_that_has_ended_are_not_asked_about(planned, actor, admin_person, arrest_team, amara):
    accounts.disable_person(actor(admin_person), key=uuid4(), person_id=amara.pk)
    assert fires(proof.due, planned) == []
    arrest_team.ended = timezone.now()
    arrest_team.save()
    assert fires(proof.due, planned) == []
    assert fires(proof.over, planned) == []


def test_a_turn_that_begins_sooner_is_asked_about_at_once(arrest_team, hold, together, amara):
    hold(arrest_team, amara, starts=timezone.now() + timedelta(minutes=12))
    look(together)
    (minutes,) = timers("proof.due").values()
    assert minutes <= 0


def test_where_cover_is_asked_for_already_it_is_not_asked_twice(planned, actor, amara, lee, arrest_team):
    from handover.duty import services
    from handover.duty.services import Wanted

    change = arrest_team.changes.get()
    wanted = Wanted(change.starts, change.ends, [lee.pk])
    services.ask_cover(actor(amara), key=uuid4(), role_id=arrest_team.pk, wanted=wanted)
    fires(proof.due, planned)
    fires(proof.over, planned)
    assert CoverRequest.objects.count() == 1


def test_both_notices_say_what_they_are_about_and_climb_to_nobody_else(planned, amara):
    fires(proof.due, planned)
    fires(proof.over, planned)
    items = list(InboxItem.objects.filter(person_id=amara.pk, subject_kind="reach_proof").order_by("number"))
    views = draw(items)
    assert [views[item.pk]["line"] for item in items] == ["Arrest team, Emergency Department"] * 2
    assert [item.sender_id for item in items] == [amara.pk, None]

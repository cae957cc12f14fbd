"""An acceptance that grows old while the patient waits: whoever accepted and the senders hear of it, once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import F

from config.roles import as_owner
from handover.patients.sealed import summary_of
from handover.transfers import selectors, services
from ledger.models import Event
from live import timers
from live.models import Timer
from tests.transfers.acts import logged, told

pytestmark = pytest.mark.django_db(transaction=True)


def hours_pass(hours=4):
    """In the rows: what was accepted and confirmed, and when its timer is due, lies further back."""
    back = timedelta(hours=hours, seconds=1)
    with as_owner(), connection.cursor() as cursor:
        # As the owner of the tables may: the triggers that keep these rows from changing are not what is tested.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE transfers_acceptance SET accepted = accepted - %s", [back])
        cursor.execute("UPDATE transfers_confirmation SET confirmed = confirmed - %s", [back])
        cursor.execute("UPDATE transfers_handover SET accepted = accepted - %s", [back])
        cursor.execute("SET session_replication_role = origin")
    Timer.objects.update(due=F("due") - back)


def lapses(person):
    return told(person).count("handover.lapsed")


def test_after_four_hours_both_sides_hear_that_the_gate_is_locked(actor, amara, lee, patient, accepted_handover):
    assert timers.run_due() == 0
    hours_pass()
    assert timers.run_due() == 1
    assert timers.run_due() == 0
    assert (lapses(lee), lapses(amara)) == (1, 1)
    assert logged(patient)[-1] == "handover.lapsed"
    assert Event.objects.get(event="handover.lapsed", patient_id=patient.pk).agent_id is None
    assert [reason.code for reason in selectors.handover_page(actor(amara), accepted_handover.pk).gate] == [
        "accepted_long_ago"
    ]
    news = [line for line in selectors.inbox_page(actor(lee)) if not line.needs_me]
    assert news[0].title == "Gate locked: accepted more than four hours ago"


def test_a_confirmation_gives_four_hours_more(actor, lee, patient, accepted_handover):
    hours_pass()
    services.confirm(
        actor(lee),
        key=uuid4(),
        handover_id=accepted_handover.pk,
        version_id=accepted_handover.current_id,
        summary_number=summary_of(patient)[0],
    )
    assert timers.run_due() == 0
    hours_pass()
    assert (timers.run_due(), lapses(lee)) == (1, 1)


@pytest.mark.parametrize("act", ["depart", "cancel", "renew"])
def test_nothing_is_said_of_who_has_left_or_stays_or_is_read_anew(actor, amara, lee, accepted_handover, act):
    move = {"key": uuid4(), "transfer_id": accepted_handover.transfer_id}
    acts = {
        "depart": lambda: services.depart(actor(amara), **move),
        "cancel": lambda: services.cancel_transfer(actor(amara), **move),
        "renew": lambda: services.renew_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk),
    }
    acts[act]()
    assert not Timer.objects.exists()
    hours_pass()
    assert (timers.run_due(), lapses(lee)) == (0, 0)


def test_a_timer_that_was_left_behind_looks_at_the_patient_and_is_silent(actor, amara, lee, patient, accepted_handover):
    before = Timer.objects.get()
    services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    before.save(force_insert=True)
    hours_pass()
    assert (timers.run_due(), lapses(lee), lapses(amara)) == (1, 0, 0)
    assert logged(patient, "handover.lapsed") == []


def test_without_a_move_no_time_runs_and_a_move_planned_later_counts_from_the_acceptance(
    actor, amara, lee, ward, draft, send, accept
):
    accept(send(draft, to=lee), lee)
    assert not Timer.objects.exists()
    hours_pass(3)
    plan = services.TransferPlan(to_unit_id=ward.pk)
    services.plan_transfer(actor(amara), key=uuid4(), handover_id=draft.pk, plan=plan)
    hours_pass(1)
    assert (timers.run_due(), lapses(lee)) == (1, 1)

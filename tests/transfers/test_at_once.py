"""Two people at the same moment, on two connections: one comes first, and the other is told."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from handover.patients import services as patients
from handover.patients.documents import IllnessSeverity
from handover.patients.rules import latest_vitals, scored_or_none
from handover.patients.sealed import headline_of, summary_of
from handover.transfers import services
from handover.transfers.models import Acceptance, Handover, Question, Responsibility
from live.models import InboxItem
from live.refusals import Conflict, Refusal
from tests.fixtures_transfers import make_ipass

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> Sequence[object]:
    """What each act gave, or its refusal. All of them begin together, each on a connection of its own."""
    start = Barrier(len(acts))

    def do(act):
        start.wait(timeout=10)
        try:
            return act()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(do, acts))


def accepting(who, handover):
    told = {"handover_id": handover.pk, "version_id": handover.current_id}
    digest = bytes(handover.current.digest).hex()
    return lambda: services.accept(who, key=uuid4(), **told, digest=digest)


@pytest.fixture
def isa(make_person, ward):
    return make_person("isa@readback.example", "Isa Thornapple", "nurse", unit=ward)


def test_of_two_who_accept_one_has_the_patient_and_the_other_is_told(
    actor, lee, isa, patient, draft, send, ward, say_back
):
    handover = send(draft, to=ward, destination=ward)
    for person in (lee, isa):
        say_back(handover, person)
    handover.refresh_from_db()
    results = at_once(accepting(actor(lee), handover), accepting(actor(isa), handover))
    [refusal] = [each for each in results if isinstance(each, Refusal)]
    assert isinstance(refusal, Conflict)
    assert "accepted already" in refusal.message
    row = Acceptance.objects.get(version__handover=handover)
    assert Responsibility.objects.get(patient=patient, until__isnull=True).person == row.person


def test_an_edit_and_an_acceptance_never_leave_an_old_version_accepted(actor, amara, lee, sent_handover, say_back):
    say_back(sent_handover, lee)
    sent_handover.refresh_from_db()
    edit = {"handover_id": sent_handover.pk, "ipass": make_ipass(), "seen_version": 1}
    results = at_once(
        accepting(actor(lee), sent_handover), lambda: services.edit_handover(actor(amara), key=uuid4(), **edit)
    )
    sent_handover.refresh_from_db()
    assert (sent_handover.status, sent_handover.current.number) == (Handover.Status.SENT, 2)
    assert not isinstance(results[1], Refusal)
    assert isinstance(results[0], Conflict) != Acceptance.objects.filter(version__number=1).exists()


def test_a_question_comes_before_the_departure_or_after_it(actor, amara, lee, accepted_handover):
    move = accepted_handover.transfer
    left, asked = at_once(
        lambda: services.depart(actor(amara), key=uuid4(), transfer_id=move.pk),
        lambda: services.ask(actor(lee), key=uuid4(), handover_id=accepted_handover.pk, text="Which arm?"),
    )
    assert isinstance(asked, Question)
    move.refresh_from_db()
    if isinstance(left, Refusal):
        assert "A question from Lee" in left.message
        assert move.status == "planned"
    else:
        assert asked.asked >= move.departed


def test_two_handovers_of_one_patient_pass_them_on_one_after_the_other(
    actor, amara, lee, noor, make_person, emergency, patient, write_draft, send, say_back
):
    bo = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    handovers = {lee: send(write_draft(amara, patient), to=lee), noor: send(write_draft(bo, patient), to=noor)}
    for person, handover in handovers.items():
        say_back(handover, person)
        handover.refresh_from_db()
    results = at_once(*(accepting(actor(person), handover) for person, handover in handovers.items()))
    assert not any(isinstance(each, Refusal) for each in results)
    rows = list(Responsibility.objects.filter(patient=patient).order_by("since"))
    assert rows[-1].until is None
    assert [row.until for row in rows[:-1]] == [row.since for row in rows[1:]]


def test_the_same_key_at_the_same_moment_sends_once(actor, amara, lee, draft):
    to = services.Recipient("person", person_id=lee.pk)
    told = {"key": uuid4(), "handover_id": draft.pk, "to": to}
    first, second = at_once(*[lambda: services.send_handover(actor(amara), **told)] * 2)
    assert first == second
    assert InboxItem.objects.filter(person_id=lee.pk, event="handover.sent").count() == 1


def test_how_ill_and_vital_signs_that_come_between_keep_both(actor, amara, lee, patient, put_vitals):
    def enter():
        try:
            put_vitals(patient, respirations_per_min=30, spo2_percent=84)
        finally:
            connection.close()

    def before_it_is_written(execute, sql, parameters, many, context):
        if sql.startswith('UPDATE "patients_patient"') and not waiting:
            waiting.append(pool.submit(enter))
            wait(waiting, timeout=1)  # they come first only where nothing holds them back
        return execute(sql, parameters, many, context)

    waiting = []
    with ThreadPoolExecutor(1) as pool, connection.execute_wrapper(before_it_is_written):
        patients.say_severity(actor(amara), key=uuid4(), patient_id=patient.pk, severity=IllnessSeverity.UNSTABLE)
    waiting[0].result()
    patient.refresh_from_db()
    headline = headline_of(patient)
    assert headline.illness_severity == IllnessSeverity.UNSTABLE
    number, summary = summary_of(patient)
    assert (number, headline.news2_total) == (2, scored_or_none(latest_vitals(summary)).total)

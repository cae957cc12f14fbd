"""Overriding: a reason and a second person, or an emergency; looked at afterwards; never silent."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given

from handover.transfers import selectors, services
from handover.transfers.models import Override, Responsibility
from handover.transfers.rules import gate, lock_words
from ledger.models import Event
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.transfers.acts import logged, told
from tests.transfers.test_gate import FACTS

pytestmark = pytest.mark.django_db

WHY = "Theatre is calling, receiver told by phone"


@pytest.fixture
def bo(make_person, emergency):
    return make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)


def ask_for(actor, handover, person, **changes):
    wanted = {"transfer_id": handover.transfer_id, "reason": WHY, "is_emergency": False, **changes}
    return services.request_override(actor(person), key=uuid4(), **wanted)


def depart(actor, handover, person):
    return services.depart(actor(person), key=uuid4(), transfer_id=handover.transfer_id)


def test_a_second_person_of_the_unit_approves_and_the_patient_may_leave(actor, amara, bo, lee, patient, sent_handover):
    row = ask_for(actor, sent_handover, amara)
    assert told(bo) == ["transfer.override_requested"]
    with pytest.raises(Conflict, match="gate is locked"):
        depart(actor, sent_handover, amara)
    services.approve_override(actor(bo), key=uuid4(), override_id=row.pk)
    assert told(amara) == ["transfer.override_approved"]
    transfer = depart(actor, sent_handover, amara)
    assert transfer.departed_under == row
    assert "transfer.departed" in told(lee)
    assert logged(patient)[-3:] == ["transfer.override_requested", "transfer.override_approved", "transfer.departed"]
    event = Event.objects.filter(patient_id=patient.pk, event="transfer.departed").latest("id")
    assert event.detail["gate"] == "override"
    assert "not_accepted" in event.detail["locks"]


def test_nobody_is_their_own_second_person_nor_is_the_receiver(actor, amara, lee, noor, sent_handover):
    row = ask_for(actor, sent_handover, amara)
    for person, refusal in ((amara, Denied), (lee, Denied), (noor, NotFound)):
        with pytest.raises(refusal):
            services.approve_override(actor(person), key=uuid4(), override_id=row.pk)


def test_an_emergency_leaves_at_once_and_the_receiver_is_told(actor, amara, lee, sent_handover):
    ask_for(actor, sent_handover, amara, is_emergency=True)
    assert told(lee)[-1] == "transfer.override_requested"
    assert depart(actor, sent_handover, amara).departed_under.is_emergency


def test_it_takes_a_reason_of_ten_characters(actor, amara, sent_handover):
    with pytest.raises(Invalid):
        ask_for(actor, sent_handover, amara, reason=" urgent  ")
    assert not Override.objects.exists()


def test_there_is_none_for_an_open_gate_and_no_second_one_over_one_that_stands(actor, amara, bo, accepted_handover):
    with pytest.raises(Conflict, match="gate is open"):
        ask_for(actor, accepted_handover, amara)
    services.ask(actor(accepted_handover.accepted_by), key=uuid4(), handover_id=accepted_handover.pk, text="Which arm?")
    row = ask_for(actor, accepted_handover, amara)
    services.approve_override(actor(bo), key=uuid4(), override_id=row.pk)
    with pytest.raises(Conflict, match="stands already"):
        ask_for(actor, accepted_handover, bo)


def test_a_lock_that_came_after_it_is_not_covered(actor, amara, bo, patient, accepted_handover, put_vitals):
    services.ask(actor(accepted_handover.accepted_by), key=uuid4(), handover_id=accepted_handover.pk, text="Which arm?")
    row = ask_for(actor, accepted_handover, amara)
    services.approve_override(actor(bo), key=uuid4(), override_id=row.pk)
    put_vitals(patient, respirations_per_min=30)
    with pytest.raises(Conflict, match="Something came after the override was approved"):
        depart(actor, accepted_handover, amara)
    again = ask_for(actor, accepted_handover, amara)
    services.approve_override(actor(bo), key=uuid4(), override_id=again.pk)
    assert depart(actor, accepted_handover, amara).departed_under == again


def approved(actor, handover, amara, bo):
    row = ask_for(actor, handover, amara)
    return services.approve_override(actor(bo), key=uuid4(), override_id=row.pk)


def test_nor_is_a_later_lock_of_the_same_kind(actor, amara, bo, lee, accepted_handover):
    services.ask(actor(lee), key=uuid4(), handover_id=accepted_handover.pk, text="Which arm?")
    approved(actor, accepted_handover, amara, bo)
    services.ask(actor(lee), key=uuid4(), handover_id=accepted_handover.pk, text="Is she bleeding?")
    with pytest.raises(Conflict, match="Something came after the override was approved"):
        depart(actor, accepted_handover, amara)


def test_nor_is_a_new_version_that_nobody_has_read(actor, amara, bo, sent_handover):
    approved(actor, sent_handover, amara, bo)
    services.renew_handover(actor(amara), key=uuid4(), handover_id=sent_handover.pk)
    with pytest.raises(Conflict, match="Something came after the override was approved"):
        depart(actor, sent_handover, amara)


def test_nor_is_a_further_fall_of_the_patient(actor, amara, bo, patient, accepted_handover, put_vitals):
    put_vitals(patient, respirations_per_min=30)
    approved(actor, accepted_handover, amara, bo)
    put_vitals(patient, respirations_per_min=30, spo2_percent=84, systolic_mmhg=70)
    with pytest.raises(Conflict, match="Something came after the override was approved"):
        depart(actor, accepted_handover, amara)


def test_nor_is_an_item_that_went_missing_later(actor, amara, bo, accepted_handover):
    def set_item(code, state, reason=""):
        told = {"transfer_id": accepted_handover.transfer_id, "code": code, "state": state, "reason": reason}
        services.set_checklist_item(actor(amara), key=uuid4(), **told)

    first, second = (item.code for item in accepted_handover.transfer.checklist.filter(is_required=True)[:2])
    set_item(first, "missing", "Printer broken")
    approved(actor, accepted_handover, amara, bo)
    set_item(second, "missing", "Printer broken")
    with pytest.raises(Conflict, match="Something came after the override was approved"):
        depart(actor, accepted_handover, amara)


def test_only_the_newest_waits_for_a_second_person(actor, amara, bo, sent_handover):
    old = ask_for(actor, sent_handover, amara)
    ask_for(actor, sent_handover, amara)
    with pytest.raises(Conflict, match="no longer waits"):
        services.approve_override(actor(bo), key=uuid4(), override_id=old.pk)


def test_the_receiver_may_still_accept_on_the_way_and_the_patient_is_theirs_then(
    actor, amara, lee, patient, sent_handover, accept
):
    ask_for(actor, sent_handover, amara, is_emergency=True)
    depart(actor, sent_handover, amara)
    assert Responsibility.objects.get(patient=patient, until__isnull=True).person == amara
    accept(sent_handover, lee)
    assert Responsibility.objects.get(patient=patient, until__isnull=True).person == lee
    services.arrive(actor(lee), key=uuid4(), transfer_id=sent_handover.transfer_id)


def test_who_sees_what_of_it_on_the_page(actor, amara, bo, sent_handover):
    ask_for(actor, sent_handover, amara)
    mine = selectors.handover_page(actor(amara), sent_handover.pk)
    theirs = selectors.handover_page(actor(bo), sent_handover.pk)
    assert theirs.transfer.override.reason == WHY
    assert (mine.transfer.override.may_approve, theirs.transfer.override.may_approve) == (False, True)
    assert not theirs.transfer.override.is_usable


def review(actor, officer, row, verdict="justified", note=""):
    return services.review_override(actor(officer), key=uuid4(), override_id=row.pk, verdict=verdict, note=note)


def test_a_compliance_officer_reviews_it_once_the_patient_has_left(actor, amara, officer, lee, sent_handover):
    row = ask_for(actor, sent_handover, amara, is_emergency=True)
    with pytest.raises(NotFound):
        review(actor, lee, row)
    with pytest.raises(NotFound):
        selectors.overrides_to_review(actor(lee))
    with pytest.raises(Conflict, match="has not left yet"):
        review(actor, officer, row)
    depart(actor, sent_handover, amara)
    (found,) = selectors.overrides_to_review(actor(officer)).waiting
    assert (found.id, found.requested_by, found.way, found.is_overdue) == (row.pk, amara, "emergency", False)
    assert "nobody had accepted" in found.locks
    review(actor, officer, row)
    reviews = selectors.overrides_to_review(actor(officer))
    assert (reviews.waiting, [each.verdict for each in reviews.reviewed]) == ((), ["Justified"])
    with pytest.raises(Conflict):
        review(actor, officer, row)
    assert told(amara)[-1] == "transfer.override_reviewed"
    event = Event.objects.filter(event="transfer.override_reviewed").latest("id")
    assert (event.patient_id, event.detail["verdict"]) == (sent_handover.patient_id, "justified")


def test_a_verdict_that_is_not_plain_needs_a_note(actor, amara, officer, sent_handover):
    row = ask_for(actor, sent_handover, amara, is_emergency=True)
    depart(actor, sent_handover, amara)
    for verdict, field in (("", "verdict"), ("perhaps", "verdict"), ("to_discuss", "note"), ("not_justified", "note")):
        with pytest.raises(Invalid) as refusal:
            review(actor, officer, row, verdict, note=" ")
        assert set(refusal.value.fields) == {field}
    review(actor, officer, row, "to_discuss", "A second person was in the next room.")


def test_the_senders_unit_reads_the_verdict_and_the_receiver_does_not(
    actor, browser, amara, bo, lee, officer, sent_handover
):
    row = ask_for(actor, sent_handover, amara, is_emergency=True)
    depart(actor, sent_handover, amara)
    url = f"/handovers/{sent_handover.pk}/"
    assert "It will be reviewed" in browser(bo).get(url).content.decode()
    review(actor, officer, row, "to_discuss", "A second person was in the next room.")
    page = browser(bo).get(url).content.decode()
    assert "Reviewed by Ingrid Larkspur" in page
    assert "To be talked about" in page
    assert "A second person was in the next room." in page
    assert "next room" not in browser(lee).get(url).content.decode()


def test_what_was_reviewed_is_not_rewritten(actor, amara, officer, sent_handover):
    row = ask_for(actor, sent_handover, amara, is_emergency=True)
    depart(actor, sent_handover, amara)
    review(actor, officer, row)
    for column, value in (("verdict", "'not_justified'"), ("verdict", "NULL"), ("reviewed_by_id", "NULL")):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE transfers_override SET {column} = {value} WHERE id = %s", [row.pk])  # noqa: S608


def test_an_emergency_ends_after_an_hour_and_is_asked_for_anew(actor, amara, browser, sent_handover):
    start = timezone.now()
    with time_machine.travel(start, tick=True) as clock:
        ask_for(actor, sent_handover, amara, is_emergency=True)
        page = browser(amara).get(f"/handovers/{sent_handover.pk}/").content.decode()
        assert "Emergency, until" in page
        clock.shift(timedelta(minutes=61))
        assert "The emergency override ended" in browser(amara).get(f"/handovers/{sent_handover.pk}/").content.decode()
        with pytest.raises(Conflict, match="The emergency override has ended: it stands for one hour"):
            depart(actor, sent_handover, amara)
        again = ask_for(actor, sent_handover, amara, is_emergency=True)
        assert depart(actor, sent_handover, amara).departed_under == again


def test_one_that_has_ended_lets_nobody_leave_by_sql(actor, amara, sent_handover):
    with time_machine.travel(timezone.now() - timedelta(minutes=61)):
        row = ask_for(actor, sent_handover, amara, is_emergency=True)
    with pytest.raises(IntegrityError, match="ends after an hour"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE transfers_transfer SET status='departed', departed=now(), departed_under_id=%s WHERE id=%s",
            [row.pk, sent_handover.transfer_id],
        )


def test_one_that_has_ended_lets_nobody_leave_by_a_departure_that_is_dated_back(actor, amara, sent_handover):
    with time_machine.travel(timezone.now() - timedelta(minutes=61)):
        row = ask_for(actor, sent_handover, amara, is_emergency=True)
    with pytest.raises(IntegrityError, match="ends after an hour"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE transfers_transfer SET status='departed', departed=%s, departed_under_id=%s WHERE id=%s",
            [row.requested, row.pk, sent_handover.transfer_id],
        )


def test_an_ended_emergency_is_nothing_a_second_person_can_approve(actor, amara, bo, sent_handover):
    with time_machine.travel(timezone.now() - timedelta(minutes=61)):
        row = ask_for(actor, sent_handover, amara, is_emergency=True)
    with pytest.raises(Conflict):
        services.approve_override(actor(bo), key=uuid4(), override_id=row.pk)


def test_while_one_waits_the_dock_offers_no_other(actor, browser, amara, sent_handover):
    url = f"/handovers/{sent_handover.pk}/_dock/"
    offer = f"/transfers/{sent_handover.transfer_id}/override/"
    assert offer in browser(amara).get(url).content.decode()
    ask_for(actor, sent_handover, amara)
    dock = browser(amara).get(url).content.decode()
    assert offer not in dock
    assert "The override waits for a second person" in dock
    # Nobody comes: the gate still leads to the emergency.
    assert offer in browser(amara).get(f"/handovers/{sent_handover.pk}/_gate/").content.decode()


@pytest.mark.parametrize("hours", [71, 73])
def test_one_that_nobody_reviewed_in_three_days_is_marked(actor, amara, officer, sent_handover, hours):
    ask_for(actor, sent_handover, amara, is_emergency=True)
    depart(actor, sent_handover, amara)
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        (row,) = selectors.overrides_to_review(actor(officer)).waiting
    assert row.is_overdue == (hours == 73)


@given(FACTS)
def test_every_lock_has_words_for_the_officer_that_name_nobody(facts):
    for reason in gate(facts):
        (words,) = lock_words([reason.code])
        assert words != reason.code
        assert "Lee" not in words

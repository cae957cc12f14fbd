"""Overriding: a reason and a second person, or an emergency; looked at afterwards; never silent."""

from uuid import uuid4

import pytest

from handover.transfers import selectors, services
from handover.transfers.models import Override, Responsibility
from ledger.models import Event
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.transfers.acts import logged, told

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


def test_a_compliance_officer_reviews_it_without_a_word_about_the_patient(actor, amara, officer, lee, sent_handover):
    row = ask_for(actor, sent_handover, amara, is_emergency=True)
    with pytest.raises(Denied):
        services.review_override(actor(lee), key=uuid4(), override_id=row.pk)
    with pytest.raises(Denied):
        selectors.overrides_to_review(actor(lee))
    found = selectors.overrides_to_review(actor(officer))
    assert [(each.id, each.requested_by, each.is_emergency) for each in found] == [(row.pk, amara, True)]
    assert "not_accepted" in found[0].locks
    services.review_override(actor(officer), key=uuid4(), override_id=row.pk)
    assert selectors.overrides_to_review(actor(officer)) == []
    with pytest.raises(Conflict):
        services.review_override(actor(officer), key=uuid4(), override_id=row.pk)
    assert told(amara)[-1] == "transfer.override_reviewed"

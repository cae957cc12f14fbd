"""Declining and withdrawing: back to the sender, with a reason, and nobody sees the patient because of it any more."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from config.roles import as_owner
from handover.patients import access
from handover.transfers import selectors, services
from handover.transfers.models import Decline, Handover, Responsibility
from ledger.models import Event
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.transfers.acts import logged, told

pytestmark = pytest.mark.django_db


def decline(actor, handover, person, reason="No monitored bed until 06:00"):
    services.decline(actor(person), key=uuid4(), handover_id=handover.pk, code="no_bed", reason=reason)
    handover.refresh_from_db()
    return handover


def test_the_sender_learns_why_and_the_gate_says_who(actor, amara, lee, patient, sent_handover):
    decline(actor, sent_handover, lee)
    assert told(amara) == ["handover.declined"]
    page = selectors.handover_page(actor(amara), sent_handover.pk)
    assert page.decline.said == "No bed. No monitored bed until 06:00"
    assert page.gate[0].words == "Lee Sparrowhawk declined: choose another receiver, or send it again"
    assert {"send", "edit"} <= page.may
    assert logged(patient)[-1] == "handover.declined"


def test_it_can_be_sent_again_to_another_ward_and_the_move_is_planned_anew(
    actor, lee, noor, other_ward, sent_handover, send, accept
):
    decline(actor, sent_handover, lee)
    send(sent_handover, to=noor, destination=other_ward)
    sent_handover.transfer.refresh_from_db()
    assert sent_handover.transfer.to_unit == other_ward
    assert (sent_handover.status, sent_handover.current.number) == (Handover.Status.SENT, 2)
    assert sent_handover.declined_by is None
    accept(sent_handover, noor)


def test_who_was_addressed_alone_no_longer_sees_the_patient(actor, noor, patient, draft, send):
    decline(actor, send(draft, to=noor), noor)
    assert access.relationship_for(actor(noor), patient.pk) is None
    with pytest.raises(NotFound):
        selectors.handover_page(actor(noor), draft.pk)


@pytest.mark.parametrize(("code", "reason"), [("other", "  "), ("", "No bed"), ("full", "No bed")])
def test_it_takes_a_reason_of_the_list_and_for_another_one_words(actor, lee, sent_handover, code, reason):
    with pytest.raises(Invalid):
        services.decline(actor(lee), key=uuid4(), handover_id=sent_handover.pk, code=code, reason=reason)
    assert not Decline.objects.exists()


def test_how_full_the_ward_is_then_is_kept_with_it_in_counts(
    actor, amara, lee, ward, emergency, make_patient, write_draft, send, give, sent_handover
):
    make_patient(ward, family="PETTIGREW")
    leaves = make_patient(ward, family="OSTLER")
    give(lee, leaves)
    send(write_draft(lee, leaves), to=emergency, destination=emergency)
    comes = make_patient(emergency, family="ROOKSBY")
    send(write_draft(amara, comes), to=ward, destination=ward)
    decline(actor, sent_handover, lee, reason="")
    counts = {"patients": 2, "arriving": 1, "leaving": 1, "nurses": 1, "physicians": 0}
    row = Decline.objects.get()
    assert (row.code, row.unit, row.capacity) == ("no_bed", ward, counts)
    shown = selectors.handover_page(actor(amara), sent_handover.pk).decline
    assert shown.said == "No bed"
    assert shown.capacity_words == f"{ward.short_name} then: 2 patients, 1 arriving, 1 leaving, 1 nurse on duty"
    detail = Event.objects.get(event="handover.declined", patient_id=sent_handover.patient_id).detail
    assert detail == {"code": "no_bed", "unit": str(ward.pk), **counts}


def test_the_ward_as_it_was_stays_when_it_is_sent_again(actor, lee, ward, sent_handover, send):
    decline(actor, sent_handover, lee)
    before = Decline.objects.get().capacity
    send(sent_handover, to=ward, destination=ward)
    assert Decline.objects.get().capacity == before
    for change in (lambda: Decline.objects.update(code="other"), lambda: Decline.objects.all().delete()):
        with as_owner(), pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_database_knows_the_codes_too(actor, lee, sent_handover):
    decline(actor, sent_handover, lee)
    row = Decline.objects.get()
    with pytest.raises(IntegrityError, match="transfers_decline_code"), transaction.atomic():
        Decline.objects.create(version=row.version, person=lee, code="full")


def test_the_sender_cannot_decline_and_nobody_declines_what_is_accepted(actor, amara, lee, accepted_handover):
    with pytest.raises(Denied):
        decline(actor, accepted_handover, amara)
    with pytest.raises(Conflict, match="accepted already"):
        decline(actor, accepted_handover, lee)


def test_declining_a_new_version_gives_the_patient_back_to_the_author(actor, amara, lee, patient, accepted_handover):
    services.renew_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk)
    decline(actor, accepted_handover, lee)
    assert Responsibility.objects.get(patient=patient, until__isnull=True).person == amara
    assert {row.owner for row in patient.open_actions.all()} == {amara}


def test_who_has_the_patient_for_good_hands_them_over_instead(actor, amara, noor, draft, send, accept):
    accept(send(draft, to=noor), noor)
    services.renew_handover(actor(amara), key=uuid4(), handover_id=draft.pk)
    with pytest.raises(Conflict, match="You have this patient"):
        decline(actor, draft, noor)


def test_withdrawing_tells_who_had_it_and_cancels_the_move(actor, amara, lee, patient, sent_handover):
    services.withdraw_handover(actor(amara), key=uuid4(), handover_id=sent_handover.pk)
    sent_handover.refresh_from_db()
    sent_handover.transfer.refresh_from_db()
    assert (sent_handover.status, sent_handover.transfer.status) == ("withdrawn", "cancelled")
    assert told(lee) == ["handover.sent", "handover.withdrawn"]
    assert access.relationship_for(actor(lee), patient.pk) is None
    assert logged(patient)[-2:] == ["transfer.cancelled", "handover.withdrawn"]


def test_a_draft_is_withdrawn_in_silence(actor, amara, lee, draft):
    services.withdraw_handover(actor(amara), key=uuid4(), handover_id=draft.pk)
    draft.refresh_from_db()
    assert (draft.status, draft.sealed_draft) == ("withdrawn", None)
    assert told(lee) == []


def test_what_was_accepted_is_not_withdrawn(actor, amara, accepted_handover):
    with pytest.raises(Conflict):
        services.withdraw_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk)
    services.renew_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk)
    with pytest.raises(Conflict, match="cannot be taken back"):
        services.withdraw_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk)

"""Sending: one immutable version, to a person, to a duty or to a unit, and what each of them learns."""

from uuid import uuid4

import pytest

from handover.patients import access
from handover.patients.sealed import headline_of
from handover.transfers import sealed, services
from handover.transfers.models import Handover, HandoverVersion, Responsibility
from live.models import InboxItem
from live.refusals import Conflict, Invalid, NotFound
from tests.fixtures_transfers import make_ipass
from tests.transfers.acts import logged, rungs, told

pytestmark = pytest.mark.django_db


def test_who_is_on_duty_learns_of_it_may_see_the_patient_and_is_the_first_rung(
    actor, lee, amara, patient, sent_handover
):
    assert sent_handover.status == Handover.Status.SENT
    assert told(lee) == ["handover.sent"]
    assert rungs(sent_handover.current_id, lee) == {"stored"}
    assert access.patient_for(actor(lee), patient.pk).relationship.reason == "handover_addressed"
    assert told(amara) == []
    assert logged(patient) == ["handover.drafted", "transfer.planned", "responsibility.passed", "handover.sent"]
    item = InboxItem.objects.get(person_id=lee.pk)
    assert (item.subject_kind, item.subject_id, item.sender_id) == (
        "handover_version",
        sent_handover.current_id,
        amara.pk,
    )


def test_the_version_holds_the_words_and_the_summary_as_it_stood_and_its_digest_is_of_exactly_that(
    patient, sent_handover
):
    version = sent_handover.current
    document = sealed.document_of(version, patient_id=patient.pk)
    assert document.digest() == bytes(version.digest)
    assert document.summary_number == 1
    assert document.summary.allergies.entries[0].substance == "Penicillin"
    assert document.ipass.patient_summary.plan == "Antibiotics for five days"
    assert sealed.draft_of(sent_handover) is None


def test_the_lists_show_the_severity_that_was_said(patient, sent_handover):
    patient.refresh_from_db()
    assert headline_of(patient).illness_severity == "watcher"


def test_the_author_has_the_patient_when_nobody_had(amara, patient, sent_handover):
    assert Responsibility.objects.get(patient=patient, until__isnull=True).person == amara


def test_it_goes_to_a_person(actor, noor, lee, send, draft, patient):
    send(draft, to=noor)
    assert told(noor) == ["handover.sent"]
    assert told(lee) == []
    assert access.relationship_for(actor(noor), patient.pk) is not None
    assert access.relationship_for(actor(lee), patient.pk) is None


def test_it_goes_to_everybody_of_a_unit_on_duty_or_not(make_person, ward, lee, send, draft):
    off_duty = make_person("isa@readback.example", "Isa Thornapple", "nurse", unit=ward, on_duty=False)
    clerk = make_person("cy@readback.example", "Cy Marrowfat", "call_agent", unit=ward)
    send(draft, to=ward, address="unit")
    assert told(lee) == told(off_duty) == ["handover.sent"]
    assert told(clerk) == []


def test_whoever_comes_on_duty_later_may_see_it_too(actor, make_person, ward, sent_handover, patient):
    later = make_person("mo@readback.example", "Mo Elderflower", "nurse")
    assert access.relationship_for(actor(later), patient.pk) is None
    make_duty(later, ward)
    assert access.relationship_for(actor(later), patient.pk) is not None


def make_duty(person, unit):
    from datetime import timedelta

    from django.utils import timezone

    from accounts.models import Duty

    return Duty.objects.create(person=person, unit=unit, starts=timezone.now() - timedelta(minutes=1))


def test_it_says_so_when_nobody_is_on_duty(actor, amara, draft, facility):
    from accounts.models import Unit

    empty = Unit.objects.create(facility=facility, name="3 North", short_name="3N")
    with pytest.raises(Conflict, match="Nobody else is on duty in 3 North"):
        services.send_handover(
            actor(amara), key=uuid4(), handover_id=draft.pk, to=services.Recipient("on_duty", unit_id=empty.pk)
        )
    draft.refresh_from_db()
    assert draft.status == Handover.Status.DRAFT
    assert not HandoverVersion.objects.filter(handover=draft).exists()


def test_it_asks_how_ill_the_patient_is(actor, write_draft, amara, lee, patient):
    handover = write_draft(amara, patient, illness_severity=None)
    with pytest.raises(Invalid) as refusal:
        services.send_handover(
            actor(amara), key=uuid4(), handover_id=handover.pk, to=services.Recipient("person", person_id=lee.pk)
        )
    assert "illness_severity" in refusal.value.fields
    assert refusal.value.act == "handover.sent"


def test_nobody_hands_over_to_themselves_or_to_somebody_who_is_no_clinician(actor, amara, agent_person, draft):
    for person in (amara, agent_person):
        with pytest.raises(Invalid):
            services.send_handover(
                actor(amara), key=uuid4(), handover_id=draft.pk, to=services.Recipient("person", person_id=person.pk)
            )


def test_the_same_key_sends_once(actor, amara, lee, draft):
    key, to = uuid4(), services.Recipient("person", person_id=lee.pk)
    first = services.send_handover(actor(amara), key=key, handover_id=draft.pk, to=to)
    again = services.send_handover(actor(amara), key=key, handover_id=draft.pk, to=to)
    assert first == again
    assert told(lee) == ["handover.sent"]
    assert draft.versions.count() == 1


def test_a_patient_is_on_one_move_at_a_time(
    actor, write_draft, send, make_person, emergency, noor, other_ward, patient, sent_handover
):
    colleague = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    second = write_draft(colleague, patient)
    with pytest.raises(Conflict, match="Another transfer"):
        send(second, to=other_ward, destination=other_ward)


def test_what_was_typed_and_its_sending_are_one_act(
    actor, write_draft, make_person, emergency, other_ward, noor, patient, sent_handover
):
    colleague = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    second = write_draft(colleague, patient, situation_awareness="As it was saved")
    typed = services.Typed(make_ipass(situation_awareness="As it was typed"), second.draft_revision)
    # Refused after the version is written: the patient is on another move.
    with pytest.raises(Conflict, match="Another transfer"):
        services.send_handover(
            actor(colleague),
            key=uuid4(),
            handover_id=second.pk,
            to=services.Recipient("person", person_id=noor.pk),
            transfer=services.TransferPlan(other_ward.pk),
            typed=typed,
        )
    second.refresh_from_db()
    assert sealed.draft_of(second).situation_awareness == "As it was saved"
    assert not second.versions.exists()
    services.send_handover(
        actor(colleague),
        key=uuid4(),
        handover_id=second.pk,
        to=services.Recipient("person", person_id=noor.pk),
        transfer=services.TransferPlan(emergency.pk, may_stay=True),
        typed=typed,
    )
    second.refresh_from_db()
    sent = sealed.document_of(second.current, patient_id=patient.pk)
    assert (sent.ipass.situation_awareness, second.transfer) == ("As it was typed", None)


def test_a_patient_moves_only_from_where_they_are(actor, noor, amara, lee, send, write_draft, draft, patient, ward):
    send(draft, to=noor)
    consult = write_draft(noor, patient)
    with pytest.raises(Conflict, match="not in 5 West"):
        send(consult, to=lee, destination=ward)


def test_it_can_be_sent_to_somebody_else_while_nobody_has_accepted(
    actor, lee, make_person, ward, send, patient, sent_handover
):
    isa = make_person("isa@readback.example", "Isa Thornapple", "nurse", unit=ward, on_duty=False)
    send(sent_handover, to=isa)
    assert sent_handover.current.number == 2
    assert told(isa) == ["handover.sent"]
    assert told(lee) == ["handover.sent", "handover.withdrawn"]
    # The ward still expects the patient: the move stands, and with it that the ward may see who comes.
    assert access.relationship_for(actor(lee), patient.pk).source_id == sent_handover.transfer_id


def test_nobody_else_sends_it(actor, make_person, emergency, lee, noor, draft):
    colleague = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    for person in (colleague, lee, noor):
        with pytest.raises(NotFound):
            services.send_handover(
                actor(person), key=uuid4(), handover_id=draft.pk, to=services.Recipient("person", person_id=lee.pk)
            )


def test_other_words_than_those_that_were_sent_already_are_not_dropped_in_silence(actor, lee, draft, send, ward):
    typed = services.Typed(make_ipass(illness_severity="unstable"), draft.draft_revision)
    send(draft, to=lee)
    told = {"handover_id": draft.pk, "to": services.Recipient("person", person_id=lee.pk), "typed": typed}
    with pytest.raises(Conflict, match="was sent already"):
        services.send_handover(actor(draft.author), key=uuid4(), **told)
    draft.refresh_from_db()
    assert draft.current.number == 1

"""What must never be is refused by the database itself: each test writes raw SQL, as a fault or an owner would."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from handover.transfers import services
from handover.transfers.models import Acceptance, Handover, Responsibility

# As the owner of the tables: much of this is refused to the server's role for want of a grant already.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_owner")]


def refused(statement, *parameters):
    """The words of the database's refusal. Fails when the statement is taken."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    return str(refusal.value)


def taken(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.rowcount == 1


DEPART = "UPDATE transfers_transfer SET status = 'departed', departed = now() WHERE id = %s"


def test_nobody_departs_with_the_gate_locked(sent_handover, accept, lee, check_all):
    assert "the gate is locked" in refused(DEPART, sent_handover.transfer_id)
    accept(sent_handover, lee)
    # Accepted, and the checklist still open.
    assert "the gate is locked" in refused(DEPART, sent_handover.transfer_id)
    check_all(sent_handover)
    taken(DEPART, sent_handover.transfer_id)


def test_the_checklist_is_not_made_shorter_to_open_the_gate(sent_handover):
    words = refused(
        "UPDATE transfers_checklistitem SET is_required = false WHERE transfer_id = %s", sent_handover.transfer_id
    )
    assert "whether it is required" in words


def test_nobody_departs_on_an_acceptance_of_an_older_version(actor, amara, accepted_handover):
    services.renew_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk)
    assert "the gate is locked" in refused(DEPART, accepted_handover.transfer_id)


def test_nobody_departs_with_an_open_question_or_a_corrected_synthesis(actor, amara, lee, accepted_handover):
    question = services.ask(actor(lee), key=uuid4(), handover_id=accepted_handover.pk, text="Which arm?")
    assert "the gate is locked" in refused(DEPART, accepted_handover.transfer_id)
    services.answer(actor(amara), key=uuid4(), question_id=question.pk, text="Left")
    synthesis = accepted_handover.current.syntheses.get()
    services.correct_synthesis(actor(amara), key=uuid4(), synthesis_id=synthesis.pk, text="No")
    assert "the gate is locked" in refused(DEPART, accepted_handover.transfer_id)


def test_nobody_departs_under_an_override_that_nobody_approved_or_that_is_of_another_move(
    actor, amara, make_person, make_patient, emergency, ward, write_draft, send, sent_handover
):
    row = services.request_override(
        actor(amara), key=uuid4(), transfer_id=sent_handover.transfer_id, reason="Theatre is calling"
    )
    under = "UPDATE transfers_transfer SET status='departed', departed=now(), departed_under_id=%s WHERE id=%s"
    assert "approved by a second person" in refused(under, row.pk, sent_handover.transfer_id)
    other = send(write_draft(amara, make_patient(emergency)), to=ward, destination=ward)
    emergency_of_another = services.request_override(
        actor(amara), key=uuid4(), transfer_id=other.transfer_id, reason="Theatre is calling", is_emergency=True
    )
    assert "approved by a second person" in refused(under, emergency_of_another.pk, sent_handover.transfer_id)
    assert "transfers_a_second_person_is_another" in refused(
        "UPDATE transfers_override SET second_person_id = requested_by_id, approved = now() WHERE id = %s", row.pk
    )


def test_a_move_begins_as_planned_and_follows_its_edges(accepted_handover):
    move = accepted_handover.transfer
    copied = (
        "INSERT INTO transfers_transfer (id, patient_id, from_unit_id, to_unit_id, sealed_details, status,"
        " planned_by_id, departed) SELECT %s, patient_id, from_unit_id, to_unit_id, sealed_details, 'departed',"
        " planned_by_id, now() FROM transfers_transfer WHERE id = %s"
    )
    assert "begins as planned" in refused(copied, uuid4(), move.pk)
    for status in ("arrived", "returned"):
        words = refused("UPDATE transfers_transfer SET status = %s, departed = now() WHERE id = %s", status, move.pk)
        assert f"does not go from planned to {status}" in words
    taken("UPDATE transfers_transfer SET status = 'cancelled' WHERE id = %s", move.pk)
    words = refused("UPDATE transfers_transfer SET status = 'planned' WHERE id = %s", move.pk)
    assert "does not go from cancelled to planned" in words
    assert refused(DEPART, move.pk)


def test_a_departure_stays_as_it_was(actor, amara, lee, accepted_handover):
    services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    words = refused(
        "UPDATE transfers_transfer SET departed = now() - interval '1 day' WHERE id = %s", accepted_handover.transfer_id
    )
    assert "stays as it was" in words
    words = refused(
        "UPDATE transfers_checklistitem SET state = 'open' WHERE transfer_id = %s", accepted_handover.transfer_id
    )
    assert "has left with what was checked" in words
    words = refused("UPDATE transfers_handover SET status = 'withdrawn' WHERE id = %s", accepted_handover.pk)
    assert "left under what was accepted" in words


def test_two_live_moves_of_a_patient_never_stand(sent_handover):
    words = refused(
        "INSERT INTO transfers_transfer (id, patient_id, from_unit_id, to_unit_id, sealed_details, status,"
        " planned_by_id) SELECT %s, patient_id, from_unit_id, to_unit_id, sealed_details, 'planned', planned_by_id"
        " FROM transfers_transfer WHERE id = %s",
        uuid4(),
        sent_handover.transfer_id,
    )
    assert "transfers_one_live_per_patient" in words


def test_two_people_never_have_the_patient(patient, accepted_handover, amara):
    words = refused(
        "INSERT INTO transfers_responsibility (id, patient_id, person_id, unit_id) SELECT %s, patient_id, %s, unit_id"
        " FROM transfers_responsibility WHERE patient_id = %s AND until IS NULL",
        uuid4(),
        amara.pk,
        patient.pk,
    )
    assert "transfers_one_person_has_the_patient" in words
    first = Responsibility.objects.filter(patient=patient).earliest("since")
    assert "until cannot be changed" in refused(
        "UPDATE transfers_responsibility SET until = NULL WHERE id = %s", first.pk
    )


@pytest.mark.parametrize("column", ["sealed", "digest"])
def test_a_version_is_never_written_over(sent_handover, column):
    words = refused(f"UPDATE transfers_handoverversion SET {column} = '\\x00' WHERE id = %s", sent_handover.current_id)
    assert "is written once" in words


def test_an_acceptance_is_never_written_over_nor_taken_away(accepted_handover, amara):
    row = Acceptance.objects.get()
    assert "is written once" in refused(
        "UPDATE transfers_acceptance SET person_id = %s WHERE id = %s", amara.pk, row.pk
    )
    assert "is written once" in refused("DELETE FROM transfers_acceptance WHERE id = %s", row.pk)


@pytest.mark.parametrize(
    "table", ["handover", "transfer", "synthesis", "responsibility", "checklistitem", "openaction"]
)
def test_nothing_of_a_handover_goes_away(accepted_handover, table):
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM transfers_{table}")


ACCEPT = (
    "INSERT INTO transfers_acceptance (id, version_id, person_id, synthesis_id, digest, summary_number)"
    " SELECT %s, v.id, %s, s.id, v.digest, 1 FROM transfers_handoverversion v JOIN transfers_synthesis s"
    " ON s.id = %s WHERE v.id = %s"
)


def test_an_old_version_is_never_accepted(actor, amara, lee, sent_handover, say_back):
    old, said = sent_handover.current_id, say_back(sent_handover, lee)
    services.renew_handover(actor(amara), key=uuid4(), handover_id=sent_handover.pk)
    assert "current and sent" in refused(ACCEPT, uuid4(), lee.pk, said.pk, old)
    sent_handover.refresh_from_db()
    # The synthesis of the old version does not carry the new one.
    assert "said this version back" in refused(ACCEPT, uuid4(), lee.pk, said.pk, sent_handover.current_id)


def test_nobody_accepts_what_they_wrote_or_a_colleague_said_or_with_a_question_open(
    actor, amara, lee, noor, sent_handover, say_back
):
    said = say_back(sent_handover, lee)
    version = sent_handover.current_id
    assert "what they wrote" in refused(ACCEPT, uuid4(), amara.pk, said.pk, version)
    assert "said this version back themselves" in refused(ACCEPT, uuid4(), noor.pk, said.pk, version)
    wrong_digest = ACCEPT.replace("v.digest", "'\\x00'::bytea")
    assert "has the digest of its version" in refused(wrong_digest, uuid4(), lee.pk, said.pk, version)
    services.ask(actor(lee), key=uuid4(), handover_id=sent_handover.pk, text="Which arm?")
    assert "a question is open" in refused(ACCEPT, uuid4(), lee.pk, said.pk, version)


def test_a_handover_is_not_accepted_by_its_status_alone(sent_handover, lee):
    words = refused(
        "UPDATE transfers_handover SET status = 'accepted', accepted = now(), accepted_by_id = %s WHERE id = %s",
        lee.pk,
        sent_handover.pk,
    )
    assert "by an acceptance of its current version" in words


def test_an_accepted_handover_is_not_re_opened_or_swapped_without_a_new_version(accepted_handover, make_patient, ward):
    assert "only a new version re-opens" in refused(
        "UPDATE transfers_handover SET status = 'sent' WHERE id = %s", accepted_handover.pk
    )
    assert "does not go from accepted to declined" in refused(
        "UPDATE transfers_handover SET status = 'declined' WHERE id = %s", accepted_handover.pk
    )
    other = make_patient(ward)
    assert "keeps its patient" in refused(
        "UPDATE transfers_handover SET patient_id = %s WHERE id = %s", other.pk, accepted_handover.pk
    )


def test_the_current_version_never_goes_back(actor, amara, sent_handover):
    old = sent_handover.current_id
    services.renew_handover(actor(amara), key=uuid4(), handover_id=sent_handover.pk)
    words = refused("UPDATE transfers_handover SET current_id = %s WHERE id = %s", old, sent_handover.pk)
    assert "is a newer one" in words


def test_a_handover_begins_as_a_draft(sent_handover):
    words = refused(
        "INSERT INTO transfers_handover (id, patient_id, author_id, author_unit_id, status, address, to_unit_id,"
        " draft_revision, current_id) SELECT %s, patient_id, author_id, author_unit_id, 'sent', address, to_unit_id, 1,"
        " current_id FROM transfers_handover WHERE id = %s",
        uuid4(),
        sent_handover.pk,
    )
    assert "begins as a draft" in words
    assert Handover.objects.count() == 1


def test_what_was_said_asked_and_done_is_not_rewritten(actor, amara, lee, sent_handover, say_back, accept, check_all):
    said = say_back(sent_handover, lee)
    assert "sealed cannot be changed" in refused(
        "UPDATE transfers_synthesis SET sealed = '\\x00' WHERE id = %s", said.pk
    )
    question = services.ask(actor(lee), key=uuid4(), handover_id=sent_handover.pk, text="Which arm?")
    services.answer(actor(amara), key=uuid4(), question_id=question.pk, text="Left")
    for column in ("sealed_text", "sealed_answer"):
        words = refused(f"UPDATE transfers_question SET {column} = '\\x00' WHERE id = %s", question.pk)
        assert f"{column} cannot be changed" in words
    accept(sent_handover, lee)
    action = sent_handover.open_actions.first()
    services.finish_action(actor(lee), key=uuid4(), action_id=action.pk)
    assert "stays done" in refused(
        "UPDATE transfers_openaction SET done = NULL, done_by_id = NULL WHERE id = %s", action.pk
    )

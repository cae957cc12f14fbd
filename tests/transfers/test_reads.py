"""The reads: what each side finds on its page, the unit's board, and that every read is on the record."""

from uuid import uuid4

import pytest
from django.utils import timezone

from handover.patients.selectors import timeline
from handover.transfers import selectors, services
from ledger.models import Event
from live.refusals import NotFound

pytestmark = pytest.mark.django_db


def test_the_receiver_finds_the_brief_and_what_they_may_do(actor, lee, amara, sent_handover):
    page = selectors.handover_page(actor(lee), sent_handover.pk)
    assert (page.role, page.has_patient, page.recipients) == ("receiver", amara, "whoever is on duty in 7 East")
    assert [line.kind for line in page.brief] == ["who", "why", "danger", "now", "next", "if_then", "call_back"]
    assert page.may == {"open", "read", "ask", "call", "decline"}
    assert page.draft is None
    assert page.digest == bytes(sent_handover.current.digest).hex()
    assert [each.code for each in page.gate] == ["no_synthesis", "not_accepted"] + ["item_open"] * 4


def test_the_sender_finds_the_ladder_and_the_way_out(actor, lee, amara, sent_handover, read):
    read(sent_handover, lee)
    page = selectors.handover_page(actor(amara), sent_handover.pk)
    assert page.role == "sender"
    [ladder] = page.ladders
    assert (ladder.person, ladder.furthest.name, ladder.furthest.label) == (lee, "read", "Read to the end")
    assert [rung.name for rung in ladder.rungs] == [
        "stored",
        "pushed",
        "on_device",
        "opened",
        "read",
        "said_back",
        "accepted",
    ]
    assert page.may == {"send", "edit", "renew", "remind", "withdraw", "plan", "set_checklist", "cancel", "override"}


def test_every_read_is_on_the_record_with_the_version_and_the_row_that_allowed_it(actor, lee, patient, sent_handover):
    selectors.handover_page(actor(lee), sent_handover.pk)
    row = Event.objects.filter(event="patient.read", agent_id=lee.pk).latest("id")
    assert (row.patient_id, row.entity_id) == (patient.pk, sent_handover.current_id)
    assert row.entity_version == bytes(sent_handover.current.digest).hex()
    assert len(row.relationship_ids) == 1


def test_nobody_else_finds_anything(actor, noor, agent_person, officer, admin_person, sent_handover, patient):
    for person in (noor, agent_person, officer, admin_person):
        for read in (
            lambda who: selectors.handover_page(who, sent_handover.pk),
            lambda who: selectors.transfer_page(who, sent_handover.transfer_id),
            lambda who: selectors.handover_id_of(who, sent_handover.transfer_id),
            lambda who: selectors.who_has(who, patient.pk),
            lambda who: selectors.open_actions(who, patient.pk, at=timezone.now()),
            lambda who: selectors.board(who, sent_handover.to_unit_id, at=timezone.now()),
        ):
            with pytest.raises(NotFound):
                read(actor(person))
        with pytest.raises(NotFound):
            selectors.handover_page(actor(person), uuid4())


def test_the_board_shows_who_comes_who_goes_and_why_not_yet(actor, amara, lee, emergency, ward, sent_handover):
    at = timezone.now()
    leaving = selectors.board(actor(amara), emergency.pk, at=at)
    arriving = selectors.board(actor(lee), ward.pk, at=at)
    assert (leaving.arriving, arriving.leaving) == ((), ())
    [out], [coming] = leaving.leaving, arriving.arriving
    assert (out.other_unit, coming.other_unit, coming.to_bed) == (ward, emergency, "4")
    assert coming.headline.family == "Fenwickle"
    assert (coming.receiver, coming.furthest.name, coming.is_gate_open) == (
        "whoever is on duty in 7 East",
        "stored",
        False,
    )
    assert "7 East has not accepted" in [reason.words for reason in coming.gate]
    assert Event.objects.filter(event="patient.listed", agent_id=lee.pk).latest("id").detail == {"board": str(ward.pk)}


def test_the_board_is_in_the_order_of_urgency_and_of_a_fixed_number_of_queries(
    actor, amara, lee, emergency, ward, make_patient, write_draft, send, sent_handover, django_assert_max_num_queries
):
    for severity in ("stable", "unstable", "watcher"):
        send(write_draft(amara, make_patient(emergency), illness_severity=severity), to=ward, destination=ward)
    who = actor(lee)
    with django_assert_max_num_queries(20):
        found = selectors.board(who, ward.pk, at=timezone.now())
    assert [move.headline.illness_severity for move in found.arriving] == ["unstable", "watcher", "watcher", "stable"]


def test_a_patient_who_left_is_on_the_way_on_both_boards_and_then_on_none(
    actor, amara, lee, emergency, ward, accepted_handover
):
    services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    [coming] = selectors.board(actor(lee), ward.pk, at=timezone.now()).arriving
    assert (coming.transfer.status, coming.is_late, coming.receiver) == ("departed", False, "Lee Sparrowhawk")
    services.arrive(actor(lee), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    assert selectors.board(actor(lee), ward.pk, at=timezone.now()).arriving == ()
    assert selectors.board(actor(amara), emergency.pk, at=timezone.now()).leaving == ()


def test_the_timeline_of_the_patient_has_the_way_of_the_handover(actor, amara, lee, patient, accepted_handover):
    services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    services.arrive(actor(lee), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    titles = [item.title for item in timeline(actor(lee), patient.pk) if item.kind in ("handover", "transfer")]
    assert titles == [
        "Arrived in 7 East",
        "Left Emergency Department for 7 East",
        "Handover accepted, version 1",
        "Handover sent to whoever is on duty in 7 East",
    ]

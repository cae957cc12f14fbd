"""How events are drawn: for a reader who may still see the patient, with the read on the record, and never more."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Duty
from handover.transfers import events, selectors, services
from ledger.models import Event
from live import drawing, frames
from live.models import InboxItem
from tests.transfers.acts import told

pytestmark = pytest.mark.django_db

# What services announce; the drawers must know each of them.
ANNOUNCED = {
    "handover.sent",
    "handover.edited",
    "handover.withdrawn",
    "handover.asked",
    "handover.reminded",
    "handover.confirmed",
    "handover.answered",
    "handover.call_requested",
    "handover.said_back",
    "handover.corrected",
    "handover.accepted",
    "handover.declined",
    "handover.overtaken",
    "handover.caught_up",
    "handover.lapsed",
    "transfer.planned",
    "transfer.checklist_set",
    "transfer.departed",
    "transfer.arrived",
    "transfer.cancelled",
    "transfer.returned",
    "transfer.override_requested",
    "transfer.override_approved",
    "transfer.override_reviewed",
    "action.done",
}


def views(person):
    items = list(InboxItem.objects.filter(person_id=person.pk).order_by("number"))
    drawn = drawing.draw(items)
    return [(item.event, drawn[item.pk]) for item in items]


def test_every_event_that_is_announced_has_a_drawer():
    assert set(events.EVENTS) == ANNOUNCED
    assert drawing.drawn_events() >= ANNOUNCED | {"ladder.climbed"}


def test_a_new_handover_names_the_patient_the_severity_and_who_sends(lee, sent_handover):
    [(event, view)] = views(lee)
    assert event == "handover.sent"
    assert view == {
        "title": "New handover",
        "line": "FENWICKLE, Odalys · 04-Mar-1951 · 4471 0893 · Emergency Department",
        "severity": "watcher",
        "url": f"/handovers/{sent_handover.pk}/",
        "from": "Amara Thistledown",
        "tone": "alert",
        "handover": str(sent_handover.pk),
    }


def test_the_name_is_on_the_record_before_it_leaves(lee, patient, sent_handover):
    views(lee)
    row = Event.objects.filter(event="patient.listed", agent_id=lee.pk).latest("id")
    assert row.patient_id == patient.pk
    [allowed] = row.relationship_ids
    assert patient.relationships.get(pk=allowed).source_id in (sent_handover.pk, sent_handover.transfer_id)


def test_who_may_no_longer_see_the_patient_gets_nothing_of_them(actor, amara, noor, draft, send):
    send(draft, to=noor)
    services.withdraw_handover(actor(amara), key=uuid4(), handover_id=draft.pk)
    (sent, withdrawn) = views(noor)
    assert sent == ("handover.sent", None)
    assert withdrawn[1]["title"] == "Handover withdrawn"
    assert withdrawn[1]["line"] == "Emergency Department"
    assert "FENWICKLE" not in str(withdrawn[1])
    assert withdrawn[1]["url"] == "/inbox/"


def test_an_item_of_somebody_who_never_might_see_it_is_drawn_as_nothing(officer, sent_handover):
    item = InboxItem(
        pk=-1,
        person_id=officer.pk,
        number=1,
        event="handover.sent",
        subject_kind="handover_version",
        subject_id=sent_handover.current_id,
        recorded=timezone.now(),
    )
    assert drawing.draw([item]) == {-1: None}


def test_a_rung_names_the_receiver_and_the_device_and_is_for_the_sender_alone(amara, lee, noor, sent_handover, read):
    read(sent_handover, lee)
    climbed = [view for event, view in views(amara) if event == "ladder.climbed"]
    assert [(view["rung"], view["label"], view["person"], view["device"]) for view in climbed] == [
        ("opened", "Opened", "Lee Sparrowhawk", "Test phone"),
        ("read", "Read to the end", "Lee Sparrowhawk", "Test phone"),
    ]
    item = InboxItem.objects.filter(person_id=amara.pk, event="ladder.climbed").first()
    item.person_id = noor.pk
    assert drawing.draw([item])[item.pk] is None


def test_readers_of_one_event_are_each_on_the_record_with_one_view(make_person, ward, lee, draft, send):
    others = [make_person(f"n{n}@readback.example", f"Nurse {n}", "nurse", unit=ward) for n in range(4)]
    send(draft, to=ward)
    items = list(InboxItem.objects.filter(subject_id=draft.current_id))
    drawn = drawing.draw(items)
    assert len({str(view) for view in drawn.values()}) == 1
    readers = Event.objects.filter(event="patient.listed", patient_id=draft.patient_id).values_list(
        "agent_id", flat=True
    )
    assert set(readers) == {person.pk for person in [lee, *others]}


def test_fifty_readers_cost_no_more_statements_than_one(make_person, ward, lee, draft, send, django_assert_num_queries):
    for number in range(6):
        make_person(f"n{number}@readback.example", f"Nurse {number}", "nurse", unit=ward)
    send(draft, to=ward)
    items = list(InboxItem.objects.filter(subject_id=draft.current_id))
    drawing.draw(items)
    for some in (items[:1], items):
        # The versions, their handovers, who may still see the patient, and the reads on the record.
        with django_assert_num_queries(4):
            drawing.draw(some)


def test_a_rung_is_drawn_by_one_statement(amara, lee, sent_handover, read, django_assert_num_queries):
    read(sent_handover, lee)
    items = list(InboxItem.objects.filter(person_id=amara.pk, event="ladder.climbed"))
    with django_assert_num_queries(1):
        drawing.draw(items)


def test_each_kind_of_event_is_drawn_for_whoever_got_it(
    actor, amara, lee, make_person, emergency, sent_handover, accept, check_all, say_back
):
    bo = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    it, move = {"handover_id": sent_handover.pk}, {"transfer_id": sent_handover.transfer_id}
    question = services.ask(actor(lee), key=uuid4(), **it, text="Which arm?")
    services.answer(actor(amara), key=uuid4(), question_id=question.pk, text="Left")
    services.request_call(actor(lee), key=uuid4(), **it)
    row = say_back(sent_handover, lee)
    services.correct_synthesis(actor(amara), key=uuid4(), synthesis_id=row.pk, text="No")
    override = services.request_override(actor(amara), key=uuid4(), **move, reason="Theatre is calling")
    services.approve_override(actor(bo), key=uuid4(), override_id=override.pk)
    check_all(sent_handover)
    accept(sent_handover, lee)
    services.finish_action(actor(amara), key=uuid4(), action_id=sent_handover.open_actions.first().pk)
    services.depart(actor(amara), key=uuid4(), **move)
    services.arrive(actor(lee), key=uuid4(), **move)
    for person in (amara, lee, bo):
        for event, view in views(person):
            assert view is not None or (person == bo and not events.EVENTS[event].takes_away), (person, event)
    by = {event: view["from"] for event, view in views(amara) if "from" in view}
    assert by["handover.asked"] == by["handover.accepted"] == by["transfer.arrived"] == "Lee Sparrowhawk"
    assert by["transfer.override_approved"] == "Bo Candlewick"
    # After the arrival too, "On the way" names who let the patient go and not who received them.
    assert {view["from"] for event, view in views(lee) if event == "transfer.departed"} == {"Amara Thistledown"}


def test_the_inbox_has_what_needs_me_first_and_what_a_unit_waits_for_without_an_item(
    actor, lee, make_person, ward, emergency, amara, make_patient, write_draft, send, sent_handover
):
    unstable = send(write_draft(amara, make_patient(emergency), illness_severity="unstable"), to=ward)
    later = make_person("mo@readback.example", "Mo Elderflower", "nurse")
    Duty.objects.create(person=later, unit=ward, starts=timezone.now() - timedelta(minutes=1))
    for person in (lee, later):
        lines = selectors.inbox_page(actor(person))
        assert [(line.severity, line.needs_me) for line in lines] == [("unstable", True), ("watcher", True)]
        assert lines[0].url == f"/handovers/{unstable.pk}/"
        assert selectors.inbox_count(actor(person)) == 2
    assert told(later) == []


def test_the_inbox_forgets_what_was_dealt_with(actor, amara, lee, sent_handover, accept):
    question = services.ask(actor(lee), key=uuid4(), handover_id=sent_handover.pk, text="Which arm?")
    assert selectors.inbox_count(actor(amara)) == 1
    services.answer(actor(amara), key=uuid4(), question_id=question.pk, text="Left")
    assert selectors.inbox_count(actor(amara)) == 0
    accept(sent_handover, lee)
    # What Lee has taken on with the patient waits for its time, and nothing else does.
    assert {line.event for line in selectors.inbox_page(actor(lee)) if line.needs_me} <= {"action.due"}


def test_what_was_corrected_declined_or_waits_for_a_second_person_needs_somebody(
    actor, amara, lee, make_person, emergency, sent_handover, say_back
):
    bo = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    row = say_back(sent_handover, lee)
    services.correct_synthesis(actor(amara), key=uuid4(), synthesis_id=row.pk, text="No")
    assert "handover.corrected" in [line.event for line in selectors.inbox_page(actor(lee)) if line.needs_me]
    services.request_override(
        actor(amara), key=uuid4(), transfer_id=sent_handover.transfer_id, reason="Theatre is calling"
    )
    assert [line.event for line in selectors.inbox_page(actor(bo)) if line.needs_me] == ["transfer.override_requested"]
    services.decline(actor(lee), key=uuid4(), handover_id=sent_handover.pk, code="no_bed", reason="No bed")
    assert [line.event for line in selectors.inbox_page(actor(amara)) if line.needs_me] == ["handover.declined"]


def test_the_frames_of_this_room_are_registered():
    wanted = ("opened", "read", "asked", "answered", "call_requested", "said_back", "accepted")
    assert frames.registered_frames() >= {f"handover.{name}" for name in wanted}

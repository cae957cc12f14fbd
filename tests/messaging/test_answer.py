"""Who owns a message: said by whoever it went to, shown to its author, and never by reading it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.messaging import selectors, services
from handover.messaging.models import Acknowledgement, MessageTask
from handover.transfers.models import OpenAction
from handover.transfers.sealed import action_of
from ledger.models import Event
from live.models import InboxItem, Rung
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.messaging.conftest import drawn_for, told

pytestmark = pytest.mark.django_db


def rungs(message, person):
    return set(Rung.objects.filter(subject_id=message.pk, person_id=person.pk).values_list("name", flat=True))


def test_its_author_sees_who_owns_it_and_that_it_is_done(say, answer, of_patient, amara, tove):
    message = say(amara, of_patient, "NEWS2 is 7", level="emergency", people=[tove.pk])
    answer(tove, message)
    assert rungs(message, tove) == {"stored", "acknowledged"}
    answer(tove, message, "done")
    assert rungs(message, tove) == {"stored", "acknowledged", "done"}
    assert told(amara) == ["message.acknowledged", "message.done"]
    views = [view for view in drawn_for(amara) if view and "message" in view]
    assert [view["message"]["standing"] for view in views] == ["done", "done"]
    climbed = [view["rung"] for view in drawn_for(amara) if view and "rung" in view]
    assert climbed == ["acknowledged", "done"]
    events = Event.objects.filter(agent_id=tove.pk, event__startswith="message.")
    assert {"message.acknowledged", "message.done"} <= {event.event for event in events}


def test_reading_acknowledges_nothing(say, of_patient, actor, amara, tove):
    message = say(amara, of_patient, level="urgent", people=[tove.pk])
    selectors.thread_page(actor(tove), of_patient.pk)
    assert services.see(actor(tove), thread_id=of_patient.pk, number=1) == 1
    assert services.see(actor(tove), thread_id=of_patient.pk, number=1) == 0
    assert rungs(message, tove) == {"stored", "opened"}
    assert [one.subject.id for one in selectors.waiting_messages(actor(tove))] == [message.pk]


def test_passed_on_by_everybody_is_nobodys_and_the_author_is_told(say, answer, group, amara, tove, noor):
    message = say(amara, group, level="urgent")
    answer(tove, message, "busy")
    answer(noor, message, "wrong_person")
    assert told(amara)[-2:] == ["message.passed_on", "message.passed_on"]
    assert drawn_for(amara)[-1]["message"]["standing"] == "passed_on"
    assert "acknowledged" not in rungs(message, tove)


@pytest.mark.parametrize("said", ["done", "seen", ""])
def test_it_refuses_an_answer_that_is_none_yet(say, answer, between_two, amara, tove, said):
    message = say(amara, between_two, level="urgent")
    with pytest.raises((Conflict, Invalid)):
        answer(tove, message, said)
    assert not Acknowledgement.objects.exists()


def test_it_refuses_whoever_it_did_not_go_to(say, answer, of_patient, amara, tove, noor, make_person, emergency):
    reader = make_person("wren@readback.example", "Wren Marigold", "nurse", unit=emergency)
    message = say(amara, of_patient, level="urgent", people=[tove.pk])
    for person in (amara, reader):
        with pytest.raises(Denied):
            answer(person, message)
    with pytest.raises(NotFound):
        answer(noor, message)


def test_what_is_for_information_asks_for_no_answer(say, answer, between_two, amara, tove):
    with pytest.raises(Conflict):
        answer(tove, say(amara, between_two))


def test_an_answer_is_given_once(say, answer, between_two, amara, tove):
    message = say(amara, between_two, level="urgent")
    answer(tove, message, "busy")
    with pytest.raises(Conflict):
        answer(tove, message, "busy")
    assert answer(tove, message, "owned").answer == "owned"


# -- the inbox --


def waits(actor, person):
    return [(one.subject.id, one.rank) for one in selectors.waiting_messages(actor(person))]


def test_what_waits_stands_by_its_urgency_until_somebody_owns_it(say, answer, group, actor, amara, tove, noor):
    urgent, calm = say(amara, group, level="urgent"), say(amara, group, level="needs_action")
    emergency = say(amara, group, level="emergency")
    say(amara, group)
    assert dict(waits(actor, tove)) == {emergency.pk: 0, urgent.pk: 1, calm.pk: 2}
    answer(tove, urgent)
    assert dict(waits(actor, tove)) == {emergency.pk: 0, urgent.pk: 3, calm.pk: 2}
    assert dict(waits(actor, noor)) == {emergency.pk: 0, calm.pk: 2}
    answer(tove, urgent, "done")
    assert urgent.pk not in dict(waits(actor, tove))
    assert waits(actor, amara) == []


def test_the_inbox_has_the_emergency_above_all(say, group, actor, amara, tove):
    from handover.transfers.selectors.inbox import inbox_count, inbox_page

    say(amara, group, level="needs_action")
    say(amara, group, level="emergency")
    lines = [line for line in inbox_page(actor(tove)) if line.needs_me]
    assert [line.title.split(" by ")[0] for line in lines] == ["Emergency", "Message that needs you"]
    assert inbox_count(actor(tove)) == 2


# -- tasks --


def make(actor, person, message, *, owner, what="Chase the cultures", hours=2):
    task = services.Task(what, owner.pk, timezone.now() + timedelta(hours=hours))
    return services.make_task(actor(person), key=uuid4(), message_id=message.pk, task=task)


def test_a_task_of_a_message_travels_with_the_patient_and_stands_in_the_next_handover(
    say, of_patient, actor, write_draft, accept, send, amara, tove, lee, ward, patient
):
    message = say(amara, of_patient, "Cultures are not back", people=[tove.pk])
    row = make(actor, tove, message, owner=amara)
    assert told(amara) == ["message.task_made"]
    assert action_of(row.action).what == "Chase the cultures"
    from handover.transfers import selectors as transfers

    page = transfers.open_actions(actor(amara), patient.pk, at=timezone.now())
    assert [(each.what, each.owner, each.handover_id) for each in page] == [("Chase the cultures", amara, None)]
    from handover.transfers.sealed import draft_of
    from handover.transfers.services import draft_handover

    draft = draft_of(draft_handover(actor(amara), key=uuid4(), patient_id=patient.pk))
    assert row.action.pk in {line.id for line in draft.action_list}
    handover = write_draft(amara, patient, action_list=draft.action_list)
    accept(send(handover, to=ward, destination=ward), lee)
    action = OpenAction.objects.get(pk=row.action.pk)
    assert (action.owner, action.handover) == (lee, handover)


def test_a_task_is_refused_without_a_patient_words_time_or_an_owner_of_the_team(
    say, of_patient, between_two, actor, amara, tove, noor
):
    message = say(amara, of_patient, people=[tove.pk])
    with pytest.raises(Conflict):
        make(actor, amara, say(amara, between_two), owner=tove)
    for wrong in ({"what": " "}, {"what": "x" * 301}, {"hours": -1}, {"owner": noor}):
        with pytest.raises(Invalid):
            make(actor, amara, message, **{"owner": tove, **wrong})
    assert not MessageTask.objects.exists()
    assert not InboxItem.objects.filter(event="message.task_made").exists()


def test_a_task_that_is_done_before_any_handover_is_done(say, of_patient, actor, amara, tove):
    from handover.transfers.services import finish_action

    row = make(actor, amara, say(amara, of_patient, people=[tove.pk]), owner=tove)
    assert finish_action(actor(amara), key=uuid4(), action_id=row.action.pk).done_by == amara
    assert drawn_for(tove)[-1] is None

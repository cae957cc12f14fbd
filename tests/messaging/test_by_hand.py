"""Statements that are written by hand say what the ORM says, and a message takes no more of them than it needs."""

from uuid import uuid4

import pytest
from django.db import connection
from django.forms import model_to_dict
from django.test.utils import CaptureQueriesContext

from handover.messaging import services
from handover.messaging.access import thread_for
from handover.messaging.models import Message, Recipient, Thread
from handover.messaging.selectors import names
from handover.messaging.selectors.drawn import whole
from handover.patients.mistaken import in_a_stay
from live import drawing
from live.acting import acting_for
from live.models import InboxItem
from live.refusals import NotFound

pytestmark = pytest.mark.django_db

# The key; the thread, locked, with its members; the patients of the sender's list; and all that is written, in one
# message. SAVEPOINT and RELEASE stand for BEGIN and COMMIT.
# One of them joins what is for information to its window (0095).
OF_A_SEND = 7
# The message with all that stands beside it; who may read it; and the read on the record.
OF_A_FRAME = 3


def cost(act):
    with CaptureQueriesContext(connection) as counted:
        act()
    return len(counted)


def same(mine, theirs):
    assert type(mine) is type(theirs)
    assert model_to_dict(mine) == model_to_dict(theirs)
    assert (mine.pk, mine._state.adding, mine._state.db) == (theirs.pk, False, theirs._state.db)


@pytest.mark.parametrize("kind", ["between_two", "group", "of_patient"])
def test_a_message_is_sent_by_as_few_statements_in_each_kind_of_thread(request, actor, kind, amara, tove):
    thread, by = request.getfixturevalue(kind), actor(amara)
    to = services.To([tove.pk] if kind == "of_patient" else [])

    def send():
        said = services.Said("The bed is free", "fyi")
        services.send_message(by, key=uuid4(), thread_id=thread.pk, said=said, to=to)

    send()  # what is planned or opened at the first use only
    # Of a patient the relationships of both are asked for besides, and whether whoever is named works here still.
    assert cost(send) <= OF_A_SEND + (4 if kind == "of_patient" else 0)


def test_and_drawn_by_as_few_for_its_reader(say, between_two, amara, tove):
    say(amara, between_two)
    message = say(amara, between_two)
    items = list(InboxItem.objects.filter(subject_id=message.pk, person_id=tove.pk, event="message.sent"))
    drawing.draw(items)
    assert cost(lambda: drawing.draw(items)) <= OF_A_FRAME


@pytest.mark.parametrize("kind", ["between_two", "group", "of_patient"])
@pytest.mark.parametrize("is_locked", [False, True])
def test_a_thread_is_found_as_a_query_set_would(request, actor, kind, is_locked, amara):
    thread = request.getfixturevalue(kind)
    found = thread_for(actor(amara), thread.pk, act="message.read", is_locked=is_locked)
    same(found.thread, Thread.objects.get(pk=thread.pk))
    theirs = thread.members.filter(until__isnull=True, person__is_active=True).order_by("since", "pk")
    assert list(found.members) == (list(theirs.values_list("person_id", flat=True)) if is_locked else [])
    assert (found.relationship_id is None) == (kind != "of_patient")


# The lock opens nothing: a thread is theirs by its members, or by its patient, whichever statement asks.
@pytest.mark.parametrize("is_locked", [False, True])
def test_and_by_nobody_else(actor, between_two, is_locked, noor, lee):
    for person, thread_id in ((noor, between_two.pk), (lee, between_two.pk), (noor, uuid4())):
        with acting_for(person.pk), pytest.raises(NotFound):
            thread_for(actor(person), thread_id, act="message.read", is_locked=is_locked)


def test_a_message_is_found_as_a_query_set_would(actor, say, answer, role, open_thread, amara, tove):
    thread = open_thread(amara, role_id=role.pk)
    said, other = say(amara, thread, level="urgent"), say(amara, thread)
    answer(tove, said)
    services.retract(actor(amara), key=uuid4(), message_id=other.pk)
    found = whole([said.pk, other.pk])
    assert set(found) == {said.pk, other.pk}
    for pk, (message, beside, known) in found.items():
        assert known == {str(amara.pk): amara.display_name}
        theirs = Message.objects.select_related("author", "to_role", "thread__role__unit").get(pk=pk)
        pairs = [(message, theirs), (message.author, theirs.author), (message.to_role, theirs.to_role)]
        pairs += [(message.thread, theirs.thread), (message.thread.role, theirs.thread.role)]
        for mine, his in [*pairs, (message.thread.role.unit, theirs.thread.role.unit)]:
            same(mine, his)
        last = theirs.revisions.order_by("-number").first()
        assert (beside.last and beside.last.pk) == (last and last.pk)
        rows = Recipient.objects.filter(message=theirs).order_by("person__display_name", "pk").select_related("person")
        assert beside.recipients == [
            [str(row.person_id), row.person.display_name, row.is_mentioned, None] for row in rows
        ]
        said_to_it = theirs.acknowledgements.order_by("said", "pk")
        assert beside.answers == [[str(row.person_id), row.revision, row.answer] for row in said_to_it]


def test_the_list_that_a_text_is_held_against_is_that_of_the_query_set(actor, patient, amara, noor):
    for person in (amara, noor):
        with acting_for(person.pk):
            mine = names._read(names._LIST.all([person.pk, person.role, names.MOST_NAMES]))
            assert mine == names._read(in_a_stay(actor(person)).values_list("pk", "sealed_headline"))
    with acting_for(amara.pk):
        assert [pk for pk, _ in names._read(names._LIST.all([amara.pk, amara.role, 500]))] == [patient.pk]

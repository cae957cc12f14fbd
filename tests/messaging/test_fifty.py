"""A group of fifty: one message costs no more statements than one to three, and each screen gets it once."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from handover.messaging import services
from ledger.models import Event
from live import drawing, rounds
from live.models import InboxItem

pytestmark = pytest.mark.django_db
READERS = 50


@pytest.fixture
def crowd(make_person, emergency):
    return [make_person(f"n{n}@readback.example", f"Nurse {n}", "nurse", unit=emergency) for n in range(READERS)]


def cost(act):
    with CaptureQueriesContext(connection) as counted:
        act()
    return len(counted)


def test_it_is_sent_and_drawn_by_as_many_statements_as_for_three(open_thread, say, group, crowd, amara):
    large = open_thread(amara, people=[one.pk for one in crowd], title="Everybody")
    for thread in (group, large):
        say(amara, thread)  # what is planned or opened at the first use only
    assert cost(lambda: say(amara, large)) <= cost(lambda: say(amara, group))
    items = list(InboxItem.objects.filter(event="message.sent", person_id__in=[one.pk for one in crowd]))
    few = items[:3]
    drawing.draw(few)
    assert cost(lambda: drawing.draw(items)) <= cost(lambda: drawing.draw(few))


def test_it_is_drawn_once_for_all_who_are_told_the_same(open_thread, say, crowd, amara):
    first = crowd[0]
    said = say(amara, open_thread(amara, people=[one.pk for one in crowd], title="All"), f"@{first.display_name} come")
    items = list(InboxItem.objects.filter(event="message.sent", subject_id=said.pk))
    views = drawing.draw(items)
    own = {id(views[item.pk]) for item in items if item.person_id == first.pk}
    others = {id(views[item.pk]) for item in items if item.person_id != first.pk}
    # Encoded once each (live/rounds.py): one for whoever is mentioned, and one for the forty-nine.
    assert len(own) == len(others) == 1
    assert not own & others
    texts = {frame.text.partition(",")[2].partition(",")[2] for frame in fetched(items)}
    assert len(texts) == 2


def fetched(items):
    """What the hub is given to write for the readers of these items."""
    return rounds.fetch({item.person_id: item.number - 1 for item in items}, limit=1)


# Who may still read it is found for each reader anew: one view for many must not be a way around that.
def test_whoever_left_gets_nothing_where_the_others_share_one_view(open_thread, say, crowd, amara, actor):
    thread = open_thread(amara, people=[one.pk for one in crowd], title="All")
    message = say(amara, thread)
    gone, out = crowd[3], crowd[7]
    services.remove_member(actor(amara), key=uuid4(), thread_id=thread.pk, person_id=gone.pk)
    Person.objects.filter(pk=out.pk).update(is_active=False)
    items = list(InboxItem.objects.filter(event="message.sent", subject_id=message.pk))
    views = {item.person_id: view for item in items for view in [drawing.draw(items)[item.pk]]}
    assert [person_id for person_id, view in views.items() if view is None] == [
        one for one in views if one in (gone.pk, out.pk)
    ]
    read = Event.objects.filter(event="message.read", agent_id__in=[gone.pk, out.pk])
    assert not read.exists()


def test_each_of_fifty_gets_it_once_with_the_read_on_the_record(open_thread, say, crowd, amara):
    message = say(amara, open_thread(amara, people=[one.pk for one in crowd], title="Everybody"), "Fire drill at ten")
    items = list(InboxItem.objects.filter(event="message.sent", subject_id=message.pk))
    views = drawing.draw(items)
    assert sorted(item.person_id for item in items) == sorted(one.pk for one in crowd)
    assert {view["message"]["text"] for view in views.values()} == {"Fire drill at ten"}
    read = Event.objects.filter(event="message.read", agent_id__in=[one.pk for one in crowd])
    assert sorted(read.values_list("agent_id", flat=True)) == sorted(one.pk for one in crowd)

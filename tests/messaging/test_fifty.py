"""A group of fifty: one message costs no more statements than one to three, and each screen gets it once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.models import Event
from live import drawing
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


def test_each_of_fifty_gets_it_once_with_the_read_on_the_record(open_thread, say, crowd, amara):
    message = say(amara, open_thread(amara, people=[one.pk for one in crowd], title="Everybody"), "Fire drill at ten")
    items = list(InboxItem.objects.filter(event="message.sent", subject_id=message.pk))
    views = drawing.draw(items)
    assert sorted(item.person_id for item in items) == sorted(one.pk for one in crowd)
    assert {view["message"]["text"] for view in views.values()} == {"Fire drill at ten"}
    read = Event.objects.filter(event="message.read", agent_id__in=[one.pk for one in crowd])
    assert sorted(read.values_list("agent_id", flat=True)) == sorted(one.pk for one in crowd)

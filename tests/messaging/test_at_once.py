"""Two who act in one thread at once: one after the other, and the second finds what the first has left."""

import pytest
from django.db import connection
from django.utils import timezone

from handover.messaging.models import Message, Recipient
from handover.messaging.services import digests
from handover.paging.quiet.models import Digest
from live.acting import acting_as_system
from live.refusals import NotFound
from tests.one_by_one import one_before_the_other

pytestmark = pytest.mark.django_db(transaction=True)


def taken_out(thread, person):
    """The thread is locked, as by whoever takes somebody out of it, and the membership has ended."""

    def do():
        with connection.cursor() as cursor, acting_as_system("test"):
            cursor.execute("SELECT FROM messaging_thread WHERE id = %s FOR NO KEY UPDATE", [thread.pk])
            thread.members.filter(person=person).update(until=timezone.now())

    return do


# The lock and who belongs to the thread go in one message. Were both read as they stood when it was sent, whoever was
# taken out while it waited would still write, and still be written to.
def test_whoever_was_taken_out_while_they_waited_writes_no_more(say, group, noor):
    refused = one_before_the_other(taken_out(group, noor), lambda: say(noor, group))
    assert isinstance(refused, NotFound)
    assert not Message.objects.filter(thread=group).exists()


def test_and_is_not_written_to(say, group, amara, tove, noor):
    message = one_before_the_other(taken_out(group, noor), lambda: say(amara, group))
    assert list(Recipient.objects.filter(message=message).values_list("person_id", flat=True)) == [tove.pk]


def test_two_messages_at_once_have_two_numbers(say, group, amara, tove):
    first = []
    second = one_before_the_other(lambda: first.append(count_on(group, amara)), lambda: say(tove, group))
    assert (first, second.number) == ([1], 2)
    with acting_as_system("test"):
        assert list(Message.objects.filter(thread=group).order_by("number").values_list("number", flat=True)) == [1, 2]


def count_on(thread, author):
    """A message as an act leaves it before its commit."""
    with connection.cursor() as cursor, acting_as_system("test"):
        cursor.execute("UPDATE messaging_thread SET last_number = 1 WHERE id = %s", [thread.pk])
        return Message.objects.create(thread=thread, number=1, author=author, level="fyi", sealed=b"x").number


# Were the message joined to a window that has just been told of, nobody would ever be told of it.
def test_a_message_that_comes_while_a_window_closes_opens_the_next(say, between_two, amara):
    first = say(amara, between_two)
    row = Digest.objects.get()

    def close():
        with acting_as_system("live.timer"):
            digests.close(row.pk)

    second = one_before_the_other(close, lambda: say(amara, between_two))
    windows = [(one.subjects, one.count) for one in Digest.objects.order_by("opened")]
    assert windows == [([first.pk], 1), ([second.pk], None)]

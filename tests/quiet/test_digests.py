"""What comes for information is gathered and told once, by a number and without a sound; what was read is not told.

The notifications are those that a browser was sent by a push service, decrypted by a library that is not ours.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from handover.messaging import services
from handover.messaging.services import digests
from handover.paging.quiet.gathering import DIGEST
from handover.paging.quiet.models import Digest, Interruption
from handover.reach.models import Delivery
from live import timers
from live.acting import acting_as_system
from live.clock import database_now
from live.models import Timer
from tests.quiet.conftest import is_its_end

pytestmark = pytest.mark.django_db


@pytest.fixture
def windows_close(box):
    """The timers of all windows fire, and what is due then is sent."""

    def fire():
        Timer.objects.filter(kind=DIGEST).update(due=database_now())
        timers.run_due()
        box.drain()

    return fire


@pytest.fixture
def read(actor):
    def see(person, *messages):
        for one in messages:
            services.see(actor(person), thread_id=one.thread_id, number=one.number)

    return see


def digested(browser):
    """How much each digest that the browser was sent told of."""
    return [told["n"] for told in browser.messages() if "f" in told]


def test_three_messages_are_told_once_by_their_number(
    say, on_phone, windows_close, amara, noor, tove, between_two, group
):
    browser = on_phone(tove)
    for person, thread in ((amara, between_two), (amara, group), (noor, group)):
        say(person, thread)
    assert digested(browser) == []
    windows_close()
    assert digested(browser) == [3]


# The property: neither the push service nor the lock screen learns anything of a message but that there is one. It
# sees one length, whatever was written, and whatever rang before.
def test_nothing_of_them_is_in_it(say, on_phone, windows_close, push, amara, tove, between_two):
    browser = on_phone(tove)
    say(amara, between_two, "Lactate 4.1")
    say(amara, between_two, "Lactate 3.0 " * 40, level="urgent")
    windows_close()
    assert [set(told) for told in browser.messages() if "f" in told] == [{"id", "n", "f"}]
    assert len({len(body) for _, _, body in push.taken}) == 1
    with acting_as_system("test"):
        assert "Lactate" not in str([*Digest.objects.values(), *Delivery.objects.values()])


def test_who_has_read_them_all_by_then_is_told_nothing(say, read, on_phone, windows_close, amara, tove, between_two):
    browser = on_phone(tove)
    read(tove, say(amara, between_two), say(amara, between_two))
    windows_close()
    assert digested(browser) == []
    assert Digest.objects.get().count == 0
    assert not Delivery.objects.filter(subject_kind=digests.KIND).exists()


def test_only_what_is_left_to_be_read_is_counted(
    say, read, actor, on_phone, windows_close, amara, tove, between_two, group
):
    browser = on_phone(tove)
    read(tove, say(amara, between_two))
    services.retract(actor(amara), key=uuid4(), message_id=say(amara, between_two).pk)
    say(amara, group)
    say(amara, between_two)
    # Of a group that somebody has left nothing is theirs to read any more.
    services.remove_member(actor(amara), key=uuid4(), thread_id=group.pk, person_id=tove.pk)
    windows_close()
    assert digested(browser) == [1]


def test_what_comes_after_a_window_is_told_by_the_next(say, on_phone, windows_close, amara, tove, between_two):
    browser = on_phone(tove)
    say(amara, between_two)
    windows_close()
    say(amara, between_two)
    say(amara, between_two)
    windows_close()
    assert digested(browser) == [1, 2]
    assert [row.count for row in Digest.objects.order_by("opened")] == [1, 2]


def test_a_timer_that_fires_again_tells_nothing_again(say, on_phone, windows_close, box, amara, tove, between_two):
    browser = on_phone(tove)
    say(amara, between_two)
    row = Digest.objects.get()
    windows_close()
    with acting_as_system("live.timer"), transaction.atomic():
        assert digests.close(row.pk) == digests.close(uuid4()) == []
    box.drain()
    assert digested(browser) == [1]


def test_one_window_is_open_for_a_person_and_each_has_their_own(say, amara, tove, noor, group):
    say(amara, group)
    say(amara, group)
    assert {row.person_id: len(row.subjects) for row in Digest.objects.all()} == {tove.pk: 2, noor.pk: 2}
    assert Timer.objects.filter(kind=DIGEST).count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Digest.objects.create(person=tove, opened=database_now(), subjects=[])


def test_it_closes_a_quarter_of_an_hour_after_its_first_message(say, amara, tove, between_two):
    message = say(amara, between_two)
    say(amara, between_two)
    due = Timer.objects.get(kind=DIGEST).due
    assert abs(due - message.sent - timedelta(minutes=15)) < timedelta(seconds=5)


def test_sent_twice_with_one_key_it_is_counted_once(say, on_phone, windows_close, amara, tove, between_two):
    browser, key = on_phone(tove), uuid4()
    for _time in range(2):
        say(amara, between_two, key=key)
    windows_close()
    assert digested(browser) == [1]


def test_in_quiet_hours_it_waits_for_their_end_and_the_night_is_one_digest(
    say, quiet, on_phone, windows_close, amara, tove, between_two
):
    browser, hours = on_phone(tove), quiet(tove)
    say(amara, between_two)
    say(amara, between_two)
    (timer,) = Timer.objects.filter(kind=DIGEST)
    assert is_its_end(timer.due, hours) or abs(timer.due - database_now() - timedelta(hours=5)) < timedelta(minutes=2)
    assert digested(browser) == []


def test_hours_that_were_chosen_since_hold_what_is_told(say, quiet, on_phone, windows_close, amara, tove, between_two):
    browser = on_phone(tove)
    say(amara, between_two)
    hours = quiet(tove)
    windows_close()
    assert digested(browser) == []
    row = Delivery.objects.get(subject_kind=digests.KIND)
    assert row.state == "waiting"
    assert is_its_end(row.due, hours)


def test_it_interrupts_nobody_and_is_not_counted_among_what_waits(
    say, on_phone, windows_close, amara, tove, between_two
):
    browser = on_phone(tove)
    say(amara, between_two)
    windows_close()
    assert not Interruption.objects.exists()
    say(amara, between_two, level="urgent")
    windows_close()
    assert [(told["n"], "f" in told) for told in browser.messages() if told["n"]] == [(1, True), (1, False)]


@pytest.mark.parametrize("level", ["needs_action", "urgent", "emergency"])
def test_what_asks_for_an_answer_is_not_gathered(say, amara, between_two, level):
    say(amara, between_two, level=level)
    assert not Digest.objects.exists()


def test_a_digest_leads_to_ones_conversations(say, on_phone, windows_close, client, sign_in, amara, tove, between_two):
    browser = on_phone(tove)
    say(amara, between_two)
    windows_close()
    (told,) = [told for told in browser.messages() if "f" in told]
    sign_in(client, tove)
    assert client.get(f"/n/{told['id']}/").headers["Location"] == "/messages/"

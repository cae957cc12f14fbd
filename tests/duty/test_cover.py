"""Cover and swaps: nobody's consent is assumed, the first who says yes takes it, and nobody asks in vain unnoticed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.db.models import F
from django.utils import timezone

from handover.duty import selectors, services
from handover.duty.models import CoverRequest, ScheduleChange
from handover.duty.services import InReturn, Wanted
from handover.duty.services.cover import UNANSWERED
from ledger.models import Event
from live import timers
from live.models import InboxItem, Timer
from live.refusals import Conflict, Invalid, NotFound
from tests.duty.conftest import holder, in_hours

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift(make_role, hold, amara):
    """Amara holds the role from tomorrow on for eight hours."""
    role = make_role()
    change = hold(role, amara, starts=in_hours(24), hours=8)
    return role, change.starts, change.ends


@pytest.fixture
def ask(actor, amara, shift):
    def act(*people, by=None, in_return=None, starts=None, ends=None):
        role, begins, until = shift
        wanted = Wanted(starts or begins, ends or until, [person.pk for person in people], in_return)
        return services.ask_cover(actor(by or amara), key=uuid4(), role_id=role.pk, wanted=wanted)

    return act


@pytest.fixture
def accept(actor):
    def act(person, request):
        return services.accept_cover(actor(person), key=uuid4(), request_id=request.pk)

    return act


def told(person, event):
    return InboxItem.objects.filter(person_id=person.pk, event=event).count()


def time_passes(request, **how):
    """In the rows: the request and its timer lie so much further back."""
    back = timedelta(**how)
    CoverRequest.objects.filter(pk=request.pk).update(made=F("made") - back, taken=F("taken") - back)
    Timer.objects.filter(kind=UNANSWERED).update(due=F("due") - back)


def test_all_who_are_free_and_rested_are_asked_at_once_and_it_stays_whose_it_is(shift, ask, amara, lee, noor):
    request = ask()
    assert {row.person for row in request.asks.all()} == {lee, noor}
    assert (told(lee, "cover.asked"), told(noor, "cover.asked"), told(amara, "cover.asked")) == (1, 1, 0)
    assert holder(shift[0], at=shift[1]) == amara.pk
    assert selectors.open_asks_of(lee, at=timezone.now())[0].request == request


def test_the_first_who_says_yes_takes_it_and_everybody_hears(shift, ask, accept, amara, lee, noor):
    role, starts, ends = shift
    request = ask()
    accept(lee, request)
    assert holder(role, at=starts) == lee.pk
    assert holder(role, at=ends - timedelta(seconds=1)) == lee.pk
    with pytest.raises(Conflict, match="Lee Sparrowhawk has taken it already"):
        accept(noor, request)
    assert (told(amara, "cover.taken"), told(noor, "cover.taken")) == (1, 1)
    assert Event.objects.filter(event="cover.taken", agent_id=lee.pk).count() == 1
    assert selectors.open_asks_of(noor, at=timezone.now()) == []


def test_whoever_has_a_turn_within_eleven_hours_is_not_asked(make_role, hold, ask, shift, lee, noor):
    hold(make_role("Bed manager"), lee, starts=shift[2] + timedelta(hours=10), hours=4)
    hold(make_role("Night nurse"), noor, starts=shift[2] + timedelta(hours=12), hours=4)
    assert {row.person for row in ask().asks.all()} == {noor}


def test_where_nobody_is_free_it_says_so_and_asks_nobody(make_role, hold, ask, shift, lee, noor):
    for number, person in enumerate((lee, noor)):
        hold(make_role(f"Other role {number}"), person, starts=shift[1], hours=1)
    with pytest.raises(Conflict, match="Nobody of .* is free and rested"):
        ask()


def test_nobody_gives_away_what_is_another_persons(actor, ask, lee, noor):
    with pytest.raises(NotFound):
        ask(noor, by=lee)
    assert not CoverRequest.objects.exists()


def test_nobody_gives_away_more_than_what_is_theirs(ask, shift):
    with pytest.raises(NotFound, match="not all yours"):
        ask(ends=shift[2] + timedelta(hours=1))


def test_whoever_was_not_asked_takes_nothing(ask, accept, lee, noor):
    request = ask(lee)
    with pytest.raises(NotFound):
        accept(noor, request)


def test_the_lead_asks_for_a_time_that_nobody_holds(actor, make_role, hold, together, amara, lee, noor):
    hold(make_role("Lead nurse", is_lead=True), amara)
    role, wanted = make_role("Bed manager"), Wanted(in_hours(48), in_hours(56))
    request = services.ask_cover(actor(amara), key=uuid4(), role_id=role.pk, wanted=wanted)
    assert request.instead_of is None
    services.accept_cover(actor(lee), key=uuid4(), request_id=request.pk)
    assert holder(role, at=in_hours(50)) == lee.pk


def test_a_swap_gives_each_the_others_turn(shift, ask, accept, make_role, hold, amara, lee):
    role, starts, _ends = shift
    back = hold(role, lee, starts=in_hours(72), hours=8)
    request = ask(lee, in_return=InReturn(role.pk, back.starts, back.ends))
    accept(lee, request)
    assert (holder(role, at=starts), holder(role, at=back.starts)) == (lee.pk, amara.pk)


def test_one_swaps_with_one_colleague_and_for_a_turn_of_theirs(shift, ask, hold, lee, noor):
    role = shift[0]
    back = hold(role, lee, starts=in_hours(72), hours=8)
    for people in ((lee, noor), (noor,)):
        with pytest.raises(Invalid):
            ask(*people, in_return=InReturn(role.pk, back.starts, back.ends))


def test_a_swap_is_refused_whole_when_what_was_offered_is_gone(shift, ask, accept, hold, amara, lee, noor):
    role, starts, _ends = shift
    back = hold(role, lee, starts=in_hours(72), hours=8)
    request = ask(lee, in_return=InReturn(role.pk, back.starts, back.ends))
    hold(role, noor, starts=in_hours(72), hours=4)
    with pytest.raises(Conflict, match="not yours any more"), transaction.atomic():
        accept(lee, request)
    assert holder(role, at=starts) == amara.pk


def test_it_is_not_taken_when_the_schedule_has_changed_since(shift, ask, accept, hold, lee, noor):
    request = ask(lee)
    hold(shift[0], noor, starts=shift[1], hours=2)
    with pytest.raises(Conflict, match="schedule has changed"):
        accept(lee, request)


def test_either_takes_it_back_within_ten_minutes_and_not_later(actor, shift, ask, accept, amara, lee, noor):
    role, starts, _ends = shift
    for who in (amara, lee):
        request = ask(lee)
        accept(lee, request)
        services.undo_cover(actor(who), key=uuid4(), request_id=request.pk)
        assert holder(role, at=starts) == amara.pk
    request = ask(lee)
    accept(lee, request)
    time_passes(request, minutes=11)
    with pytest.raises(Conflict, match="ten minutes"):
        services.undo_cover(actor(lee), key=uuid4(), request_id=request.pk)
    with pytest.raises(NotFound):
        services.undo_cover(actor(noor), key=uuid4(), request_id=request.pk)
    assert holder(role, at=starts) == lee.pk


def test_what_was_withdrawn_is_not_taken(actor, ask, accept, amara, lee):
    request = ask(lee)
    with pytest.raises(NotFound):
        services.withdraw_cover(actor(lee), key=uuid4(), request_id=request.pk)
    services.withdraw_cover(actor(amara), key=uuid4(), request_id=request.pk)
    with pytest.raises(Conflict, match="not asked for any more"):
        accept(lee, request)
    assert told(lee, "cover.withdrawn") == 1


def test_when_all_have_said_no_the_lead_and_whoever_asked_hear_at_once(
    actor, make_role, hold, ask, amara, lee, noor, officer
):
    hold(make_role("Lead nurse", is_lead=True), noor, hours=2)
    request = ask(lee)
    services.decline_cover(actor(lee), key=uuid4(), request_id=request.pk)
    assert (told(noor, UNANSWERED), told(amara, UNANSWERED)) == (1, 1)
    request.refresh_from_db()
    assert request.lead_told is not None
    assert not Timer.objects.filter(kind=UNANSWERED).exists()


@pytest.mark.django_db(transaction=True)
def test_when_nobody_answers_the_lead_hears_and_it_can_still_be_taken(
    make_role, hold, ask, accept, shift, amara, lee, noor
):
    hold(make_role("Lead nurse", is_lead=True), noor, hours=2)
    request = ask(lee)
    time_passes(request, hours=12, seconds=1)
    timers.run_due()
    assert (told(noor, UNANSWERED), told(amara, UNANSWERED)) == (1, 1)
    assert holder(shift[0], at=shift[1]) == amara.pk
    accept(lee, request)
    assert holder(shift[0], at=shift[1]) == lee.pk


@pytest.mark.django_db(transaction=True)
def test_of_two_who_say_yes_at_the_same_moment_one_takes_it(shift, ask, accept, lee, noor):
    # The attack is the race: both read that it is open, both write.
    request = ask()

    def act(person):
        try:
            accept(person, request)
        except Conflict:
            return None
        finally:
            connections.close_all()
        return person.pk

    with ThreadPoolExecutor(2) as pool:
        taken = [one for one in pool.map(act, (lee, noor)) if one]
    assert len(taken) == 1
    assert holder(shift[0], at=shift[1]) == taken[0]
    assert ScheduleChange.objects.filter(request=request).count() == 1

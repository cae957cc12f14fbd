"""Who has which turn, by the clock on the wall: also in the night in which it is put forward or back."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.duty.rules import BadRotation, Rotation, is_whole, require_sound, schedule, turns

AMARA, LEE, NOOR = (UUID(int=number) for number in (1, 2, 3))
NAMES = {AMARA: "Amara", LEE: "Lee", NOOR: "Noor"}
LONDON = ZoneInfo("Europe/London")
# Summer time, half an hour of it, none at all, a day that was left out, a quarter of an hour off.
ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo", "Pacific/Apia", "Asia/Kathmandu")


def rotation(begins, ends, **more):
    facts = {"zone": LONDON, "first_day": date(2026, 3, 2), "people": (AMARA, LEE, NOOR)}
    return Rotation(id=UUID(int=9), begins=begins, ends=ends, **(facts | more))


NIGHTS = rotation(time(19), time(7))
DAYS = rotation(time(7), time(19))


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def told(rotation, starts, ends):
    """Name, begin and end of each turn on the wall."""
    return [
        (NAMES[one.person_id], *(f"{at.astimezone(rotation.zone):%a %H:%M}" for at in (one.starts, one.ends)))
        for one in turns(rotation, starts=starts, ends=ends)
    ]


def test_each_holds_the_hours_for_their_days_and_then_the_next_and_then_the_first_again():
    two_days = rotation(time(19), time(7), turn_days=2, people=(AMARA, LEE))
    found = told(two_days, utc(2026, 3, 2, 12), utc(2026, 3, 7, 12))
    assert found == [
        ("Amara", "Mon 19:00", "Tue 07:00"),
        ("Amara", "Tue 19:00", "Wed 07:00"),
        ("Lee", "Wed 19:00", "Thu 07:00"),
        ("Lee", "Thu 19:00", "Fri 07:00"),
        ("Amara", "Fri 19:00", "Sat 07:00"),
    ]


def test_a_turn_that_runs_is_cut_to_what_was_asked_for():
    (one,) = turns(NIGHTS, starts=utc(2026, 3, 3, 2), ends=utc(2026, 3, 3, 4))
    assert (one.starts, one.ends, one.person_id) == (utc(2026, 3, 3, 2), utc(2026, 3, 3, 4), AMARA)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 28), 11), ((2026, 10, 24), 13), ((2026, 6, 1), 12)])
def test_a_night_is_as_long_as_the_clock_on_the_wall_makes_it(day, hours):
    (one,) = turns(NIGHTS, starts=utc(*day, 12), ends=utc(*day, 12) + timedelta(days=1))
    assert one.ends - one.starts == timedelta(hours=hours)


def test_hours_that_the_clock_leaps_over_are_nobodys():
    # From 01:00 to 02:00 is no time on the last Sunday of March in London.
    small_hour = rotation(time(1), time(2))
    assert turns(small_hour, starts=utc(2026, 3, 28, 12), ends=utc(2026, 3, 29, 12)) == []
    # In October it is two hours, and one person has both.
    (one,) = turns(small_hour, starts=utc(2026, 10, 24, 12), ends=utc(2026, 10, 25, 12))
    assert one.ends - one.starts == timedelta(hours=2)


def test_hours_are_held_on_their_weekdays_only_and_a_night_belongs_to_the_day_on_which_it_begins():
    weekend = rotation(time(19), time(7), weekdays=frozenset({5, 6}))
    found = told(weekend, utc(2026, 3, 2), utc(2026, 3, 16))
    assert [begins for _, begins, _ in found] == ["Sat 19:00", "Sun 19:00"] * 2
    assert [name for name, _, _ in found] == ["Amara", "Amara", "Lee", "Lee"]


def test_nobody_holds_it_before_the_first_day_and_after_the_last():
    short = rotation(time(8), time(8), last_day=date(2026, 3, 3))
    found = told(short, utc(2026, 2, 1), utc(2026, 4, 1))
    assert found == [("Amara", "Mon 08:00", "Tue 08:00"), ("Amara", "Tue 08:00", "Wed 08:00")]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"people": ()}, "nobody"),
        ({"people": (AMARA,) * 61}, "people"),
        ({"turn_days": 0}, "turn"),
        ({"turn_days": 93}, "turn"),
        ({"weekdays": frozenset()}, "weekdays"),
        ({"weekdays": frozenset({7})}, "weekdays"),
        ({"last_day": date(2026, 3, 1)}, "days"),
    ],
)
def test_what_nobody_could_hold_is_no_rotation(wrong, code):
    with pytest.raises(BadRotation) as refused:
        require_sound(rotation(time(7), time(19), **wrong))
    assert refused.value.code == code


def test_a_rotation_that_has_lost_its_people_gives_nobody_a_turn():
    empty = rotation(time(7), time(19), people=())
    assert turns(empty, starts=utc(2026, 3, 2), ends=utc(2026, 3, 9)) == []


def test_a_sound_one_is_taken():
    assert require_sound(NIGHTS) is None


MINUTES = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))
# Sixteen years of minutes.
MOMENTS = st.integers(0, 16 * 365 * 24 * 60).map(lambda minute: utc(2011, 6, 1) + timedelta(minutes=minute))


@given(st.sampled_from(ZONES), MINUTES, MINUTES, MOMENTS, st.integers(1, 30), st.integers(1, 20))
def test_day_and_night_together_leave_out_no_moment_in_any_zone(zone, begins, ends, starts, turn_days, length):
    # Where they meet on the wall they meet in time: also where the clock is put on, back, or over a whole day.
    facts = {"zone": ZoneInfo(zone), "first_day": date(2011, 1, 3), "turn_days": turn_days}
    until = starts + timedelta(days=length)
    halves = [rotation(begins, ends, **facts), rotation(ends, begins, **facts)]
    if begins == ends:
        halves = halves[:1]
    layers = [turns(half, starts=starts, ends=until) for half in halves]
    laid = schedule(layers, [], starts=starts, ends=until)
    assert is_whole(laid, starts=starts, ends=until)
    assert None not in {one.person_id for one in laid}
    # Neither has a moment of the other's.
    assert sum((one.ends - one.starts for layer in layers for one in layer), timedelta()) == until - starts


@given(st.sampled_from(ZONES), MINUTES, MINUTES, MOMENTS, MOMENTS)
def test_what_is_asked_for_in_parts_is_what_is_asked_for_at_once(zone, begins, ends, first, second):
    starts, middle = sorted([first, second])
    until = middle + timedelta(days=3)
    starts = max(starts, middle - timedelta(days=9))
    one = rotation(begins, ends, zone=ZoneInfo(zone), first_day=date(2011, 1, 3), turn_days=1)
    whole = schedule([turns(one, starts=starts, ends=until)], [], starts=starts, ends=until)
    parts = [
        *turns(one, starts=starts, ends=middle),
        *turns(one, starts=middle, ends=until),
    ]
    assert schedule([parts], [], starts=starts, ends=until) == whole

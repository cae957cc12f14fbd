"""Quiet hours go by the clock on the wall: through midnight, and on the days on which it is put forward or back."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from handover.paging.quiet.rules import GATHERED_FOR, Hours, longest_is_kept, quiet_until, told_at, way_of
from handover.paging.rules import LEVELS, Level

LONDON = ZoneInfo("Europe/London")
NIGHT = Hours(time(22), time(7), LONDON)
A_MINUTE = timedelta(minutes=1)
# Half an hour, at midnight, and by fifteen minutes: the clock is turned in more than one way in the world.
ZONES = [LONDON, *(ZoneInfo(each) for each in ("Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu", "UTC"))]
minutes = st.integers(0, 24 * 60 - 1).map(lambda count: time(count // 60, count % 60))


def at(*when):
    return datetime(*when, tzinfo=LONDON)


@st.composite
def nights(draw):
    """Quiet hours in some zone, and a minute of a year: more often near the days on which clocks are turned."""
    zone = draw(st.sampled_from(ZONES))
    hours = Hours(draw(minutes), draw(minutes), zone)
    assume(longest_is_kept(hours.starts, hours.ends))
    day = draw(st.sampled_from([datetime(2026, *each, tzinfo=UTC) for each in DAYS]))
    return hours, day + draw(st.integers(0, 72 * 60)) * A_MINUTE


# The days before those on which one of the zones turns its clock, and the end of the year.
DAYS = [(3, 28), (4, 4), (4, 23), (10, 3), (10, 24), (10, 28), (12, 30)]


def by_looking_at_every_minute(hours, moment):
    """The same by patience: the first minute after it at which the clock on the wall shows another time."""
    if not hours.hold(moment):
        return None
    moment += A_MINUTE
    while hours.hold(moment):
        moment += A_MINUTE
    return moment


@given(nights())
def test_it_ends_at_the_first_minute_at_which_the_wall_shows_another_time(night):
    hours, moment = night
    assert quiet_until(hours, moment) == by_looking_at_every_minute(hours, moment)


@given(nights())
def test_nobody_is_held_for_more_than_half_a_day_and_the_hour_that_comes_twice(night):
    hours, moment = night
    until = quiet_until(hours, moment)
    assert until is None or moment < until <= moment + timedelta(hours=13)


@given(
    st.sampled_from(sorted(LEVELS)),
    nights(),
    st.booleans(),
    st.sampled_from([None, "", "stable", "watcher", "unstable"]),
)
def test_what_is_urgent_is_never_held_nor_is_what_is_about_somebody_sick(level, night, is_raised, severity):
    # A held alert about somebody who gets worse is what quiet hours must not do.
    hours, moment = night
    way = way_of(LEVELS[level], hours, at=moment, is_raised=is_raised, severity=severity)
    if level in (Level.URGENT, Level.EMERGENCY) or severity in ("", "watcher", "unstable") or is_raised:
        assert way.held_until is None
    assert way.held_until in (None, quiet_until(hours, moment))
    assert way.is_break == (quiet_until(hours, moment) is not None and way.held_until is None)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(2026, 3, 4, 3, 10), at(2026, 3, 4, 7)),
        (at(2026, 3, 4, 22), at(2026, 3, 5, 7)),
        (at(2026, 3, 4, 6, 59, 59), at(2026, 3, 4, 7)),
        (at(2026, 3, 4, 7), None),
        (at(2026, 3, 4, 12), None),
        # The night that is an hour shorter, and the one that is an hour longer: until seven by the clock.
        (at(2026, 3, 28, 23), at(2026, 3, 29, 7)),
        (at(2026, 10, 24, 23), at(2026, 10, 25, 7)),
    ],
)
def test_a_night_ends_at_seven_by_the_wards_clock(now, until):
    assert quiet_until(NIGHT, now) == until


def test_an_end_that_the_clock_jumps_over_is_the_jump():
    # 01:30 is shown at no moment of that night: the clock goes from 00:59 to 02:00.
    hours = Hours(time(22), time(1, 30), LONDON)
    assert quiet_until(hours, at(2026, 3, 28, 23)) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_without_quiet_hours_nothing_is_held():
    way = way_of(LEVELS[Level.NEEDS_ACTION], None, at=at(2026, 3, 4, 3), is_raised=False, severity=None)
    assert (way.held_until, way.is_break) == (None, False)


@pytest.mark.parametrize(
    ("starts", "ends", "is_kept"),
    [((22, 0), (7, 0), True), ((19, 0), (7, 0), True), ((19, 0), (7, 1), False), ((7, 0), (7, 0), False)],
)
def test_half_a_day_is_the_longest(starts, ends, is_kept):
    assert longest_is_kept(time(*starts), time(*ends)) is is_kept


@pytest.mark.parametrize(
    ("opened", "told"),
    [
        (at(2026, 3, 4, 12), at(2026, 3, 4, 12, 15)),
        (at(2026, 3, 4, 21, 40), at(2026, 3, 4, 21, 55)),
        (at(2026, 3, 4, 21, 50), at(2026, 3, 5, 7)),
        (at(2026, 3, 5, 3, 10), at(2026, 3, 5, 7)),
        (at(2026, 3, 5, 6, 50), at(2026, 3, 5, 7, 5)),
    ],
)
def test_what_is_gathered_is_told_after_a_quarter_of_an_hour_or_at_seven(opened, told):
    assert told_at(NIGHT, opened) == told


@given(nights())
def test_what_is_gathered_is_never_told_in_quiet_nor_sooner_than_a_quarter_of_an_hour(night):
    hours, opened = night
    told = told_at(hours, opened)
    assert told >= opened + GATHERED_FOR
    assert not hours.hold(told)
    assert told_at(None, opened) == opened + GATHERED_FOR

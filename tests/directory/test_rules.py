"""What is meant by the words of a search, and how what a unit takes stands at a moment."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.directory.rules import MOST_WORDS, Hours, meant, standing

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("who takes stroke now?", ["stroke"]),
        ("Charge NURSE", ["charge", "nurse"]),
        ("O'Brien-Smith", ["o'brien-smith"]),
        ("who takes", ["who", "takes"]),
        ("  ", []),
        ("%_\\", []),
    ],
)
def test_the_small_words_of_a_question_are_not_looked_for(words, found):
    assert meant(words, small={"who", "takes", "now"}) == found


@given(st.text(max_size=200))
def test_whatever_is_typed_gives_some_words_and_not_many(words):
    found = meant(words, small={"who"})
    assert len(found) <= MOST_WORDS
    assert all(found)


def stands(status="open", begins=None, ends=None, *, at=NOON, confirmed=NOON):
    return standing(status, Hours(begins, ends, LONDON), confirmed=confirmed, id=uuid4(), at=at)


def test_without_hours_it_stands_as_it_was_confirmed():
    assert stands("limited").status == "limited"


def test_outside_its_hours_it_is_shut_and_says_from_when():
    evening = NOON.replace(hour=20)
    found = stands(begins=time(8), ends=time(18), at=evening)
    assert (found.status, found.opens) == ("shut", datetime(2026, 3, 5, 8, tzinfo=UTC))
    assert stands(begins=time(8), ends=time(18)).status == "open"


def test_hours_over_midnight_hold_until_the_morning():
    assert stands(begins=time(20), ends=time(8), at=NOON.replace(hour=3)).status == "open"
    assert stands(begins=time(20), ends=time(8)).status == "shut"


def test_it_opens_by_the_clock_on_the_wall_in_the_night_in_which_that_goes_forward():
    night = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert stands(begins=time(8), ends=time(18), at=night).opens == datetime(2026, 3, 29, 7, tzinfo=UTC)


def test_what_was_confirmed_more_than_a_day_ago_is_old():
    assert not stands(confirmed=NOON - timedelta(hours=24)).is_old
    assert stands(confirmed=NOON - timedelta(hours=24, seconds=1)).is_old

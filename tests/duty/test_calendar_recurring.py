"""When a repeated turn comes again, beside an independent implementation of RFC 5545's rules (python-dateutil)."""

from datetime import datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from handover.duty.calendars.recurring import DAYS, BadRule, Rule, rule_of, starts

# On the wall: rules count days, and no zone has a say in it.
FIRST = datetime(2026, 3, 2, 19)  # noqa: DTZ001
LAST = FIRST + timedelta(days=366)

day_names = st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True)
# Every Monday, or the first and the last; not both in one list: RFC 5545 adds them up, python-dateutil takes what is in
# both (test_every_monday_and_the_first_are_every_monday).
nth_days = st.one_of(
    day_names,
    st.lists(
        st.tuples(st.sampled_from(["1", "2", "-1", "-2", "4"]), st.sampled_from(DAYS)).map("".join),
        min_size=1,
        max_size=3,
    ),
)
month_days = st.lists(st.one_of(st.integers(1, 31), st.integers(-31, -1)), min_size=1, max_size=3, unique=True)


@st.composite
def rules(draw):
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    parts = {"FREQ": [frequency], "INTERVAL": [draw(st.integers(1, 9))]}
    if draw(st.booleans()):
        parts["BYDAY"] = draw(nth_days if frequency == "MONTHLY" else day_names)
    if frequency != "WEEKLY" and draw(st.booleans()):
        parts["BYMONTHDAY"] = draw(month_days)
    if draw(st.booleans()):
        parts["COUNT"] = [draw(st.integers(1, 30))]
    if frequency == "WEEKLY" and draw(st.booleans()):
        parts["WKST"] = [draw(st.sampled_from(DAYS))]
    return parts


def as_text(parts):
    return ";".join(f"{name}={','.join(str(each) for each in values)}" for name, values in parts.items())


@given(parts=rules(), offset=st.integers(0, 60))
def test_a_rule_gives_the_days_that_another_implementation_gives(parts, offset):
    first = FIRST + timedelta(days=offset)
    try:
        found = list(starts(rule_of(parts, None), first, last=LAST))
    except BadRule:
        assume(False)
    expected = rrulestr(as_text(parts), dtstart=first).between(first, LAST, inc=True)
    assert found == expected


def test_every_monday_and_the_first_are_every_monday():
    # RFC 5545, 3.3.10: the values of a list are alternatives.
    both, all_of_them = ({"FREQ": ["MONTHLY"], "BYDAY": days} for days in (["MO", "1MO"], ["MO"]))
    assert [*starts(rule_of(both, None), FIRST, last=LAST)] == [*starts(rule_of(all_of_them, None), FIRST, last=LAST)]


def test_the_last_day_of_a_rule_is_one_of_its_own():
    rule = rule_of({"FREQ": ["DAILY"]}, FIRST + timedelta(days=2))
    assert len(list(starts(rule, FIRST, last=LAST))) == 3


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"FREQ": ["SECONDLY"]}, "frequency"),
        ({"FREQ": ["YEARLY"]}, "frequency"),
        ({}, "frequency"),
        ({"FREQ": ["DAILY"], "BYSETPOS": [1]}, "part"),
        ({"FREQ": ["DAILY"], "BYHOUR": [1]}, "part"),
        ({"FREQ": ["DAILY"], "INTERVAL": [0]}, "number"),
        ({"FREQ": ["DAILY"], "INTERVAL": [10**9]}, "number"),
        ({"FREQ": ["DAILY"], "COUNT": ["many"]}, "number"),
        ({"FREQ": ["DAILY"], "BYDAY": ["1MO"]}, "day"),
        ({"FREQ": ["WEEKLY"], "BYDAY": ["XX"]}, "day"),
        ({"FREQ": ["MONTHLY"], "BYMONTHDAY": [0]}, "day"),
        ({"FREQ": ["WEEKLY"], "BYMONTHDAY": [3]}, "day"),
    ],
)
def test_what_no_rota_needs_is_refused(parts, code):
    with pytest.raises(BadRule) as refused:
        rule_of(parts, None)
    assert refused.value.code == code


def test_a_first_turn_that_the_rule_does_not_give_is_refused():
    with pytest.raises(BadRule, match="start"):
        list(starts(rule_of({"FREQ": ["WEEKLY"], "BYDAY": ["TU"]}, None), FIRST, last=LAST))


def test_what_began_long_ago_is_refused_before_a_day_is_counted():
    # The attack: a rule from the year 1 that costs its reader minutes.
    with pytest.raises(BadRule, match="long_ago"):
        list(starts(Rule("DAILY"), FIRST.replace(year=1), last=LAST))

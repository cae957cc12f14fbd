"""When a repeated turn comes again, beside an independent implementation of RFC 5545's rules (python-dateutil)."""

from datetime import datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from handover.duty.calendars import recurring
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
# Of a year: the 20th Monday, the last but one.
nth_of_year = st.lists(
    st.tuples(st.sampled_from(["1", "20", "-1", "-2", "53"]), st.sampled_from(DAYS)).map("".join),
    min_size=1,
    max_size=3,
)
months = st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True)
month_days = st.lists(st.one_of(st.integers(1, 31), st.integers(-31, -1)), min_size=1, max_size=3, unique=True)


@st.composite
def rules(draw):
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = {"FREQ": [frequency], "INTERVAL": [draw(st.integers(1, 9))]}
    if draw(st.booleans()):
        parts["BYMONTH"] = draw(months)
    if draw(st.booleans()):
        of_year = nth_of_year | day_names if frequency == "YEARLY" and "BYMONTH" not in parts else nth_days
        parts["BYDAY"] = draw(of_year if frequency in ("MONTHLY", "YEARLY") else day_names)
    if frequency != "WEEKLY" and draw(st.booleans()):
        parts["BYMONTHDAY"] = draw(month_days)
    if len(parts) > 2 and draw(st.booleans()):
        parts["BYSETPOS"] = draw(st.lists(st.sampled_from([1, 2, -1, -2, 5, 40]), min_size=1, max_size=3, unique=True))
    if draw(st.booleans()):
        parts["COUNT"] = [draw(st.integers(1, 30))]
    if frequency == "WEEKLY" and draw(st.booleans()):
        parts["WKST"] = [draw(st.sampled_from(DAYS))]
    return parts


def as_text(parts):
    return ";".join(f"{name}={','.join(str(each) for each in values)}" for name, values in parts.items())


@given(parts=rules(), offset=st.integers(0, 400))
def test_a_rule_gives_the_days_that_another_implementation_gives(parts, offset):
    first = FIRST + timedelta(days=offset)
    # Where a set of a week begins before the first turn, python-dateutil counts from that turn and not from the week.
    begins = DAYS[first.weekday()] == parts.get("WKST", ["MO"])[0]
    assume(begins or parts["FREQ"] != ["WEEKLY"] or "BYSETPOS" not in parts)
    # So far that a leap year lies within.
    last = first + timedelta(days=1100)
    try:
        found = list(starts(rule_of(parts, None), first, last=last))
    except BadRule:
        assume(False)
    expected = rrulestr(as_text(parts), dtstart=first).between(first, last, inc=True)
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
        ({"FREQ": ["HOURLY"]}, "frequency"),
        ({"FREQ": ["YEARLY"], "BYDAY": ["54MO"]}, "number"),
        ({"FREQ": ["YEARLY"], "BYMONTH": [3], "BYDAY": ["6MO"]}, "day"),
        ({"FREQ": ["YEARLY"], "BYMONTH": [13]}, "number"),
        ({"FREQ": ["YEARLY"], "BYWEEKNO": [3]}, "part"),
        ({"FREQ": ["YEARLY"], "BYYEARDAY": [3]}, "part"),
        ({"FREQ": ["MONTHLY"], "BYDAY": ["MO"], "BYSETPOS": [0]}, "number"),
        ({"FREQ": ["DAILY"], "BYMONTH": [1] * 65}, "part"),
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


@pytest.mark.parametrize(
    ("rule", "first", "expected"),
    [
        # Christmas; a leap day; the last working day of a month; the second and last Sunday of March.
        ("FREQ=YEARLY", "2026-12-25", ["2026-12-25", "2027-12-25", "2028-12-25"]),
        ("FREQ=YEARLY", "2028-02-29", ["2028-02-29"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-03-31", ["2026-03-31", "2026-04-30", "2026-05-29"]),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU,-1SU", "2026-03-08", ["2026-03-08", "2026-03-29", "2027-03-14"]),
    ],
)
def test_rules_of_a_year_and_the_last_of_a_set_are_read(rule, first, expected):
    parts = {name: values.split(",") for name, values in (part.split("=") for part in rule.split(";"))}
    begins = datetime.fromisoformat(first)  # noqa: DTZ007
    found = [*starts(rule_of(parts, None), begins, last=begins + timedelta(days=1100))]
    assert [f"{one:%Y-%m-%d}" for one in found[:3]] == expected


def test_a_set_of_a_week_counts_from_where_the_week_begins():
    # RFC 5545, 3.3.10: a set is that of the whole week, also of the first, in which an earlier day is no turn yet.
    rule = rule_of({"FREQ": ["WEEKLY"], "BYDAY": ["MO", "WE", "FR"], "BYSETPOS": [2]}, None)
    wednesday = FIRST + timedelta(days=2)
    assert [*starts(rule, wednesday, last=wednesday + timedelta(days=8))] == [wednesday, wednesday + timedelta(days=7)]


def test_a_rule_that_looks_through_every_year_is_read_in_as_many_steps_as_there_are_days():
    # The attack: each day asks for the set of its year, and each set for each of its days.
    rule = rule_of({"FREQ": ["YEARLY"], "BYDAY": [*DAYS], "BYSETPOS": [1, 366, -1]}, None)
    before = recurring._chosen.cache_info().misses
    found = [*starts(rule, datetime(2026, 1, 1), last=datetime(2030, 12, 31))]  # noqa: DTZ001
    assert len(found) == 10  # 2028's 366th day is its last.
    assert recurring._chosen.cache_info().misses - before <= 5


def test_a_first_turn_that_the_rule_does_not_give_is_refused():
    with pytest.raises(BadRule, match="start"):
        list(starts(rule_of({"FREQ": ["WEEKLY"], "BYDAY": ["TU"]}, None), FIRST, last=LAST))


def test_what_began_long_ago_is_refused_before_a_day_is_counted():
    # The attack: a rule from the year 1 that costs its reader minutes.
    with pytest.raises(BadRule, match="long_ago"):
        list(starts(Rule("DAILY"), FIRST.replace(year=1), last=LAST))

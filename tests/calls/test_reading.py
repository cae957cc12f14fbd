"""How hard a text is to read, beside figures that are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.calls.rules.reading import TARGET_GRADE, Counts, counts_of, ease, grade, smog, syllables

# Counted by ear, word by word.
SYLLABLES = {
    1: "the pain heart blood take takes moved leg bruise cough pee walk breathe skin through rash call "
    "stopped drink help name sleep weeks dose pulse stool nurse bed please eyes",
    2: "doctor nurses doctor's water wanted places table swelling fever morning feeling higher belly safely "
    "careful trouble bleeding careless lower kidney stomach today ready diet fluid ruin dizzy liquid "
    "payment little breathing people every",
    3: "medicine hospital infection radio allergy example appointment another dangerous vomiting biopsy "
    "pharmacy following created area condition",
    4: "temperature information operation emergency ability dehydrated experience especially necessary "
    "immediate bacteria",
    5: "examination abnormality antibiotic immediately",
}


@pytest.mark.parametrize(
    ("counts", "its_grade", "its_ease"),
    [(Counts(100, 5, 150, 0), 9.91, 59.635), (Counts(60, 6, 78, 0), 3.65, 86.705)],
)
def test_the_grade_and_the_ease_of_known_counts(counts, its_grade, its_ease):
    assert grade(counts) == pytest.approx(its_grade)
    assert ease(counts) == pytest.approx(its_ease)


def test_smog_of_known_counts():
    assert smog(Counts(300, 30, 400, 25)) == pytest.approx(8.3441, abs=1e-4)


def test_nine_of_ten_words_have_the_syllables_one_hears():
    words = [(word, number) for number, several in SYLLABLES.items() for word in several.split()]
    right = sum(syllables(word) == number for word, number in words)
    assert right / len(words) >= 0.9


def test_words_and_sentences_are_counted_as_a_reader_would():
    counts = counts_of("Dr. Lee calls at 2 p.m. today. Is that all right?\n\n- Drink water\n- Rest")
    assert counts.sentences == 4
    # Without "2": a number is left out, with what hangs on it.
    assert counts.words == 13


def test_drugs_and_numbers_do_not_make_a_text_hard():
    plain = counts_of("Take this with food.")
    assert counts_of("Take Paracetamol 500 mg with food.", names=["paracetamol"]).long_words == plain.long_words == 0


def test_what_a_clinician_writes_is_above_the_target_and_the_same_in_plain_words_is_not():
    written = "Discontinue the antihypertensive medication immediately and arrange ambulatory reassessment."
    said = "Stop the pills for blood pressure now. Your blood pressure is too low. Come in today so we can check it."
    assert grade(counts_of(written)) > TARGET_GRADE >= grade(counts_of(said))


@pytest.mark.parametrize("text", ["", "   ", "12 34", "…", "-\n-\n"])
def test_a_text_without_words_is_not_hard(text):
    counts = counts_of(text)
    assert (grade(counts), ease(counts), smog(counts)) == (0.0, 100.0, 0.0)


@given(st.text(max_size=400))
def test_whatever_is_typed_can_be_counted(text):
    counts = counts_of(text)
    assert counts.long_words <= counts.words <= max(counts.syllables, 0)
    assert counts.sentences >= 1

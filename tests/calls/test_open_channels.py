"""What may not leave by a channel that others read too, in whatever disguise somebody types it."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handover.calls.rules.open_channels import Kind, identifiers_in

NAMES = ["AMBERLEIGH-KHAN, Emrys", "Grimsditch", "O'Brien", "Šimůnková", "Harbour Street"]
PARTS = ["Emrys", "Amberleigh", "Khan", "Grimsditch", "OBrien", "O'Brien", "Šimůnková", "Simunkova", "Harbour"]
AROUND = ["", "Please tell {} that we called.", "{}: come in.", "It is about {}, as agreed", "(see {})", "hello\n{}\n"]
OURS = "020 7946 0200"


def carries(told, around):
    return around.format(told) if "{}" in around else f"{around} {told}"


def accented(word):
    return "".join(char + ("\u0301" if at % 2 else "") for at, char in enumerate(word))


def shuffled_letters(word):
    return word[0] + word[2] + word[1] + word[3:] if len(word) > 4 else word


WAYS_OF_A_NAME = [
    str.upper,
    str.lower,
    str.swapcase,
    accented,
    lambda word: " ".join(word),
    lambda word: ".".join(word),
    lambda word: "-".join(word),
    lambda word: "\u200b".join(word),
    lambda word: "\u2060".join(word),
    lambda word: word + "'s",
    lambda word: f"#{word}_",
    lambda word: unicodedata.normalize("NFD", word),
    lambda word: "".join(chr(ord(char) + 0xFEE0) if "a" <= char.lower() <= "z" else char for char in word),
    lambda word: word.replace("a", "а").replace("e", "е").replace("o", "о"),  # noqa: RUF001 -- Cyrillic, meant
    lambda word: word[:3] + " " + word[3:] if len(word) > 5 else word,
    lambda word: word + "x" if len(word) > 5 else word,
    lambda word: word[:-1] if len(word) > 5 else word,
    shuffled_letters,
]
SPOKEN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
WAYS_OF_A_NUMBER = [
    str,
    " ".join,
    "-".join,
    ". ".join,
    " / ".join,
    lambda digits: digits[:4] + " " + digits[4:],
    lambda digits: "".join(chr(0xFF10 + int(digit)) for digit in digits),
    lambda digits: "".join(chr(0x0660 + int(digit)) for digit in digits),
    lambda digits: "\u200b".join(digits),
    lambda digits: " ".join(SPOKEN[int(digit)] for digit in digits),
]
WAYS_OF_A_DATE = [
    "%d.%m.%Y",
    "%d/%m/%y",
    "%Y-%m-%d",
    "%d %B %Y",
    "%B %d, %Y",
    "%b %d",
    "%d-%b-%Y",
    "%d of %B",
    "%d %m %Y",
    "%Y%m%d",
    "%dth %B",
]


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(PARTS), st.sampled_from(WAYS_OF_A_NAME), st.sampled_from(AROUND))
def test_no_known_name_leaves_in_any_disguise(part, way, around):
    assert identifiers_in(carries(way(part), around), names=NAMES)


@settings(max_examples=1000, deadline=None)
@given(
    st.integers(min_value=1000, max_value=9_999_999_999).map(str),
    st.sampled_from(WAYS_OF_A_NUMBER),
    st.sampled_from(AROUND),
)
def test_no_number_of_four_digits_and_more_leaves_in_any_disguise(digits, way, around):
    assert identifiers_in(carries(way(digits), around), names=())


@settings(max_examples=1000, deadline=None)
@given(st.dates(date(1905, 1, 1), date(2026, 12, 31)), st.sampled_from(WAYS_OF_A_DATE), st.sampled_from(AROUND))
def test_no_date_leaves_however_it_is_written(day, way, around):
    assert identifiers_in(carries(day.strftime(way), around), names=())


@pytest.mark.parametrize("text", ["amara@readback.example", "amara (at) readback.example", "www.readback.example/x"])
def test_no_address_leaves(text):
    assert [each.kind for each in identifiers_in(f"write to {text}", names=())] == [Kind.ADDRESS]


@pytest.mark.parametrize(
    "text",
    [
        "A nurse has an answer for you. Open the link and type the code that we tell you by phone.",
        "We will call you back today at 14:30.",
        "Please call us back before 9.15.",
        "Sorry, we are late. We will call in 10 to 15 minutes.",
        "Come to desk 7, level 2. It takes 30 min.",
        f"Call {OURS} if it gets worse.",
        "In May we move to a new building.",
        "Is one or two o'clock good for you?",
        "",
    ],
)
def test_what_a_desk_sends_every_day_may_go(text):
    assert identifiers_in(text, names=NAMES, allowed=[OURS]) == ()


def test_the_link_may_go_and_nothing_hides_beside_it():
    link = "https://readback.example/c/4f0c9a7e2b11"
    assert identifiers_in(f"Open {link}", names=NAMES, allowed=[link]) == ()
    assert identifiers_in(f"Open {link} Emrys", names=NAMES, allowed=[link])
    assert identifiers_in(f"50{link}07", names=NAMES, allowed=[link])


def test_the_sender_is_shown_what_stops_it():
    (found,) = identifiers_in("Tell Emrys to come", names=NAMES)
    assert (found.kind, found.found) == (Kind.NAME, "emrys")


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_whatever_is_typed_is_read_to_its_end(text, names):
    for each in identifiers_in(text, names=names):
        assert each.found

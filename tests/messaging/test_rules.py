"""The rules of a thread, on plain values: what is kept of a text, who is named or mentioned, what may be answered."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.messaging.rules import (
    Answer,
    Asked,
    Name,
    applied,
    cleaned,
    may_answer,
    mentioned,
    named_in,
    pieces_of,
    standing_of,
    traces_of,
)
from handover.paging.rules.levels import Level

AMARA, LEE, NOOR = uuid4(), uuid4(), uuid4()
OWN = Name(uuid4(), "O'Brien", "Sean", "4471 0893")
OTHERS = [
    Name(uuid4(), "Müller", "Anna", "5520 7781"),
    Name(uuid4(), "van der Berg", "Ed", "5520 7782"),
    Name(uuid4(), "Li", "Wei", "5520 7783"),
    Name(uuid4(), "Obrian", "Sean", "12"),
]


@given(st.text(max_size=300))
def test_cleaning_twice_is_cleaning_once_and_leaves_nothing_that_is_not_seen(text):
    once = cleaned(text)
    assert cleaned(once) == once
    assert not any(char in "\u202e\u202d\u2066\u2069\x00\x1b\r" for char in once)


@pytest.mark.parametrize("text", ["ما أخبارك", "שלום", "👩‍⚕️ ok", "a\tb\nc", "<b>5</b> & 'x'"])  # noqa: RUF001
def test_what_is_written_in_any_script_stays(text):
    assert cleaned(text) == text


def test_a_mention_is_the_whole_name_and_the_longer_one_first():
    people = {AMARA: "Lee Sparrow", LEE: "Lee Sparrowhawk", NOOR: "Noor Wintergreen"}
    assert list(mentioned("@lee sparrowhawk, and @Noor Wintergreen", people)) == [NOOR, LEE]
    assert list(mentioned("lee sparrowhawk", people)) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("MULLER is breathless", ["Müller"]),
        ("Ask for Mr van der  Berg's son", ["van der Berg"]),
        ("the Berg family", []),
        ("no. 55207783 please", ["Li"]),
        ("15520 77831", []),
        ("Li is a short name", []),
        ("mullerian duct", []),
        ("O'Brien 4471 0893", []),
        ("obrian", ["Obrian"]),
        ("", []),
    ],
)
def test_the_guard_finds_who_else_is_named(text, named):
    assert [one.family for one in named_in(text, about=OWN.id, names=[OWN, *OTHERS])] == named


@given(
    st.lists(st.tuples(st.text(max_size=12), st.text("0123456789 -A", max_size=12)), max_size=4),
    st.text("ab Üü'-0123456789\n", max_size=40),
    st.booleans(),
)
def test_whoever_is_named_leaves_a_trace(told, text, is_named):
    """What is looked through first must lose nobody: or the guard would be silent about them."""
    names = [Name(uuid4(), family, "", number) for family, number in told]
    text = f"{text} {told[0][0]} {told[0][1]} {text}" if told and is_named else text
    traces = {one.id: traces_of(one) for one in names}
    pieces = pieces_of(text, [len(each.number) for each in traces.values() if each.number])
    for one in named_in(text, about=None, names=names):
        assert traces[one.id].word in pieces or traces[one.id].number in pieces


def test_the_guard_asks_about_everybody_where_the_text_is_of_nobody():
    assert named_in("O'Brien", about=None, names=[OWN, *OTHERS]) == [OWN]


def test_the_guard_does_not_ask_about_a_namesake_but_for_the_record_number():
    namesake = Name(uuid4(), "O'Brien", "Mary", "9999 1234")
    assert named_in("O'Brien is better", about=OWN.id, names=[OWN, namesake]) == []
    assert named_in("9999 1234 is better", about=OWN.id, names=[OWN, namesake]) == [namesake]


def asked(*answers, level=Level.URGENT, retracted=False):
    return Asked(level, retracted, frozenset({LEE, NOOR}), list(answers))


def test_whoever_was_addressed_may_own_it_pass_it_on_or_say_that_it_is_not_theirs():
    assert may_answer(asked(), LEE) == (Answer.OWNED, Answer.BUSY, Answer.WRONG_PERSON)
    assert may_answer(asked(), AMARA) == ()
    assert may_answer(asked(level=Level.FYI), LEE) == ()
    assert may_answer(asked(retracted=True), LEE) == ()


def test_whoever_owns_it_may_be_done_or_pass_it_on_and_then_no_more():
    assert may_answer(asked((LEE, Answer.OWNED)), LEE) == (Answer.DONE, Answer.BUSY)
    assert may_answer(asked((LEE, Answer.OWNED), (LEE, Answer.DONE)), LEE) == ()
    assert may_answer(asked((LEE, Answer.OWNED)), NOOR) == (Answer.OWNED, Answer.BUSY, Answer.WRONG_PERSON)


@pytest.mark.parametrize(
    ("answers", "standing"),
    [
        ([], "waiting"),
        ([(LEE, Answer.BUSY)], "waiting"),
        ([(LEE, Answer.BUSY), (NOOR, Answer.WRONG_PERSON)], "passed_on"),
        ([(LEE, Answer.OWNED)], "owned"),
        ([(LEE, Answer.OWNED), (LEE, Answer.BUSY)], "waiting"),
        ([(LEE, Answer.OWNED), (LEE, Answer.DONE)], "done"),
        ([(LEE, Answer.OWNED), (LEE, Answer.BUSY), (NOOR, Answer.OWNED)], "owned"),
    ],
)
def test_how_it_stands_follows_from_what_each_said_last(answers, standing):
    assert standing_of(asked(*answers)) == standing


def test_what_asks_for_nothing_stands_nowhere():
    assert standing_of(asked(level=Level.FYI)) == standing_of(asked(retracted=True)) == ""


def test_an_event_of_another_thread_changes_no_snapshot():
    snapshot = {"thread": "a", "members": [], "messages": []}
    assert applied(snapshot, {"thread": "b", "message": {"number": 1}}) == snapshot
    assert applied(snapshot, None) == snapshot

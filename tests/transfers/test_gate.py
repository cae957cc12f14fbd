"""The gate: a reason for every lock, in words, and no way to open it but to take every reason away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handover.patients import news2
from handover.transfers.rules import GateFacts, Item, OpenQuestion, gate, vitals_changed
from tests.fixtures_patients import make_vitals

NOW = datetime(2026, 3, 4, 3, 10, tzinfo=UTC)
OPEN = GateFacts(
    now=NOW,
    zone=ZoneInfo("Europe/London"),
    status="accepted",
    receiver="Lee",
    author="Amara",
    current_number=2,
    sent=NOW - timedelta(minutes=30),
    accepted_number=2,
    accepted=NOW - timedelta(minutes=20),
    destination="7 East",
    is_accepted_there=True,
    said=NOW - timedelta(minutes=21),
    items=(Item("Medication chart", True, "attached"), Item("Consent", False, "open")),
    vitals_then=news2.score(make_vitals(NOW)),
    vitals_then_taken=NOW - timedelta(minutes=20),
    vitals_now=news2.score(make_vitals(NOW)),
    vitals_recorded=NOW,
)


def scored(**changes):
    return news2.score(make_vitals(NOW, **changes))


def words_of(facts):
    return [reason.words for reason in gate(facts)]


def test_it_is_open_when_nothing_is_in_the_way():
    assert gate(OPEN) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "sent", "accepted_number": None, "accepted": None}, ["Lee has not accepted"]),
        ({"status": "sent", "accepted_number": 1}, ["Lee accepted version 1; version 2 has not been accepted"]),
        ({"is_accepted_there": False}, ["Lee accepted, and does not work in 7 East: somebody there has to accept"]),
        ({"said": None}, ["Lee has not said it back"]),
        (
            {"corrected": NOW},
            ["Amara corrected what Lee said back: it has to be said anew"],
        ),
        (
            {"status": "declined", "accepted_number": None, "accepted": None},
            ["Lee declined: choose another receiver, or send it again"],
        ),
        (
            {"questions": (OpenQuestion("Lee", NOW - timedelta(minutes=11)),)},
            ["A question from Lee waits for Amara's answer, asked 02:59"],
        ),
        ({"items": (Item("Medication chart", True, "open"),)}, ["Not checked yet: Medication chart"]),
        ({"items": (Item("Medication chart", True, "missing"),)}, ["Missing: Medication chart"]),
        ({"items": (Item("Medication chart", True, "not_applicable"), Item("Consent", False, "missing"))}, []),
        (
            {"vitals_now": scored(respirations_per_min=22, pulse_per_min=112)},
            ["The vital signs changed since 02:50: NEWS2 went from 0 to 4"],
        ),
        (
            {"vitals_then": None, "vitals_then_taken": None, "vitals_now": scored(respirations_per_min=26)},
            ["Vital signs were first taken after 02:50: NEWS2 is 3"],
        ),
        (
            {"vitals_now": scored(temperature_c=None)},
            ["The vital signs changed since 02:50: NEWS2 is incomplete, at least 0"],
        ),
        ({"vitals_now": None}, ["The vital signs that stood at 02:50 are gone: measure them and send again"]),
        (
            {"accepted": NOW - timedelta(hours=5)},
            [
                "Lee accepted more than 4 hours ago, at 3-Mar 22:10: send it again as it is now".replace(
                    "3-Mar", "03-Mar"
                )
            ],
        ),
        ({"status": "withdrawn"}, ["There is no handover on its way", "Lee has not accepted"][:1]),
    ],
)
def test_each_lock_says_what_it_is(changes, words):
    assert words_of(replace(OPEN, **changes)) == words


def test_the_clock_of_the_ward_is_the_one_that_is_read():
    summer = datetime(2026, 7, 1, 1, 59, tzinfo=UTC)
    facts = replace(OPEN, now=summer + timedelta(minutes=1), accepted=summer, questions=(OpenQuestion("Lee", summer),))
    assert words_of(facts) == ["A question from Lee waits for Amara's answer, asked 02:59"]


def test_everything_that_is_in_the_way_is_said_at_once():
    facts = replace(
        OPEN,
        status="sent",
        accepted_number=None,
        accepted=None,
        said=None,
        questions=(OpenQuestion("Lee", NOW),),
        items=(Item("Medication chart", True, "open"), Item("Identity band", True, "missing")),
    )
    assert [reason.code for reason in gate(facts)] == [
        "no_synthesis",
        "not_accepted",
        "open_question",
        "item_open",
        "item_missing",
    ]


@pytest.mark.parametrize(
    ("then", "now", "changed"),
    [
        (scored(), scored(), False),
        (scored(), scored(temperature_c=38.5), False),  # one point more in the same band
        (scored(), scored(temperature_c=39.2), True),  # two points more
        (scored(), scored(consciousness="C"), True),  # a single three, newly
        (scored(consciousness="C"), scored(consciousness="V"), False),  # the same three as before
        (
            scored(on_oxygen=True, pulse_per_min=112),
            scored(on_oxygen=True, pulse_per_min=112, temperature_c=38.5),
            True,
        ),
        (scored(temperature_c=39.2), scored(), False),  # better
        (None, scored(), False),
        (None, None, False),
        (scored(), None, True),
        (scored(temperature_c=None), scored(temperature_c=None), False),
    ],
)
def test_what_counts_as_changed_vital_signs(then, now, changed):
    assert vitals_changed(then, now) is changed


TIMES = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
VITALS = st.none() | st.builds(
    scored,
    respirations_per_min=st.none() | st.integers(5, 40),
    spo2_percent=st.none() | st.integers(80, 100),
    on_oxygen=st.none() | st.booleans(),
    systolic_mmhg=st.none() | st.integers(60, 240),
    pulse_per_min=st.none() | st.integers(30, 150),
    consciousness=st.none() | st.sampled_from("ACVPU"),
    temperature_c=st.none() | st.floats(34, 41),
)
FACTS = st.builds(
    GateFacts,
    now=TIMES,
    zone=st.just(ZoneInfo("Europe/London")),
    status=st.sampled_from(["draft", "sent", "accepted", "declined", "withdrawn"]),
    receiver=st.just("Lee"),
    author=st.just("Amara"),
    current_number=st.integers(0, 3),
    sent=st.none() | TIMES,
    declined=st.none() | TIMES,
    accepted_number=st.none() | st.integers(1, 3),
    accepted=st.none() | TIMES,
    destination=st.just("7 East"),
    is_accepted_there=st.booleans(),
    said=st.none() | TIMES,
    corrected=st.none() | TIMES,
    questions=st.lists(st.builds(OpenQuestion, st.just("Lee"), TIMES), max_size=2).map(tuple),
    items=st.lists(
        st.builds(
            Item,
            st.just("Chart"),
            st.booleans(),
            st.sampled_from(["open", "attached", "not_applicable", "missing"]),
        ),
        max_size=3,
    ).map(tuple),
    vitals_then=VITALS,
    vitals_now=VITALS,
    vitals_recorded=st.none() | TIMES,
)


@settings(max_examples=400, deadline=None)
@given(FACTS)
def test_it_is_open_only_when_everything_is_in_order(facts):
    """The gate written a second time, as a sentence: open means each of these, and each of these means open."""
    in_order = (
        facts.status == "accepted"
        and facts.accepted_number == facts.current_number
        and facts.said is not None
        and facts.corrected is None
        and not facts.questions
        and all(item.state in ("attached", "not_applicable") for item in facts.items if item.is_required)
        and facts.accepted is not None
        and facts.is_accepted_there
        and facts.now - facts.accepted <= timedelta(hours=4)
        and not vitals_changed(facts.vitals_then, facts.vitals_now)
    )
    assert (gate(facts) == ()) == in_order


@settings(deadline=None)
@given(FACTS)
def test_no_reason_is_silent_and_none_ends_like_a_sentence(facts):
    for reason in gate(facts):
        assert reason.words
        assert not reason.words.endswith(".")
        assert reason.code.replace("_", "").isalpha()


@settings(deadline=None)
@given(VITALS)
def test_nobody_is_worse_than_themselves(vitals):
    assert not vitals_changed(vitals, vitals)

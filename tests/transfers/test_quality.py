"""What is missing is said in words; the points are kept for the unit's report. And severity against NEWS2."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handover.patients import news2
from handover.patients.documents import Section, SectionState, Summary, Weight
from handover.transfers.documents import Action, Contingency, Ipass, PatientSummary
from handover.transfers.rules import PARTS, disagreement, quality, receiver_points
from tests.fixtures_patients import full_summary, make_vitals
from tests.fixtures_transfers import make_ipass, make_synthesis

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)


def whole(**changes):
    return make_ipass(**{"severity_set": NOW - timedelta(minutes=5), **changes})


def test_a_whole_handover_has_all_that_a_document_can_have_and_nothing_missing():
    found = quality(whole(), full_summary(NOW), now=NOW)
    assert (found.score, found.missing) == (75, ())
    assert found.whole == PARTS


def test_an_empty_one_has_nothing_and_every_word_of_what_is_missing():
    found = quality(Ipass(), Summary(), now=NOW)
    assert found.score == 0
    assert found.whole == ()
    assert found.missing[0] == "How ill: stable, watcher or unstable"
    assert "If this happens, then do that" in found.missing
    assert "Not asked yet: Allergies" in found.missing
    assert len(found.missing) == 1 + 1 + 1 + 5 + 8


@pytest.mark.parametrize(
    ("changes", "lost", "words"),
    [
        (
            {"severity_set": NOW - timedelta(hours=3)},
            10,
            "How ill, as it is now: it was set more than two hours ago",
        ),
        ({"patient_summary": PatientSummary(statement="a", events="b", course="c", assessment="d")}, 4, "The plan"),
        (
            {"action_list": (Action(what="Lactate", who="Nurse"), Action(what="Call son", who="x", by_when=NOW))},
            7,
            "By when: Lactate",
        ),
        ({"action_list": (Action(what="Lactate", by_when=NOW),)}, 15, "Who does it: Lactate"),
        ({"action_list": (Action(what="Lactate"),)}, 15, "Who does it, and by when: Lactate"),
        (
            {"contingency_plan": (Contingency(if_this="a", then_that="b"),)},
            7,
            "A second if and then, for a patient to watch",
        ),
    ],
)
def test_each_gap_costs_its_points_and_is_named(changes, lost, words):
    found = quality(whole(**changes), full_summary(NOW), now=NOW)
    assert found.missing == (words,)
    assert found.score in (75 - lost, 75 - lost - 1)  # halves are rounded


def test_one_pair_is_enough_for_a_stable_patient():
    ipass = whole(illness_severity="stable", contingency_plan=(Contingency(if_this="a", then_that="b"),))
    assert quality(ipass, full_summary(NOW), now=NOW).score == 75


def test_none_known_counts_and_not_asked_does_not():
    summary = full_summary(NOW)
    none_known = summary.model_copy(update={"weight": Section[Weight](state=SectionState.UNAVAILABLE)})
    blank = summary.model_copy(update={"weight": Section[Weight]()})
    assert quality(whole(), none_known, now=NOW).missing == ()
    assert quality(whole(), blank, now=NOW).missing == ("Not asked yet: Weight",)


def test_the_receiver_adds_their_part():
    ipass = whole()
    assert receiver_points(ipass, make_synthesis("watcher"), is_read_before_arrival=True) == 25
    assert receiver_points(ipass, make_synthesis("watcher", first_action=""), is_read_before_arrival=True) == 15
    assert receiver_points(ipass, make_synthesis("stable"), is_read_before_arrival=True) == 5
    assert receiver_points(ipass, None, is_read_before_arrival=False) == 0


def test_it_points_at_a_severity_that_news2_does_not_share_and_changes_nothing():
    high = news2.score(make_vitals(NOW, respirations_per_min=26, pulse_per_min=135, temperature_c=38.5))
    calm = news2.score(make_vitals(NOW))
    assert high.total == 7
    assert "NEWS2 is 7" in disagreement(whole(illness_severity="stable"), high)
    assert disagreement(whole(illness_severity="watcher"), high) is None
    silent = {"situation_awareness": "", "patient_summary": PatientSummary()}
    assert "NEWS2 is 0" in disagreement(whole(illness_severity="unstable", **silent), calm)
    assert disagreement(whole(illness_severity="unstable"), calm) is None
    assert disagreement(whole(illness_severity="stable"), None) is None


@settings(deadline=None)
@given(
    st.builds(
        Ipass,
        illness_severity=st.sampled_from([None, "stable", "watcher", "unstable"]),
        severity_set=st.none() | st.just(NOW),
        patient_summary=st.builds(PatientSummary, statement=st.text(max_size=3), plan=st.text(max_size=3)),
        action_list=st.lists(
            st.builds(Action, what=st.just("x"), who=st.sampled_from(["", "Nurse"]), by_when=st.none() | st.just(NOW)),
            max_size=3,
        ).map(tuple),
        contingency_plan=st.lists(st.builds(Contingency, if_this=st.just("a"), then_that=st.just("b")), max_size=3).map(
            tuple
        ),
    )
)
def test_the_points_stay_between_nothing_and_75_and_only_a_whole_one_misses_nothing(ipass):
    found = quality(ipass, full_summary(NOW), now=NOW)
    assert 0 <= found.score <= 75
    assert (found.score == 75) == (found.missing == ())

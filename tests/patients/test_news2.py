"""NEWS2 scores as its charts say, and never takes what was not measured for nought."""

import json
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from handover.patients import news2

KNOWN_ANSWERS = Path(settings.BASE_DIR).parent / "shared" / "data" / "news2_cases.json"
ON_FILE = {
    "rr": "respirations",
    "spo2": "spo2",
    "o2": "oxygen",
    "sbp": "systolic",
    "pulse": "pulse",
    "acvpu": "consciousness",
    "temp": "temperature",
}


@dataclass(frozen=True)
class Vitals:
    respirations_per_min: int | None = 16
    spo2_percent: int | None = 97
    spo2_scale: int = 1
    on_oxygen: bool | None = False
    systolic_mmhg: int | None = 124
    pulse_per_min: int | None = 78
    consciousness: str | None = "A"
    temperature_c: float | None = 36.8


def known_answers():
    return json.loads(KNOWN_ANSWERS.read_text()) if KNOWN_ANSWERS.exists() else []


@pytest.mark.skipif(
    not KNOWN_ANSWERS.exists(), reason="no shared/data with the published known answers beside this checkout"
)
def test_it_gives_the_known_answers():
    for case in known_answers():
        scored = news2.score(
            Vitals(
                respirations_per_min=case["rr"],
                spo2_percent=case["spo2"],
                spo2_scale=case["scale"],
                on_oxygen=case["o2"],
                systolic_mmhg=case["sbp"],
                pulse_per_min=case["pulse"],
                consciousness=case["acvpu"],
                temperature_c=case["temp"],
            )
        )
        expected = {ON_FILE[name]: points for name, points in case["scores"].items()}
        assert (scored.total, scored.band, scored.points) == (case["total"], case["risk"], expected), case["why"]
        assert scored.is_complete


EDGES = {
    "respirations_per_min": [(0, 3), (8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2), (25, 3), (100, 3)],
    "spo2_percent": [(0, 3), (91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0), (100, 0)],
    "systolic_mmhg": [(0, 3), (90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0), (219, 0), (220, 3), (350, 3)],
    "pulse_per_min": [(0, 3), (40, 3), (41, 1), (50, 1), (51, 0), (90, 0), (91, 1), (110, 1), (111, 2), (130, 2)]
    + [(131, 3), (300, 3)],
    "consciousness": [("A", 0), ("C", 3), ("V", 3), ("P", 3), ("U", 3)],
    "temperature_c": [(25.0, 3), (35.0, 3), (35.04, 3), (35.05, 1), (35.1, 1), (36.0, 1), (36.04, 1), (36.05, 0)]
    + [(36.1, 0), (38.0, 0), (38.04, 0), (38.05, 1), (38.1, 1), (39.0, 1), (39.04, 1), (39.05, 2), (39.1, 2), (45, 2)],
    "on_oxygen": [(False, 0), (True, 2)],
}
PARAMETER_OF = dict(
    zip(
        ("respirations_per_min", "spo2_percent", "on_oxygen", "systolic_mmhg", "pulse_per_min", "consciousness")
        + ("temperature_c",),
        news2.PARAMETERS,
        strict=True,
    )
)


@pytest.mark.parametrize(
    ("field", "value", "points"), [(field, *edge) for field, edges in EDGES.items() for edge in edges]
)
def test_each_edge_of_the_chart_has_its_points(field, value, points):
    scored = news2.score(replace(Vitals(), **{field: value}))
    assert scored.points[PARAMETER_OF[field]] == points
    assert scored.total == points


@pytest.mark.parametrize(
    ("spo2", "on_oxygen", "points"),
    [(83, True, 3), (84, True, 2), (85, False, 2), (86, True, 1), (87, False, 1), (88, True, 0), (92, True, 0)]
    + [(93, False, 0), (100, False, 0), (93, True, 1), (94, True, 1), (95, True, 2), (96, True, 2), (97, True, 3)],
)
def test_scale_2_counts_too_much_oxygen_as_well_as_too_little(spo2, on_oxygen, points):
    scored = news2.score(Vitals(spo2_percent=spo2, spo2_scale=2, on_oxygen=on_oxygen))
    assert scored.points["spo2"] == points
    assert scored.total == points + 2 * on_oxygen


@pytest.mark.parametrize(
    ("changes", "total", "band"),
    [
        ({}, 0, "low"),
        ({"pulse_per_min": 100, "temperature_c": 38.5}, 2, "low"),
        ({"consciousness": "C"}, 3, "low-medium"),
        ({"consciousness": "C", "pulse_per_min": 100}, 4, "low-medium"),
        ({"respirations_per_min": 22, "on_oxygen": True}, 4, "low"),
        ({"respirations_per_min": 22, "on_oxygen": True, "pulse_per_min": 100}, 5, "medium"),
        ({"respirations_per_min": 25, "on_oxygen": True, "pulse_per_min": 100}, 6, "medium"),
        ({"respirations_per_min": 25, "on_oxygen": True, "pulse_per_min": 120}, 7, "high"),
    ],
)
def test_the_band_follows_the_total_and_a_single_3(changes, total, band):
    scored = news2.score(replace(Vitals(), **changes))
    assert (scored.total, scored.band) == (total, band)
    assert scored.response


def test_each_band_asks_for_its_own_response():
    responses = {
        news2.score(replace(Vitals(), **changes)).response
        for changes in (
            {},
            {"pulse_per_min": 100},
            {"consciousness": "C"},
            {"respirations_per_min": 22, "on_oxygen": True, "pulse_per_min": 100},
            {"respirations_per_min": 25, "on_oxygen": True, "pulse_per_min": 120},
        )
    }
    assert len(responses) == 5


def test_a_missing_parameter_makes_a_floor_and_says_so():
    scored = news2.score(Vitals(temperature_c=None, respirations_per_min=25, on_oxygen=True, pulse_per_min=120))
    assert (scored.total, scored.is_complete, scored.band) == (7, False, "incomplete")
    assert scored.floor_band == "high"
    assert scored.points["temperature"] is None
    assert scored.words == "NEWS2 incomplete, at least 7"
    assert "Emergency" in scored.response


def test_scale_2_above_its_target_is_missing_without_the_word_on_oxygen():
    scored = news2.score(Vitals(spo2_percent=97, spo2_scale=2, on_oxygen=None))
    assert scored.points["spo2"] is None
    assert scored.points["oxygen"] is None
    assert not scored.is_complete


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("spo2_percent", 101),
        ("spo2_percent", -1),
        ("spo2_percent", 96.5),
        ("spo2_percent", True),
        ("pulse_per_min", 301),
        ("respirations_per_min", -1),
        ("respirations_per_min", 101),
        ("systolic_mmhg", 351),
        ("temperature_c", 24.9),
        ("temperature_c", 45.1),
        ("temperature_c", float("nan")),
        ("temperature_c", float("inf")),
        ("spo2_scale", 3),
        ("consciousness", "X"),
    ],
)
def test_it_refuses_what_no_patient_has_and_says_what_it_expects(field, value):
    with pytest.raises(ValueError, match="[A-Z].+[.]") as refusal:
        news2.score(replace(Vitals(), **{field: value}))
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("birth_date", "applies"),
    [("2010-11-24", True), ("2010-11-25", False), ("2010-12", False), ("2010-11", True), ("2010", True)]
    + [("2011", False), ("1951-03-04", True), ("", True), ("unknown", True)],
)
def test_it_is_for_people_of_16_and_over(birth_date, applies):
    assert news2.applies_to(birth_date, on=date(2026, 11, 24)) is applies


def maybe(strategy):
    return st.none() | strategy


POSSIBLE = st.builds(
    Vitals,
    respirations_per_min=maybe(st.integers(0, 100)),
    spo2_percent=maybe(st.integers(0, 100)),
    spo2_scale=st.sampled_from([1, 2]),
    on_oxygen=maybe(st.booleans()),
    systolic_mmhg=maybe(st.integers(0, 350)),
    pulse_per_min=maybe(st.integers(0, 300)),
    consciousness=maybe(st.sampled_from("ACVPU")),
    temperature_c=maybe(st.floats(25, 45)),
)


@given(POSSIBLE)
def test_every_possible_set_scores_from_0_to_20_as_the_sum_of_its_points(vitals):
    scored = news2.score(vitals)
    known = [points for points in scored.points.values() if points is not None]
    assert set(scored.points) == set(news2.PARAMETERS)
    assert 0 <= scored.total == sum(known) <= 20
    assert scored.is_complete == (len(known) == 7)
    assert (scored.band == "incomplete") == (not scored.is_complete)


@given(POSSIBLE, st.sampled_from([field.name for field in fields(Vitals) if field.name != "spo2_scale"]))
def test_measuring_less_never_raises_the_floor(vitals, missing):
    assert news2.score(replace(vitals, **{missing: None})).total <= news2.score(vitals).total


@given(POSSIBLE, st.integers(0, 99))
def test_breathing_faster_above_the_normal_never_scores_less(vitals, rate):
    slower, faster = max(12, rate), max(12, rate) + 1
    first, second = (
        news2.score(replace(vitals, respirations_per_min=each)).total for each in (slower, min(faster, 100))
    )
    assert first <= second


@given(POSSIBLE, st.integers(1, 100))
def test_on_scale_1_a_lower_saturation_never_scores_less(vitals, spo2):
    higher, lower = (news2.score(replace(vitals, spo2_scale=1, spo2_percent=each)).total for each in (spo2, spo2 - 1))
    assert higher <= lower


@given(POSSIBLE, st.integers(52, 300))
def test_a_faster_pulse_above_the_normal_never_scores_less(vitals, pulse):
    slower, faster = (news2.score(replace(vitals, pulse_per_min=each)).total for each in (pulse - 1, pulse))
    assert slower <= faster


@given(st.floats(25, 45))
def test_the_temperature_is_rounded_as_a_nurse_rounds(temperature):
    assert abs(news2.tenths(temperature) / 10 - temperature) <= 0.05 + 1e-9

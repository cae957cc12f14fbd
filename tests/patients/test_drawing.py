"""Entries, vital signs and sections in words: nothing is left out in silence, and what is old or late says so."""

from datetime import UTC, datetime, timedelta

import pytest

from handover.patients import documents as d
from handover.patients.drawing.entries import told, vital_lines
from handover.patients.drawing.summary import section_view
from handover.patients.drawing.vitals import preview, vitals_view
from handover.patients.news2 import score
from handover.patients.sections import BY_NAME
from tests.fixtures_patients import make_vitals

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def filled(kind, *entries):
    return d.Section[kind](state=d.SectionState.FILLED, entries=entries)


@pytest.mark.parametrize(
    ("entry", "words", "tone"),
    [
        (
            d.Allergy(substance="Penicillin", reaction="anaphylaxis", criticality="high"),
            "Penicillin: anaphylaxis",
            "danger",
        ),
        (d.Allergy(substance="Latex"), "Latex", "danger"),  # a risk that nobody knows is not a small one
        (d.Allergy(substance="Codeine", criticality="low"), "Codeine", "watch"),
        (d.CodeStatus(value="dnar"), "DNAR: do not attempt resuscitation", "danger"),
        (d.CodeStatus(value="limits", limits="no intubation"), "Limits: no intubation", "danger"),
        (d.CodeStatus(value="full"), "For full treatment, for resuscitation", ""),
        (d.Diet(text="Fasting for theatre", nil_by_mouth=True), "NIL BY MOUTH: Fasting for theatre", "danger"),
        (d.Weight(kg=71.0, how="estimated"), "71 kg, estimated", "watch"),
        (d.Language(tag="pt", name="Portuguese", interpreter_needed=True), "Portuguese. Interpreter needed", "watch"),
        (d.Language(tag="pt"), "pt. Interpreter: not asked", "watch"),
        (
            d.Result(name="Lactate", value="4.1", unit="mmol/L", flag="critical"),
            "Lactate: 4.1 mmol/L (CRITICAL)",
            "danger",
        ),
        (d.Medication(name="Metformin", status="held"), "Metformin: HELD", "watch"),
        (d.Problem(text="Asthma", status="resolved"), "Asthma", "quiet"),
    ],
)
def test_an_entry_is_as_loud_as_it_must_be(entry, words, tone):
    drawn = told(entry, now=NOON)
    assert (drawn.words, drawn.tone) == (words, tone)


def test_a_dose_that_is_late_says_since_when():
    late = told(d.Medication(name="Meropenem", next_due=NOON - timedelta(hours=1)), now=NOON)
    assert "Overdue since 11:00" in late.lines
    assert late.tone == "watch"


def test_a_dose_that_is_held_is_not_late():
    held = told(d.Medication(name="Meropenem", status="held", next_due=NOON - timedelta(hours=1)), now=NOON)
    assert not any("Overdue" in line for line in held.lines)


def test_a_result_that_nobody_owns_says_so():
    assert "Nobody owns it yet" in told(d.PendingResult(name="Cultures"), now=NOON).lines


def test_no_breathing_is_a_value_and_not_a_gap():
    assert "Breathing 0/min" in vital_lines(d.VitalSigns(taken=NOON, respirations_per_min=0))


def test_what_was_not_measured_is_not_said():
    assert vital_lines(d.VitalSigns(taken=NOON, pulse_per_min=80)) == ("Pulse 80/min",)


def test_only_the_newest_vital_signs_can_be_late():
    sets = [make_vitals(NOON - timedelta(hours=hours)) for hours in (5, 9)]
    view = section_view(filled(d.VitalSigns, *sets), BY_NAME["vital_signs"], now=NOON, severity=None)
    assert [entry.is_old for entry in view.entries] == [True, False]


def test_a_watcher_is_late_sooner_than_a_stable_patient():
    summary = d.Summary(vital_signs=filled(d.VitalSigns, make_vitals(NOON - timedelta(hours=3))))
    late = [vitals_view(summary, now=NOON, severity=d.IllnessSeverity(each)).is_old for each in ("stable", "watcher")]
    assert late == [False, True]


def test_a_long_section_folds_and_loses_nothing():
    sets = [make_vitals(NOON - timedelta(hours=hours)) for hours in range(9)]
    view = section_view(filled(d.VitalSigns, *sets), BY_NAME["vital_signs"], now=NOON, severity=None)
    assert len(view.first) < len(view.first) + len(view.rest) == len(view.entries) == 9


def test_what_is_dangerous_stands_first():
    allergies = filled(d.Allergy, d.Allergy(substance="Codeine", criticality="low"), d.Allergy(substance="Penicillin"))
    view = section_view(allergies, BY_NAME["allergies"], now=NOON, severity=None)
    assert [entry.told.words for entry in view.entries] == ["Penicillin", "Codeine"]


def test_each_lane_carries_the_points_of_the_newest_set():
    worse = make_vitals(NOON, respirations_per_min=25, spo2_percent=93, on_oxygen=True, oxygen_flow_l_per_min=2.0)
    view = vitals_view(
        d.Summary(vital_signs=filled(d.VitalSigns, make_vitals(NOON - timedelta(hours=4)), worse)),
        now=NOON,
        severity=None,
    )
    points = {lane.label: lane.points for lane in view.lanes}
    assert (points["Breathing"], points["SpO2"], points["Pulse"]) == (3, 2, 0)
    assert view.lanes[1].unit == "% on 2 L/min"
    assert "Oxygen (2 points)" in view.plain_points
    assert [row.total for row in view.rows] == ["7", "0"]


def test_a_sign_that_the_newest_set_lacks_has_no_points():
    sets = (make_vitals(NOON - timedelta(hours=4)), make_vitals(NOON, pulse_per_min=None))
    view = vitals_view(d.Summary(vital_signs=filled(d.VitalSigns, *sets)), now=NOON, severity=None)
    pulse = next(lane for lane in view.lanes if lane.label == "Pulse")
    assert (pulse.value, pulse.points, pulse.points_words) == ("–", None, "not taken")
    assert view.rows[0].total == "0+"


def test_a_patient_without_vital_signs_has_no_view_of_them():
    assert vitals_view(d.Summary(), now=NOON, severity=None) is None


def test_the_score_while_it_is_typed_names_what_is_missing():
    drawn = preview(score(d.VitalSigns(taken=NOON, pulse_per_min=131)))
    assert drawn.points == (("Pulse", "3 points"),)
    assert "Temperature" in drawn.missing
    assert preview(None) is None

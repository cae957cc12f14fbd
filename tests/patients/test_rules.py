"""What is old, what a headline and a brief say, and never more than is known."""

from datetime import UTC, datetime, timedelta

import pytest

from handover.patients import edits, news2, rules
from handover.patients.brief import brief_of
from handover.patients.documents import (
    CodeStatus,
    Headline,
    Identity,
    IllnessSeverity,
    Medication,
    Section,
    SectionState,
    Source,
    Summary,
    VitalSigns,
)
from tests.fixtures_patients import full_summary, make_vitals

NOW = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
ODALYS = Identity(family="Fenwickle", given="Odalys", birth_date="1951-03-04", sex="female", record_number="4471 0893")


def headline(summary, **before):
    return rules.headline_for(ODALYS, summary, before=Headline(**before), now=NOW)


def filled(kind, *entries):
    return Section[kind](state=SectionState.FILLED, entries=entries)


def test_every_section_has_its_limit():
    assert set(rules.FRESH_FOR) == set(edits.SECTIONS)


@pytest.mark.parametrize(
    ("kind", "age", "severity", "is_old"),
    [
        ("vital_signs", timedelta(hours=4), None, False),
        ("vital_signs", timedelta(hours=4, seconds=1), None, True),
        ("vital_signs", timedelta(hours=1, seconds=1), IllnessSeverity.UNSTABLE, True),
        ("vital_signs", timedelta(hours=1, seconds=1), IllnessSeverity.WATCHER, False),
        ("weight", timedelta(days=7, seconds=1), None, True),
        ("results", timedelta(hours=48), None, False),
        ("results", timedelta(hours=49), IllnessSeverity.STABLE, True),
        ("allergies", timedelta(days=9000), None, False),
    ],
)
def test_a_fact_is_old_when_it_is_past_its_limit(kind, age, severity, is_old):
    assert rules.is_old(kind, NOW - age, NOW, severity=severity) is is_old


def test_an_ageing_fact_without_a_time_is_old_and_an_unknown_kind_is_a_mistake():
    assert rules.is_old("weight", None, NOW)
    assert not rules.is_old("allergies", None, NOW)
    with pytest.raises(KeyError):
        rules.is_old("horoscope", NOW, NOW)


def test_a_headline_says_what_a_row_needs():
    told = headline(full_summary(NOW), bed="AMU 12", illness_severity="watcher", severity_set=NOW)
    assert (told.family, told.record_number, told.bed) == ("Fenwickle", "4471 0893", "AMU 12")
    assert (told.illness_severity, told.news2_total, told.news2_band) == (IllnessSeverity.WATCHER, 7, "high")
    assert (told.why_here, told.allergies) == ("Pneumonia with sepsis", "Penicillin (anaphylaxis)")
    assert (told.code_status, told.isolation) == ("Full resuscitation", "Contact: MRSA")
    assert (told.next_due, told.next_due_what) == (NOW + timedelta(hours=5), "Meropenem 1 g")


def test_a_score_is_kept_with_the_table_it_was_made_by_and_an_older_one_still_opens():
    told = headline(full_summary(NOW))
    assert told.news2_table == news2.TABLE_VERSION == "NEWS2 2017"
    assert headline(Summary()).news2_table == ""
    kept_before = told.model_dump(mode="json", exclude={"news2_table"})
    opened = Headline.model_validate(kept_before)
    assert (opened.news2_total, opened.news2_table) == (told.news2_total, "")


def test_an_empty_summary_claims_nothing():
    told = headline(Summary())
    assert (told.allergies, told.allergies_state) == ("", SectionState.NOT_ASKED)
    assert (told.code_status, told.news2_total, told.news2_band) == ("not recorded", None, "")


@pytest.mark.parametrize("state", [state for state in SectionState if state != SectionState.FILLED])
def test_code_status_is_never_full_unless_somebody_said_so(state):
    told = headline(Summary(code_status=Section[CodeStatus](state=state)))
    assert "full" not in told.code_status.lower()
    assert told.code_status


def test_the_newest_of_two_imported_code_statuses_counts():
    full, dnar = (
        CodeStatus(value=value, source=Source(recorded=NOW - timedelta(days=days)))
        for value, days in (("full", 9), ("dnar", 1))
    )
    assert headline(Summary(code_status=filled(CodeStatus, dnar, full))).code_status.startswith("DNAR")


def test_a_held_or_stopped_medicine_is_never_due():
    drugs = [Medication(name=status, status=status, next_due=NOW) for status in ("held", "stopped")]
    assert headline(Summary(medications=filled(Medication, *drugs))).next_due is None


def test_a_very_long_danger_line_is_cut_and_shows_it():
    from handover.patients.documents import Allergy

    many = [Allergy(substance=f"Substance number {number} of very many") for number in range(40)]
    told = headline(Summary(allergies=filled(Allergy, *many)))
    assert len(told.allergies) <= 300
    assert told.allergies.endswith("...")


def test_the_kept_vital_signs_are_a_hundred_at_most_counted_from_the_newest():
    old = datetime(2020, 1, 1, tzinfo=UTC)
    sets = [make_vitals(old + timedelta(minutes=10 * number)) for number in range(300)]
    kept = rules.kept_vitals(sets)
    assert [entry.taken for entry in kept] == [entry.taken for entry in reversed(sets[-100:])]
    assert rules.kept_vitals([]) == ()


def test_a_trend_is_oldest_first_and_leaves_out_what_cannot_be():
    impossible = VitalSigns(taken=NOW, spo2_percent=140)
    points = rules.trend(Summary(vital_signs=filled(VitalSigns, impossible, *full_summary(NOW).vital_signs.entries)))
    assert [point.at for point in points] == sorted(point.at for point in points)
    assert points[-1].total == 7
    assert len(points) == 12


def test_a_brief_has_seven_lines_and_says_what_is_missing():
    empty = brief_of(headline(Summary()), Summary(), now=NOW)
    assert len(empty) == 7
    assert all(line.text for line in empty)
    assert [line.text for line in empty[1:4]] == ["not asked", "not recorded", "No vital signs recorded"]
    assert [line.kind for line in empty[1:4]] == ["warn"] * 3


def test_a_brief_puts_the_dangers_in_words():
    summary = full_summary(NOW)
    lines = {line.label: line for line in brief_of(headline(summary), summary, now=NOW)}
    assert (lines["Allergies"].text, lines["Allergies"].kind) == ("Penicillin (anaphylaxis)", "danger")
    assert lines["Code status"].text == "Full resuscitation. Contact: MRSA"
    assert lines["Code status"].parts == (("Full resuscitation", "plain"), ("Contact: MRSA", "danger"))
    assert lines["Now"].text.startswith("NEWS2 7, high risk. Breathing 24/min")
    assert lines["Next 2 hours"].text == "Nothing due"
    assert lines["Pending"].text == "Blood cultures, Day team"
    assert "Interpreter needed" in lines["What matters"].text


def test_a_brief_shows_what_is_overdue():
    late = Summary(medications=filled(Medication, Medication(name="Insulin", next_due=NOW - timedelta(minutes=20))))
    line = brief_of(headline(late), late, now=NOW)[4]
    assert (line.text, line.kind) == ("Insulin (overdue by 20 min)", "warn")

"""A patient's timeline: what changed, by whom, between versions; vital signs; and what other rooms add."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.patients import sealed, selectors, services
from handover.patients.documents import Allergy, SectionState, Summary
from handover.patients.history import TimelineItem, changes_between
from tests.fixtures_patients import full_summary, make_vitals


def test_it_tells_what_changed_by_whom_newest_first(amara, actor, patient):
    acting = actor(amara)
    number, summary = sealed.summary_of(patient)
    penicillin = summary.allergies.entries[0]

    def put(section, entry, seen):
        services.put_entry(acting, key=uuid4(), patient_id=patient.pk, section=section, entry=entry, seen_number=seen)

    put("allergies", Allergy(substance="Latex"), number)
    put("allergies", penicillin.model_copy(update={"reaction": "hives"}), number + 1)
    services.remove_entry(
        acting,
        key=uuid4(),
        patient_id=patient.pk,
        section="diet",
        entry_id=summary.diet.entries[0].id,
        seen_number=number + 2,
    )
    changes = [item for item in selectors.timeline(acting, patient.pk) if item.kind == "change"]
    assert [item.who for item in changes] == ["Amara Thistledown"] * 3 + ["Imported"]
    assert changes[0].lines == ("Removed: Soft diet, diabetic", "Now: not asked")
    assert changes[1].lines == ("Corrected: Penicillin: anaphylaxis, now Penicillin: hives",)
    assert changes[2].lines == ("Added: Latex",)
    assert changes[-1].lines[-1].startswith("and ")


def test_each_set_of_vital_signs_is_one_item_and_no_change(amara, actor, patient):
    acting = actor(amara)
    vitals = make_vitals(timezone.now(), pulse_per_min=140)
    services.put_entry(acting, key=uuid4(), patient_id=patient.pk, section="vital_signs", entry=vitals, seen_number=1)
    items = selectors.timeline(acting, patient.pk)
    assert (items[0].kind, items[0].title, items[0].who) == (
        "vitals",
        "NEWS2 3, low to medium risk",
        amara.display_name,
    )
    assert sum(item.kind == "vitals" for item in items) == len(sealed.summary_of(patient)[1].vital_signs.entries)
    assert sum(item.kind == "change" for item in items) == 1
    assert [item.at for item in items] == sorted((item.at for item in items), reverse=True)


def test_a_higher_room_adds_its_items(amara, actor, patient, monkeypatch):
    at = timezone.now() - timedelta(days=3)
    monkeypatch.setattr(selectors, "_SOURCES", [])

    def source(actor, patient):
        return [TimelineItem(at=at, kind="handover", title="Handed over")]

    selectors.register_timeline_source(source)
    selectors.register_timeline_source(source)
    items = selectors.timeline(actor(amara), patient.pk)
    assert [item.title for item in items if item.kind == "handover"] == ["Handed over"]


def test_a_long_history_shows_its_last_fifty_versions(amara, actor, patient, monkeypatch):
    monkeypatch.setattr(selectors, "VERSIONS_SHOWN", 2)
    acting = actor(amara)
    for number in range(1, 5):
        services.put_entry(
            acting,
            key=uuid4(),
            patient_id=patient.pk,
            section="allergies",
            entry=Allergy(substance=f"Substance {number}"),
            seen_number=number,
        )
    changes = [item.lines for item in selectors.timeline(acting, patient.pk) if item.kind == "change"]
    assert changes == [("Added: Substance 4",), ("Added: Substance 3",)]


@pytest.mark.parametrize("state", [SectionState.NONE_KNOWN, SectionState.WITHHELD, SectionState.UNAVAILABLE])
def test_a_new_reason_for_an_empty_section_is_a_change(state):
    after = Summary.model_validate({"allergies": {"state": state}})
    (change,) = changes_between(Summary(), after)
    assert (change.section, change.kind) == ("allergies", "state")


def test_nothing_changed_between_a_summary_and_itself():
    summary = full_summary(timezone.now())
    assert changes_between(summary, summary) == ()

"""Patients for tests: loaded by tests/conftest.py.

`patient` is Odalys FENWICKLE in the emergency department, pneumonia with sepsis, with everything in her summary;
`make_patient(unit, family=..., summary=...)` makes any other.
"""

from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from django.utils import timezone

_RECORD_NUMBERS = count(1)


def make_vitals(taken, **changes):
    """One set of vital signs that scores 0, but for what is changed."""
    from handover.patients.documents import VitalSigns

    normal = {
        "respirations_per_min": 16,
        "spo2_percent": 97,
        "on_oxygen": False,
        "systolic_mmhg": 124,
        "diastolic_mmhg": 76,
        "pulse_per_min": 78,
        "consciousness": "A",
        "temperature_c": 36.8,
    }
    return VitalSigns(taken=taken, **{**normal, **changes})


def worsening_vitals(now):
    """48 hours of vital signs, every four: well until the last eight hours, NEWS2 7 at the end."""
    sets = [make_vitals(now - timedelta(minutes=20, hours=hours)) for hours in range(44, 8, -4)]
    worse = {"respirations_per_min": 22, "spo2_percent": 95, "pulse_per_min": 104, "temperature_c": 38.6}
    worst = {"respirations_per_min": 24, "spo2_percent": 94, "on_oxygen": True, "oxygen_flow_l_per_min": 2.0}
    worst |= {"oxygen_device": "nasal cannula", "systolic_mmhg": 112, "pulse_per_min": 98, "temperature_c": 38.4}
    return (
        *sets,
        make_vitals(now - timedelta(minutes=20, hours=8), **worse),
        make_vitals(now - timedelta(minutes=20, hours=4), **worse),
        make_vitals(now - timedelta(minutes=20), **worst),
    )


def full_summary(now):
    """A summary with something in each of its sections."""
    from handover.patients import documents as d

    def filled(kind, *entries):
        return d.Section[kind](state=d.SectionState.FILLED, entries=entries)

    return d.Summary(
        problems=filled(
            d.Problem,
            d.Problem(text="Pneumonia with sepsis", is_reason_for_stay=True, onset=now.date().isoformat()),
            d.Problem(text="Type 2 diabetes"),
        ),
        allergies=filled(d.Allergy, d.Allergy(substance="Penicillin", reaction="anaphylaxis", criticality="high")),
        medications=filled(
            d.Medication,
            d.Medication(
                name="Meropenem",
                dose="1 g",
                route="IV",
                frequency="every 8 h",
                last_given=now - timedelta(hours=3),
                next_due=now + timedelta(hours=5),
            ),
            d.Medication(name="Metformin", dose="500 mg", route="oral", status="held"),
        ),
        code_status=filled(d.CodeStatus, d.CodeStatus(value="full", decided_by="Noor Wintergreen")),
        alerts=filled(d.Alert, d.Alert(kind="isolation", text="Contact: MRSA", since="2026-01-03")),
        devices=filled(d.Device, d.Device(kind="line", text="Cannula 18 G", site="left forearm")),
        vital_signs=filled(d.VitalSigns, *worsening_vitals(now)),
        results=filled(
            d.Result, d.Result(name="Lactate", value="2.1", unit="mmol/L", flag="high", taken=now - timedelta(hours=2))
        ),
        pending_results=filled(
            d.PendingResult,
            d.PendingResult(
                name="Blood cultures", ordered=now - timedelta(hours=3), owner="Day team", call_back="020 7946 0188"
            ),
        ),
        procedures=filled(d.Procedure, d.Procedure(text="Chest X-ray", done=now.date().isoformat())),
        diet=filled(d.Diet, d.Diet(text="Soft diet, diabetic")),
        mobility=filled(d.Mobility, d.Mobility(text="Walks with a frame", aids="frame", staff_needed=1)),
        weight=filled(d.Weight, d.Weight(kg=71.4, how="measured", taken=now - timedelta(hours=5))),
        language=filled(d.Language, d.Language(tag="pt", name="Portuguese", interpreter_needed=True)),
        family_contact=filled(
            d.FamilyContact, d.FamilyContact(name="Berengar Fenwickle", relationship="son", told_of_move=False)
        ),
        belongings=filled(d.Belonging, d.Belonging(text="Hearing aids, both", held_by="with the patient")),
        what_matters=filled(d.WhatMatters, d.WhatMatters(text="Wants her son told before she is moved.")),
    )


@pytest.fixture
def make_patient(db):
    """make_patient(unit, family=..., bed=..., summary=...): a patient in a stay whom the unit may see."""
    from handover.patients import services
    from handover.patients.documents import Identity
    from live.models import Timer

    def make(unit, *, summary=None, bed="", **identity):
        number = f"0000 {next(_RECORD_NUMBERS):04d}"
        told = {"family": "Quillfeather", "given": "Basil", "birth_date": "1970-05-06", "record_number": number}
        patient = services.register_patient(
            None, key=uuid4(), unit=unit, identity=Identity(**{**told, **identity}), bed=bed
        )
        if summary is not None:
            services.put_summary(None, key=uuid4(), patient_id=patient.pk, summary=summary, source="test")
            patient.refresh_from_db()
            # Whoever was to page about the score that they came with has decided not to.
            Timer.objects.filter(kind="paging.undecided", subject_id=patient.pk).delete()
        return patient

    return make


@pytest.fixture
def summary():
    return full_summary(timezone.now())


@pytest.fixture
def patient(make_patient, emergency, summary):
    """Odalys FENWICKLE, born 04-Mar-1951, record number 4471 0893, in bed AMU 12 of the emergency department."""
    return make_patient(
        emergency,
        family="Fenwickle",
        given="Odalys",
        birth_date="1951-03-04",
        sex="female",
        record_number="4471 0893",
        bed="AMU 12",
        summary=summary,
    )

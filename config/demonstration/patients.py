"""The patients of the demonstration, sealed by the same building blocks as any other and saved in bulk."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from accounts.models import Person, Role, Unit
from config.demonstration.cases import CASES, Case
from config.demonstration.hospital import House
from config.demonstration.names import EMERGENCY, FAMILIES, GIVEN_FEMALE, GIVEN_MALE, SEVEN_EAST, UNITS, UnitPlan
from config.demonstration.pictures import Picture, entry, filled, summary_of
from config.demonstration.seeds import Scale, id_of, random_for
from handover.patients import rules, sealed
from handover.patients.documents import (
    Allergy,
    CodeStatus,
    Headline,
    Identity,
    IllnessSeverity,
    Language,
    Source,
    Summary,
    WhatMatters,
)
from handover.patients.models import CareRelationship, Encounter, Patient, SummaryVersion
from handover.transfers.models import Responsibility
from ledger import services as ledger
from ledger.agents import Entity

# Shares of unstable and watchers by the kind of unit; the rest is stable. Seven East has its own, it is the busy one.
_SHARES = {
    "intensive": (0.4, 0.45),
    "emergency": (0.1, 0.3),
    "medical": (0.03, 0.16),
    "surgical": (0.03, 0.14),
    "cardiac": (0.05, 0.2),
    "stroke": (0.03, 0.15),
    "older": (0.01, 0.08),
}
_BUSY = (0.11, 0.29)
_STAYS_UP_TO_HOURS = {"emergency": 11, "intensive": 140, "older": 900}


@dataclass(frozen=True)
class Admitted:
    """One patient before saving, with everything that belongs to them."""

    number: int
    plan: UnitPlan
    unit: Unit
    bed: str
    identity: Identity
    case: Case
    summary: Summary
    severity: IllnessSeverity | None
    admitted: datetime
    nurse: Person
    now: datetime


def make_patients(house: House, scale: Scale, *, now: datetime) -> list[Admitted]:
    """Every patient with a stay, a summary of 48 hours, a relationship and a nurse who has them; saved, on record."""
    everybody = list(admissions(house, scale, now=now))
    patients = [_row(each) for each in everybody]
    Patient.objects.bulk_create(patients, batch_size=200)
    encounters = [
        Encounter(id=id_of("encounter", each.number), patient=patient, unit=each.unit, started=each.admitted)
        for each, patient in zip(everybody, patients, strict=True)
    ]
    Encounter.objects.bulk_create(encounters, batch_size=200)
    SummaryVersion.objects.bulk_create([_version(each) for each in everybody], batch_size=100)
    _relate(everybody)
    return everybody


def plans_at(scale: Scale) -> list[tuple[UnitPlan, int]]:
    """How many patients each unit has: its share of them all, the emergency department what is left over."""
    full = sum(plan.beds for plan in UNITS)
    counts = {plan.name: max(1, plan.beds * scale.patients // full) for plan in UNITS}
    counts[EMERGENCY] += scale.patients - sum(counts.values())
    return [(plan, counts[plan.name]) for plan in UNITS]


def admissions(house: House, scale: Scale, *, now: datetime) -> Iterator[Admitted]:
    """Every patient of the demonstration, unit by unit, not yet saved."""
    number = 0
    for plan, count in plans_at(scale):
        nurses = [person for person in house.staff[plan.name] if person.role == Role.NURSE]
        for place in range(count):
            nurse = nurses[place % min(len(nurses), 3)]
            yield _admitted(house, plan, number=number, place=place, nurse=nurse, now=now)
            number += 1


def _admitted(house: House, plan: UnitPlan, *, number: int, place: int, nurse: Person, now: datetime) -> Admitted:
    rng = random_for("patient", number)
    identity, age = _odalys(now) if number == 0 else _identity(rng, number, plan, now)
    case, severity = case_of(plan, number), severity_of(plan, number, place)
    hours = _STAYS_UP_TO_HOURS.get(plan.kind, 200)
    admitted = now - timedelta(minutes=rng.randrange(40, hours * 60))
    source = Source(
        author_id=nurse.pk, author=nurse.display_name, recorded=now - timedelta(minutes=rng.randrange(4, 90))
    )
    picture = Picture(rng, case, severity, admitted, now, source, age)
    summary = summary_of(picture, family=identity.family)
    return Admitted(
        number=number,
        plan=plan,
        unit=house.units[plan.name],
        bed=f"{plan.prefix} {place + 1}",
        identity=identity,
        case=case,
        summary=_with_known_dangers(summary, picture) if number == 0 else summary,
        severity=severity,
        admitted=admitted,
        nurse=nurse,
        now=now,
    )


def _odalys(now: datetime) -> tuple[Identity, int]:
    """The one whom a tour hands over first."""
    born = "1951-03-04"
    identity = Identity(family="Fenwickle", given="Odalys", birth_date=born, sex="female", record_number="4471 0893")
    return identity, now.year - 1951


def _identity(rng: Random, number: int, plan: UnitPlan, now: datetime) -> tuple[Identity, int]:
    is_woman = rng.random() < 0.52
    is_child = plan.kind == "emergency" and rng.random() < 0.04
    low, high = (5, 15) if is_child else (66, 97) if plan.kind == "older" else (19, 95)
    born = now.date() - timedelta(days=rng.randint(low * 366, high * 365))
    identity = Identity(
        family=FAMILIES[rng.randrange(len(FAMILIES))],
        given=rng.choice(GIVEN_FEMALE if is_woman else GIVEN_MALE),
        birth_date=born.isoformat(),
        sex="female" if is_woman else "male",
        record_number=f"{5000 + number:04d} {rng.randrange(10_000):04d}",
        phone=f"07700 901{number % 1000:03d}",
    )
    return identity, (now.date() - born).days // 366


def case_of(plan: UnitPlan, number: int) -> Case:
    """What the patient of that number is ill with: one of the cases that come to their unit."""
    cases = [case for case in CASES if plan.kind in case.kinds]
    return CASES[0] if number == 0 else random_for("case", number).choice(cases)


def severity_of(plan: UnitPlan, number: int, place: int) -> IllnessSeverity | None:
    """By the shares of the unit; in the emergency department some have not been judged yet."""
    if number == 0:
        return IllnessSeverity.WATCHER
    unstable, watcher = _BUSY if plan.name == SEVEN_EAST else _SHARES[plan.kind]
    # Spread evenly, so that a small unit has some of each.
    chance = (place * 0.618 + 0.05 * random_for("severity", number).random()) % 1
    if chance < unstable:
        return IllnessSeverity.UNSTABLE
    if chance < unstable + watcher:
        return IllnessSeverity.WATCHER
    return None if plan.kind == "emergency" and chance > 0.8 else IllnessSeverity.STABLE


def _with_known_dangers(summary: Summary, picture: Picture) -> Summary:
    """What the tour tells of Odalys Fenwickle, whatever chance gave her."""
    allergy = entry(picture, Allergy, substance="Penicillin", reaction="anaphylaxis", criticality="high")
    code = entry(picture, CodeStatus, value="full", decided_by="Dr Hallowell-Vance with the patient")
    spoken = entry(picture, Language, tag="pt", name="Portuguese", interpreter_needed=True)
    wish = entry(picture, WhatMatters, text="Wants her son told before she is moved.")
    return summary.model_copy(
        update={
            "allergies": filled(picture, Allergy, [allergy]),
            "code_status": filled(picture, CodeStatus, [code]),
            "language": filled(picture, Language, [spoken]),
            "what_matters": filled(picture, WhatMatters, [wish]),
        }
    )


def _row(each: Admitted) -> Patient:
    patient_id = id_of("patient", each.number)
    set_at = (
        each.now - timedelta(hours=random_for("severity set", each.number).randint(1, 9)) if each.severity else None
    )
    before = Headline(bed=each.bed, illness_severity=each.severity, severity_set=set_at)
    headline = rules.headline_for(each.identity, each.summary, before=before, now=each.now)
    return Patient(
        id=patient_id,
        facility_id=each.unit.facility_id,
        sealed_identity=sealed.seal_identity(patient_id, each.identity),
        sealed_headline=sealed.seal_headline(patient_id, headline),
        record_number_index=sealed.record_number_index(each.unit.facility_id, each.identity.record_number),
        family_birth_index=sealed.family_birth_index(each.identity.family, each.identity.birth_date),
        created=each.admitted,
    )


def _version(each: Admitted) -> SummaryVersion:
    patient_id, version_id = id_of("patient", each.number), id_of("summary", each.number)
    return SummaryVersion(
        id=version_id,
        patient_id=patient_id,
        number=1,
        sealed=sealed.seal_summary(patient_id, version_id, each.summary),
        author=each.nurse,
        recorded=each.now - timedelta(minutes=3),
    )


def _relate(everybody: list[Admitted]) -> None:
    """The unit has the patient, a nurse holds responsibility, and the log says so of each."""
    units = [_relationship(each, CareRelationship.Reason.UNIT_HAS_PATIENT, unit=each.unit) for each in everybody]
    nurses = [_relationship(each, CareRelationship.Reason.RESPONSIBLE, person=each.nurse) for each in everybody]
    CareRelationship.objects.bulk_create([*units, *nurses], batch_size=200)
    Responsibility.objects.bulk_create(
        Responsibility(
            id=id_of("responsibility", each.number),
            patient_id=id_of("patient", each.number),
            person=each.nurse,
            unit=each.unit,
            since=each.admitted,
        )
        for each in everybody
    )
    for each, relationship in zip(everybody, units, strict=True):
        encounter = Entity("encounter", id_of("encounter", each.number))
        ledger.record(
            "patient.created",
            agent=None,
            patient_id=relationship.patient_id,
            entity=encounter,
            relationship_id=relationship.pk,
        )


def _relationship(each: Admitted, reason: str, **who: object) -> CareRelationship:
    kind = "responsibility" if reason == CareRelationship.Reason.RESPONSIBLE else "encounter"
    return CareRelationship(
        id=id_of(reason, each.number),
        patient_id=id_of("patient", each.number),
        reason=reason,
        source_id=id_of(kind, each.number),
        begins=each.admitted,
        **who,
    )

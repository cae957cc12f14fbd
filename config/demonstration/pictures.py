"""One patient of the demonstration as a document: a summary that makes sense with the case and the severity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from config.demonstration.cases import Case
from config.demonstration.course import course_of
from config.demonstration.names import GIVEN_FEMALE, GIVEN_MALE
from config.demonstration.seeds import entry_id
from handover.patients import documents as d
from handover.patients.documents import IllnessSeverity, SectionState, Source

E = TypeVar("E", bound=d.Entry)


@dataclass(frozen=True)
class Picture:
    """What a summary is made from. `severity` is how ill the figures make them; None has not been said yet."""

    rng: Random
    case: Case
    severity: IllnessSeverity | None
    admitted: datetime
    now: datetime
    author: Source
    age: int


_ALLERGIES = (
    ("Penicillin", "anaphylaxis", "high"),
    ("Penicillin", "rash", "low"),
    ("Latex", "contact dermatitis", "low"),
    ("Trimethoprim", "Stevens-Johnson syndrome", "high"),
    ("Peanuts", "lip swelling", "high"),
    ("Codeine", "vomiting", "low"),
    ("Iodinated contrast", "bronchospasm", "high"),
    ("Ibuprofen", "wheeze", "high"),
)
_PAST = (
    "Type 2 diabetes", "High blood pressure", "Chronic kidney disease stage 3", "Asthma", "Osteoarthritis of the knees",
    "Previous heart attack", "Depression", "Hypothyroidism", "Epilepsy", "Atrial fibrillation", "Dementia, mild",
)  # fmt: skip
_ISOLATION = ("Contact: MRSA", "Contact: C. difficile", "Droplet: influenza A", "Airborne: possible tuberculosis")
_LANGUAGES = (
    ("pt", "Portuguese"), ("pl", "Polish"), ("so", "Somali"), ("ur", "Urdu"), ("zh", "Mandarin"),
    ("bfi", "British Sign Language"),
)  # fmt: skip
_MATTERS = (
    "Wants the family told before any move.",
    "Prays at dawn and asks for quiet then.",
    "Hears only with both hearing aids in.",
    "Is afraid of needles; a warning helps.",
    "A neighbour has the dog until Friday; it is a worry.",
    "Prefers to be called by the second name.",
    "Wants plain words and all of the truth.",
)
_RELATIONS = ("daughter", "son", "wife", "husband", "sister", "neighbour", "friend")
_HOURS = {1: "continuous", 4: "every 4 h", 6: "every 6 h", 8: "every 8 h", 12: "every 12 h", 24: "once a day"}


def summary_of(picture: Picture, *, family: str) -> d.Summary:
    """The whole summary of one invented patient: every section filled, or empty for a reason."""
    return d.Summary(
        problems=filled(picture, d.Problem, _problems(picture)),
        allergies=_allergies(picture),
        medications=filled(picture, d.Medication, [_medication(picture, drug) for drug in picture.case.medicines]),
        code_status=_code_status(picture),
        alerts=_alerts(picture),
        devices=filled(picture, d.Device, _devices(picture)),
        vital_signs=filled(picture, d.VitalSigns, _vital_signs(picture)),
        results=filled(picture, d.Result, _results(picture)),
        pending_results=filled(picture, d.PendingResult, _pending(picture)),
        procedures=filled(picture, d.Procedure, _procedures(picture)),
        diet=_diet(picture),
        mobility=_mobility(picture),
        weight=_weight(picture),
        language=_language(picture),
        family_contact=_contact(picture, family),
        belongings=_belongings(picture),
        what_matters=_matters(picture),
    )


def entry(picture: Picture, kind: type[E], /, **facts: object) -> E:
    """An entry with an id and an author that are the same each time."""
    return kind.model_validate({"id": entry_id(picture.rng), "source": picture.author, **facts})


def filled(picture: Picture, kind: type[E], entries: Sequence[E]) -> d.Section[E]:
    """The section with these entries; without any, somebody asked and there are none."""
    if not entries:
        return _empty(picture, kind, SectionState.NONE_KNOWN)
    return d.Section[kind](state=SectionState.FILLED, source=picture.author, entries=tuple(entries))  # type: ignore[valid-type]


def _empty(picture: Picture, kind: type[E], state: SectionState) -> d.Section[E]:
    source = None if state == SectionState.NOT_ASKED else picture.author
    return d.Section[kind](state=state, source=source)  # type: ignore[valid-type]


def _problems(picture: Picture) -> list[d.Problem]:
    onset = picture.admitted.date().isoformat()
    reason = entry(picture, d.Problem, text=picture.case.reason, is_reason_for_stay=True, onset=onset)
    past = picture.rng.sample(_PAST, picture.rng.randint(0, 3 if picture.age > 50 else 1))
    return [reason, *(entry(picture, d.Problem, text=text) for text in past)]


def _vital_signs(picture: Picture) -> list[d.VitalSigns]:
    course = course_of(
        picture.rng, picture.case, severity=picture.severity, since=picture.admitted, now=picture.now, age=picture.age
    )
    return [entry(picture, d.VitalSigns, **observed) for observed in course]


def _allergies(picture: Picture) -> d.Section[d.Allergy]:
    chance = picture.rng.random()
    if chance < 0.08:
        return _empty(picture, d.Allergy, SectionState.NOT_ASKED)
    if chance < 0.6:
        return _empty(picture, d.Allergy, SectionState.NONE_KNOWN)
    found = picture.rng.sample(_ALLERGIES, 1 if chance < 0.92 else 2)
    entries = [
        entry(picture, d.Allergy, substance=substance, reaction=reaction, criticality=criticality)
        for substance, reaction, criticality in found
    ]
    return filled(picture, d.Allergy, entries)


def _medication(picture: Picture, drug: tuple[str, str, str, int]) -> d.Medication:
    """Given on its hours; a few are late, and a few are held."""
    name, dose, route, every = drug
    given = max(picture.now - timedelta(minutes=picture.rng.randrange(5, every * 60)), picture.admitted)
    late = timedelta(minutes=picture.rng.randrange(10, 50)) if picture.rng.random() < 0.06 else timedelta()
    due = max(given + timedelta(hours=every), picture.now + timedelta(minutes=5))
    return entry(
        picture,
        d.Medication,
        name=name,
        dose=dose,
        route=route,
        frequency=_HOURS[every],
        status="held" if picture.rng.random() < 0.06 else "current",
        last_given=given,
        next_due=picture.now - late if late else due,
        infusion_rate=dose if every == 1 else "",
    )


def _code_status(picture: Picture) -> d.Section[d.CodeStatus]:
    chance = picture.rng.random()
    if chance < 0.12:
        return _empty(picture, d.CodeStatus, SectionState.NOT_ASKED)
    value, limits = "full", ""
    if picture.age > 74 and chance > 0.6:
        value = "dnar" if chance > 0.75 else "limits"
        limits = "Ward care, no intubation" if value == "limits" else ""
    decided = picture.admitted.date().isoformat()
    one = entry(
        picture, d.CodeStatus, value=value, limits=limits, decided_by="Medical registrar with patient", decided=decided
    )
    return filled(picture, d.CodeStatus, [one])


def _alerts(picture: Picture) -> d.Section[d.Alert]:
    since = picture.admitted.date().isoformat()
    alerts = []
    if picture.rng.random() < 0.13:
        alerts.append(entry(picture, d.Alert, kind="isolation", text=picture.rng.choice(_ISOLATION), since=since))
    if picture.age > 72 and picture.rng.random() < 0.5:
        alerts.append(entry(picture, d.Alert, kind="falls", text="High risk of falls, low bed", since=since))
    if picture.rng.random() < 0.03:
        alerts.append(entry(picture, d.Alert, kind="airway", text="Difficult airway, grade 3 view", since=since))
    if not alerts and picture.rng.random() < 0.15:
        return _empty(picture, d.Alert, SectionState.NOT_ASKED)
    return filled(picture, d.Alert, alerts)


def _devices(picture: Picture) -> list[d.Device]:
    placed = picture.admitted.date().isoformat()
    checked = picture.now - timedelta(hours=picture.rng.randint(1, 10))
    side = picture.rng.choice(("left forearm", "right forearm", "left hand"))
    devices = [entry(picture, d.Device, kind="line", text="Cannula 20 G", site=side, placed=placed, checked=checked)]
    if picture.rng.random() < 0.3:
        devices.append(entry(picture, d.Device, kind="catheter", text="Urinary catheter 14 Ch", placed=placed))
    if picture.severity == IllnessSeverity.UNSTABLE and picture.rng.random() < 0.5:
        site = "right internal jugular"
        devices.append(entry(picture, d.Device, kind="line", text="Central line, triple lumen", site=site))
    return devices


def _results(picture: Picture) -> list[d.Result]:
    hours = picture.rng.randint(1, 20)
    taken = picture.now - timedelta(hours=hours)
    return [
        entry(picture, d.Result, name=name, value=value, unit=unit, flag=flag, taken=taken)
        for name, value, unit, flag in picture.case.results
    ]


def _pending(picture: Picture) -> list[d.PendingResult]:
    """Each has an owner with a number, but for a few that nobody owns yet: that is what a handover must settle."""
    pending = []
    for name in picture.case.pending:
        is_owned = picture.rng.random() < 0.85
        pending.append(
            entry(
                picture,
                d.PendingResult,
                name=name,
                ordered=picture.now - timedelta(hours=picture.rng.randint(1, 30)),
                owner=picture.author.author if is_owned else "",
                call_back="020 7946 0188" if is_owned else "",
            )
        )
    return pending


def _procedures(picture: Picture) -> list[d.Procedure]:
    done = picture.admitted.date().isoformat()
    return [entry(picture, d.Procedure, text=text, done=done) for text in picture.case.procedures]


def _diet(picture: Picture) -> d.Section[d.Diet]:
    text = picture.rng.choice(
        ("Normal diet", "Soft diet", "Diabetic diet", "Level 2 fluids, pureed diet", "Halal diet")
    )
    is_fasting = "il by mouth" in picture.case.plan or picture.rng.random() < 0.05
    eaten = picture.now - timedelta(hours=picture.rng.randint(2, 9))
    one = entry(picture, d.Diet, text=text, nil_by_mouth=is_fasting, last_intake=eaten)
    return filled(picture, d.Diet, [one])


def _mobility(picture: Picture) -> d.Section[d.Mobility]:
    if picture.rng.random() < 0.08:
        return _empty(picture, d.Mobility, SectionState.NOT_ASKED)
    is_frail = picture.age > 70
    text, aids, staff = picture.rng.choice(
        (("Walks with a frame", "frame", 1), ("Hoist for all transfers", "hoist", 2), ("Chair with one", "stick", 1))
        if is_frail
        else (("Walks alone", "", 0), ("Walks with supervision", "", 1))
    )
    risk = "high" if is_frail else "low"
    return filled(
        picture,
        d.Mobility,
        [entry(picture, d.Mobility, text=text, aids=aids, staff_needed=staff, falls_risk=risk)],
    )


def _weight(picture: Picture) -> d.Section[d.Weight]:
    if picture.rng.random() < 0.1:
        return _empty(picture, d.Weight, SectionState.NOT_ASKED)
    how = "measured" if picture.rng.random() < 0.7 else "estimated"
    kg = round(picture.rng.uniform(18, 46) if picture.age < 16 else picture.rng.uniform(47, 112), 1)
    taken = max(picture.admitted, picture.now - timedelta(days=picture.rng.randint(0, 9)))
    return filled(picture, d.Weight, [entry(picture, d.Weight, kg=kg, how=how, taken=taken)])


def _language(picture: Picture) -> d.Section[d.Language]:
    chance = picture.rng.random()
    if chance < 0.07:
        return _empty(picture, d.Language, SectionState.NOT_ASKED)
    if chance < 0.85:
        spoken = entry(picture, d.Language, tag="en", name="English", interpreter_needed=False)
        return filled(picture, d.Language, [spoken])
    tag, name = picture.rng.choice(_LANGUAGES)
    kind = "in person" if tag == "bfi" else "telephone, 0800 line 2"
    spoken = entry(picture, d.Language, tag=tag, name=name, interpreter_needed=True, interpreter_kind=kind)
    return filled(picture, d.Language, [spoken])


def _contact(picture: Picture, family: str) -> d.Section[d.FamilyContact]:
    if picture.rng.random() < 0.1:
        return _empty(picture, d.FamilyContact, SectionState.UNAVAILABLE)
    contact = entry(
        picture,
        d.FamilyContact,
        name=f"{picture.rng.choice(GIVEN_FEMALE + GIVEN_MALE)} {family}",
        relationship=picture.rng.choice(_RELATIONS),
        phone=f"07700 900{picture.rng.randrange(1000):03d}",
        told_of_move=picture.rng.choice((True, False, None)),
    )
    return filled(picture, d.FamilyContact, [contact])


def _belongings(picture: Picture) -> d.Section[d.Belonging]:
    things = picture.rng.sample(("Glasses", "Dentures, upper", "Hearing aids, both", "Walking stick", "Telephone"), 2)
    held = picture.rng.choice(("with the patient", "property office, bag 114", "daughter took them home"))
    return filled(picture, d.Belonging, [entry(picture, d.Belonging, text=each, held_by=held) for each in things])


def _matters(picture: Picture) -> d.Section[d.WhatMatters]:
    if picture.rng.random() < 0.35:
        return _empty(picture, d.WhatMatters, SectionState.NOT_ASKED)
    wish = entry(picture, d.WhatMatters, text=picture.rng.choice(_MATTERS))
    return filled(picture, d.WhatMatters, [wish])

"""What the rules judge, read from the log and beside it: the events of a stretch of time once, then who and whom.

The events are read in one pass by their time, a batch at a time, and kept as short tuples: some 300 bytes for each
opening, 60 MB for the day of a house of 900 beds. Names are never kept: of people who work here, and of those
patients who were opened from outside the team, family and telephone become blind indexes for one comparison in memory.
They are not kept beside the patients, because how often each occurs would tell common names (docs/decisions/0075).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Q
from django.utils import timezone

from accounts.models import DeviceSession, Duty, Membership, Person, SharedPhone, Unit
from audit.acts import KINDS, Kind
from audit.review.models import PatientMark
from audit.rules.facts import TEAM, Access, Act, Day, PatientFacts, PersonFacts, Shift, Tie
from handover.patients.models import CareRelationship, Encounter, Patient
from handover.patients.sealed import identity_of
from ledger.models import Event
from vault.errors import VaultError
from vault.indexes import blind_index
from vault.services import Scope, prepare

BATCH = 2000
# How far back somebody's devices and hours are known.
HABITS_OF = timedelta(days=28)
# A shift that nobody ended counts no longer than this.
LONGEST_SHIFT = timedelta(hours=16)

_OPENED = frozenset({"patient.read", "card.read", "handover.opened"})
# What leaves with a patient's data: exports, evidence packs, a patient's two reports. A printed checkpoint has none.
_TAKEN_OUT = frozenset(
    name for name, kind in KINDS.items() if kind is Kind.EXPORT and name.endswith((".exported", "_made"))
)
_CARED = frozenset(name for name, kind in KINDS.items() if kind in (Kind.CREATE, Kind.UPDATE))
_ACTS: Mapping[str, Act] = {
    **dict.fromkeys(_CARED, Act.CARED),
    **dict.fromkeys(_OPENED, Act.OPENED),
    **dict.fromkeys(_TAKEN_OUT, Act.TAKEN_OUT),
    "patient.searched": Act.SEARCHED,
    "access.alerted": Act.ALERTED,
}
_COLUMNS = (
    *("id", "recorded", "event", "reason", "agent_id", "device", "unit_id", "patient_id", "patient_ids"),
    *("relationship_ids", "detail"),
)


@dataclass(frozen=True)
class _Around:
    """What lies beside the events: the rows that allowed them, people's own rows and duties, and where units are."""

    rows: Mapping[UUID, CareRelationship]
    own: Mapping[tuple[UUID, UUID], list[CareRelationship]]
    duties: Mapping[UUID, list[Duty]]
    facilities: Mapping[UUID, UUID]


def day_between(begins: datetime, ends: datetime, *, acts: Collection[Act] = tuple(Act)) -> Day:
    """The facts of this time, for the rules; of these acts only. As the system: it looks at everybody."""
    accesses: list[Access] = []
    shifts: dict[UUID, list[Shift]] = {}
    for events in _batches(begins, ends, acts):
        around = _around(events, begins, ends)
        accesses.extend(access for event in events for access in _accesses(event, around))
        shifts |= {person_id: [_shift(duty, ends) for duty in duties] for person_id, duties in around.duties.items()}
    people = {access.person_id for access in accesses}
    zone = timezone.get_current_timezone()
    return Day(accesses, _people(people, accesses, begins), _patients(accesses), shifts, zone)


def _batches(begins: datetime, ends: datetime, acts: Collection[Act]) -> Iterator[list[dict[str, Any]]]:
    """The events in the order of time, so many at a time, each batch from where the last one ended."""
    names = [name for name, act in _ACTS.items() if act in acts]
    rows = Event.objects.filter(recorded__lt=ends, event__in=names, agent_id__isnull=False, outcome="success")
    rows, after = rows.order_by("recorded", "id"), Q(recorded__gte=begins)
    while batch := list(rows.filter(after).values(*_COLUMNS)[:BATCH]):
        yield batch
        last = batch[-1]
        # recorded alone once more: the bound by which the index is entered.
        after = Q(recorded__gte=last["recorded"]) & (Q(recorded__gt=last["recorded"]) | Q(id__gt=last["id"]))


def _around(events: list[dict[str, Any]], begins: datetime, ends: datetime) -> _Around:
    people = {event["agent_id"] for event in events}
    patients = {patient_id for event in events for patient_id in _patients_of(event)}
    ids = {row_id for event in events for row_id in event["relationship_ids"] or []}
    own: dict[tuple[UUID, UUID], list[CareRelationship]] = defaultdict(list)
    rows = CareRelationship.objects.filter(person_id__in=people, patient_id__in=patients, begins__lt=ends)
    for row in rows.exclude(reason=CareRelationship.Reason.BREAK_GLASS):
        own[row.person_id, row.patient_id].append(row)  # type: ignore[index]  # person_id is one of people
    duties: dict[UUID, list[Duty]] = defaultdict(list)
    at_work = Duty.objects.filter(person_id__in=people, starts__lt=ends).filter(Q(ends=None) | Q(ends__gt=begins))
    for duty in at_work.order_by("starts"):
        duties[duty.person_id].append(duty)
    units = dict(Unit.objects.values_list("pk", "facility_id"))
    return _Around(CareRelationship.objects.in_bulk(ids), own, duties, units)


def _patients_of(event: Mapping[str, Any]) -> list[UUID]:
    return [event["patient_id"]] if event["patient_id"] else list(event["patient_ids"] or [])


def _accesses(event: Mapping[str, Any], around: _Around) -> Iterator[Access]:
    act, patients = _ACTS[event["event"]], _patients_of(event)
    if act not in (Act.OPENED, Act.CARED):
        alone = patients[0] if act is Act.TAKEN_OUT and len(patients) == 1 else None
        yield _access(event, act, around, alone, _how_many(event, patients))
        return
    for patient_id in patients:
        yield _access(event, act, around, patient_id, 1)


def _access(event: Mapping[str, Any], act: Act, around: _Around, patient_id: UUID | None, patients: int) -> Access:
    return Access(
        event["id"],
        event["recorded"],
        event["agent_id"],
        act,
        patient_id,
        _tie(event, patient_id, around) if patient_id else Tie.NONE,
        event["device"],
        around.facilities.get(event["unit_id"]),
        patients,
        event["reason"] if act is Act.ALERTED else "",
    )


def _is_outside(access: Access) -> bool:
    """Whether families are compared: not of whom something was taken out, which tells its own."""
    return access.patient_id is not None and access.tie not in TEAM and access.act is not Act.TAKEN_OUT


def _how_many(event: Mapping[str, Any], patients: list[UUID]) -> int:
    """Of how many patients, or rows, something was taken out: as many as it says, or as it names."""
    said = [value for name in ("patients", "rows", "count") if isinstance(value := event["detail"].get(name), int)]
    return max([len(patients), *said])


def _tie(event: Mapping[str, Any], patient_id: UUID, around: _Around) -> Tie:
    """How near they were. A row of their own counts even where the log names the unit's, which is the plainer one."""
    at, person_id = event["recorded"], event["agent_id"]
    own = around.own.get((person_id, patient_id), ())
    if any(row.begins <= at and (row.ends is None or row.ends > at) for row in own):
        return Tie.OWN
    found = (around.rows.get(row_id) for row_id in event["relationship_ids"] or [])
    rows = [row for row in found if row is not None and row.patient_id == patient_id]
    units = {row.unit_id for row in rows if row.unit_id}
    if units:
        on_duty = any(_is_at(duty, at) for duty in around.duties.get(person_id, ()) if duty.unit_id in units)
        return Tie.ON_DUTY if on_duty else Tie.UNIT
    if any(row.reason == CareRelationship.Reason.BREAK_GLASS for row in rows):
        return Tie.EMERGENCY
    return Tie.OWN if rows else Tie.NONE


def _is_at(duty: Duty, moment: datetime) -> bool:
    return duty.starts <= moment and (duty.ends is None or duty.ends > moment)


def _shift(duty: Duty, until: datetime) -> Shift:
    return Shift(duty.starts, duty.ends or min(duty.starts + LONGEST_SHIFT, until + LONGEST_SHIFT))


def _people(people: set[UUID], accesses: Iterable[Access], begins: datetime) -> dict[UUID, PersonFacts]:
    outside = {access.person_id for access in accesses if _is_outside(access)}
    devices, hours, sign_ins = _habits(people, begins)
    wards = _wards(people)
    return {
        person.pk: PersonFacts(
            person.role,
            _kin_of_staff(person) if person.pk in outside else frozenset(),
            frozenset(devices[person.pk]),
            frozenset(hours[person.pk]),
            sign_ins[person.pk],
            wards.get(person.pk, 0),
        )
        for person in Person.objects.filter(pk__in=people)
    }


def _habits(
    people: set[UUID], begins: datetime
) -> tuple[defaultdict[UUID, set[str]], defaultdict[UUID, set[int]], defaultdict[UUID, int]]:
    """Devices, hours and sign-ins of the weeks before. A shared phone is everybody's and is new to nobody."""
    shared = set(SharedPhone.objects.values_list("name", flat=True))
    devices: defaultdict[UUID, set[str]] = defaultdict(lambda: set(shared))
    hours: defaultdict[UUID, set[int]] = defaultdict(set)
    sign_ins: defaultdict[UUID, int] = defaultdict(int)
    rows = DeviceSession.objects.filter(person_id__in=people, started__gte=begins - HABITS_OF, started__lt=begins)
    for person_id, device, started, seen in rows.values_list("person_id", "device", "started", "last_seen"):
        devices[person_id].add(device)
        sign_ins[person_id] += 1
        hour = started
        while hour <= min(seen, started + LONGEST_SHIFT):
            hours[person_id].add(timezone.localtime(hour).hour)
            hour += timedelta(hours=1)
    return devices, hours, sign_ins


def _wards(people: set[UUID]) -> dict[UUID, int]:
    """How many patients the units of each person have now."""
    in_units: dict[UUID, int] = defaultdict(int)
    live = CareRelationship.objects.filter(reason=CareRelationship.Reason.UNIT_HAS_PATIENT, ends=None)
    for unit_id in live.values_list("unit_id", flat=True):
        in_units[unit_id] += 1
    wards: dict[UUID, int] = defaultdict(int)
    for person_id, unit_id in Membership.objects.filter(person_id__in=people).values_list("person_id", "unit_id"):
        wards[person_id] += in_units[unit_id]
    return wards


def _patients(accesses: Iterable[Access]) -> dict[UUID, PatientFacts]:
    seen = {access.patient_id for access in accesses if access.patient_id}
    outside = {access.patient_id for access in accesses if access.patient_id and _is_outside(access)}
    marks = PatientMark.objects.filter(patient_id__in=seen, ended=None)
    staff = {mark.patient_id: mark.staff_id for mark in marks if mark.kind == PatientMark.Kind.STAFF}
    public = {mark.patient_id for mark in marks if mark.kind == PatientMark.Kind.VIP}
    stays = Encounter.objects.filter(patient_id__in=seen)
    here = set(stays.filter(status=Encounter.Status.ACTIVE).values_list("patient_id", flat=True))
    left = dict(stays.values("patient_id").annotate(left=Max("ended")).values_list("patient_id", "left"))
    kin = _kin_of_patients(outside)
    return {
        each: PatientFacts(
            kin.get(each, frozenset()), staff.get(each), each in public, None if each in here else left.get(each)
        )
        for each in seen
    }


def _kin_of_patients(patient_ids: set[UUID]) -> dict[UUID, frozenset[bytes]]:
    patients = list(Patient.objects.filter(pk__in=patient_ids).only("pk", "sealed_identity"))
    prepare([Scope.patient(patient.pk) for patient in patients])
    found = {}
    for patient in patients:
        try:
            identity = identity_of(patient)
        except VaultError:
            # Erased or damaged (which is on record by itself): there is no name to compare any more.
            continue
        found[patient.pk] = _kin([identity.family], identity.phone)
    return found


def _kin_of_staff(person: Person) -> frozenset[bytes]:
    """Of "Maria de la Cruz" each of "de la Cruz", "la Cruz" and "Cruz" may be the family name: one is kept only."""
    parts = person.display_name.split()
    return _kin([" ".join(parts[start:]) for start in range(min(1, len(parts) - 1), len(parts))], person.phone)


def _kin(families: Iterable[str], phone: str) -> frozenset[bytes]:
    digits = "".join(letter for letter in phone if letter.isdigit())
    indexes = {blind_index(family, purpose="review_family") for family in families if family}
    return frozenset(indexes | ({blind_index(digits, purpose="review_phone")} if digits else set()))

"""Facilities, units, and the staff: who works where, who is on duty now, and their numbers to call back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from accounts.models import Duty, Facility, Membership, Person, Role, Unit
from config.demonstration.names import ACUTE, EMERGENCY, FAMILIES, GIVEN_FEMALE, GIVEN_MALE, SEVEN_EAST, UNITS, UnitPlan
from config.demonstration.seeds import Scale, id_of, random_for

# Known to everybody: it opens invented people on a server that answers to this machine only.
PASSWORD = "correct horse battery"  # noqa: S105

# Those one may sign in as: address, name, role, credentials, unit.
CAST = (
    ("amara@readback.example", "Amara Thistledown", Role.NURSE, "RN", EMERGENCY),
    ("lee@readback.example", "Lee Marchbank", Role.NURSE, "RN", SEVEN_EAST),
    ("noor@readback.example", "Noor Hallowell-Vance", Role.PHYSICIAN, "MD", ACUTE),
    ("piet@readback.example", "Piet Lanternlight", Role.CALL_AGENT, "", ""),
    ("ingrid@readback.example", "Ingrid Larkspur", Role.COMPLIANCE_OFFICER, "", ""),
    ("oskar@readback.example", "Oskar Fernsby", Role.ADMINISTRATOR, "", ""),
    ("pia@readback.example", "Pia Woodruff", Role.ADMINISTRATOR, "", ""),
)
# Who covers a unit that is not theirs tonight: with Noor there, somebody can be Amara's second person.
COVERS = (("noor@readback.example", EMERGENCY),)
# Of each ten further people: seven nurses, three physicians. Some of every hundred sit at desks.
_CREDENTIALS = {Role.NURSE: ("RN", "RN, BSc", "SRN"), Role.PHYSICIAN: ("MD", "MBBS", "MB BCh")}
_DESKS = (Role.CALL_AGENT, Role.CALL_AGENT, Role.COMPLIANCE_OFFICER, Role.ADMINISTRATOR)
_ON_DUTY_OF_TEN = 4


@dataclass(frozen=True)
class House:
    """The units by name, each with its plan, and the clinicians of each unit, those on duty first."""

    units: dict[str, Unit]
    plans: dict[str, UnitPlan]
    staff: dict[str, list[Person]]
    people: dict[str, Person]


def make_house(scale: Scale, *, now: datetime) -> House:
    """Three facilities, twelve units and the staff, saved."""
    names = dict.fromkeys(plan.facility for plan in UNITS)
    facilities = {name: Facility(id=id_of("facility", name), name=name) for name in names}
    Facility.objects.bulk_create(facilities.values())
    units = {
        plan.name: Unit(
            id=id_of("unit", plan.name),
            facility=facilities[plan.facility],
            name=plan.name,
            short_name=plan.short_name,
            phone=f"020 7946 0{200 + number}",
        )
        for number, plan in enumerate(UNITS)
    }
    Unit.objects.bulk_create(units.values())
    placed = [*_cast(), *_others(scale.staff - len(CAST))]
    Person.objects.bulk_create([person for person, _unit in placed])
    _place(placed, units, now=now)
    staff: dict[str, list[Person]] = {name: [] for name in units}
    for person, unit in placed:
        if unit:
            staff[unit].append(person)
    plans = {plan.name: plan for plan in UNITS}
    return House(units=units, plans=plans, staff=staff, people={person.email: person for person, _unit in placed})


def _cast() -> list[tuple[Person, str]]:
    # One hash for all: 120 of them would cost ten seconds of a first start.
    hashed = make_password(PASSWORD)
    return [
        (_person(email, name, role, credentials, number=number, hashed=hashed), unit)
        for number, (email, name, role, credentials, unit) in enumerate(CAST)
    ]


def _others(count: int) -> list[tuple[Person, str]]:
    """The rest of the staff. Nobody signs in as one of them by password: they have none."""
    placed = []
    for number in range(count):
        rng = random_for("person", number)
        given, family = rng.choice(GIVEN_FEMALE + GIVEN_MALE), FAMILIES[(number * 7 + 3) % len(FAMILIES)]
        if number % 28 == 27:
            role, unit = _DESKS[number // 28 % len(_DESKS)], ""
        else:
            role = Role.PHYSICIAN if number // len(UNITS) % 3 == 1 else Role.NURSE
            unit = UNITS[number % len(UNITS)].name
        credentials = rng.choice(_CREDENTIALS[role]) if unit else ""
        name = f"{given} {family}"
        email = f"{given}.{family}.{number}@readback.example".lower()
        placed.append((_person(email, name, role, credentials, number=number + len(CAST), hashed="!"), unit))
    return placed


def _person(email: str, name: str, role: Role, credentials: str, *, number: int, hashed: str) -> Person:
    return Person(
        id=id_of("person", email),
        email=email,
        display_name=name,
        role=role,
        credentials=credentials,
        phone=f"020 7946 {1000 + number:04d}",
        password=hashed,
    )


def _place(placed: list[tuple[Person, str]], units: dict[str, Unit], *, now: datetime) -> None:
    """Memberships, and who is on duty: the cast, and of each unit its first people of both roles.

    A duty of the demonstration has no end, so that somebody receives a handover on the second day too.
    """
    members = [
        Membership(id=id_of("membership", str(person.pk)), person=person, unit=units[unit])
        for person, unit in placed
        if unit
    ]
    Membership.objects.bulk_create(members)
    seen: dict[tuple[object, str], int] = {}
    duties = []
    for membership in members:
        person = membership.person
        nth = seen[membership.unit_id, person.role] = seen.get((membership.unit_id, person.role), 0) + 1
        if nth <= (1 if person.role == Role.PHYSICIAN else _ON_DUTY_OF_TEN - 1):
            starts = now - timedelta(hours=1 + nth, minutes=7 * nth)
            duties.append(Duty(id=id_of("duty", str(person.pk)), person=person, unit=membership.unit, starts=starts))
    people = {person.email: person for person, _unit in placed}
    duties += [
        # Begun before the duty at home, so that a device opens on their own unit.
        Duty(
            id=id_of("duty", f"{people[email].pk} {unit}"),
            person=people[email],
            unit=units[unit],
            starts=now - timedelta(hours=5),
        )
        for email, unit in COVERS
    ]
    Duty.objects.bulk_create(duties)

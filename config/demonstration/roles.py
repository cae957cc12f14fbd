"""Who answers for what in each unit: a charge nurse who leads it and a doctor on call, with turns that never end."""

from datetime import datetime, time, timedelta

from django.conf import settings

from accounts.models import Person, Role, Unit
from config.demonstration.hospital import House
from config.demonstration.seeds import id_of
from handover.directory.models import Capability
from handover.duty.models import PractitionerRole, Rotation, RotationPlace
from handover.duty.services.ground import LOOK
from live.timers import set_timer

# Whoever takes turns; the first of them has today's.
MOST_IN_TURN = 6
# The turns of the days before can be looked at, too.
BEGUN_BEFORE = timedelta(days=14)
# What whoever looks for a place finds; confirmed this morning, so that it is seen to grow old.
_TAKEN = {
    "Emergency Department": ("Major trauma", "Stroke"),
    "Intensive Care": ("Ventilated patients",),
    "Cardiology 4 South": ("Chest pain", "Temporary pacing"),
    "Brackenfell Emergency": ("Minor injuries",),
}
_OUTREACH = "Doctor on call"
_ROLES = (("Charge nurse", Role.NURSE, True), (_OUTREACH, Role.PHYSICIAN, False))


def make_roles(house: House, *, now: datetime) -> None:
    """Two roles in each unit that has staff, a day each, from morning to morning. In the caller's transaction."""
    for name, unit in house.units.items():
        for role_name, profession, is_lead in _ROLES:
            people = [person for person in house.staff[name] if person.role == profession][:MOST_IN_TURN]
            if people:
                role = PractitionerRole.objects.create(
                    id=id_of("role", f"{unit.pk} {role_name}"),
                    unit=unit,
                    name=role_name,
                    profession=profession,
                    is_lead=is_lead,
                    is_safety_critical=True,
                    is_outreach=role_name == _OUTREACH and name == "Intensive Care",
                    made=now - BEGUN_BEFORE,
                )
                _rotate(role, people, now=now)
                _take(unit, role, people[0], now=now)
        set_timer(LOOK, unit.pk, after=timedelta(0))


def _take(unit: Unit, role: PractitionerRole, person: Person, *, now: datetime) -> None:
    """What the unit takes is asked of its doctor on call."""
    for name in _TAKEN.get(unit.name, ()) if role.profession == Role.PHYSICIAN else ():
        told = {"confirmed": now - timedelta(hours=3), "confirmed_by": person}
        Capability.objects.create(id=id_of("capability", f"{unit.pk} {name}"), unit=unit, name=name, role=role, **told)


def _rotate(role: PractitionerRole, people: list[Person], *, now: datetime) -> None:
    # So many days before today that the first of them has it again.
    back = BEGUN_BEFORE.days // len(people) * len(people)
    rotation = Rotation.objects.create(
        id=id_of("rotation", str(role.pk)),
        role=role,
        zone=settings.TIME_ZONE,
        first_day=now.date() - timedelta(days=back),
        begins=time(7),
        ends=time(7),
        turn_days=1,
        made=now - BEGUN_BEFORE,
        made_by=people[0],
    )
    RotationPlace.objects.bulk_create(
        RotationPlace(rotation=rotation, position=position, person=person) for position, person in enumerate(people)
    )

"""Whom a message can go to: the roles that answer for a unit with whoever holds them now, and colleagues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.actors import Actor
from accounts.models import CLINICAL_ROLES, Duty, Person
from handover.duty.instead import Instead
from handover.duty.models import PractitionerRole
from handover.duty.selectors import live_roles, roles_of_unit
from handover.messaging.selectors.covered import covered_in
from handover.paging.quiet.selectors import Notice, notices_of
from handover.patients.bedside import reached_by, role_at_bed
from handover.patients.models import Encounter

MOST_FOUND = 20


@dataclass(frozen=True)
class RoleChoice:
    """A role and who is reached by it now; None: nobody, and it cannot be chosen."""

    role: PractitionerRole
    holder: Person | None

    @property
    def key(self) -> str:
        return f"role:{self.role.pk}"


@dataclass(frozen=True)
class Choices:
    """The roles of the units that matter here, who is on duty there, and who was searched for by name."""

    roles: list[RoleChoice]
    on_duty: list[Person]
    found: list[Person]
    # How often each was alerted in the last hour, and who is in quiet hours, for the sender to weigh.
    notices: dict[UUID, Notice]
    # Who of all these is not reached as themselves, and who is instead: shown before anything is sent.
    instead: Mapping[UUID, Instead]
    # A colleague who is chosen is written to alone: a conversation between two takes in nobody who stands in.
    is_between: bool = False


@dataclass(frozen=True)
class Asked:
    """Whom a link asked for: what stands in an address is looked up like anything else that comes in."""

    role_id: UUID | None = None
    person_id: UUID | None = None


def choices(
    actor: Actor, *, at: datetime, patient_id: UUID | None = None, words: str = "", asked: Asked | None = None
) -> Choices:
    """Whom this person may want to write to: the nurse for the patient's bed, of that unit, of one's own.

    And who was asked for: a role or person that is not there, or cannot be written to, is left out.
    """
    asked = asked or Asked()
    stays = Encounter.objects.filter(patient_id=patient_id, status=Encounter.Status.ACTIVE) if patient_id else None
    units = list(stays.values_list("unit_id", flat=True)) if stays is not None else []
    units = list(dict.fromkeys([*units, *([actor.unit_id] if actor.unit_id else [])]))
    bedside = role_at_bed(patient_id) if patient_id else None
    near = [*([bedside] if bedside else []), *(role for unit_id in units for role in roles_of_unit(unit_id))]
    elsewhere = live_roles().exclude(pk__in=[role.pk for role in near]).select_related("unit")
    wanted = elsewhere.filter(pk=asked.role_id) if asked.role_id else []
    roles = [RoleChoice(role, _holder(role, at, patient_id)) for role in (*wanted, *near)]
    duties = Duty.objects.at(at).filter(unit_id__in=units).values("person_id")
    colleagues = Person.objects.filter(is_active=True, role__in=CLINICAL_ROLES).exclude(pk=actor.person.pk)
    on_duty = list(colleagues.filter(pk__in=duties).order_by("display_name", "pk"))
    found = list(colleagues.filter(_named(words)).order_by("display_name", "pk")[:MOST_FOUND]) if words else []
    if asked.person_id:
        found = list(dict.fromkeys([*colleagues.filter(pk=asked.person_id), *found]))
    holders = [choice.holder for choice in roles if choice.holder]
    shown = [person.pk for person in (*found, *holders, *on_duty)]
    instead = covered_in(shown, patient_id=patient_id, me=actor.person.pk, at=at)
    is_between = patient_id is None
    return Choices(roles, on_duty, found, notices_of(set(shown)), instead, is_between)


def _holder(role: PractitionerRole, at: datetime, patient_id: UUID | None) -> Person | None:
    held = reached_by(role, patient_id=patient_id, at=at)
    return held.person if held else None


def _named(words: str) -> Q:
    wanted = Q()
    for word in words.split()[:5]:
        wanted &= Q(display_name__icontains=word)
    return wanted

"""Whose people can be called in, and how many they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from accounts.actors import Actor
from accounts.models import CLINICAL_ROLES, Duty, Person, Unit


@dataclass(frozen=True)
class UnitCount:
    """A unit: how many clinicians belong to it beside the reader, and how many of those are on duty now."""

    unit: Unit
    people: int
    on_duty: int


def units_to_call(actor: Actor) -> QuerySet[Unit]:
    """The units of the facilities that this person works in, by name."""
    facilities = Unit.objects.filter(memberships__person=actor.person).values("facility")
    return Unit.objects.filter(facility__in=facilities).order_by("name", "pk")


def people_of(units: Iterable[Unit]) -> QuerySet[Person]:
    """The clinicians who belong to any of these units, each once."""
    people = Person.objects.filter(is_active=True, role__in=CLINICAL_ROLES, memberships__unit__in=list(units))
    return people.distinct().order_by("display_name", "pk")


def counts(actor: Actor, *, at: datetime) -> list[UnitCount]:
    """Each unit with its clinicians at `at` (aware), the reader's own first. Those with nobody to call are left out."""
    who = Q(memberships__person__is_active=True, memberships__person__role__in=CLINICAL_ROLES)
    who &= ~Q(memberships__person=actor.person)
    on_duty = who & Q(memberships__person__in=Duty.objects.at(at).values("person"))
    rows = units_to_call(actor).annotate(
        called=Count("memberships", filter=who, distinct=True), here=Count("memberships", filter=on_duty, distinct=True)
    )
    ordered = sorted(rows.filter(called__gt=0), key=lambda unit: unit.pk != actor.unit_id)
    return [UnitCount(unit, unit.called, unit.here) for unit in ordered]

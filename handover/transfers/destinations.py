"""Where a handover may go: the units of the house, and who is on duty in the one that was chosen. Names no patient."""

from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.utils import timezone

from accounts import directory
from accounts.models import Facility, Person, Unit


@dataclass(frozen=True)
class Destinations:
    """The choices of the page. `is_move` says that the chosen unit is another one than where the patient lies."""

    facilities: tuple[tuple[Facility, tuple[Unit, ...]], ...]
    own_unit_id: UUID
    chosen: Unit | None
    on_duty: tuple[Person, ...]

    @property
    def is_move(self) -> bool:
        return self.chosen is not None and self.chosen.pk != self.own_unit_id


def destinations(*, own_unit_id: UUID, chosen_id: UUID | None, writer: Person) -> Destinations:
    """Every unit by facility, the writer's own first; the clinicians on duty in the chosen one, never the writer."""
    units = list(Unit.objects.select_related("facility").order_by("facility__name", "name"))
    own = next((unit.facility_id for unit in units if unit.pk == own_unit_id), None)
    units.sort(key=lambda unit: (unit.facility_id != own, unit.facility.name, unit.name))
    chosen = next((unit for unit in units if unit.pk == chosen_id), None)
    people = directory.on_duty(chosen, at=timezone.now()) if chosen else []
    return Destinations(
        facilities=tuple((house, tuple(rows)) for house, rows in groupby(units, key=lambda unit: unit.facility)),
        own_unit_id=own_unit_id,
        chosen=chosen,
        on_duty=tuple(person for person in people if person.is_clinician and person.pk != writer.pk),
    )

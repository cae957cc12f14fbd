"""Which nurse has which beds in the demonstration: whoever has the patient; some beds wait for somebody."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import Role
from config.demonstration.patients import Admitted
from config.demonstration.seeds import id_of
from handover.duty.models import PractitionerRole, ScheduleChange
from handover.duty.rules.beds import bed_in

# Each so many-th bed is nobody's yet: there whoever leads the unit is reached.
_FREE = 7
_HOURS = timedelta(hours=12)


def make_beds(everybody: Sequence[Admitted], *, now: datetime) -> None:
    """A role for each bed where somebody lies, had by their nurse for the shift. In the caller's transaction."""
    roles = [_role(each) for each in everybody]
    PractitionerRole.objects.bulk_create(roles, batch_size=200)
    ScheduleChange.objects.bulk_create(
        [
            ScheduleChange(
                id=id_of("beds", each.number),
                role=role,
                kind="taken",
                person=each.nurse,
                starts=now,
                ends=now + _HOURS,
                made=now,
                made_by=each.nurse,
            )
            for each, role in zip(everybody, roles, strict=True)
            if each.number % _FREE != _FREE - 1
        ],
        batch_size=200,
    )


def _role(each: Admitted) -> PractitionerRole:
    bed = bed_in(each.bed, each.unit.short_name)
    return PractitionerRole(
        id=id_of("bed", each.number),
        unit=each.unit,
        bed=bed,
        name=f"Nurse for bed {bed}",
        profession=Role.NURSE,
        # The bed was there before the patient came.
        made=each.admitted,
    )

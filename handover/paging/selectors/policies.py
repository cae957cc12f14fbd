"""By which steps a unit's pages climb, and which roles its words mean."""

from uuid import UUID

from handover.paging import rules
from handover.paging.models import TargetRole, UnitPolicy
from handover.paging.quiet.selectors import levels_of
from handover.paging.rules import Level, Policy, Target


def policy_of(unit_id: UUID, level: Level) -> Policy:
    """The unit's own steps, or the standard ones, each of which waits as long as the unit's level asks.

    Raises KeyError for FYI, which climbs nowhere.
    """
    row = UnitPolicy.objects.filter(unit=unit_id, level=level, ended__isnull=True).first()
    if row is not None:
        return rules.from_json(row.steps)
    standard, within = rules.STANDARD[level], levels_of(unit_id)[level].acknowledge_within
    return rules.waiting_for(standard, within) if within else standard


def own_levels(unit_id: UUID) -> frozenset[str]:
    """The levels for which the unit has steps of its own."""
    rows = UnitPolicy.objects.filter(unit=unit_id, ended__isnull=True)
    return frozenset(rows.values_list("level", flat=True))


def roles_of_targets(unit_id: UUID) -> dict[Target, TargetRole]:
    """Which role the unit means by each word, where it names one."""
    rows = TargetRole.objects.filter(unit=unit_id, ended__isnull=True).select_related("role__unit")
    return {Target(row.target): row for row in rows}

"""Whose acceptance opens the gate: that of somebody who works where the patient goes. Pure.

Works there: belongs to the unit, or is on duty in it at the moment of accepting. docs/decisions/0032 tells why.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Receiver:
    """To whom a handover goes, or who accepted it. `works_in`: their units, those of a duty that runs now among them.

    A unit that is addressed works in itself.
    """

    name: str
    works_in: Collection[UUID]
    is_unit: bool = False


def misdirected(receiver: Receiver, *, unit_id: UUID, unit: str, may_be_planned_anew: bool) -> str:
    """Why this receiver cannot accept for the unit the patient goes to, and what to do; empty when they can."""
    if unit_id in receiver.works_in:
        return ""
    names = {"receiver": receiver.name, "unit": unit}
    if receiver.is_unit:
        words = _("The patient goes to %(unit)s, not to %(receiver)s. Choose who receives the patient in %(unit)s")
        again = _("or plan the move to %(receiver)s")
    else:
        words = _("%(receiver)s does not work in %(unit)s. Choose somebody there")
        again = _("or plan the move to where %(receiver)s works")
    return f"{words}, {again}." % names if may_be_planned_anew else f"{words}." % names


def is_of_destination(unit_id: UUID, *, accepted_for: UUID | None, worked_in_since: Collection[UUID]) -> bool:
    """Whether an acceptance opens the gate to this unit.

    It was given for this unit, by somebody who worked there then: it stays theirs when their duty has ended since. One
    that was given before any move was planned (`accepted_for` None), or for another unit, counts where the same person
    has worked in this one at any time since: `worked_in_since`.
    """
    return accepted_for == unit_id or unit_id in worked_in_since

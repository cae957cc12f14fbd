"""Whose a turn of a file is: by who attends, else by a name in its title, else whoever was chosen. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from handover.duty.calendars.reading import ReadTurn


@dataclass(frozen=True)
class Holder:
    """Somebody who can hold the role."""

    id: UUID
    name: str
    email: str


def whose(turn: ReadTurn, holders: Sequence[Holder], *, otherwise: UUID | None) -> UUID | None:
    """The id of whose turn it is; None for an address of somebody else, and where nobody is named and chosen.

    A name counts where it is the only one that stands in the title: "Charge nurse: Lee Sparrowhawk".
    """
    if turn.email:
        return next((one.id for one in holders if one.email.lower() == turn.email), None)
    title = turn.title.casefold()
    named = [one.id for one in holders if one.name.casefold() in title]
    return named[0] if len(named) == 1 else otherwise

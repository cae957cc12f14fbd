"""Who may be asked to take a turn: somebody who holds nothing then, and has rested before and will after."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from handover.duty.rules.stretches import Stretch, kept_free

# Directive 2003/88/EC, article 3: eleven consecutive hours of rest in each twenty-four.
REST = timedelta(hours=11)


def may_swap(mine: Sequence[Stretch], theirs: Sequence[Stretch], *, give: Stretch, take: Stretch) -> bool:
    """Whether both keep their rest when one gives `give` to the other and takes `take` of theirs for it."""
    left, left_to_them = [one for one in mine if one != give], [one for one in theirs if one != take]
    return is_rested(left, starts=take.starts, ends=take.ends) and is_rested(
        left_to_them, starts=give.starts, ends=give.ends
    )


def is_rested(stretches: Sequence[Stretch], *, starts: datetime, ends: datetime, rest: timedelta = REST) -> bool:
    """Whether they have nothing within `rest` of it either, on both sides. Whoever is rested is free."""
    return kept_free(stretches, starts=starts - rest, ends=ends + rest)

"""Who may be asked to take a turn: somebody who holds nothing then, and has rested before and will after."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from handover.duty.rules.stretches import Stretch, kept_free

# Directive 2003/88/EC, article 3: eleven consecutive hours of rest in each twenty-four.
REST = timedelta(hours=11)


def is_free(stretches: Sequence[Stretch], *, starts: datetime, ends: datetime) -> bool:
    """Whether a person whose turns these are holds nothing between the two moments."""
    return kept_free(stretches, starts=starts, ends=ends)


def is_rested(stretches: Sequence[Stretch], *, starts: datetime, ends: datetime, rest: timedelta = REST) -> bool:
    """Whether they have nothing within `rest` of it either, on both sides. Whoever is rested is free."""
    return kept_free(stretches, starts=starts - rest, ends=ends + rest)

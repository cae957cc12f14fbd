"""The rules of a schedule: pure functions over plain values, no ORM and no clock of their own."""

from handover.duty.rules.availability import AVAILABLE, BUSY, LEFT, OFF, Known, Said, first_available, standing
from handover.duty.rules.cover import SOON, UNDO_WITHIN, Standing, is_open, may_be_undone, tell_lead_after
from handover.duty.rules.rest import REST, is_rested, may_swap
from handover.duty.rules.rotation import LONGEST_TURN_DAYS, MOST_PEOPLE, BadRotation, Rotation, require_sound, turns
from handover.duty.rules.stretches import (
    Change,
    Source,
    Stretch,
    gaps,
    holder_at,
    is_whole,
    kept_free,
    laid_over,
    schedule,
    stretches_of,
    within,
)

__all__ = [
    "AVAILABLE",
    "BUSY",
    "LEFT",
    "OFF",
    "Known",
    "Said",
    "first_available",
    "standing",
    "REST",
    "SOON",
    "UNDO_WITHIN",
    "Standing",
    "is_open",
    "is_rested",
    "may_be_undone",
    "may_swap",
    "tell_lead_after",
    "LONGEST_TURN_DAYS",
    "MOST_PEOPLE",
    "BadRotation",
    "Change",
    "Rotation",
    "Source",
    "Stretch",
    "gaps",
    "holder_at",
    "is_whole",
    "kept_free",
    "laid_over",
    "require_sound",
    "schedule",
    "stretches_of",
    "turns",
    "within",
]

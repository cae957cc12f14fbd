"""The acts around roles: they are planned, held, covered, and looked at a fortnight ahead. Each is one transaction."""

from handover.duty.services.beds import leave_beds, take_beds
from handover.duty.services.cover import (
    InReturn,
    Wanted,
    accept_cover,
    ask_cover,
    decline_cover,
    undo_cover,
    withdraw_cover,
)
from handover.duty.services.holding import leave_role, take_role
from handover.duty.services.planning import (
    NewRole,
    Planned,
    add_rotation,
    end_role,
    end_rotation,
    make_role,
    set_holder,
)

__all__ = [
    "InReturn",
    "NewRole",
    "Planned",
    "Wanted",
    "accept_cover",
    "add_rotation",
    "ask_cover",
    "decline_cover",
    "end_role",
    "end_rotation",
    "leave_beds",
    "leave_role",
    "make_role",
    "set_holder",
    "take_beds",
    "take_role",
    "undo_cover",
    "withdraw_cover",
]

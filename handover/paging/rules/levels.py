"""Urgency is an expectation that the sender chooses: by when somebody owns it, what it sounds like, who is next.

The levels and times are a local policy (docs/decisions/0081): acknowledged in 2, 5 or 30 minutes. In print are "come
now", 5 minutes, 15 to 30 minutes, and FYI (UVA); 15 minutes and 5 when it is urgent (Stanford). Who is next and when is
the rule of a unit; these are the ones that it begins with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from handover.paging.rules.policy import Policy, Step, Target


class Level(StrEnum):
    """How soon somebody has to own it."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    NEEDS_ACTION = "needs_action"
    FYI = "fyi"


class Sound(StrEnum):
    """How a phone tells it."""

    REPEATED = "repeated"
    ONCE_LOUD = "once_loud"
    ONCE = "once"
    SILENT = "silent"


@dataclass(frozen=True)
class Expectation:
    """What a level asks of whoever receives it. Without `acknowledge_within` nothing climbs."""

    acknowledge_within: timedelta | None
    sound: Sound
    breaks_quiet_hours: bool
    # Of a Communication and a Task in FHIR R4 (request-priority).
    fhir_priority: str


LEVELS: Mapping[Level, Expectation] = {
    Level.EMERGENCY: Expectation(timedelta(minutes=2), Sound.REPEATED, True, "stat"),
    Level.URGENT: Expectation(timedelta(minutes=5), Sound.ONCE_LOUD, True, "asap"),
    Level.NEEDS_ACTION: Expectation(timedelta(minutes=30), Sound.ONCE, False, "urgent"),
    Level.FYI: Expectation(None, Sound.SILENT, False, "routine"),
}

_ADDRESSED, _PHONE = (Target.ADDRESSED,), (Target.BY_PHONE,)
STANDARD: Mapping[Level, Policy] = {
    Level.EMERGENCY: Policy(
        (
            Step(_ADDRESSED, timedelta(minutes=2)),
            Step((Target.BACKUP, Target.CHARGE_NURSE), timedelta(minutes=2)),
            Step((Target.TEAM, Target.BY_PHONE), timedelta(minutes=2)),
        )
    ),
    Level.URGENT: Policy(
        (
            Step(_ADDRESSED, timedelta(minutes=5)),
            Step((Target.BACKUP,), timedelta(minutes=5)),
            Step((Target.SUPERVISOR,), timedelta(minutes=5)),
            Step((Target.ATTENDING,), timedelta(minutes=5)),
            Step(_PHONE, timedelta(minutes=5)),
        )
    ),
    Level.NEEDS_ACTION: Policy(
        (
            Step(_ADDRESSED, timedelta(minutes=30)),
            Step((Target.BACKUP,), timedelta(minutes=30)),
            Step((Target.SUPERVISOR,), timedelta(minutes=30)),
            Step(_PHONE, timedelta(minutes=30)),
        )
    ),
}


def standard_policy(level: Level) -> Policy | None:
    """The steps that a unit begins with; None for FYI, which expires and climbs nowhere."""
    return STANDARD.get(level)


def waiting_for(policy: Policy, within: timedelta) -> Policy:
    """The same steps, each of which waits so long: what a unit's level asks for."""
    return Policy(tuple(replace(step, wait=within) for step in policy.steps))

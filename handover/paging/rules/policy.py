"""A policy: the steps that a page climbs, each with whom it goes to and how, how long it waits, and who must answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

SHORTEST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=24)
MOST_STEPS = 12
MOST_TARGETS = 20


class Target(StrEnum):
    """Whom a step goes to. Who that is, is found at the moment at which it fires, never before."""

    ADDRESSED = "addressed"
    BACKUP = "backup"
    CHARGE_NURSE = "charge_nurse"
    SUPERVISOR = "supervisor"
    ATTENDING = "attending"
    TEAM = "team"
    # The last one: a person who sits at a telephone, and is rung by voice.
    BY_PHONE = "by_phone"


class Mode(StrEnum):
    """Whose answer ends a page: the first who owns it, or everybody of this step."""

    FIRST = "first"
    EACH = "each"


class Way(StrEnum):
    """How a step reaches somebody. APP is an open page and every device that rings; an e-mail holds no content."""

    APP = "app"
    SMS = "sms"
    VOICE = "voice"
    PAGER = "pager"
    EMAIL = "email"


class BadPolicy(ValueError):
    """A page could die of it. `code` says why: `steps`, `targets`, `wait`, `twice`, `last`, or one of rules/ways.py."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Step:
    """It goes to all of `targets` at once, and to the next step after `wait` without an owner.

    `ways` in the order in which they are tried; none: the house's (rules/ways.py).
    """

    targets: tuple[Target, ...]
    wait: timedelta
    mode: Mode = Mode.FIRST
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True)
class Policy:
    """The steps in their order."""

    steps: tuple[Step, ...]


def behind(policy: Policy, number: int) -> Policy:
    """The steps behind this one: the chain that is left. Behind the last there is the last one again."""
    return Policy(policy.steps[number + 1 :] or policy.steps[-1:])


def require_sound(policy: Policy) -> None:
    """Raises BadPolicy for one by which a page could end without anybody: its last step is a person at a telephone.

    Source: CLINICAL practice, "no escalation may end silently"; docs/decisions/0081.
    """
    steps = policy.steps
    if not 1 <= len(steps) <= MOST_STEPS:
        raise BadPolicy("steps")
    for step in steps:
        if not 1 <= len(step.targets) <= MOST_TARGETS:
            raise BadPolicy("targets")
        if len(set(step.targets)) != len(step.targets):
            raise BadPolicy("twice")
        if not SHORTEST_WAIT <= step.wait <= LONGEST_WAIT:
            raise BadPolicy("wait")
    if Target.BY_PHONE not in steps[-1].targets:
        raise BadPolicy("last")


def as_json(policy: Policy) -> list[dict[str, object]]:
    """The steps as they lie in a row: words, seconds. A step that names no way has no word of them."""
    return [
        {
            "targets": [each.value for each in step.targets],
            "wait_s": round(step.wait.total_seconds()),
            "mode": step.mode.value,
            **({"ways": [each.value for each in step.ways]} if step.ways else {}),
        }
        for step in policy.steps
    ]


def from_json(steps: Sequence[Mapping[str, Any]]) -> Policy:
    """What as_json() gave. Raises ValueError or KeyError for anything else."""
    return Policy(
        tuple(
            Step(
                targets=tuple(Target(each) for each in step["targets"]),
                wait=timedelta(seconds=step["wait_s"]),
                mode=Mode(step["mode"]),
                ways=tuple(Way(each) for each in step.get("ways", ())),
            )
            for step in steps
        )
    )

"""How soon a caller has to be seen: a category, its time limit and who decided. No triage protocol is in it.

The nine categories are those one vendor of telephone protocols lists (STCC); protocols are licensed and not shipped.
An agent is no clinician: what an agent may decide is that it is an emergency, or that a clinician has to decide. One
red flag makes emergency the default, at once, and only a clinician makes it less.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Disposition(StrEnum):
    """Where a caller should go, and how soon."""

    AMBULANCE_NOW = "ambulance_now"
    EMERGENCY_NOW = "emergency_now"
    EMERGENCY_OR_PHYSICIAN_NOW = "emergency_or_physician_now"
    OFFICE_NOW = "office_now"
    TODAY = "today"
    TODAY_OR_TOMORROW = "today_or_tomorrow"
    WITHIN_3_DAYS = "within_3_days"
    WITHIN_2_WEEKS = "within_2_weeks"
    HOME = "home"


# By when the caller should be where the category says. The first two are at once; home has no limit but "if worse".
LIMITS: Mapping[Disposition, timedelta | None] = {
    Disposition.AMBULANCE_NOW: timedelta(0),
    Disposition.EMERGENCY_NOW: timedelta(0),
    Disposition.EMERGENCY_OR_PHYSICIAN_NOW: timedelta(hours=1),
    Disposition.OFFICE_NOW: timedelta(hours=2),
    Disposition.TODAY: timedelta(hours=12),
    Disposition.TODAY_OR_TOMORROW: timedelta(hours=24),
    Disposition.WITHIN_3_DAYS: timedelta(days=3),
    Disposition.WITHIN_2_WEEKS: timedelta(days=14),
    Disposition.HOME: None,
}
ORDER = tuple(LIMITS)


class Decider(StrEnum):
    """Who decided: the answers, by a rule of this page; an agent; a clinician, by name."""

    ANSWERS = "answers"
    AGENT = "agent"
    CLINICIAN = "clinician"


class Answer(StrEnum):
    """What a caller says to one red-flag question."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class NotForAgents(Exception):
    """An agent made it less urgent than the answers do, or decided what a clinician has to."""


@dataclass(frozen=True)
class Decision:
    """A category and who decided it."""

    disposition: Disposition
    by: Decider


def proposed(answers: Mapping[str, Answer | None]) -> Decision | None:
    """What the answers decide: an ambulance at one yes, the emergency department at one unsure, else nothing.

    A question that was not asked (None) decides nothing and is not a no: `unasked` says which are open.
    """
    given = set(answers.values())
    if Answer.YES in given:
        return Decision(Disposition.AMBULANCE_NOW, Decider.ANSWERS)
    if Answer.UNSURE in given:
        return Decision(Disposition.EMERGENCY_NOW, Decider.ANSWERS)
    return None


def unasked(answers: Mapping[str, Answer | None]) -> tuple[str, ...]:
    """The red-flag questions that nobody has asked yet, in their order. A case does not leave intake with one."""
    return tuple(question for question, answer in answers.items() if answer is None)


def decide(disposition: Disposition, by: Decider, *, answers: Mapping[str, Answer | None]) -> Decision:
    """The decision, if whoever decides may.

    Raises:
        NotForAgents: an agent chose less than the answers say, or anything but the two emergencies.
    """
    if by is Decider.CLINICIAN:
        return Decision(disposition, by)
    default = proposed(answers)
    if default is not None and is_less(disposition, default.disposition):
        raise NotForAgents("less_than_answers")
    if disposition not in (Disposition.AMBULANCE_NOW, Disposition.EMERGENCY_NOW):
        raise NotForAgents("clinician_decides")
    return Decision(disposition, by)


def is_less(one: Disposition, other: Disposition) -> bool:
    """Whether the one is less urgent than the other."""
    return ORDER.index(one) > ORDER.index(other)

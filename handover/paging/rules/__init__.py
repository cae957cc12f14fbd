"""The rules of a page: pure functions over plain values, no ORM and no clock of their own."""

from handover.paging.rules.climb import Answer, End, Move, Page, Resolved, answer, begin, due, fire, raise_now, withdraw
from handover.paging.rules.levels import LEVELS, STANDARD, Expectation, Level, Sound, standard_policy
from handover.paging.rules.policy import BadPolicy, Mode, Policy, Step, Target, as_json, from_json, require_sound

__all__ = [
    "LEVELS",
    "Answer",
    "BadPolicy",
    "End",
    "Expectation",
    "Level",
    "Mode",
    "Move",
    "Page",
    "Policy",
    "Resolved",
    "STANDARD",
    "Sound",
    "Step",
    "Target",
    "answer",
    "as_json",
    "begin",
    "due",
    "fire",
    "from_json",
    "raise_now",
    "require_sound",
    "standard_policy",
    "withdraw",
]

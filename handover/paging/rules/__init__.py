"""The rules of a page: pure functions over plain values, no ORM and no clock of their own."""

from handover.paging.rules.climb import Answer, End, Move, Page, Resolved, answer, begin, due, fire, withdraw
from handover.paging.rules.levels import LEVELS, Expectation, Level, standard_policy
from handover.paging.rules.policy import BadPolicy, Mode, Policy, Step, Target, require_sound

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
    "Step",
    "Target",
    "answer",
    "begin",
    "due",
    "fire",
    "require_sound",
    "standard_policy",
    "withdraw",
]

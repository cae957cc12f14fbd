"""What somebody may answer to a message, and how the message stands by the answers. Reading is no answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from handover.paging.rules.levels import LEVELS, Level


class Answer(StrEnum):
    """What whoever was addressed says."""

    OWNED = "owned"
    BUSY = "busy"
    WRONG_PERSON = "wrong_person"
    DONE = "done"
    COMING = "coming"
    NOT_COMING = "not_coming"


ANSWERS = tuple(Answer)
# Nobody has to own what is only for their information.
NEEDS_ANSWER = frozenset(level for level in Level if LEVELS[level].acknowledge_within is not None)


@dataclass(frozen=True)
class Asked:
    """A message as its answers find it: its level, whether it is retracted, and (person, answer) of this revision.

    `is_call_in`: whoever gets it says whether they come, and may say otherwise later.
    """

    level: Level
    is_retracted: bool
    recipients: frozenset[UUID]
    answers: Sequence[tuple[UUID, Answer]]
    is_call_in: bool = False


@dataclass(frozen=True)
class Heads:
    """Of those who are called in: how many come, cannot, and have said nothing."""

    coming: int
    not_coming: int
    silent: int


def may_answer(asked: Asked, person_id: UUID) -> tuple[Answer, ...]:
    """What this person may say now, in the order in which it is offered; nothing to whom it is not addressed.

    Whoever owns it may still pass it on, or be done with it. Each is said once for a revision: an edit asks anew.
    """
    if asked.is_retracted or person_id not in asked.recipients or asked.level not in NEEDS_ANSWER:
        return ()
    said = [answer for each, answer in asked.answers if each == person_id]
    if asked.is_call_in:
        return tuple(answer for answer in (Answer.COMING, Answer.NOT_COMING) if answer not in said[-1:])
    if Answer.DONE in said:
        return ()
    if said and said[-1] == Answer.OWNED:
        offered = [Answer.DONE, Answer.BUSY]
    else:
        offered = [Answer.OWNED, Answer.BUSY, Answer.WRONG_PERSON]
    return tuple(answer for answer in offered if answer not in said)


def standing_of(asked: Asked) -> str:
    """How it stands: "" where nobody is to own it, else waiting, owned, passed_on (all have) or done."""
    if asked.is_retracted or asked.is_call_in or asked.level not in NEEDS_ANSWER:
        return ""
    last = dict(asked.answers)
    if Answer.DONE in last.values():
        return "done"
    if Answer.OWNED in last.values():
        return "owned"
    return "passed_on" if asked.recipients and asked.recipients <= set(last) else "waiting"


def heads_of(asked: Asked) -> Heads | None:
    """Who comes, counted by what each said last; None where nobody is called in, or not any more."""
    if asked.is_retracted or not asked.is_call_in:
        return None
    last = list(dict(asked.answers).values())
    coming, not_coming = last.count(Answer.COMING), last.count(Answer.NOT_COMING)
    return Heads(coming, not_coming, len(asked.recipients) - coming - not_coming)

"""The measures of a call centre, each by its published formula, from what happened. Times in seconds, shares 0 to 1.

Service level counts an abandonment only from `SHORT_ABANDON` on: who hangs up sooner has mostly dialled wrongly, and a
figure that does not say how it counts them cannot be compared (HFMA: 80 % in 20 s). Handling time has no goal:
a goal would reward short clinical calls. Where nothing was to be counted there is no figure, and not 0 or 100 %.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

ANSWER_WITHIN = timedelta(seconds=20)
SHORT_ABANDON = timedelta(seconds=5)
REPEAT_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Call:
    """One call as the telephone saw it. `answered` is None for one that was abandoned, at `ended`."""

    offered: datetime
    answered: datetime | None
    ended: datetime
    held: timedelta = timedelta(0)
    after: timedelta = timedelta(0)


@dataclass(frozen=True)
class Case:
    """One case: for whom, about what, and when it was opened and solved."""

    person: UUID
    reason: str
    opened: datetime
    solved: datetime | None


@dataclass(frozen=True)
class Promise:
    """A call back: by when it was promised, when it was done, if it was."""

    due: datetime
    done: datetime | None


def service_level(calls: Sequence[Call]) -> float | None:
    """Answered within `ANSWER_WITHIN` of those offered, without those abandoned sooner than `SHORT_ABANDON`."""
    offered = [call for call in calls if call.answered is not None or call.ended - call.offered >= SHORT_ABANDON]
    return _share((_wait(call) <= ANSWER_WITHIN and call.answered is not None for call in offered), len(offered))


def speed_of_answer(calls: Sequence[Call]) -> float | None:
    """The mean wait of those that were answered, in seconds."""
    waits = [_wait(call).total_seconds() for call in calls if call.answered is not None]
    return sum(waits) / len(waits) if waits else None


def abandonment(calls: Sequence[Call]) -> float | None:
    """Abandoned of those offered, each of them, however short."""
    return _share((call.answered is None for call in calls), len(calls))


def hold(calls: Sequence[Call]) -> float | None:
    """The mean time on hold of those that were answered, in seconds."""
    held = [call.held.total_seconds() for call in calls if call.answered is not None]
    return sum(held) / len(held) if held else None


def handling_time(calls: Sequence[Call]) -> float | None:
    """Talk, hold and the work after it: the mean of those answered, in seconds."""
    times = [(call.ended - call.answered + call.after).total_seconds() for call in calls if call.answered is not None]
    return sum(times) / len(times) if times else None


def first_call_resolution(cases: Sequence[Case], *, at: datetime) -> float | None:
    """Of the solved whose seven days have passed: without a further case of the same person for the same reason."""
    settled = [case for case in cases if case.solved is not None and case.solved + REPEAT_WITHIN <= at]
    return _share((not _is_repeated(case, cases) for case in settled), len(settled))


def promises_kept(promises: Sequence[Promise], *, at: datetime) -> float | None:
    """Done by the promised time, of those whose time has come. One that is late and done is not kept."""
    due = [promise for promise in promises if promise.due <= at]
    return _share((promise.done is not None and promise.done <= promise.due for promise in due), len(due))


def _is_repeated(case: Case, cases: Sequence[Case]) -> bool:
    return any(
        other is not case
        and (other.person, other.reason) == (case.person, case.reason)
        and case.solved is not None
        and case.solved <= other.opened < case.solved + REPEAT_WITHIN
        for other in cases
    )


def _wait(call: Call) -> timedelta:
    return (call.answered or call.ended) - call.offered


def _share(counted: Iterable[bool], of: int) -> float | None:
    return sum(counted) / of if of else None

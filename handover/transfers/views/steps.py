"""Which one thing the reader of a handover does next: the primary button of the dock. Pure."""

from collections.abc import Callable
from uuid import UUID

from handover.transfers.models import Handover, Transfer
from handover.transfers.selectors import HandoverPage


def rungs_of_reader(page: HandoverPage, person_id: UUID) -> frozenset[str]:
    """The names of the rungs that this reader has reached with the current version."""
    return frozenset(
        rung.name for ladder in page.ladders if ladder.person.pk == person_id for rung in ladder.rungs if rung.reached
    )


def next_step(page: HandoverPage, rungs: frozenset[str]) -> str:
    """The name of the next step, which a template draws as the dock's one primary button."""
    steps = _RECEIVER if page.role == "receiver" else _SENDER
    return next((name for name, holds in steps if holds(page, rungs)), "none")


Holds = Callable[[HandoverPage, frozenset[str]], bool]


def _may(act: str) -> Holds:
    return lambda page, rungs: act in page.may


def _moves(status: str) -> Holds:
    return lambda page, rungs: page.transfer is not None and page.transfer.transfer.status == status


def _is(status: str) -> Holds:
    return lambda page, rungs: page.handover.status == status


def _has_unread(page: HandoverPage, rungs: frozenset[str]) -> bool:
    return "read" in page.may and "read" not in rungs and not _is_taken(page)


def _is_taken(page: HandoverPage) -> bool:
    return page.handover.status == Handover.Status.ACCEPTED


def _waits_for_answer(page: HandoverPage, rungs: frozenset[str]) -> bool:
    said = page.my_synthesis is not None and page.my_synthesis.is_of_current_version
    return said and page.handover.status == Handover.Status.SENT and any(each.is_open for each in page.questions)


def _is_said_and_not_theirs(page: HandoverPage, rungs: frozenset[str]) -> bool:
    """Said back, nothing open, and still not to be accepted: their work where the patient goes has ended meanwhile."""
    said = page.my_synthesis
    return (
        said is not None
        and said.corrected is None
        and page.transfer is not None
        and page.handover.status == Handover.Status.SENT
        and not any(each.is_open for each in page.questions)
    )


# In order: the first that holds is what the reader does next.
_RECEIVER: tuple[tuple[str, Holds], ...] = (
    ("arrive", _may("arrive")),
    ("confirm", _may("confirm")),
    ("read", _has_unread),
    ("accept", _may("accept")),
    ("wait_for_answer", _waits_for_answer),
    ("not_there", _is_said_and_not_theirs),
    ("say_back", _may("say_back")),
    ("declined", _is(Handover.Status.DECLINED)),
    ("withdrawn", _is(Handover.Status.WITHDRAWN)),
    ("patient", lambda page, rungs: _is_taken(page)),
)
_SENDER: tuple[tuple[str, Holds], ...] = (
    ("approve", _may("approve")),
    ("depart", _may("depart")),
    ("arrive", _may("arrive")),
    ("send_again", lambda page, rungs: _is(Handover.Status.DECLINED)(page, rungs) and "send" in page.may),
    ("locked", _moves(Transfer.Status.PLANNED)),
    ("on_the_way", _moves(Transfer.Status.DEPARTED)),
    ("arrived", _moves(Transfer.Status.ARRIVED)),
    ("patient", lambda page, rungs: True),
)

"""What a draft begins with: the last handover's words where there are some, else what the summary says by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from handover.patients.documents import Entry, PendingResult, Summary
from handover.patients.rules import latest_vitals
from handover.transfers.documents import Action, Ipass, PatientSummary
from handover.transfers.rules.entries import words_of_entry

_RESULTS_SHOWN = 3


@dataclass(frozen=True)
class Known:
    """`before` is what the last accepted handover said; `open_actions` still wait, `finished` were done."""

    patient_id: UUID
    before: Ipass | None
    open_actions: tuple[Action, ...]
    finished: frozenset[UUID]
    summary: Summary
    call_back: str


def prefilled(known: Known) -> Ipass:
    """A draft for the writer to look through. The severity is never carried over: it is set anew each time.

    Of the actions only those come along that still wait: an action that was done must not be handed over again.
    """
    actions = (*known.open_actions, *_chasing(known))
    if known.before is not None:
        kept = {"illness_severity": None, "severity_set": None, "action_list": actions, "call_back": known.call_back}
        return known.before.model_copy(update=kept)
    return Ipass(patient_summary=_from_summary(known.summary), action_list=actions, call_back=known.call_back)


def _from_summary(summary: Summary) -> PatientSummary:
    problems = [each for each in summary.problems.entries if each.status == "active"]
    first = sorted(problems, key=lambda each: not each.is_reason_for_stay)
    vitals = latest_vitals(summary)
    abnormal = [each for each in summary.results.entries if each.flag][:_RESULTS_SHOWN]
    return PatientSummary(
        statement=_sentence(first),
        course=_sentence(summary.procedures.entries),
        assessment=_sentence([*([vitals] if vitals else []), *abnormal]),
    )


def _chasing(known: Known) -> tuple[Action, ...]:
    """A result that is not back has somebody to chase it: offered once, and not again when somebody has."""
    listed = {action.id for action in known.open_actions} | known.finished
    offered = [_chase(each, known.patient_id) for each in known.summary.pending_results.entries]
    return tuple(action for action in offered if action.id not in listed)


def _chase(pending: PendingResult, patient_id: UUID) -> Action:
    """The same id for the same entry, each time; never that of another patient whose record came from the same file."""
    words = _("Follow up the result: %(name)s") % {"name": pending.name}
    return Action(id=uuid5(patient_id, str(pending.id)), what=words, who=pending.owner)


def _sentence(entries: Sequence[Entry]) -> str:
    words = [words_of_entry(each) for each in entries]
    return "; ".join(word for word in words if word)[:4000]

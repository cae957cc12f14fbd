"""One transfer as the database tells of it: its handover's versions, who received and acknowledged them, the overrides.

The rows only: nothing here is unsealed. What of it is in the log is what its events say, and no more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from django.db.models import Model

from audit.evidence.things import Thing, people_in, told
from handover.transfers.models import (
    Acceptance,
    CallRequest,
    ChecklistItem,
    Confirmation,
    Decline,
    Handover,
    HandoverVersion,
    OpenAction,
    Override,
    Question,
    Reminder,
    Responsibility,
    Synthesis,
    Transfer,
)
from ledger.evidence import MOST_EVENTS, Added
from ledger.leaves import canonical
from ledger.models import Event
from live.acting import acting_as_system
from live.models import Rung
from live.refusals import NotFound

FORMAT = "readback-transfer/1"
# Of each row what may leave without a word of the patient: ids, codes, numbers, digests and times.
_TOLD: dict[type[Model], str] = {
    Transfer: "id patient_id from_unit_id to_unit_id status expected_departure planned_by_id planned departed_by_id"
    " departed arrived_by_id arrived closed_by_id closed departed_under_id",
    Handover: "id patient_id author_id author_unit_id status address to_person_id to_unit_id created sent"
    " accepted_by_id accepted declined_by_id declined current_id",
    HandoverVersion: "id number author_id recorded digest",
    Rung: "subject_id person_id name session_id device reached",
    Synthesis: "id version_id person_id said corrected_by_id corrected",
    Question: "id version_id asked_by_id asked answered_by_id answered",
    CallRequest: "id asked_by_id asked",
    Reminder: "id reminded_by_id reminded",
    Acceptance: "id version_id person_id synthesis_id digest summary_number unit_id accepted",
    Confirmation: "id acceptance_id person_id summary_number confirmed",
    Decline: "id version_id person_id code unit_id declined",
    ChecklistItem: "id code is_required state set_by_id set_at",
    Override: "id requested_by_id requested is_emergency locks second_person_id approved reviewed_by_id reviewed"
    " verdict",
    Responsibility: "id person_id unit_id since until",
    OpenAction: "id owner_id due done_by_id done dropped",
}


@dataclass(frozen=True)
class Happened:
    """The rows of a transfer and of its handover, each list in the order in which it came about."""

    transfer: Transfer
    handover: Handover
    versions: list[HandoverVersion]
    ladder: list[Rung]
    syntheses: list[Synthesis]
    questions: list[Question]
    call_requests: list[CallRequest]
    reminders: list[Reminder]
    acceptances: list[Acceptance]
    confirmations: list[Confirmation]
    declines: list[Decline]
    checklist: list[ChecklistItem]
    overrides: list[Override]
    responsibilities: list[Responsibility]
    actions: list[OpenAction]

    @property
    def patient_id(self) -> UUID:
        return self.transfer.patient_id

    def lists(self) -> Iterator[tuple[str, list[Model]]]:
        """Each list by its name."""
        for each in fields(self):
            if each.name not in {"transfer", "handover"}:
                yield each.name, getattr(self, each.name)

    def facts(self) -> dict[str, Any]:
        """What record.json holds: every row by ids, codes, numbers, digests and times."""
        listed = {name: [told(row, _TOLD[type(row)]) for row in rows] for name, rows in self.lists()}
        own = {
            "format": FORMAT,
            "transfer": told(self.transfer, _TOLD[Transfer]),
            "handover": told(self.handover, _TOLD[Handover]),
        }
        return {**own, **listed}

    def person_ids(self) -> set[UUID]:
        """Everybody whom one of the rows names."""
        rows = [self.transfer, self.handover, *(row for _name, rows in self.lists() for row in rows)]
        return people_in(rows, _TOLD)

    def subject_ids(self) -> set[UUID]:
        """What an event of this transfer is about: one of these."""
        ids = {row.pk for name, rows in self.lists() if name not in {"ladder", "checklist"} for row in rows}
        return {self.transfer.pk, self.handover.pk, *ids}


@acting_as_system("audit.evidence")
def happened(transfer_id: UUID) -> Happened:
    """All of it. Not audited: the caller records the read. Raises NotFound where there is no such transfer."""
    moves = Transfer.objects.select_related("from_unit", "to_unit")
    transfer = moves.filter(pk=transfer_id).first()
    handover = Handover.objects.filter(transfer_id=transfer_id).select_related("author").first()
    if transfer is None or handover is None:
        raise NotFound(act="audit.transfer_read", subject_id=transfer_id)
    versions = list(HandoverVersion.objects.filter(handover=handover).order_by("number"))
    of_versions = {"version__handover": handover}
    return Happened(
        transfer=transfer,
        handover=handover,
        versions=versions,
        ladder=list(Rung.objects.filter(subject_id__in=[row.pk for row in versions]).order_by("reached", "pk")),
        syntheses=list(Synthesis.objects.filter(**of_versions).order_by("said", "pk")),
        questions=list(Question.objects.filter(handover=handover).order_by("asked", "pk")),
        call_requests=list(CallRequest.objects.filter(handover=handover).order_by("asked", "pk")),
        reminders=list(Reminder.objects.filter(handover=handover).order_by("reminded", "pk")),
        acceptances=list(Acceptance.objects.filter(**of_versions).order_by("accepted", "pk")),
        confirmations=list(
            Confirmation.objects.filter(acceptance__version__handover=handover).order_by("confirmed", "pk")
        ),
        declines=list(Decline.objects.filter(**of_versions).order_by("declined", "pk")),
        checklist=list(ChecklistItem.objects.filter(transfer=transfer).order_by("code")),
        overrides=list(Override.objects.filter(transfer=transfer).order_by("requested", "pk")),
        responsibilities=list(Responsibility.objects.filter(handover=handover).order_by("since", "pk")),
        actions=list(OpenAction.objects.filter(handover=handover).order_by("pk")),
    )


def events_of(found: Happened) -> list[Event]:
    """The events of this patient that are about it, refusals among them, oldest first; one more than a pack may hold.

    A list of patients that was read is about no transfer, and is not among them.
    """
    mine = Event.objects.filter(patient_id=found.patient_id, entity_id__in=found.subject_ids())
    return list(mine.order_by("recorded", "id")[: MOST_EVENTS + 1])


def as_thing(found: Happened, content: Callable[[], dict[str, Added]]) -> Thing:
    """The transfer as something to take out, with what opens its words (audit/evidence/content.py)."""
    what = "what the hospital's database says of the transfer: ids, codes, digests and times"
    record = Added(canonical(found.facts()).encode(), what)
    return Thing("transfer", found.transfer.pk, found.patient_id, record, events_of(found), content)

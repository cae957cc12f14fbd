"""The parts of a handover's page, each from its rows: questions, syntheses, ladders, the move, who receives it.

They open what is sealed: whoever calls them has checked that this person may read it, and has recorded the read.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person
from handover.transfers import facts, sealed
from handover.transfers.documents import HandoverDocument
from handover.transfers.models import (
    Acceptance,
    ChecklistItem,
    Decline,
    Handover,
    HandoverVersion,
    Override,
    Question,
    Synthesis,
    Transfer,
)
from handover.transfers.rules import (
    CHECKLIST,
    RUNGS,
    Capacity,
    Change,
    changes,
    decline_words,
    emergency_ends,
    has_ended,
    is_usable,
    rung_label,
    words_of,
)
from handover.transfers.selectors.shapes import (
    AcceptanceView,
    ChecklistRow,
    DeclineView,
    Ladder,
    OverrideView,
    QuestionView,
    RungView,
    SynthesisView,
    TransferView,
)
from live.models import Rung

_ORDER = {each.code: place for place, each in enumerate(CHECKLIST)}


def questions_of(handover: Handover) -> tuple[QuestionView, ...]:
    """Every question of every version, oldest first."""
    rows = Question.objects.filter(handover=handover).select_related("asked_by", "answered_by", "version")
    return tuple(_question(row, handover.patient_id) for row in rows.order_by("asked", "pk"))


def syntheses_of(handover: Handover) -> tuple[SynthesisView, ...]:
    """Everything that was said back, newest first."""
    rows = Synthesis.objects.filter(version__handover=handover).select_related("version", "person", "corrected_by")
    return tuple(_synthesis(row, handover) for row in rows.order_by("-said", "-pk"))


def acceptance_of(handover: Handover) -> AcceptanceView | None:
    """The acceptance of the newest version that was accepted."""
    rows = Acceptance.objects.filter(version__handover=handover).select_related("version", "person")
    row = rows.order_by("-version__number").first()
    if row is None:
        return None
    is_current = row.version_id == handover.current_id and handover.status == Handover.Status.ACCEPTED
    return AcceptanceView(row.person, row.accepted, row.version.number, is_of_current_version=is_current)


def decline_of(handover: Handover) -> DeclineView | None:
    """Why the handover stands declined, or None when it does not."""
    if handover.declined_by is None or handover.declined is None:
        return None
    row = Decline.objects.filter(version_id=handover.current_id).select_related("unit").order_by("-declined").first()
    return DeclineView(
        code=row.code if row else "",
        words=decline_words(row.code) if row else "",
        reason=sealed.words_in(handover, "sealed_decline_reason", patient_id=handover.patient_id),
        person=handover.declined_by,
        declined=handover.declined,
        unit=row.unit.short_name if row and row.unit else "",
        capacity=Capacity(**row.capacity) if row and row.capacity else None,
    )


def ladders_of(rungs: Sequence[Rung]) -> tuple[Ladder, ...]:
    """The ladder of each person who has a rung of this version, who is furthest first."""
    people = Person.objects.in_bulk({rung.person_id for rung in rungs})
    ladders = []
    for person_id, person in people.items():
        reached = {rung.name: rung for rung in rungs if rung.person_id == person_id}
        ladders.append(Ladder(person, tuple(_rung(name, reached.get(name)) for name in RUNGS)))
    return tuple(sorted(ladders, key=lambda each: (-_height(each), each.person.display_name)))


def furthest(rungs: Iterable[Rung]) -> RungView | None:
    """The highest rung that anybody has reached, at its earliest."""
    ordered = sorted(rungs, key=lambda rung: (-RUNGS.index(rung.name), rung.reached))
    return _rung(ordered[0].name, ordered[0]) if ordered else None


def changes_for(handover: Handover, reader_id: UUID, rungs: dict[UUID, list[Rung]]) -> tuple[Change, ...]:
    """What differs from the version that this reader read last; for those who have read none, from the one before."""
    if handover.current is None or handover.current.number == 1:
        return ()
    older = list(handover.versions.filter(number__lt=handover.current.number).order_by("-number"))
    read = [each for each in older if _has_read(reader_id, rungs.get(each.pk, []))]
    return tuple(_difference((read or older)[0], handover.current, handover.patient_id))


def transfer_of(seen: facts.Seen, *, reader: Person, may: frozenset[str], now: datetime) -> TransferView | None:
    """The move with its checklist and the override that counts."""
    transfer = seen.handover.transfer
    if transfer is None:
        return None
    items = ChecklistItem.objects.filter(transfer=transfer).select_related("set_by")
    override = seen.override or transfer.departed_under or facts.newest_override(transfer.pk)
    return TransferView(
        transfer=transfer,
        to_bed=sealed.details_of(transfer).to_bed,
        checklist=tuple(_item(row, transfer) for row in sorted(items, key=lambda row: _ORDER.get(row.code, 99))),
        override=_override(override, seen, may, now=now) if override else None,
        is_late=is_late(transfer, now),
    )


def is_late(transfer: Transfer, now: datetime) -> bool:
    """Whether the patient should have left by now and has not."""
    expected = transfer.expected_departure
    return transfer.status == Transfer.Status.PLANNED and expected is not None and expected < now


def recipients_of(handover: Handover) -> str:
    """To whom it is addressed, in words."""
    if handover.to_person is not None:
        return handover.to_person.display_name
    if handover.to_unit is None:
        return ""
    if handover.address == Handover.Address.ON_DUTY:
        return _("whoever is on duty in %(unit)s") % {"unit": handover.to_unit.name}
    return _("everyone in %(unit)s") % {"unit": handover.to_unit.name}


def _question(row: Question, patient_id: UUID) -> QuestionView:
    return QuestionView(
        id=row.pk,
        version_number=row.version.number,
        asked_by=row.asked_by,
        asked=row.asked,
        text=sealed.words_in(row, "sealed_text", patient_id=patient_id),
        answered_by=row.answered_by,
        answered=row.answered,
        answer=sealed.words_in(row, "sealed_answer", patient_id=patient_id),
    )


def _synthesis(row: Synthesis, handover: Handover) -> SynthesisView:
    said = sealed.synthesis_of(row, patient_id=handover.patient_id)
    return SynthesisView(
        id=row.pk,
        version_number=row.version.number,
        is_of_current_version=row.version_id == handover.current_id,
        person=row.person,
        said=row.said,
        illness_severity=said.illness_severity,
        first_action=said.first_action,
        own_words=said.own_words,
        corrected_by=row.corrected_by,
        corrected=row.corrected,
        correction=sealed.words_in(row, "sealed_correction", patient_id=handover.patient_id),
    )


def _rung(name: str, rung: Rung | None) -> RungView:
    if rung is None:
        return RungView(name=name, label=rung_label(name))
    return RungView(name=name, label=rung_label(name), reached=rung.reached, device=rung.device)


def _height(ladder: Ladder) -> int:
    return RUNGS.index(ladder.furthest.name) if ladder.furthest else -1


def _has_read(person_id: UUID, rungs: Iterable[Rung]) -> bool:
    return any(rung.person_id == person_id and rung.name in (Rung.Name.READ, Rung.Name.ACCEPTED) for rung in rungs)


def _difference(old: HandoverVersion, new: HandoverVersion, patient_id: UUID) -> list[Change]:
    before: HandoverDocument = sealed.document_of(old, patient_id=patient_id)
    return changes(before, sealed.document_of(new, patient_id=patient_id), zone=timezone.get_current_timezone())


def _item(row: ChecklistItem, transfer: Transfer) -> ChecklistRow:
    return ChecklistRow(
        code=row.code,
        words=words_of(row.code),
        is_required=row.is_required,
        state=row.state,
        state_words=_state_words(row.state),
        reason=sealed.words_in(row, "sealed_reason", patient_id=transfer.patient_id),
        set_by=row.set_by,
        set_at=row.set_at,
    )


def _state_words(state: str) -> str:
    return {
        "open": _("not checked yet"),
        "attached": _("attached"),
        "not_applicable": _("not applicable"),
        "missing": _("missing"),
    }[state]


def _override(row: Override, seen: facts.Seen, may: frozenset[str], *, now: datetime) -> OverrideView:
    asked = facts.asked_of(row)
    return OverrideView(
        id=row.pk,
        requested_by=row.requested_by,
        requested=row.requested,
        reason=sealed.words_in(row, "sealed_reason", patient_id=seen.handover.patient_id),
        is_emergency=row.is_emergency,
        second_person=row.second_person,
        approved=row.approved,
        reviewed_by=row.reviewed_by,
        reviewed=row.reviewed,
        verdict=row.get_verdict_display() if row.verdict else "",
        review_note=sealed.words_in(row, "sealed_review_note", patient_id=seen.handover.patient_id),
        is_usable=is_usable(asked, seen.gate or (), now=now),
        ends=emergency_ends(row.requested) if row.is_emergency and not row.approved else None,
        has_ended=has_ended(asked, now=now),
        may_approve="approve" in may,
    )

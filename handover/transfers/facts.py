"""From rows to the plain facts that the rules look at: what a person is to a handover, and what the gate sees.

Used by the acts under the handover's lock and by the reads without it. Each is a fixed number of queries, whatever the
number of handovers.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import connection
from django.db.models import F, Model, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Person, Unit
from handover.patients.documents import Summary
from handover.patients.models import SummaryVersion
from handover.patients.news2 import News2
from handover.patients.rules import latest_vitals, scored_or_none
from handover.patients.sealed import headline_of, summary_in
from handover.transfers import positions
from handover.transfers.models import (
    Acceptance,
    ChecklistItem,
    Confirmation,
    Handover,
    HandoverVersion,
    Override,
    Question,
    Synthesis,
    Transfer,
)
from handover.transfers.rules import (
    Asked,
    GateFacts,
    Item,
    OpenQuestion,
    Reason,
    Standing,
    gate,
    is_of_destination,
    is_usable,
    may_be_confirmed,
    words_of,
)
from live.rows import columns, made
from live.statements import Statement

_PEOPLE = ("author", "current__author", "to_person", "accepted_by", "declined_by")
_UNITS = ("author_unit", "to_unit", "transfer__to_unit", "transfer__from_unit")
# What is drawn of many handovers.
RELATED = ("patient", "current", "transfer", *_PEOPLE, *_UNITS)


@dataclass(frozen=True)
class Seen:
    """A handover as one person finds it. `gate` is None when no move is planned or nobody looked; () is open."""

    handover: Handover
    standing: Standing
    gate: tuple[Reason, ...] | None
    override: Override | None


def seen_by(actor: Actor, handover_id: UUID, *, now: datetime) -> Seen | None:
    """The handover with what this person is to it, or None. Whether they may see it is for access to say.

    Without the gate, which most acts do not look at, and without names: with_gate() and with_names() add them.
    """
    found = positions.find(actor, handover_id, now=now)
    return Seen(handover=found[0], standing=found[1], gate=None, override=None) if found else None


def with_names(seen: Seen) -> Seen:
    """The same with the people and the places of the handover at hand, by two queries."""
    for model, paths in ((Person, _PEOPLE), (Unit, _UNITS)):
        places = [place for path in paths if (place := _place_of(seen.handover, path)) is not None]
        known = model._default_manager.in_bulk({getattr(row, f"{name}_id") for row, name in places})
        for row, name in places:
            setattr(row, name, known[getattr(row, f"{name}_id")])
    return seen


def _place_of(handover: Handover, path: str) -> tuple[Model, str] | None:
    """The row and the field that a path leads to; None where nobody stands."""
    first, _, last = path.rpartition("__")
    row = getattr(handover, first) if first else handover
    return (row, last) if row is not None and getattr(row, f"{last}_id") is not None else None


_LAST_ACCEPTED = Statement(f"""
SELECT {columns(HandoverVersion, "v")}
FROM transfers_handover h JOIN transfers_handoverversion v ON v.id = h.current_id
WHERE h.patient_id = %s AND h.status = 'accepted' AND h.id <> %s ORDER BY h.accepted DESC LIMIT 1
""")  # noqa: S608 -- the names of columns


def last_accepted(patient_id: UUID, *, beside: UUID) -> HandoverVersion | None:
    """The version of the patient's handover that was accepted last and stands, `beside` this handover."""
    found = _LAST_ACCEPTED.first([patient_id, beside])
    return made(HandoverVersion, found) if found else None


def with_gate(seen: Seen, actor: Actor, *, now: datetime) -> Seen:
    """The same with the gate and the override that counts, while a move is planned."""
    handover = seen.handover
    if handover.transfer is None or handover.transfer.status != Transfer.Status.PLANNED:
        return seen
    reasons = gates([handover], now=now)[handover.pk]
    override = newest_override(handover.transfer.pk)
    state = _override_for(actor, override, reasons, now=now) if override else ""
    standing = replace(
        seen.standing, is_gate_open=not reasons, may_be_confirmed=may_be_confirmed(reasons), override=state
    )
    return Seen(handover=handover, standing=standing, gate=reasons, override=override)


def gates(handovers: Sequence[Handover], *, now: datetime) -> dict[UUID, tuple[Reason, ...]]:
    """The reasons that lock each handover's gate, by handover id. The rows come with RELATED fetched."""
    return {key: gate(facts) for key, facts in gate_facts(handovers, now=now).items()}


def gate_facts(handovers: Sequence[Handover], *, now: datetime) -> dict[UUID, GateFacts]:
    """What the gate looks at, for many handovers in a fixed number of queries."""
    ids = [each.pk for each in handovers]
    acceptances = _newest_acceptances(ids)
    syntheses = _syntheses([each.current_id for each in handovers if each.current_id])
    questions = _grouped(Question.objects.filter(handover_id__in=ids, answered__isnull=True).select_related("asked_by"))
    items = _items([each.transfer_id for each in handovers if each.transfer_id])
    confirmed = confirmations(acceptances.values())
    scores = _scores(handovers, acceptances, confirmed)
    elsewhere = _accepted_elsewhere(handovers, acceptances, now=now)
    zone = timezone.get_current_timezone()
    told = {}
    for each in handovers:
        accepted = acceptances.get(each.pk)
        said = _receivers_synthesis(each, accepted, syntheses.get(each.current_id, []))
        then, then_taken, latest, recorded = scores[each.pk]
        told[each.pk] = GateFacts(
            now=now,
            zone=zone,
            status=each.status,
            receiver=_receiver(each, accepted, said),
            author=each.author.display_name,
            current_number=each.current.number if each.current else 0,
            sent=each.sent,
            declined=each.declined,
            accepted_number=accepted.version.number if accepted else None,
            accepted=accepted.accepted if accepted else None,
            confirmed=confirmed[accepted.pk].confirmed if accepted and accepted.pk in confirmed else None,
            destination=each.transfer.to_unit.name if each.pk in elsewhere and each.transfer else "",
            is_accepted_there=each.pk not in elsewhere,
            said=said.said if said else None,
            corrected=said.corrected if said else None,
            questions=tuple(OpenQuestion(row.asked_by.display_name, row.asked) for row in questions.get(each.pk, [])),
            items=tuple(items.get(each.transfer_id, [])),
            vitals_then=then,
            vitals_then_taken=then_taken,
            vitals_now=latest,
            vitals_recorded=recorded,
        )
    return told


def newest_override(transfer_id: UUID) -> Override | None:
    """The override that counts: the one asked for last."""
    rows = Override.objects.filter(transfer_id=transfer_id).select_related(
        "requested_by", "second_person", "reviewed_by"
    )
    return rows.order_by("-requested", "-pk").first()


def asked_of(override: Override) -> Asked:
    """The override as the rules look at it."""
    return Asked(
        requested=override.requested,
        locks=override.locks,
        is_emergency=override.is_emergency,
        is_approved=override.approved is not None,
    )


def _override_for(
    actor: Actor, override: Override, reasons: Iterable[Reason], *, now: datetime
) -> Literal["", "mine", "waiting", "usable"]:
    asked = asked_of(override)
    if is_usable(asked, reasons, now=now):
        return "usable"
    if asked.is_approved or asked.is_emergency:
        return ""
    return "mine" if override.requested_by_id == actor.person.pk else "waiting"


def _newest_acceptances(handover_ids: Iterable[UUID]) -> dict[UUID, Acceptance]:
    rows = Acceptance.objects.filter(version__handover_id__in=list(handover_ids)).select_related("version", "person")
    return {row.version.handover_id: row for row in rows.order_by("version__number")}


def confirmations(acceptances: Iterable[Acceptance]) -> dict[UUID, Confirmation]:
    """The newest confirmation of each acceptance, by the acceptance's id."""
    ids = [row.pk for row in acceptances]
    rows = Confirmation.objects.filter(acceptance_id__in=ids).order_by("confirmed", "summary_number") if ids else ()
    return {row.acceptance_id: row for row in rows}


def _accepted_elsewhere(
    handovers: Sequence[Handover], acceptances: dict[UUID, Acceptance], *, now: datetime
) -> set[UUID]:
    """The handovers that were accepted by somebody who is not of the unit of the move.

    Asks the database only of acceptances that were not given for that very unit: there is hardly ever one.
    """
    found = set()
    for each in handovers:
        accepted, move = acceptances.get(each.pk), each.transfer
        if accepted is None or move is None:
            continue
        worked_in = () if accepted.unit_id == move.to_unit_id else _worked_in(accepted, move.to_unit_id, now)
        if not is_of_destination(move.to_unit_id, accepted_for=accepted.unit_id, worked_in_since=worked_in):
            found.add(each.pk)
    return found


def _worked_in(accepted: Acceptance, unit_id: UUID, now: datetime) -> tuple[UUID, ...]:
    """The unit, if whoever accepted has worked there since: the same function that a departure is held by."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT transfers_worked_in(%s, %s, %s, %s)", [accepted.person_id, unit_id, accepted.accepted, now]
        )
        return (unit_id,) if cursor.fetchone()[0] else ()


def _syntheses(version_ids: Iterable[UUID]) -> dict[UUID | None, list[Synthesis]]:
    """Newest first, by version."""
    found: dict[UUID | None, list[Synthesis]] = defaultdict(list)
    rows = Synthesis.objects.filter(version_id__in=list(version_ids)).select_related("person")
    for row in rows.order_by("-said", "-pk"):
        found[row.version_id].append(row)
    return found


def _receivers_synthesis(handover: Handover, accepted: Acceptance | None, said: list[Synthesis]) -> Synthesis | None:
    """The newest of whoever accepted this version; until somebody has, the newest of anybody."""
    if handover.status == Handover.Status.ACCEPTED and accepted is not None:
        return next((row for row in said if row.person_id == accepted.person_id), None)
    return said[0] if said else None


def _receiver(handover: Handover, accepted: Acceptance | None, said: Synthesis | None) -> str:
    if handover.status == Handover.Status.DECLINED and handover.declined_by is not None:
        return handover.declined_by.display_name
    if accepted is not None:
        return accepted.person.display_name
    if said is not None:
        return said.person.display_name
    if handover.to_person is not None:
        return handover.to_person.display_name
    return handover.to_unit.name if handover.to_unit else ""


def _grouped(rows: Iterable[Question]) -> dict[UUID, list[Question]]:
    found: dict[UUID, list[Question]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: each.asked):
        found[row.handover_id].append(row)
    return found


def _items(transfer_ids: Iterable[UUID]) -> dict[UUID | None, list[Item]]:
    found: dict[UUID | None, list[Item]] = defaultdict(list)
    for row in ChecklistItem.objects.filter(transfer_id__in=list(transfer_ids)).order_by(
        F("is_required").desc(), "code"
    ):
        found[row.transfer_id].append(Item(words_of(row.code), row.is_required, row.state, row.set_at))
    return found


_Scores = tuple[News2 | None, datetime | None, News2 | None, datetime | None]


def _scores(
    handovers: Sequence[Handover], acceptances: dict[UUID, Acceptance], confirmed: dict[UUID, Confirmation]
) -> dict[UUID, _Scores]:
    """Then with when they were taken, now with when they were recorded; nothing is opened before an acceptance."""
    accepted = {each.pk: acceptances[each.pk] for each in handovers if each.pk in acceptances}
    stands = {
        row.pk: confirmed[row.pk].summary_number if row.pk in confirmed else row.summary_number
        for row in accepted.values()
    }
    found = _summaries({each.patient_id for each in handovers if each.pk in accepted}, stands.values())
    told: dict[UUID, _Scores] = {}
    for each in handovers:
        row = accepted.get(each.pk)
        if row is None or headline_of(each.patient).news2_band == "not-applicable":
            told[each.pk] = (None, None, None, None)
            continue
        newest = max((number for patient_id, number in found if patient_id == each.patient_id), default=0)
        then = latest_vitals(found.get((each.patient_id, stands[row.pk]), Summary()))
        latest = latest_vitals(found.get((each.patient_id, newest), Summary()))
        told[each.pk] = (
            scored_or_none(then) if then else None,
            then.taken if then else None,
            scored_or_none(latest) if latest else None,
            latest.source.recorded if latest else None,
        )
    return told


def _summaries(patient_ids: set[UUID], numbers: Iterable[int]) -> dict[tuple[UUID, int], Summary]:
    """The newest summary of each patient, and those that stood at an acceptance, or at its confirmation."""
    newest = SummaryVersion.objects.filter(patient_id=OuterRef("patient_id")).order_by("-number").values("number")[:1]
    rows = SummaryVersion.objects.filter(patient_id__in=patient_ids)
    wanted = rows.filter(Q(number=Subquery(newest)) | Q(number__in=list(numbers)))
    return {(row.patient_id, row.number): summary_in(row) for row in wanted}

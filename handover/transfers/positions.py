"""A handover and what one person is to it, in one statement: sender, addressee, holder, and how far they have come.

Written in SQL and not as a query set: it stands in the way of every act, and building it anew each time would cost more
than running it.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.actors import Actor
from handover.transfers.models import Handover, HandoverVersion, Transfer
from handover.transfers.rules import Standing
from live.rows import columns, made, split
from live.statements import Statement

# A member of the unit, or on duty there at that moment.
_WORKS_IN = """(
    EXISTS (SELECT 1 FROM accounts_membership m WHERE m.person_id = %(me)s AND m.unit_id = {unit})
    OR EXISTS (SELECT 1 FROM accounts_duty d WHERE d.person_id = %(me)s AND d.unit_id = {unit}
        AND d.starts <= %(now)s AND (d.ends IS NULL OR d.ends > %(now)s)))"""

# S608: what is put in are the names of columns, from this module and of the models.
_FOUND = Statement(f"""
SELECT
    {_WORKS_IN.format(unit="h.author_unit_id")} AS in_author_unit,
    EXISTS (SELECT 1 FROM accounts_membership m WHERE m.person_id = %(me)s AND m.unit_id = h.to_unit_id) AS is_member,
    EXISTS (SELECT 1 FROM accounts_duty d WHERE d.person_id = %(me)s AND d.unit_id = h.to_unit_id
        AND d.starts <= %(now)s AND (d.ends IS NULL OR d.ends > %(now)s)) AS is_on_duty,
    {_WORKS_IN.format(unit="t.to_unit_id")} AS in_destination,
    EXISTS (SELECT 1 FROM transfers_handoverversion v
        WHERE v.handover_id = h.id AND v.author_id = %(me)s) AS wrote_a_version,
    EXISTS (SELECT 1 FROM transfers_acceptance a JOIN transfers_handoverversion v ON v.id = a.version_id
        WHERE v.handover_id = h.id) AS was_accepted,
    (SELECT r.person_id FROM transfers_responsibility r
        WHERE r.patient_id = h.patient_id AND r.handover_id = h.id AND r.until IS NULL) AS holder_id,
    EXISTS (SELECT 1 FROM live_rung g
        WHERE g.subject_id = h.current_id AND g.person_id = %(me)s AND g.name = 'read') AS has_read,
    (SELECT CASE WHEN s.corrected IS NULL THEN 'said' ELSE 'corrected' END FROM transfers_synthesis s
        WHERE s.version_id = h.current_id AND s.person_id = %(me)s ORDER BY s.said DESC, s.id DESC LIMIT 1
    ) AS synthesis,
    EXISTS (SELECT 1 FROM transfers_question q WHERE q.handover_id = h.id AND q.answered IS NULL) AS has_question,
    EXISTS (SELECT 1 FROM transfers_synthesis s
        WHERE s.version_id = h.current_id AND s.corrected IS NULL) AS has_synthesis,
    {columns(Handover, "h")}, {columns(HandoverVersion, "c")}, {columns(Transfer, "t")}
FROM transfers_handover h
LEFT JOIN transfers_handoverversion c ON c.id = h.current_id
LEFT JOIN transfers_transfer t ON t.id = h.transfer_id
WHERE h.id = %(handover)s
""")  # noqa: S608


@dataclass(frozen=True)
class _Position:
    """What a row of _FOUND begins with, in its order."""

    in_author_unit: bool
    is_member: bool
    is_on_duty: bool
    in_destination: bool
    wrote_a_version: bool
    was_accepted: bool
    holder_id: UUID | None
    has_read: bool
    synthesis: Literal["said", "corrected"] | None
    has_question: bool
    has_synthesis: bool


def find(actor: Actor, handover_id: UUID, *, now: datetime) -> tuple[Handover, Standing] | None:
    """The handover with its current version and its move, and what this person is to it at `now` but for the gate."""
    found = _FOUND.first({"me": actor.person.pk, "now": now, "handover": handover_id})
    if found is None:
        return None
    size = len(fields(_Position))
    row, current, transfer = split(found[size:], Handover, HandoverVersion, Transfer)
    handover = made(Handover, row)
    handover.current = made(HandoverVersion, current) if current else None
    handover.transfer = made(Transfer, transfer) if transfer else None
    return handover, _standing(actor, handover, _Position(*found[:size]))


def _standing(actor: Actor, handover: Handover, at: _Position) -> Standing:
    person = actor.person
    is_author = handover.author_id == person.pk
    is_addressee = not is_author and not at.wrote_a_version and _is_addressed(handover, at, person.pk)
    return Standing(
        status=handover.status,
        transfer=handover.transfer.status if handover.transfer else "",
        is_clinician=person.is_clinician and person.is_active,
        is_author=is_author,
        is_sender=is_author or (at.in_author_unit and not is_addressee),
        is_addressee=is_addressee,
        is_at_destination=at.in_destination or handover.accepted_by_id == person.pk,
        works_at_destination=at.in_destination,
        holder="" if at.holder_id is None else "me" if at.holder_id == person.pk else "other",
        was_accepted=at.was_accepted,
        has_read=at.has_read,
        synthesis=at.synthesis or "",
        has_open_question=at.has_question,
        has_synthesis_to_correct=at.has_synthesis,
    )


def _is_addressed(handover: Handover, at: _Position, me: UUID) -> bool:
    """To them, or to a duty or unit that is theirs; and whoever accepted or has the patient stays the receiver."""
    if me in (handover.to_person_id, handover.accepted_by_id, at.holder_id):
        return True
    works_there = {"on_duty": at.is_on_duty, "unit": at.is_member or at.is_on_duty}
    return works_there.get(handover.address, False)

"""Puts events on the record: one lean insert, in the caller's transaction, without waiting for any other writer.

An act calls `record` inside its transaction, so that the act and its event are committed together or not at all. A
read calls `record_read` before the content leaves: outside a transaction it is durable when it returns. A refusal is
recorded by the edge, after the act's transaction was rolled back.
"""

import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from ledger import counting, strangers
from ledger.agents import Agent, Entity
from live.refusals import Refusal
from live.statements import Call, Statement, Unplanned, run_together

__all__ = [
    "Agent",
    "Entity",
    "Noted",
    "reads",
    "record",
    "record_all",
    "record_read",
    "record_refusal",
    "record_stranger",
]

PATIENTS_PER_EVENT = 200
# How far a process has counted: put on record by ledger/marks.py alone.
COUNTED = "ledger.counted"
Detail = Mapping[str, int | str | list[str]]

_EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
# Codes, ids, digests and times. No spaces: words about a patient do not fit through here.
_CODE = re.compile(r"[A-Za-z0-9_.:/+@-]{0,128}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_DETAILS = 16

_INTO = """
    INSERT INTO ledger_event (event, outcome, reason, agent_id, agent_role, session_id, device, unit_id, patient_id,
        patient_ids, relationship_ids, entity_kind, entity_id, entity_version, purpose, request_id, detail, process_id,
        process_n)
    VALUES """
_ROW = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::uuid[], %s::uuid[], %s, %s, %s, %s, %s, %s::jsonb, %s::uuid, %s)"
INSERT = _INTO + _ROW
_RECORD = Statement(INSERT)
# More than so many events of one act, or of one round of readers, go into the record as rows of one statement.
_ONE_BY_ONE = 4


def record(  # noqa: PLR0913 -- an event is its facts; each is named where it is known
    event: str,
    *,
    agent: Agent | None,
    outcome: str = "success",
    patient_id: UUID | None = None,
    entity: Entity | None = None,
    relationship_id: UUID | None = None,
    purpose: str = "TREAT",
    reason: str = "",
    detail: Detail | None = None,
) -> None:
    """The event is in the caller's transaction. `reason` is a code; `detail` holds codes, ids and counts.

    `purpose` is a code of HL7 PurposeOfUse (TREAT, HOPERAT, BTG ...). Raises ValueError for words where codes belong.
    """
    noted = Noted(
        event=event,
        agent=agent,
        outcome=outcome,
        reason=reason,
        patient_id=patient_id,
        relationship_ids=[relationship_id] if relationship_id else None,
        entity=entity,
        purpose=purpose,
        detail=detail or {},
    )
    record_all([noted])


def record_all(events: Sequence["Noted"]) -> None:
    """The events are in the caller's transaction, in their order, sent in one message."""
    run_together(recording(events))


def recording(events: Sequence["Noted"]) -> list[Call]:
    """What puts the events on the record when it is run, for an act that sends it together with what else it writes.

    Raises ValueError for words where codes belong.
    """
    return _counted([noted.parameters() for noted in events], counting.counter().take(len(events)))


def run_counted(events: Sequence["Noted"], taken: counting.Taken) -> None:
    """The events are in the caller's transaction, under numbers that were taken for them before."""
    run_together(_counted([noted.parameters() for noted in events], taken))


def _counted(rows: Sequence[list[Any]], taken: counting.Taken) -> list[Call]:
    counted = [[*row, taken.process_id, number] for row, number in zip(rows, taken.numbers, strict=True)]
    if len(counted) > _ONE_BY_ONE:
        # Fifty who are shown the same: one insert of fifty rows costs PostgreSQL a fraction of fifty inserts.
        together = Unplanned(_INTO + ", ".join([_ROW] * len(counted)))
        return [Call(together, [value for row in counted for value in row], written=taken.written)]
    # They are written together or not at all: the last one's word is that of all.
    lasts = [None] * (len(counted) - 1) + [taken.written]
    return [Call(_RECORD, row, written=word) for row, word in zip(counted, lasts, strict=False)]


def record_read(
    event: str,
    *,
    agent: Agent,
    patient_ids: Sequence[UUID],
    relationship_ids: Sequence[UUID],
    detail: Detail | None = None,
    purpose: str = "TREAT",
) -> None:
    """The read of these patients is on record: one event per screen, and a further one from each 201st patient on.

    Call it before the content leaves, outside a transaction or in one that commits before. `relationship_ids` are the
    rows that allowed it. No patients: nobody was read, and one event says that the screen was empty.
    """
    record_all(
        reads(
            event,
            agent=agent,
            patient_ids=patient_ids,
            relationship_ids=relationship_ids,
            detail=detail,
            purpose=purpose,
        )
    )


def reads(  # noqa: PLR0913 -- those of record_read
    event: str,
    *,
    agent: Agent,
    patient_ids: Sequence[UUID],
    relationship_ids: Sequence[UUID],
    detail: Detail | None = None,
    purpose: str = "TREAT",
) -> list["Noted"]:
    """The events of one reader, for record_all(): where many readers are given something at once."""
    patients, relationships = list(patient_ids), list(relationship_ids)
    noted = []
    steps = range(0, max(len(patients), len(relationships), 1), PATIENTS_PER_EVENT)
    for start in steps:
        several = patients[start : start + PATIENTS_PER_EVENT]
        allowed = relationships[start : start + PATIENTS_PER_EVENT]
        facts = Noted(
            event=event,
            agent=agent,
            patient_id=several[0] if len(several) == 1 else None,
            patient_ids=several if len(several) > 1 else None,
            relationship_ids=allowed or None,
            purpose=purpose,
            detail=detail or {},
        )
        noted.append(facts)
    return noted


def record_stranger(event: str, *, reason: str) -> None:
    """What nobody known tried and was refused; after the minute's number of its name nothing (ledger/strangers.py)."""
    admitted = strangers.BOUNDS.admit(event, reason)
    if admitted is not None:
        record_all([Noted(event=event, agent=None, outcome="refused", reason=admitted)])


def record_refusal(refusal: Refusal, *, agent: Agent | None) -> None:
    """The refusal is on record under the act's own name. Called by the edge, after the act was rolled back.

    Of strangers only so many a minute are: they need no account to be refused.
    """
    event, reason = refusal.act or "act.refused", refusal.code
    if agent is None:
        admitted = strangers.BOUNDS.admit(event, reason)
        if admitted is None:
            return
        reason = admitted
    noted = Noted(
        event=event,
        agent=agent,
        outcome="refused",
        reason=reason,
        patient_id=refusal.patient_id,
        entity=Entity("subject", refusal.subject_id) if refusal.subject_id else None,
    )
    record_all([noted])


class Noted(NamedTuple):
    """An event that is about to be put on the record. `relationship_ids` are the rows that allowed it."""

    event: str
    agent: Agent | None
    outcome: str = "success"
    reason: str = ""
    patient_id: UUID | None = None
    patient_ids: list[UUID] | None = None
    relationship_ids: list[UUID] | None = None
    entity: Entity | None = None
    purpose: str = "TREAT"
    detail: Detail = MappingProxyType({})

    def parameters(self) -> list[Any]:
        """What INSERT takes, in its order, but for who counts it. Raises ValueError for words where codes belong."""
        _require_codes(self)
        entity = self.entity
        return [
            self.event,
            self.outcome,
            self.reason,
            *agent_parameters(self.agent),
            self.patient_id,
            self.patient_ids,
            self.relationship_ids,
            entity.kind if entity else "",
            entity.id if entity else None,
            entity.version if entity else "",
            self.purpose,
            self.agent.request_id[:64] if self.agent else "",
            json.dumps(dict(self.detail), sort_keys=True, separators=(",", ":")) if self.detail else "{}",
        ]


def agent_parameters(agent: Agent | None) -> list[Any]:
    """agent_id, agent_role, session_id, device and unit_id, in that order."""
    if agent is None:
        return [None, "", None, "", None]
    return [agent.person_id, agent.role, agent.session_id, agent.device[:64], agent.unit_id]


def _require_codes(facts: Noted) -> None:
    if not _EVENT.fullmatch(facts.event):
        raise ValueError("An event's name is room.past_tense.")
    for code in (facts.reason, facts.purpose, facts.entity.version if facts.entity else ""):
        _require_code(code)
    if len(facts.detail) > _MOST_DETAILS:
        raise ValueError("An event's detail has 16 facts at most.")
    for name, value in facts.detail.items():
        if not _NAME.fullmatch(name):
            raise ValueError("The name of a detail is a lower-case word.")
        for one in value if isinstance(value, list) else [value]:
            _require_code(one)


def _require_code(value: object) -> None:
    # The value itself stays out of the error: it may be just what must not be written anywhere.
    if isinstance(value, int):
        return
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise ValueError("The log takes codes, ids and counts; this is something else, perhaps words about a patient.")


def run_apart(cursor: CursorWrapper, event: str, *, reason: str, patient_id: UUID | None, detail: Detail) -> None:
    """What failed in the system itself is on record: nobody did it. The cursor apart commits each statement."""
    noted = Noted(
        event=event,
        agent=None,
        outcome="failed",
        reason=reason,
        patient_id=patient_id,
        detail=detail,
        purpose="HOPERAT",
    )
    parameters, taken = noted.parameters(), counting.counter().take(1)
    cursor.execute(INSERT, [*parameters, taken.process_id, *taken.numbers])
    taken.confirm()

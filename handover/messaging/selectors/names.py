"""Which patients of a sender's list a text names. What is shown of them is recorded.

A list may hold hundreds, and each message is held against it. So that not every name has to be opened each time, this
process keeps of each what a text that names it must hold, as digests under a key of its own: no name is kept.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from accounts.actors import Actor
from handover.messaging.rules import Name, named_in, pieces_of, traces_of
from handover.patients.mistaken import MOST_NAMES, shown
from handover.patients.sealed import headline_in
from live.acting import acting_for
from live.statements import Statement
from vault.services import Scope, prepare

_KEPT = 8192
_KEY = secrets.token_bytes(32)
Listed = Sequence[tuple[UUID, bytes]]


def named_on_the_list(actor: Actor, text: str, *, about: UUID | None) -> list[Name]:
    """Whom of the patients in a stay whom this person may see the text names, but for whom it is about. Not audited."""
    # For the whole set at once, whatever the act around it is about (handover/patients/migrations/0009).
    with acting_for(actor.person.pk):
        listed = _read(_LIST.all([actor.person.pk, actor.person.role, MOST_NAMES]))
    prepare([Scope.patient(patient_id) for patient_id, _ in listed])
    traces = [(patient_id, blob, _traces(patient_id, blob)) for patient_id, blob in listed]
    pieces = {_digest(piece) for piece in pieces_of(text, {each.length for _, _, each in traces if each.length})}
    near = [
        (patient_id, blob)
        for patient_id, blob, each in traces
        if patient_id == about or each.word in pieces or each.number in pieces
    ]
    return named_in(text, about=about, names=_names(near))


@transaction.atomic
def who_is_named(actor: Actor, text: str, *, about: UUID | None) -> list[str]:
    """Whom the text names beside the patient it is about, each by name, date of birth and record number. Recorded."""
    return shown(actor, [one.id for one in named_on_the_list(actor, text, about=about)], by="guard")


# Each message is held against it. The same as in_a_stay(), written out.
_LIST = Statement("""
SELECT p.id, p.sealed_headline
FROM patients_patient p JOIN patients_encounter e ON e.patient_id = p.id AND e.status = 'active'
WHERE p.id IN (SELECT patient_id FROM patients_relationships_of(%s, %s)) ORDER BY p.id LIMIT %s
""")


def _read(rows: Iterable[tuple[Any, ...]]) -> list[tuple[UUID, bytes]]:
    return [(patient_id, bytes(blob)) for patient_id, blob in rows]


def _names(listed: Listed) -> list[Name]:
    found = [(patient_id, headline_in(patient_id, blob)) for patient_id, blob in listed]
    return [Name(patient_id, one.family, one.given, one.record_number) for patient_id, one in found]


class _Kept(NamedTuple):
    """What is kept of a name: digests, and how long its number is."""

    word: bytes
    number: bytes
    length: int


@lru_cache(maxsize=_KEPT)
def _traces(patient_id: UUID, blob: bytes) -> _Kept:
    """By the sealed row itself: one that was corrected is another."""
    (name,) = _names([(patient_id, blob)])
    traces = traces_of(name)
    return _Kept(_digest(traces.word), _digest(traces.number), len(traces.number))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), key=_KEY, digest_size=16).digest() if text else b""

"""Which patients of a sender's list a text names, and who is easily taken for one. What is shown of them is recorded.

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
from django.db.models import QuerySet

from accounts.actors import Actor
from handover.messaging.rules import Name, alike_to, named_in, pieces_of, traces_of
from handover.patients import access
from handover.patients.models import Encounter, Patient
from handover.patients.sealed import headline_in
from handover.patients.wording import born_words, full_name
from ledger import services as ledger
from live.acting import acting_for
from live.statements import Statement
from vault.services import Scope, prepare

# Nobody works with a longer list; what lies beyond it is not asked about.
MOST_NAMES = 500
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
    return _shown(actor, named_on_the_list(actor, text, about=about), by="guard")


@transaction.atomic
def lookalikes_of(actor: Actor, patient_id: UUID) -> list[str]:
    """Who in the unit where the patient is is easily taken for them, by name, birth date and number. Recorded."""
    stays = Encounter.objects.filter(patient_id=patient_id, status=Encounter.Status.ACTIVE)
    with acting_for(actor.person.pk):
        listed = _listed(_in_a_stay(actor).filter(encounters__unit__in=stays.values("unit_id")))
    prepare([Scope.patient(each) for each, _ in listed])
    names = _names(listed)
    about = next((one for one in names if one.id == patient_id), None)
    return _shown(actor, alike_to(about, names), by="lookalikes") if about else []


def _in_a_stay(actor: Actor) -> QuerySet[Patient]:
    return access.visible_to(actor).filter(encounters__status=Encounter.Status.ACTIVE).order_by("pk")


# Each message is held against it. The same as _in_a_stay(), written out.
_LIST = Statement("""
SELECT p.id, p.sealed_headline
FROM patients_patient p JOIN patients_encounter e ON e.patient_id = p.id AND e.status = 'active'
WHERE p.id IN (SELECT patient_id FROM patients_relationships_of(%s, %s)) ORDER BY p.id LIMIT %s
""")


def _listed(patients: QuerySet[Patient]) -> list[tuple[UUID, bytes]]:
    return _read(patients.values_list("pk", "sealed_headline")[:MOST_NAMES])


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


def _shown(actor: Actor, names: Sequence[Name], *, by: str) -> list[str]:
    """These patients in words, with the read on the record; nothing is recorded where there is nobody."""
    if not names:
        return []
    ids = [one.id for one in names]
    allowed = access.rows_allowing([(actor.person.pk, patient_id) for patient_id in ids])
    ledger.record_read(
        "patient.listed",
        agent=actor.agent,
        patient_ids=ids,
        relationship_ids=list(allowed.values()),
        detail={"by": by},
    )
    rows = Patient.objects.filter(pk__in=[patient_id for _, patient_id in allowed])
    found = {
        patient_id: headline_in(patient_id, blob) for patient_id, blob in rows.values_list("pk", "sealed_headline")
    }
    return [
        f"{full_name(found[each])} · {born_words(found[each].birth_date)} · {found[each].record_number}"
        for each in ids
        if each in found
    ]

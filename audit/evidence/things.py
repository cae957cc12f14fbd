"""What a pack is about, of whatever kind: its patient, record.json, its events, and how its words open."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from ledger.evidence import EXPORTED, Added
from ledger.models import Event


@dataclass(frozen=True)
class Version:
    """Words that the log holds by their digest: `id` is what the event is about, `digest` in hex.

    `revision` is 0 for what was sent, else the number of the edit.
    """

    number: int
    id: UUID
    digest: str
    revision: int = 0

    def facts(self) -> dict[str, int | str]:
        """As record.json tells of it, for the verifiers."""
        return {"number": self.number, "id": str(self.id), "digest": self.digest, "revision": self.revision}


@dataclass(frozen=True)
class Thing:
    """One thing to take out. `patient_id` is None for what is of no patient; `content` opens the words."""

    kind: str
    id: UUID
    patient_id: UUID | None
    record: Added
    events: Sequence[Event]
    content: Callable[[], dict[str, Added]]


def told(row: Model, names: str) -> dict[str, Any]:
    """These columns of a row, as canonical JSON holds them."""
    return {name: plain(getattr(row, name)) for name in names.split()}


def plain(value: object) -> object:
    """The value as canonical JSON holds it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, UUID):
        return str(value)
    return value


def people_in(rows: Iterable[Model], told_of: Mapping[type[Model], str]) -> set[UUID]:
    """Everybody whom one of the rows names by a column that `told_of` tells."""
    people = ("author_id", "person_id", "owner_id", "to_person_id", "second_person_id")
    names = {(row, name) for row in rows for name in told_of[type(row)].split() if name.endswith(("by_id", *people))}
    return {found for row, name in names if (found := getattr(row, name)) is not None}


def versions_in(events: Iterable[Event], kind: str, names: Iterable[str]) -> list[Version]:
    """The words that these events tell of, numbered in their order: those of `names` about this kind, with a digest."""
    wanted = frozenset(names)
    digested = [
        (event.entity_id, event.entity_version, int(event.detail.get("revision", 0)))
        for event in events
        if event.event in wanted and event.entity_kind == kind and event.entity_id and event.entity_version
    ]
    return [Version(number, *facts) for number, facts in enumerate(digested, start=1)]


def exports_of(kind: str, thing_id: UUID, patient_id: UUID | None) -> list[Event]:
    """When it was taken out before, newest first."""
    mine = Event.objects.filter(patient_id=patient_id, event=EXPORTED, detail__about=kind)
    return list(mine.filter(detail__about_id=str(thing_id)).order_by("-recorded", "-id"))

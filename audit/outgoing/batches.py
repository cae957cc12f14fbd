"""The events of a search in batches, newest first, each with what it needs to be written: bounded, however many."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from accounts.models import DeviceSession, Person
from audit.fhir_audit import Surroundings
from audit.reading import read
from audit.rows import EventRow, Known
from audit.searches import Search
from handover.patients.models import CareRelationship
from ledger.models import Event
from live.acting import acting_as_system

EVENTS_IN_A_BATCH = 500


@dataclass(frozen=True)
class Batch:
    """Some events: as rows with their words, and what FHIR needs besides."""

    events: Sequence[Event]
    rows: Sequence[EventRow]
    around: Surroundings


def batches(search: Search) -> Iterator[Batch]:
    """All of the search, by keyset. It must end somewhere (`until`): else it would follow its own traces."""
    mark = search.older_than
    while True:
        found = read(replace(search, older_than=mark), wanted=EVENTS_IN_A_BATCH)
        if found.events:
            known = Known(found.events, patients=search.patient_ids)
            yield Batch(found.events, [known.row(event) for event in found.events], surroundings_of(found.events))
        if found.next is None:
            return
        mark = found.next


def surroundings_of(events: Sequence[Event]) -> Surroundings:
    """What these events name by id, in three queries."""
    people = {event.agent_id for event in events if event.agent_id}
    sessions = {event.session_id for event in events if event.session_id}
    rows = {row_id for event in events for row_id in event.relationship_ids or []}
    with acting_as_system("audit.relationships"):
        reasons = CareRelationship.objects.filter(pk__in=rows).values_list("pk", "reason", "patient_id")
        found = {row_id: (reason, patient_id) for row_id, reason, patient_id in reasons}
    addressed = DeviceSession.objects.filter(pk__in=sessions, address__isnull=False)
    return Surroundings(
        names=dict(Person.objects.filter(pk__in=people).values_list("pk", "display_name")),
        addresses={session_id: str(address) for session_id, address in addressed.values_list("pk", "address")},
        reasons=found,
    )

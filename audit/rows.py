"""An event as an officer's page shows it: the words for what the record holds as ids and codes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Person, Role, Unit
from audit import wording
from audit.selectors import record_numbers
from handover.patients.models import CareRelationship
from ledger.models import Event
from live.acting import acting_as_system


@dataclass(frozen=True)
class EventRow:
    """An event as the page shows it: the event itself, and the words for what it holds as ids and codes."""

    event: Event
    who: str
    role: str
    unit: str
    what: str
    patients: str
    relationships: str
    outcome: str
    tone: str
    icon: str
    is_emergency: bool

    @property
    def when(self) -> datetime:
        return self.event.recorded

    @property
    def purpose(self) -> str:
        """What it was for in words, with the code."""
        code = self.event.purpose
        return f"{wording.PURPOSES[code]} ({code})" if code in wording.PURPOSES else code

    @property
    def about(self) -> str:
        """The kind of thing that it is about, as words."""
        return self.event.entity_kind.replace("_", " ")

    @property
    def detail(self) -> list[tuple[str, str]]:
        """The detail's facts by name. A list is joined by commas."""
        facts = sorted(self.event.detail.items())
        return [(name, ", ".join(value) if isinstance(value, list) else str(value)) for name, value in facts]


class Known:
    """The names behind a page's ids: people, units, record numbers and relationships, one query each."""

    def __init__(self, events: Sequence[Event], *, patients: Iterable[UUID] = (), people: Iterable[UUID] = ()) -> None:
        self._asked_for = set(patients)
        agents = {event.agent_id for event in events if event.agent_id} | set(people)
        self.people = Person.objects.in_bulk(agents)
        self._units = Unit.objects.in_bulk({event.unit_id for event in events if event.unit_id})
        named = {event.patient_id for event in events if event.patient_id} | self._asked_for
        self.numbers = record_numbers(named)
        rows = {row_id for event in events for row_id in event.relationship_ids or []}
        with acting_as_system("audit.relationships"):
            self._relationships = CareRelationship.objects.in_bulk(rows)

    def row(self, event: Event) -> EventRow:
        """The event with its words."""
        unit = self._units.get(event.unit_id) if event.unit_id else None
        return EventRow(
            event=event,
            who=self._who(event),
            role=str(dict(Role.choices).get(event.agent_role, event.agent_role)),
            unit=unit.name if unit else "",
            what=str(wording.ACTS.get(event.event, event.event)),
            patients=self._patients(event),
            relationships=self.reason_words(event),
            is_emergency=self._is_emergency(event),
            outcome=str(wording.OUTCOMES.get(event.outcome, event.outcome)),
            tone=wording.TONES.get(event.outcome, "info"),
            icon=wording.ICONS.get(event.outcome, "info"),
        )

    def patient_words(self, patient_id: UUID) -> str:
        """The record number, or what stands for it when there is none to show."""
        return self.numbers.get(patient_id) or _("unknown")

    def _who(self, event: Event) -> str:
        if event.agent_id is None:
            return _("Nobody signed in") if event.outcome == "refused" else _("The system")
        person = self.people.get(event.agent_id)
        return person.display_name if person else _("No longer in the directory")

    def _patients(self, event: Event) -> str:
        if event.patient_id:
            return self.patient_words(event.patient_id)
        if not event.patient_ids:
            return ""
        count = len(event.patient_ids)
        if self._asked_for.intersection(event.patient_ids):
            return ngettext("%(count)d patient, with this one", "%(count)d patients, with this one", count) % {
                "count": count
            }
        return ngettext("%(count)d patient", "%(count)d patients", count) % {"count": count}

    def relationships_of(self, event: Event) -> list[CareRelationship]:
        """The rows that allowed it, as far as they are still there."""
        rows = (self._relationships.get(row_id) for row_id in event.relationship_ids or [])
        return [row for row in rows if row is not None]

    def reason_words(self, event: Event) -> str:
        """The relationships in words; empty where none was needed."""
        if not event.relationship_ids:
            return ""
        reasons = {row.reason for row in self.relationships_of(event)}
        words = sorted(str(wording.RELATIONSHIPS.get(reason, reason)) for reason in reasons)
        return ", ".join(words) or _("A row that is no longer there")

    def _is_emergency(self, event: Event) -> bool:
        is_glass = any(row.reason == CareRelationship.Reason.BREAK_GLASS for row in self.relationships_of(event))
        return is_glass or event.event == "glass.broken"

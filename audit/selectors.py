"""What a compliance officer reads in the record. Nobody else does, and each look is on record before it is given.

An officer sees who did what to which patient, and no clinical content: not a name, not a birth date, not a ward list. A
patient is shown by the record number, because that is what a complaint, a court order or the records department names
them by, and by the beginning of their id. The number is inside the sealed identity, so it is unsealed for this page,
and the event that records the search names every patient whose number was shown. A patient whose key was destroyed is
shown as erased; the events stay.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actors import Actor
from accounts.models import Facility, Person, Role, Unit
from audit import wording
from audit.searches import Mark, Search
from handover.patients.models import CareRelationship, Patient
from handover.patients.sealed import identity_of, record_number_index
from ledger.models import Event
from ledger.services import Detail, record_read
from live.acting import acting_as_system
from live.refusals import NotFound
from vault.errors import KeyDestroyed, VaultError
from vault.services import Scope, prepare

EVENTS_ON_A_PAGE = 50
PEOPLE_OFFERED = 8


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

    @property
    def when(self) -> datetime:
        return self.event.recorded

    @property
    def detail(self) -> list[tuple[str, str]]:
        """The detail's facts by name. A list is joined by commas."""
        facts = sorted(self.event.detail.items())
        return [(name, ", ".join(value) if isinstance(value, list) else str(value)) for name, value in facts]


@dataclass(frozen=True)
class EventsPage:
    """Fifty events, newest first, and the way to those beside them. `older` and `newer` are addresses, or empty."""

    search: Search
    rows: list[EventRow]
    person: Person | None
    record_numbers: list[str]
    older: str
    newer: str


def require_officer(actor: Actor) -> None:
    """Raises NotFound for everybody but a compliance officer: nobody else learns that there is such a page."""
    if actor.person.role != Role.COMPLIANCE_OFFICER:
        raise NotFound(act="audit.searched", code="role")


def events_page(actor: Actor, search: Search) -> EventsPage:
    """The events that fit, newest first, fifty at a time by keyset. Recorded as audit.searched. Raises NotFound."""
    require_officer(actor)
    events, is_more = _events(search)
    known = _Known(events, search)
    _record(actor, search, found=len(events), shown=known.numbers)
    # Whoever came from the older side has that side behind them, and the other way round.
    is_back = search.newer_than is not None
    has_older, has_newer = (True, is_more) if is_back else (is_more, search.older_than is not None)
    return EventsPage(
        search=search,
        rows=[known.row(event) for event in events],
        person=known.people.get(search.person_id) if search.person_id else None,
        record_numbers=[known.patient_words(patient_id) for patient_id in search.patient_ids],
        older=search.address(older_than=_mark(events[-1])) if events and has_older else "",
        newer=search.address(newer_than=_mark(events[0])) if events and has_newer else "",
    )


def patients_with_record_number(actor: Actor, record_number: str) -> list[UUID]:
    """The patients who have this record number: one, or one in each of several facilities. Raises NotFound."""
    require_officer(actor)
    facilities = Facility.objects.values_list("pk", flat=True)
    indexes = [record_number_index(facility_id, record_number) for facility_id in facilities]
    with acting_as_system("audit.patients"):
        return list(Patient.objects.filter(record_number_index__in=indexes).order_by("pk").values_list("pk", flat=True))


def people_by(actor: Actor, words: str) -> list[Person]:
    """The person with this e-mail address, else those whose name holds the words, eight at most. Raises NotFound."""
    require_officer(actor)
    exact = list(Person.objects.filter(email=words.strip().lower()))
    named = Person.objects.filter(display_name__icontains=words.strip()).order_by("display_name", "pk")
    return exact or list(named[:PEOPLE_OFFERED])


def record_fruitless(actor: Actor, kind: str) -> None:
    """A search for a patient or person who is not there is on record too, without the words that were looked for."""
    _record_search(actor, detail={"by": [kind], "found": 0}, patient_ids=[])


def _record(actor: Actor, search: Search, *, found: int, shown: Iterable[UUID]) -> None:
    detail: dict[str, int | str | list[str]] = {"by": search.kinds, "found": found}
    if search.person_id:
        detail["person"] = str(search.person_id)
    if search.day:
        detail["day"] = search.day.isoformat()
    _record_search(actor, detail=detail, patient_ids=sorted({*search.patient_ids, *shown}))


def _record_search(actor: Actor, *, detail: Detail, patient_ids: list[UUID]) -> None:
    record_read(
        "audit.searched",
        agent=actor.agent,
        patient_ids=patient_ids,
        relationship_ids=[],
        detail=detail,
        purpose="HOPERAT",
    )


def _mark(event: Event) -> Mark:
    return Mark(event.recorded, event.pk)


def _events(search: Search) -> tuple[list[Event], bool]:
    """A page of events, newest first, and whether there are more in the direction of reading.

    A patient's events lie in two places, those of one patient and those of a list, each with an index of its own; a
    page is the best of both, so that neither index is left for a scan.
    """
    is_back = search.newer_than is not None
    order = ("recorded", "id") if is_back else ("-recorded", "-id")
    wanted = EVENTS_ON_A_PAGE + 1
    found: dict[int, Event] = {}
    for branch in _branches(search):
        found.update({event.pk: event for event in branch.order_by(*order)[:wanted]})
    page = sorted(found.values(), key=lambda event: (event.recorded, event.pk), reverse=not is_back)[:wanted]
    is_more = len(page) == wanted
    page = page[:EVENTS_ON_A_PAGE]
    return (page[::-1] if is_back else page), is_more


def _branches(search: Search) -> list[QuerySet[Event]]:
    fitting = Event.objects.filter(_fits(search))
    if not search.patient_ids:
        return [fitting]
    alone = [fitting.filter(patient_id=patient_id) for patient_id in search.patient_ids]
    listed = [fitting.filter(patient_ids__contains=[patient_id]) for patient_id in search.patient_ids]
    return alone + listed


def _fits(search: Search) -> Q:
    fits = Q()
    if search.person_id:
        fits &= Q(agent_id=search.person_id)
    if search.outcome:
        fits &= Q(outcome=search.outcome)
    if search.outcome in {"refused", "failed"}:
        # Says again what the outcome implies, in the words of the small index of unusual events.
        fits &= ~Q(outcome="success")
    bounds = search.bounds()
    if bounds:
        fits &= Q(recorded__gte=bounds[0], recorded__lt=bounds[1])
    # recorded once more, alone: the planner takes it as the index's bound, which it does not see through the OR.
    if mark := search.older_than:
        fits &= Q(recorded__lte=mark.recorded) & (Q(recorded__lt=mark.recorded) | Q(id__lt=mark.event_id))
    if mark := search.newer_than:
        fits &= Q(recorded__gte=mark.recorded) & (Q(recorded__gt=mark.recorded) | Q(id__gt=mark.event_id))
    return fits


class _Known:
    """The names behind a page's ids: people, units, record numbers and relationships, one query each."""

    def __init__(self, events: Sequence[Event], search: Search) -> None:
        self._asked_for = set(search.patient_ids)
        people = {event.agent_id for event in events} | {search.person_id}
        self.people = Person.objects.in_bulk([person_id for person_id in people if person_id])
        self._units = Unit.objects.in_bulk({event.unit_id for event in events if event.unit_id})
        patients = {event.patient_id for event in events if event.patient_id} | self._asked_for
        self.numbers = record_numbers(patients)
        rows = {row_id for event in events for row_id in event.relationship_ids or []}
        with acting_as_system("audit.relationships"):
            self._reasons = dict(CareRelationship.objects.filter(pk__in=rows).values_list("pk", "reason"))

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
            relationships=self._relationships(event),
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

    def _relationships(self, event: Event) -> str:
        if not event.relationship_ids:
            return ""
        reasons = {self._reasons.get(row_id, "") for row_id in event.relationship_ids}
        words = sorted(str(wording.RELATIONSHIPS.get(reason, reason)) for reason in reasons if reason)
        return ", ".join(words) or _("A row that is no longer there")


def record_numbers(patient_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Patient id -> record number, unsealed. Not audited here: the caller records it before anything is shown."""
    with acting_as_system("audit.record_numbers"):
        patients = list(Patient.objects.filter(pk__in=set(patient_ids)).only("pk", "sealed_identity"))
    prepare([Scope.patient(patient.pk) for patient in patients])
    return {patient.pk: _record_number(patient) for patient in patients}


def _record_number(patient: Patient) -> str:
    try:
        return identity_of(patient).record_number
    except KeyDestroyed:
        return _("erased")
    except VaultError:
        # One damaged value must not hide who did what: it is on record as vault.failed, and the page says so here.
        return _("does not open")

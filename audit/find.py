"""A page of the record: fifty events that fit, newest first, with the way to those beside them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actors import Actor
from accounts.models import Person, Unit
from audit.acts import GROUPS
from audit.reading import mark_of, read
from audit.rows import EventRow, Known
from audit.searches import NO_RELATIONSHIP, Search
from audit.selectors import record_search, require_officer
from audit.times import when_words
from audit.wording import ACTS, OUTCOMES, RELATIONSHIPS

EVENTS_ON_A_PAGE = 50


@dataclass(frozen=True)
class EventsPage:
    """Fifty events, newest first, and the way to those beside them. `older` and `newer` are addresses, or empty.

    `looked_back_to`: not enough of the events that were looked at did fit; `older` looks further from that time on.
    """

    search: Search
    rows: list[EventRow]
    person: Person | None
    record_numbers: list[str]
    # What is filtered by, in words, and the address without it.
    crumbs: list[tuple[str, str]]
    # The queries of the two timelines beside this page: the same time, and the day of its first event.
    timeline: str
    day: str
    older: str
    newer: str
    looked_back_to: datetime | None


def events_page(actor: Actor, search: Search) -> EventsPage:
    """The events that fit, newest first, fifty at a time by keyset. Recorded as audit.searched. Raises NotFound."""
    require_officer(actor)
    found = read(search, wanted=EVENTS_ON_A_PAGE)
    # Whoever came from the older side has that side behind them, and the other way round.
    is_back = search.newer_than is not None
    events = found.events[::-1] if is_back else found.events
    older = found.next if not is_back else mark_of(events[-1]) if events else None
    newer = found.next if is_back else mark_of(events[0]) if events and search.older_than else None
    known = Known(events, patients=search.patient_ids, people=_people(search))
    detail = {**search.codes(), "found": len(events)}
    record_search(actor, detail=detail, patient_ids={*search.patient_ids, *known.numbers})
    numbers = [known.patient_words(patient_id) for patient_id in search.patient_ids]
    person = known.people.get(search.person_id) if search.person_id else None
    return EventsPage(
        search=search,
        rows=[known.row(event) for event in events],
        person=person,
        record_numbers=numbers,
        crumbs=_crumbs(search, numbers, person),
        timeline=Search(since=search.since, until=search.until).address_of(),
        day=f"?day={timezone.localtime(events[0].recorded).date().isoformat()}" if events else "",
        older=search.address_of(older_than=older) if older else "",
        newer=search.address_of(newer_than=newer) if newer else "",
        looked_back_to=found.next.recorded if found.is_early and found.next and not is_back else None,
    )


def search_words(search: Search) -> list[str]:
    """What is asked for, in words, without a patient's number: of those, how many."""
    count = len(search.patient_ids)
    patients = [ngettext("%(count)d patient", "%(count)d patients", count) % {"count": count}] if count else []
    person = Person.objects.filter(pk=search.person_id).first() if search.person_id else None
    return patients + [words for words, _without in _crumbs(search, [], person)]


def _people(search: Search) -> list[UUID]:
    return [search.person_id] if search.person_id else []


def _crumbs(search: Search, numbers: list[str], person: Person | None) -> list[tuple[str, str]]:
    unit = Unit.objects.filter(pk=search.unit_id).first() if search.unit_id else None
    told: list[tuple[str, dict[str, object]]] = [
        (_("Record number %(number)s") % {"number": ", ".join(numbers)} if numbers else "", {"patient_ids": ()}),
        (_name(search.person_id, person.display_name if person else ""), {"person_id": None}),
        (_name(search.unit_id, unit.name if unit else ""), {"unit_id": None}),
        (_act_words(search.act), {"act": ""}),
        (str(OUTCOMES.get(search.outcome, "")), {"outcome": ""}),
        (_relationship_words(search.relationship), {"relationship": ""}),
        (search.device, {"device": ""}),
        (search.address, {"address": ""}),
        (_from(search.since), {"since": None}),
        (_until(search.until), {"until": None}),
    ]
    return [(words, search.address_of(**without)) for words, without in told if words]


def _name(wanted: UUID | None, name: str) -> str:
    return (name or _("No longer in the directory")) if wanted else ""


def _act_words(act: str) -> str:
    return str(GROUPS[act][0]) if act in GROUPS else str(ACTS.get(act, act))


def _relationship_words(reason: str) -> str:
    return _("No relationship at all") if reason == NO_RELATIONSHIP else str(RELATIONSHIPS.get(reason, reason))


def _from(moment: datetime | None) -> str:
    return _("From %(time)s") % {"time": when_words(moment)} if moment else ""


def _until(moment: datetime | None) -> str:
    return _("Until %(time)s") % {"time": when_words(moment)} if moment else ""

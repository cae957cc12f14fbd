"""How what happens to a page is told to each reader, who must still be allowed to see the patient.

A reader who is not, learns that it happened and of which unit, where that takes something off their hands. What is
shown of a patient is on the record as patient.listed before it leaves.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from accounts.models import Person
from handover.paging.models import OwnersView, Page, PageAnswer, PageStep
from handover.paging.quiet.selectors import sounds_of
from handover.paging.rules import Level, Sound
from handover.paging.selectors.pages import summary_of
from handover.paging.services.ground import RUNG_OUT, SCORE, UNDECIDED
from handover.paging.wording import LEVELS
from handover.patients import access
from handover.patients.documents import Headline
from handover.patients.models import Patient
from handover.patients.sealed import headline_of
from handover.patients.wording import born_words, full_name
from handover.reach.push.events import FRONT, register_way
from handover.transfers.listed import headlines_for, line_of
from ledger import services as ledger
from ledger.agents import Agent
from live import ladder
from live.drawing import View, register_drawer
from live.models import InboxItem, Rung
from vault.services import Scope, prepare

ALERT, QUIET = "alert", "quiet"
MOVED = "paging.moved"
_BY_NOBODY = frozenset({"paging.climbed", "paging.nobody", "paging.unreached", "paging.closed"})
_ASKS = frozenset({"paging.sent", "paging.let_go"})
_ANSWERS = frozenset({"paging.passed", "paging.wrong_person", "paging.answered"})
_DISAGREED, _VIEW_ADDED = "paging.disagreed", "paging.view_added"


@dataclass(frozen=True)
class Wording:
    """How an event reads. `takes_away`: a reader who may no longer see the patient still learns that it happened."""

    title: Promise
    tone: str = QUIET
    takes_away: bool = False


EVENTS: Mapping[str, Wording] = {
    "paging.sent": Wording(gettext_lazy("Page"), ALERT),
    "paging.let_go": Wording(gettext_lazy("Page that waited for the end of your quiet hours"), ALERT),
    "paging.climbed": Wording(gettext_lazy("Your page went on to the next")),
    "paging.unreached": Wording(gettext_lazy("Your page could not be delivered to somebody"), ALERT),
    "paging.nobody": Wording(gettext_lazy("Your page has reached nobody"), ALERT, takes_away=True),
    "paging.owned": Wording(gettext_lazy("Somebody owns the page"), ALERT, takes_away=True),
    "paging.answered": Wording(gettext_lazy("One of those who have to has answered your page")),
    "paging.passed": Wording(gettext_lazy("Busy: your page was passed on")),
    "paging.wrong_person": Wording(gettext_lazy("Wrong person: your page was sent on")),
    "paging.closed": Wording(gettext_lazy("Nobody owned your page: it is closed"), ALERT, takes_away=True),
    "paging.withdrawn": Wording(gettext_lazy("Page withdrawn: nobody need come"), QUIET, takes_away=True),
    "paging.disagreed": Wording(gettext_lazy("Not agreed: the next of the chain was called"), ALERT),
    "paging.view_added": Wording(gettext_lazy("Whoever owns the page before has said their own view")),
    "paging.done": Wording(gettext_lazy("Page done"), QUIET, takes_away=True),
}


def register() -> None:
    """Tells live how to draw each event. Called when the app starts."""
    for event in EVENTS:
        register_drawer(event, draw)
    register_drawer(MOVED, draw_moved)
    register_drawer(UNDECIDED, draw_undecided)
    register_way(RUNG_OUT, way_of_step)
    register_way(SCORE, lambda patient_id: reverse("patients:page", args=[patient_id]))
    ladder.register_rung_drawer("page", draw_rungs)


def way_of_step(step_id: UUID) -> str:
    """Where a notification about a step leads: to its page."""
    page_id = PageStep.objects.filter(pk=step_id).values_list("page_id", flat=True).first()
    return reverse("paging:page", args=[page_id]) if page_id else FRONT


def draw(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """A view for each item, in the caller's transaction; None where the reader may not know of it."""
    pages = _pages({item.subject_id for item in items})
    known = [(item, pages[item.subject_id]) for item in items if item.subject_id in pages]
    allowed = access.readings_allowed({(item.person_id, page.patient_id) for item, page in known})
    _record(allowed)
    prepare({Scope.patient(patient_id) for _, patient_id in allowed})
    lines = _Lines()
    sounds = sounds_of({item.subject_id for item in items if item.event in _ASKS})
    known_of = _known_of(items)
    return {
        item.pk: _sounding(
            item,
            _view(item, page, lines if (item.person_id, page.patient_id) in allowed else None, known_of),
            sounds.get((page.pk, item.person_id), ""),
        )
        for item, page in known
    }


def draw_undecided(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """For whom a score proposes a page on which nobody has decided; None where the reader may not see them."""
    headlines = headlines_for({(item.person_id, item.subject_id) for item in items})
    views: dict[int, View | None] = {}
    for item in items:
        headline = headlines.get((item.person_id, item.subject_id))
        views[item.pk] = _undecided(item.subject_id, headline) if headline is not None else None
    return views


def _undecided(patient_id: UUID, headline: Headline) -> View:
    return {
        "title": gettext("High score: nobody has paged, or said why not"),
        "line": line_of(headline),
        "severity": headline.illness_severity or "",
        "url": reverse("patients:page", args=[patient_id]),
        "tone": ALERT,
    }


def draw_moved(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """That a page is to be drawn anew where it is open: its id alone, and no words. It asks who may see it."""
    return {item.pk: {"page": str(item.subject_id)} for item in items}


def _sounding(item: InboxItem, view: View | None, sound: str) -> View | None:
    """With how it sounds on an open page: silent while it is held, and as the level does in the reader's unit."""
    if view is None or item.event not in _ASKS or not sound:
        return view
    return {**view, "tone": QUIET if sound == Sound.SILENT else ALERT, "sound": sound}


def draw_rungs(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """How far a page has come with somebody, for whoever sent it. Names staff, and nothing of the patient."""
    rungs = Rung.objects.in_bulk({item.subject_id for item in items})
    pages = Page.objects.in_bulk({rung.subject_id for rung in rungs.values()})
    people = Person.objects.in_bulk({rung.person_id for rung in rungs.values()})
    views: dict[int, View | None] = {}
    for item in items:
        rung = rungs.get(item.subject_id)
        page = pages.get(rung.subject_id) if rung else None
        if rung is None or page is None or page.sent_by_id != item.person_id:
            views[item.pk] = None
            continue
        views[item.pk] = {
            "page": str(page.pk),
            "person": people[rung.person_id].display_name,
            "rung": rung.name,
            "reached": rung.reached.isoformat(),
            "url": reverse("paging:page", args=[page.pk]),
            "tone": QUIET,
        }
    return views


def _pages(ids: set[UUID]) -> dict[UUID, Page]:
    rows = Page.objects.filter(pk__in=ids).select_related("patient", "unit", "sent_by", "owned_by", "done_by", "role")
    return {row.pk: row for row in rows}


@dataclass(frozen=True)
class _Known:
    """Who gave the newest answer to each page, who said a view of each, and which page was called because of it."""

    answered: Mapping[UUID, str]
    viewed: Mapping[UUID, str]
    called: Mapping[UUID, UUID]


def _known_of(items: Sequence[InboxItem]) -> _Known:
    def of(*events: str) -> set[UUID]:
        return {item.subject_id for item in items if item.event in events}

    answers = PageAnswer.objects.filter(page__in=of(*_ANSWERS)).select_related("person").order_by("at", "pk")
    views = OwnersView.objects.filter(page__in=of(_VIEW_ADDED)).select_related("written_by").order_by("number")
    called = Page.objects.filter(cause=Page.Cause.DISAGREEMENT, cause_id__in=of(_DISAGREED))
    return _Known(
        answered={row.page_id: row.person.display_name for row in answers},
        viewed={row.page_id: row.written_by.display_name for row in views},
        called={row.cause_id: row.pk for row in called if row.cause_id},
    )


class _Lines:
    """Who each patient is, opened once for all their readers. A name never stands alone: two may share it."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[str, str]] = {}

    def of(self, patient: Patient) -> tuple[str, str]:
        """Name, birth date and record number; and the severity that is set."""
        if patient.pk not in self._known:
            headline = headline_of(patient)
            who = f"{full_name(headline)} · {born_words(headline.birth_date)} · {headline.record_number}"
            self._known[patient.pk] = (who, headline.illness_severity or "")
        return self._known[patient.pk]


def _view(item: InboxItem, page: Page, lines: _Lines | None, known: _Known) -> View | None:
    wording = EVENTS[item.event]
    if lines is None and not wording.takes_away:
        return None
    name, severity = lines.of(page.patient) if lines else ("", "")
    title = gettext(LEVELS[Level(page.level)].paged) if item.event in _ASKS else str(wording.title)
    url = reverse("paging:page", args=[page.pk])
    # Who owns it is asked for their own view, where it is said.
    if item.event == _DISAGREED and item.person_id == page.owned_by_id and page.pk in known.called:
        title = gettext("Not agreed: the next was called, and your own view is asked for")
        url = reverse("paging:view", args=[known.called[page.pk]])
    told = [name, page.unit.name, summary_of(page) if item.event == "paging.closed" else ""]
    return {
        "title": title,
        "line": " · ".join(each for each in told if each),
        "severity": severity,
        "url": url if lines else reverse("transfers:inbox"),
        "from": _by(item, page, known),
        "tone": wording.tone,
        "page": str(page.pk),
        "level": page.level,
    }


def _by(item: InboxItem, page: Page, known: _Known) -> str:
    """Who did what the event tells of."""
    if item.event in _ANSWERS:
        return known.answered.get(page.pk, "")
    if item.event == _VIEW_ADDED:
        return known.viewed.get(page.pk, "")
    person = {"paging.owned": page.owned_by, "paging.done": page.done_by}.get(item.event) or page.sent_by
    return "" if item.event in _BY_NOBODY else person.display_name


def _record(allowed: Mapping[tuple[UUID, UUID], access.Reading]) -> None:
    """One event per reader, with the patients whose names they are about to get and the rows that allow it."""
    by_reader: dict[Agent, list[tuple[UUID, UUID]]] = defaultdict(list)
    for (person_id, patient_id), reading in allowed.items():
        by_reader[Agent(person_id=person_id, role=reading.role)].append((patient_id, reading.relationship_id))
    noted = [
        one
        for agent, read in by_reader.items()
        for one in ledger.reads(
            "patient.listed",
            agent=agent,
            patient_ids=[patient_id for patient_id, _ in read],
            relationship_ids=[relationship_id for _, relationship_id in read],
            detail={"by": "inbox"},
        )
    ]
    ledger.record_all(noted)

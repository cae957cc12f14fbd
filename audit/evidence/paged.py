"""One page as the database tells of it: its steps, whom each asked and by which ways, how far it came, what they said.

The rows only, but for content_of: nothing else here is unsealed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Model

from accounts.models import Person
from audit.evidence.things import Thing, Version, people_in, plain, told, versions_in
from audit.selectors import record_numbers
from handover.paging.models import OwnersView, Page, PageAnswer, PageAsk, PageStep
from handover.paging.sealed import digested_of, digested_view_of
from handover.reach.models import Delivery
from ledger.evidence import MOST_EVENTS, Added
from ledger.leaves import canonical
from ledger.models import Event
from live.acting import acting_as_system
from live.models import Rung
from live.refusals import NotFound

KIND = "page"
READ = "audit.page_read"
FORMAT = "readback-page/1"
SENT, VIEW_ADDED = "paging.sent", "paging.view_added"
# Of each row what may leave without a word of the patient: ids, codes, numbers and times.
_TOLD: dict[type[Model], str] = {
    Page: "id patient_id unit_id role_id to_person_id level cause cause_id sent_by_id sent state step fired owned_by_id"
    " owned done_by_id done withdrawn steps",
    PageStep: "id number fired skipped",
    PageAsk: "id step_id person_id target role_id by_other_ways",
    Delivery: "id person_id channel state made due sent answered failure",
    OwnersView: "id number written_by_id written",
    PageAnswer: "id person_id said at way",
    Rung: "subject_id person_id name session_id device reached",
}


@dataclass(frozen=True)
class PageHappened:
    """The rows of a page, each list in the order in which it came about, and its events, oldest first."""

    page: Page
    steps: list[PageStep]
    asks: list[PageAsk]
    answers: list[PageAnswer]
    ladder: list[Rung]
    # What was sent, or was to be, beside the page itself: a notification, a text message, a call, a pager, an e-mail.
    tries: list[Delivery]
    # What the owner of the page before thinks, where this one calls the next because of it.
    views: list[OwnersView]
    events: list[Event]

    @property
    def versions(self) -> list[Version]:
        """Its words as the log holds them by their digest: none of a page that is older than that."""
        return versions_in(self.events, KIND, [SENT, VIEW_ADDED])

    def facts(self) -> dict[str, Any]:
        """What record.json holds."""
        lists = {name: [told(row, _TOLD[type(row)]) for row in rows] for name, rows in self._lists()}
        lists["tries"] = [{**told(row, _TOLD[Delivery]), "step_id": plain(self.step_of(row))} for row in self.tries]
        versions = [one.facts() for one in self.versions]
        return {"format": FORMAT, "page": told(self.page, _TOLD[Page]), "versions": versions, **lists}

    def step_of(self, row: Delivery) -> UUID | None:
        """The step that had it sent (services/climbing.py gives each alert its key); None for what no step did."""
        return next((step.pk for step in self.steps if row.key == uuid5(step.pk, str(row.person_id))), None)

    def person_ids(self) -> set[UUID]:
        """Everybody whom one of the rows names."""
        return people_in([self.page, *(row for _name, rows in self._lists() for row in rows)], _TOLD)

    def _lists(self) -> Iterator[tuple[str, list[Any]]]:
        yield from (("steps", self.steps), ("asks", self.asks), ("answers", self.answers), ("ladder", self.ladder))
        yield from (("tries", self.tries), ("views", self.views))


@acting_as_system("audit.evidence")
def page_happened(page_id: UUID) -> PageHappened:
    """All of it. Not audited: the caller records the read. Raises NotFound where there is no such page."""
    rows = Page.objects.select_related("unit", "role__unit", "to_person", "sent_by", "owned_by")
    page = rows.filter(pk=page_id).first()
    if page is None:
        raise NotFound(act=READ, subject_id=page_id)
    mine = Event.objects.filter(patient_id=page.patient_id, entity_kind=KIND, entity_id=page.pk)
    return PageHappened(
        page=page,
        steps=list(PageStep.objects.filter(page=page).order_by("number")),
        asks=list(
            PageAsk.objects.filter(step__page=page).select_related("step", "role").order_by("step__number", "pk")
        ),
        answers=list(PageAnswer.objects.filter(page=page).order_by("at", "pk")),
        ladder=list(Rung.objects.filter(subject_id=page.pk).order_by("reached", "pk")),
        tries=list(Delivery.objects.filter(subject_kind=KIND, subject_id=page.pk).order_by("made", "due", "pk")),
        views=list(OwnersView.objects.filter(page=page).order_by("number")),
        events=list(mine.order_by("recorded", "id")[: MOST_EVENTS + 1]),
    )


def as_thing(found: PageHappened) -> Thing:
    """The page as something to take out."""
    what = "what the hospital's database says of the page: ids, codes, steps and times"
    return Thing(
        kind=KIND,
        id=found.page.pk,
        patient_id=found.page.patient_id,
        record=Added(canonical(found.facts()).encode(), what),
        events=found.events,
        content=lambda: content_of(found),
    )


def content_of(found: PageHappened) -> dict[str, Added]:
    """The files of content/: the words as they were sent, and whose names the ids are. Raises VaultError subclasses."""
    people = Person.objects.in_bulk(found.person_ids())
    words: dict[str, Any] = {
        "record_number": record_numbers([found.page.patient_id]).get(found.page.patient_id, ""),
        "people": {str(key): {"name": each.display_name, "role": each.role} for key, each in people.items()},
        "unit": found.page.unit.name,
        "role": str(found.page.role.name) if found.page.role else "",
    }
    files = dict(_versions(found))
    if not versions_in(found.events, KIND, [SENT]):
        words["sent"] = digested_of(found.page).decode()
    what = "names: the hospital's word, not in the log"
    return {**files, "content/words.json": Added(canonical(words).encode(), what)}


def _versions(found: PageHappened) -> Iterator[tuple[str, Added]]:
    """What the log holds by its digest, in its order: the page as it was sent, and each view of the owner before."""
    texts = [
        Added(digested_view_of(each, patient_id=found.page.patient_id), "what the owner of the page before thinks")
        for each in found.views
    ]
    if versions_in(found.events, KIND, [SENT]):
        texts.insert(0, Added(digested_of(found.page), "the page, as it was sent"))
    for one, text in zip(found.versions, texts, strict=False):
        yield f"content/version-{one.number}.json", text

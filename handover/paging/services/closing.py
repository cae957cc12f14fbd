"""A page that nobody owns and that is of no use any more is closed, and whoever sent it is told what came of it.

Nothing fires again without a new cause: not a step that was due while no server ran, and no page of a patient who has
left. It is closed by a timer, so that it is closed once.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from handover.paging import rules
from handover.paging.models import Page, PageAsk
from handover.paging.services import climbing
from handover.paging.services.ground import FORGOTTEN, about, climbed_of, entity_of, let_go, locked, policy_in
from handover.patients.models import Encounter
from handover.reach.push.services import take_down
from ledger import services as ledger
from live.acting import acting_as_system
from live.clock import database_now
from live.inbox import Announcement
from live.timers import set_timer

CLOSED = "paging.closed"
LOOK_SECONDS = 60


def look() -> int:
    """How many pages are to be closed: each by a timer of its own, due at once."""
    with acting_as_system("paging.forgotten"), transaction.atomic(durable=True):
        found = list(_forgotten().order_by("pk").values_list("pk", flat=True))
        for page_id in found:
            set_timer(FORGOTTEN, page_id, after=timedelta(0))
    return len(found)


def close_it(page_id: UUID) -> Sequence[Announcement]:
    """The timer of a page that is forgotten: it is closed, if it still is."""
    page = locked(page_id)
    if page is None:
        return []
    at, climbed = database_now(), climbed_of(page)
    if rules.is_too_late(policy_in(page), climbed, at=at):
        return close(page, by=Page.Closed.LATE)
    has_left = not _stays(page.patient_id)
    since = page.fired or page.sent
    if not rules.is_forgotten(climbed, since=since, at=at, has_left=has_left):
        return []
    return close(page, by=Page.Closed.LEFT if has_left else Page.Closed.LATE)


def close(page: Page, *, by: Page.Closed) -> Sequence[Announcement]:
    """The page is closed, and who is to be told. In a transaction that holds it."""
    climbing.stop(page)
    if page.state == Page.State.WAITING:
        # Nobody has been told before that nobody came.
        climbing.ring_out(page, [page.sent_by_id], at=database_now())
    Page.objects.filter(pk=page.pk).update(state=Page.State.WITHDRAWN, withdrawn=database_now(), closed_by=by)
    let_go(page)
    take_down(about(page), kind="push.needless")
    ledger.record(CLOSED, agent=None, patient_id=page.patient_id, entity=entity_of(page), reason=by.value)
    asked = set(PageAsk.objects.filter(step__page=page).values_list("person_id", flat=True)) - {page.sent_by_id}
    news = [Announcement(CLOSED, [page.sent_by_id], about(page))]
    return [*news, Announcement("paging.withdrawn", sorted(asked), about(page))] if asked else news


def _forgotten() -> QuerySet[Page]:
    stays = Encounter.objects.filter(patient_id=OuterRef("patient_id"), status=Encounter.Status.ACTIVE)
    rows = Page.objects.filter(state=Page.State.NOBODY).annotate(since=Coalesce("fired", "sent"))
    has_left = Q(~Exists(stays), since__lt=Now() - rules.OPEN_FOR_WHO_LEFT)
    return rows.filter(has_left | Q(since__lt=Now() - rules.OPEN_FOR))


def _stays(patient_id: UUID) -> bool:
    return Encounter.objects.filter(patient_id=patient_id, status=Encounter.Status.ACTIVE).exists()

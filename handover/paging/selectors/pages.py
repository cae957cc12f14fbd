"""The reads of pages: one with its ladder, those of a patient, and what waits for a person."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actors import Actor
from accounts.models import Person
from handover.paging import rules
from handover.paging.documents import Sbar
from handover.paging.models import OwnersView, Page, PageAnswer, PageAsk, PageStep
from handover.paging.quiet.selectors import held_of, held_steps
from handover.paging.rules import Answer, Level, Way
from handover.paging.sealed import sbar_of, view_of
from handover.paging.selectors.beside import Beside, beside
from handover.patients import access
from handover.patients.documents import Headline
from handover.patients.models import CareRelationship
from handover.patients.sealed import headline_of
from handover.reach.models import Delivery
from handover.reach.selectors import Tried, tries_of
from handover.transfers.waiting import Waits
from ledger import services as ledger
from ledger.agents import Entity
from live import ladder
from live.inbox import Subject
from live.models import Rung
from live.refusals import NotFound

READ = "paging.read"
_RANKS = {Level.EMERGENCY: 0, Level.URGENT: 1, Level.NEEDS_ACTION: 2}
# The next of the chain is called once for a page; who still disagrees does so there.
_DONE_ONCE = {True: frozenset({"disagree"}), False: frozenset[str]()}
# What a device reaches, lowest first; what a person says stands beside it.
RUNGS = ("stored", "pushed", "on_device", "opened", "acknowledged")


@dataclass(frozen=True)
class Asked:
    """One person on the ladder of a page: how far it has come with them, and what they said."""

    person: Person
    role_name: str
    rungs: tuple[tuple[str, Rung | None], ...]
    answer: PageAnswer | None
    # What was tried beside the page itself: notification, text message, call.
    tries: tuple[Tried, ...] = ()
    # They had none of the ways that the step needs, and were reached by all that they have.
    by_other_ways: bool = False
    # Until when its alert is held, for whoever is in quiet hours.
    held: datetime | None = None

    @property
    def furthest(self) -> Rung | None:
        """The highest rung that is reached; None while nothing was stored."""
        return next((rung for _name, rung in reversed(self.rungs) if rung), None)


@dataclass(frozen=True)
class Step:
    """One step of the policy: when it fired or fires next, whom it has asked, or why it was passed over."""

    number: int
    targets: tuple[str, ...]
    fired: datetime | None
    skipped: str
    asked: tuple[Asked, ...]
    is_current: bool
    # When the next one fires, of the step that waits.
    until: datetime | None
    # In the order in which they are tried; none: the house's.
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True)
class SaidView:
    """What the owner of a page that was not agreed on thinks, in their own words: who, when, which of theirs it is."""

    person: Person
    at: datetime
    text: str
    number: int


@dataclass(frozen=True)
class PageView:
    """A page as one person sees it."""

    page: Page
    sbar: Sbar
    headline: Headline
    steps: tuple[Step, ...]
    is_asked: bool
    own_answer: str
    may: frozenset[str]
    # The page by which the next of the chain was called, where its sender does not agree; and the one that it is about.
    disputed_by: Page | None = None
    disputes: Page | None = None
    # What the owner of that one thinks, in the order in which they said it.
    views: tuple[SaidView, ...] = ()
    # Whether this person owns it, it was not agreed on, and they have not said what they think yet.
    is_asked_for_view: bool = False
    # The pages to further teams with the same words.
    beside: Beside = Beside()

    @property
    def level(self) -> Level:
        """How soon somebody has to own it."""
        return Level(self.page.level)


@transaction.atomic
def page_for(actor: Actor, page_id: UUID) -> PageView:
    """A page, whole, with its ladder. Recorded as paging.read. Raises NotFound for what is not there or not theirs."""
    page = _rows().filter(pk=page_id).first()
    if page is None:
        raise NotFound(act=READ, subject_id=page_id)
    granted = access.opened_by(actor, page.patient_id)
    ledger.record(
        READ,
        agent=actor.agent,
        patient_id=page.patient_id,
        entity=Entity("page", page.pk),
        relationship_id=granted.relationship.pk,
        purpose=granted.purpose,
    )
    steps, disputed_by = steps_of(page), _disputed_by(page)
    own = [one for step in steps for one in step.asked if one.person.pk == actor.person.pk]
    answer = next((one.answer.said for one in own if one.answer), "")
    disputes = _disputed(page)
    return PageView(
        page=page,
        sbar=sbar_of(page),
        headline=headline_of(granted.patient),
        steps=steps,
        is_asked=bool(own),
        own_answer=answer,
        may=_may(actor, page, is_asked=bool(own), reason=granted.relationship.reason) - _DONE_ONCE[bool(disputed_by)]
        | _may_say(actor, page, disputes),
        disputed_by=disputed_by,
        disputes=disputes,
        views=_views(page) if disputes else (),
        is_asked_for_view=_is_asked_for_view(actor, page, disputed_by),
        beside=beside(page),
    )


def _disputed(page: Page) -> Page | None:
    if page.cause != Page.Cause.DISAGREEMENT or page.cause_id is None:
        return None
    return _rows().filter(pk=page.cause_id).first()


def _views(page: Page) -> tuple[SaidView, ...]:
    rows = OwnersView.objects.filter(page=page).select_related("written_by").order_by("number")
    return tuple(
        SaidView(row.written_by, row.written, view_of(row, patient_id=page.patient_id), row.number) for row in rows
    )


def _may_say(actor: Actor, page: Page, disputes: Page | None) -> frozenset[str]:
    """Whether this person owns the page that this one is about, and may say what they think: until this one ends."""
    is_theirs = disputes is not None and disputes.owned_by_id == actor.person.pk
    return frozenset({"add_view"}) if is_theirs and page.state in Page.LIVE else frozenset()


def _is_asked_for_view(actor: Actor, page: Page, disputed_by: Page | None) -> bool:
    if disputed_by is None or not _may_say(actor, disputed_by, page):
        return False
    return not OwnersView.objects.filter(page=disputed_by).exists()


def _disputed_by(page: Page) -> Page | None:
    if page.owned is None:
        return None
    return Page.objects.filter(cause=Page.Cause.DISAGREEMENT, cause_id=page.pk).first()


def steps_of(page: Page) -> tuple[Step, ...]:
    """The steps of a page's policy, those that have fired with whom they asked. The caller has recorded the read."""
    policy = rules.from_json(page.steps)
    asks = PageAsk.objects.select_related("person", "role").order_by("pk")
    rows = {row.number: row for row in PageStep.objects.filter(page=page).prefetch_related(Prefetch("asks", asks))}
    ladders = _Ladders(
        rungs=_rungs(page),
        tries=tries_of([page.pk]).get(page.pk, []),
        held={person_id: until for (_page, person_id), until in held_of([page.pk]).items()},
    )
    let_go = held_steps([row.pk for row in rows.values()])
    answers = {row.person_id: row for row in PageAnswer.objects.filter(page=page).order_by("at", "pk")}
    found = []
    for number, step in enumerate(policy.steps):
        row = rows.get(number)
        is_current = page.state == Page.State.WAITING and page.step == number
        found.append(
            Step(
                number=number,
                targets=tuple(each.value for each in step.targets),
                fired=row.fired if row else None,
                skipped=row.skipped if row else "",
                asked=tuple(_asked(ask, answers, ladders) for ask in row.asks.all()) if row else (),
                is_current=is_current,
                until=(let_go.get(row.pk, page.fired) + step.wait) if is_current and page.fired and row else None,
                ways=step.ways,
            )
        )
    return tuple(found)


def pages_of_patient(patient_id: UUID, *, at_most: int = 5) -> list[Page]:
    """The pages of a patient that somebody still has to do something about, the newest first. The caller has asked."""
    return list(_rows().filter(patient_id=patient_id, state__in=Page.LIVE).order_by("-sent")[:at_most])


def summary_of(page: Page) -> str:
    """What came of a page that nobody owned, in one line that names nobody: how many were asked, and what they said."""
    asked = PageAsk.objects.filter(step__page=page).values("person").distinct().count()
    answers = PageAnswer.objects.filter(page=page).exclude(said=Answer.OWNS).values("person").distinct().count()
    words = ngettext("%(count)d person was asked", "%(count)d people were asked", asked) % {"count": asked}
    if not answers:
        return _("%(asked)s, and nobody answered") % {"asked": words}
    return _("%(asked)s, and %(count)d said that they cannot") % {"asked": words, "count": answers}


def waiting_for(actor: Actor) -> list[Waits]:
    """What of pages waits for this person: to answer, to do, and those of their own that reached nobody."""
    if not actor.person.is_clinician:
        return []
    me = actor.person.pk
    own = Page.objects.filter(sent_by=me, state=Page.State.NOBODY)
    mine = Page.objects.filter(owned_by=me, state=Page.State.OWNED)
    return [
        *(_waits("paging.nobody", page, page.fired or page.sent, rank=0) for page in own),
        *(_waits("paging.sent", page, page.fired or page.sent) for page in _to_answer(me)),
        *(_waits("paging.owned", page, page.owned or page.sent) for page in mine),
    ]


def still_waiting(page_ids: Collection[UUID]) -> set[UUID]:
    """Those of the pages that nobody owns yet: what a notification counts. As the system."""
    return set(Page.objects.filter(pk__in=page_ids, state__in=Page.OPEN).values_list("pk", flat=True))


def still_nobodys(step_ids: Collection[UUID]) -> set[UUID]:
    """Those of the last steps whose page nobody owns still. As the system."""
    rows = PageStep.objects.filter(pk__in=step_ids, page__state=Page.State.NOBODY)
    return set(rows.values_list("pk", flat=True))


def _to_answer(person_id: UUID) -> QuerySet[Page]:
    """The open pages that have asked this person, whose latest answer was not a no."""
    asked = PageAsk.objects.filter(person=person_id, step__page__state__in=Page.OPEN).values("step__page")
    latest = PageAnswer.objects.filter(person=person_id, page__in=asked).order_by("page", "-at", "-pk")
    refused = latest.distinct("page").values_list("page_id", "said")
    no = [page_id for page_id, said in refused if said != Answer.OWNS]
    return Page.objects.filter(pk__in=asked).exclude(pk__in=no)


def _waits(event: str, page: Page, since: datetime, *, rank: int | None = None) -> Waits:
    return Waits(event, Subject("page", page.pk), since, rank=_RANKS[Level(page.level)] if rank is None else rank)


def _rows() -> QuerySet[Page]:
    return Page.objects.select_related("role__unit", "to_person", "unit", "sent_by", "owned_by", "done_by")


def _rungs(page: Page) -> dict[UUID, dict[str, Rung]]:
    found: dict[UUID, dict[str, Rung]] = defaultdict(dict)
    for rung in ladder.rungs_of([page.pk]).get(page.pk, []):
        found[rung.person_id][rung.name] = rung
    return found


@dataclass(frozen=True)
class _Ladders:
    """What is known of a page's way to people: rungs, tries, and until when an alert is held."""

    rungs: Mapping[UUID, Mapping[str, Rung]]
    tries: Sequence[Tried]
    held: Mapping[UUID, datetime]


def _asked(ask: PageAsk, answers: Mapping[UUID, PageAnswer], ladders: _Ladders) -> Asked:
    own = ladders.rungs.get(ask.person_id, {})
    return Asked(
        person=ask.person,
        role_name=ask.role.name if ask.role else "",
        rungs=tuple((name, own.get(name)) for name in RUNGS),
        answer=answers.get(ask.person_id),
        tries=tuple(
            one for one in ladders.tries if one.person_id == ask.person_id and one.state != Delivery.State.DROPPED
        ),
        by_other_ways=ask.by_other_ways,
        held=ladders.held.get(ask.person_id),
    )


def _may(actor: Actor, page: Page, *, is_asked: bool, reason: str) -> frozenset[str]:
    """What this person may do with it now, by the names of the acts."""
    me, may = actor.person.pk, set[str]()
    is_of_sender = me == page.sent_by_id or reason == CareRelationship.Reason.UNIT_HAS_PATIENT
    if page.state in Page.OPEN:
        may |= {"answer"} if is_asked else set()
        may |= {"withdraw"} if is_of_sender else set()
    if page.state == Page.State.WAITING and is_of_sender:
        may.add("raise")
    if page.state == Page.State.OWNED and me in (page.owned_by_id, page.sent_by_id):
        may.add("finish")
    if page.state in Page.LIVE and me in (page.owned_by_id, page.sent_by_id):
        may.add("also")
    if page.state in (Page.State.OWNED, Page.State.DONE) and is_of_sender and me != page.owned_by_id:
        may.add("disagree")
    return frozenset(may)

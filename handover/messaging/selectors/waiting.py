"""Which messages wait for somebody: for the inbox, where they stand among handovers by their urgency."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.actors import Actor
from handover.messaging.access import visible_to
from handover.messaging.models import Acknowledgement, Message, Recipient, Revision
from handover.messaging.rules import NEEDS_ANSWER, Answer
from handover.messaging.rules.unowned import UNOWNED, UNOWNED_KIND
from handover.paging.models import Page
from handover.paging.quiet.models import Interruption
from handover.paging.rules.levels import Level
from handover.transfers.waiting import Waits
from live.inbox import Subject

_RANKS = {Level.EMERGENCY: 0, Level.URGENT: 1, Level.NEEDS_ACTION: 2}
_OWNED_RANK = 3
# What nobody has owned for so long is no news any more; it stands in its thread.
WAITS_FOR = timedelta(days=14)
MOST_WAITING = 200


def waiting_messages(actor: Actor) -> list[Waits]:
    """What went to this person and asks for an answer that nobody has given, and what they own and have not done.

    And what they wrote and were told that nobody owns. It opens nothing. What was edited asks anew, what was retracted
    no more.
    """
    if not actor.person.is_clinician:
        return []
    mine = Recipient.objects.filter(message=OuterRef("pk"), person=actor.person)
    retracted = Revision.objects.filter(message=OuterRef("pk"), kind=Revision.Kind.RETRACTED)
    rows = Message.objects.filter(
        Exists(mine), ~Exists(retracted), level__in=NEEDS_ANSWER, sent__gt=timezone.now() - WAITS_FOR
    ).filter(thread__in=visible_to(actor))
    found = list(rows.order_by("-sent").values_list("pk", "level", "sent")[:MOST_WAITING])
    said = _said([pk for pk, _level, _sent in found])
    waits = _unowned(actor)
    for pk, level, sent in found:
        rank = _rank(Level(level), said.get(pk, []), actor.person.pk)
        if rank is not None:
            waits.append(Waits("message.sent", Subject("message", pk), sent, rank))
    return waits


def _unowned(actor: Actor) -> list[Waits]:
    """What this person wrote, was to be owned by now, and is by nobody."""
    told = Interruption.objects.filter(
        person=actor.person, subject_kind=UNOWNED_KIND, at__gt=timezone.now() - WAITS_FOR
    ).values("subject_id")
    rows = Message.objects.filter(pk__in=told, author=actor.person, thread__in=visible_to(actor)).order_by("-sent")
    found = {row.pk: row for row in rows[:MOST_WAITING]}
    open_ = still_unowned(set(found))
    return [
        Waits(UNOWNED, Subject("message", pk), row.sent, _RANKS[Level(row.level)])
        for pk, row in found.items()
        if pk in open_
    ]


def still_unowned(message_ids: Collection[UUID]) -> set[UUID]:
    """Those of these messages that nobody owns, that are not done and were not taken back."""
    retracted = Revision.objects.filter(message=OuterRef("pk"), kind=Revision.Kind.RETRACTED)
    found = set(Message.objects.filter(~Exists(retracted), pk__in=message_ids).values_list("pk", flat=True))
    said = _said(list(found)) if found else {}
    owned = {pk for pk in found if {Answer.OWNED, Answer.DONE} & set(dict(said.get(pk, [])).values())}
    return found - owned - set(pages_about(found, states=(Page.State.OWNED, Page.State.DONE)))


def pages_about(message_ids: Collection[UUID], *, states: Collection[str] = Page.State.values) -> dict[UUID, UUID]:
    """By message the page that it climbs as, where there is one in such a state."""
    rows = Page.objects.filter(cause=Page.Cause.MESSAGE, cause_id__in=message_ids, state__in=states)
    return {row.cause_id: row.pk for row in rows.only("pk", "cause_id") if row.cause_id is not None}


def _rank(level: Level, said: Sequence[tuple[UUID, str]], me: UUID) -> int | None:
    last = dict(said)
    if Answer.DONE in last.values():
        return None
    if last.get(me) == Answer.OWNED:
        return _OWNED_RANK
    if Answer.OWNED in last.values() or me in last:
        return None
    return _RANKS[level]


def _said(ids: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """Who said what to each as it stands, the latest last."""
    numbers = {row.message_id: row.number for row in Revision.objects.filter(message__in=ids).order_by("number")}
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for row in Acknowledgement.objects.filter(message__in=ids).order_by("said", "pk"):
        if row.revision == numbers.get(row.message_id, 0):
            found.setdefault(row.message_id, []).append((row.person_id, row.answer))
    return found

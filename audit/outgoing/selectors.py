"""The exports that wait for a second officer, or may be taken; and how it stands with the feed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from audit.find import search_words
from audit.outgoing.feed import receiver
from audit.outgoing.models import Export, FeedPosition
from audit.searches import Search
from audit.selectors import record_search, require_officer
from ledger.models import Leaf


@dataclass(frozen=True)
class OpenExport:
    """An export as an officer sees it. `is_own`: they asked for it, and so cannot approve it."""

    row: Export
    search: Search
    is_own: bool

    @property
    def words(self) -> list[str]:
        """What it would hold."""
        return search_words(self.search)


def open_exports(actor: Actor) -> list[OpenExport]:
    """All that have not expired and were not dropped, oldest first. Recorded as audit.searched. Raises NotFound."""
    require_officer(actor)
    rows = Export.objects.filter(dropped__isnull=True, good_until__gt=timezone.now())
    named = list(rows.select_related("asked_by", "approved_by").order_by("asked"))
    record_search(actor, detail={"what": "exports", "found": len(named)}, patient_ids=[])
    return [OpenExport(row, Search.parse(QueryDict(row.search)), row.asked_by_id == actor.person.pk) for row in named]


def how_many_wait(actor: Actor) -> int:
    """How many of others wait for this officer."""
    rows = Export.objects.filter(dropped__isnull=True, approved__isnull=True, good_until__gt=timezone.now())
    return len(rows.exclude(asked_by=actor.person).values_list("pk", flat=True)[:100])


# Why a receiver took nothing, by the code of NotTaken, and what somebody does about it.
WHY_AWAY: Mapping[str, Promise] = {
    "unreachable": _("It does not answer. Ask whoever runs it, and the network, whether it is on."),
    "untrusted": _("It shows a certificate that was not agreed on. Ask whoever runs it whether that was renewed."),
    "unconfirmed": _("It ends the connection without saying that it has everything. Ask whoever runs it."),
    "misconfigured": _("Its address, or a file of a certificate, is wrong in the server's settings."),
}


@dataclass(frozen=True)
class FeedState:
    """Whether there is a receiver, how many events it has not taken yet, when it took the last, since when it is away.

    `waiting` counts events that have their place in the log.
    """

    is_set_up: bool
    waiting: int = 0
    taken: datetime | None = None
    away: datetime | None = None
    next: datetime | None = None
    why: str = ""

    @property
    def why_words(self) -> str:
        """What that means, and what to do; "" while nothing is wrong."""
        return str(WHY_AWAY.get(self.why, "")) if self.away else ""


def feed_state(actor: Actor) -> FeedState:
    """How it stands with the feed now. Raises NotFound to whoever is no officer."""
    require_officer(actor)
    if not receiver().url:
        return FeedState(is_set_up=False)
    position = FeedPosition.objects.filter(pk=1).first() or FeedPosition()
    newest = Leaf.objects.order_by("-place").values_list("place", flat=True).first()
    waiting = max(0, newest + 1 - position.place) if newest is not None else 0
    return FeedState(True, waiting, position.taken, position.away, position.next, position.why)

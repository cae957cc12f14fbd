"""The exports that wait for a second officer, or may be taken."""

from dataclasses import dataclass

from django.http import QueryDict
from django.utils import timezone

from accounts.actors import Actor
from audit.find import search_words
from audit.outgoing.models import Export
from audit.searches import Search
from audit.selectors import record_search, require_officer


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

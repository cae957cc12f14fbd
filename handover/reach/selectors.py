"""Who can be reached, how and since when; and what became of what was sent about a subject."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.limits import idle_limit
from accounts.models import DeviceSession, Kind
from handover.reach import channels
from handover.reach.models import SILENT, Channel, Delivery


@dataclass(frozen=True)
class Reachability:
    """Whether somebody can be reached now, and in words why or why not. `channels` leave out the page itself."""

    is_reachable: bool
    why: str
    channels: frozenset[Channel]
    last_seen: datetime | None
    is_at_page: bool = False

    @property
    def hears(self) -> bool:
        """Whether something of it makes a sound: what is urgent waits for nobody who would find a letter."""
        return self.is_at_page or bool(self.channels - SILENT)


@dataclass(frozen=True)
class Tried:
    """What became of one delivery. `when`: sent, or else due (aware UTC). `failure`: a code, of the last attempt."""

    person_id: UUID
    channel: Channel
    state: str
    when: datetime
    failure: str


def reachability_of(person_ids: Collection[UUID]) -> dict[UUID, Reachability]:
    """For each of these people. Whoever has an open page is reachable by that, without any channel.

    A channel counts as far as it is known to work: a device that has stopped receiving reaches nobody.
    """
    ways: dict[UUID, set[Channel]] = defaultdict(set)
    silent: set[UUID] = set()
    for channel, adapter in channels.configured().items():
        proven = adapter.proves(person_ids)
        for person_id in proven:
            ways[person_id].add(channel)
        silent |= adapter.reaches(person_ids) - proven
    seen = _last_seen(person_ids)
    at_page = _at_their_page(person_ids)
    return {
        person_id: _reachability(
            ways[person_id],
            seen.get(person_id),
            is_at_page=person_id in at_page,
            is_silent=person_id in silent,
        )
        for person_id in person_ids
    }


def tries_of(subject_ids: Iterable[UUID]) -> dict[UUID, list[Tried]]:
    """What was tried for each subject, in the order in which it was due; a subject without a try is absent."""
    found: dict[UUID, list[Tried]] = defaultdict(list)
    rows = Delivery.objects.filter(subject_id__in=list(subject_ids), person_id__isnull=False)
    for row in rows.order_by("made", "due", "pk"):
        if row.person_id is not None:
            tried = Tried(row.person_id, Channel(row.channel), row.state, row.sent or row.due, row.failure)
            found[row.subject_id].append(tried)
    return dict(found)


def _reachability(ways: set[Channel], seen: datetime | None, *, is_at_page: bool, is_silent: bool) -> Reachability:
    if is_silent and not ways:
        why = _("No device of theirs answers: it has stopped receiving, or has yet to be proven.")
    elif is_silent:
        why = _("Can be reached outside the page, but not on their device: it has stopped receiving.")
    elif ways:
        why = _("Can be reached outside the page.")
    elif is_at_page:
        why = _("Is signed in, and has no other way to be reached.")
    else:
        why = _("Not reachable: not signed in, and no other way to be reached.")
    return Reachability(bool(ways) or is_at_page, why, frozenset(ways), seen, is_at_page)


def _last_seen(person_ids: Collection[UUID]) -> dict[UUID, datetime]:
    rows = DeviceSession.objects.filter(person_id__in=person_ids).order_by()
    return dict(rows.values_list("person_id").annotate(seen=Max("last_seen")))


def _at_their_page(person_ids: Collection[UUID]) -> set[UUID]:
    """Who has a live session that was touched within the limit of its kind."""
    now = timezone.now()
    live = DeviceSession.objects.filter(person_id__in=person_ids, ended__isnull=True, verified__isnull=False)
    rows = live.values_list("person_id", "kind", "last_seen")
    return {person_id for person_id, kind, seen in rows if seen >= now - idle_limit(Kind(kind))}

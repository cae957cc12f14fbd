"""Which devices may ring for whom, how each of them stands, and what waits for a person."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.limits import absolute_end
from accounts.models import DeviceSession, Duty, Kind
from handover.reach.models import Channel, Delivery
from handover.reach.push import rules
from handover.reach.push.models import Ring, Subscription
from handover.reach.push.rules import Holder, Standing
from live.acting import acting_as_system
from live.models import Rung

OnDuty = Callable[[Collection[UUID], datetime], set[UUID]]
_on_duty: list[OnDuty] = []
StillOpen = Callable[[Collection[UUID]], set[UUID]]
_still_open: dict[str, StillOpen] = {}
# What a notification counts: what was sent in so long and not opened.
COUNTED_FOR = timedelta(hours=12)


@dataclass(frozen=True)
class Device:
    """One device of a person as its page shows it."""

    row: Subscription
    standing: Standing
    is_here: bool

    @property
    def seconds(self) -> str:
        """How long its last answer took."""
        return f"{(self.row.round_trip_ms or 0) / 1000:.1f}"


def register_on_duty(who: OnDuty) -> None:
    """A room above says which of some people are on duty at a time, by what it knows besides accounts."""
    _on_duty.append(who)


def on_duty(person_ids: Iterable[UUID], *, at: datetime) -> set[UUID]:
    """Those of them who are on duty at `at` (aware UTC): in a unit, or by anything that a room above knows."""
    ids = set(person_ids)
    found = set(Duty.objects.at(at).filter(person_id__in=ids).values_list("person_id", flat=True))
    return found.union(*(who(ids, at) for who in _on_duty))


def holder_of(row: Subscription) -> Holder:
    """The session of a subscription, as the rules ask for it. Needs `session` and `person` loaded."""
    session = row.session
    ended_by = (session.end_reason or "ended") if session.ended else ""
    return Holder(session.kind == Kind.SHARED, row.person.is_active, ended_by, absolute_end(session))


def ringing(rows: QuerySet[Subscription], *, at: datetime) -> list[Subscription]:
    """Those of the subscriptions that may ring at `at`."""
    whole = rows.filter(ended__isnull=True).select_related("session", "person").order_by("made", "pk")
    return [row for row in whole if rules.may_ring(holder_of(row), at=at)]


def ringing_for(person_ids: Collection[UUID], *, at: datetime) -> list[Subscription]:
    """The devices that may ring for these people."""
    return ringing(Subscription.objects.filter(person_id__in=person_ids), at=at)


def proven(person_ids: Collection[UUID]) -> set[UUID]:
    """Who of them has a device that has lately shown what it was sent, and owes no answer."""
    now = timezone.now()
    return {row.person_id for row in ringing_for(person_ids, at=now) if _standing(row, now) == Standing.PROVEN}


def devices_of(person_id: UUID, session: DeviceSession) -> list[Device]:
    """Every device that may ring for this person, and how it stands."""
    now = timezone.now()
    return [
        Device(row, _standing(row, now), is_here=row.session_id == session.pk)
        for row in ringing_for([person_id], at=now)
    ]


def silent_here(person_id: UUID, session: DeviceSession) -> bool:
    """Whether this very device has stopped receiving while its person is on duty."""
    here = [device for device in devices_of(person_id, session) if device.is_here]
    is_silent = any(device.standing == Standing.SILENT for device in here)
    return is_silent and bool(on_duty([person_id], at=timezone.now()))


def was_on_this_phone(person_id: UUID, session: DeviceSession) -> bool:
    """Whether the person had said yes on this shared phone, and has not said no since: locking it ended that only."""
    if session.phone_id is None:
        return False
    last = (
        Subscription.objects.filter(person_id=person_id, session__phone_id=session.phone_id).order_by("-made").first()
    )
    return last is not None and last.end_reason != Subscription.End.TURNED_OFF


def register_still_open(kind: str, still_open: StillOpen) -> None:
    """A room above says which of some subjects of a kind still wait for somebody: a notification counts no others."""
    _still_open[kind] = still_open


def waiting_for(person_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many things were sent to each of them, were not opened and still wait; whoever has none is absent."""
    opened = Rung.objects.filter(
        subject_id=OuterRef("subject_id"), person_id=OuterRef("person_id"), name=Rung.Name.OPENED
    )
    sent = Delivery.objects.filter(
        ~Exists(opened), person_id__in=person_ids, channel=Channel.PUSH, made__gt=timezone.now() - COUNTED_FOR
    )
    sent = sent.exclude(state=Delivery.State.DROPPED).exclude(subject_kind__startswith="push.")
    rows = set(sent.values_list("person_id", "subject_kind", "subject_id"))
    with acting_as_system("push.waiting"):
        for kind, still_open in _still_open.items():
            asked = {subject_id for _, its_kind, subject_id in rows if its_kind == kind}
            over = asked - still_open(asked) if asked else set()
            rows = {row for row in rows if row[1] != kind or row[2] not in over}
    return dict(Counter(person_id for person_id, _, _ in rows if person_id is not None))


def ring_of(person_id: UUID, token: UUID) -> Ring | None:
    """What a notification was about, where it was this person's."""
    return Ring.objects.filter(token_digest=digest_of(str(token)), subscription__person_id=person_id).first()


def digest_of(value: str) -> bytes:
    """SHA-256, 32 bytes: of an endpoint or a token, both of which nobody can guess."""
    return sha256(value.encode(errors="surrogatepass")).digest()


def _standing(row: Subscription, at: datetime) -> Standing:
    return rules.standing_of(row.answered, row.waiting_since, at=at)

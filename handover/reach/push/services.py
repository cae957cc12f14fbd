"""What is done to a device that may be woken: said yes to, found again on each page, given up, tested, and heard from.

A subscription is a browser's. One that changes hands rings for the new person, or for nobody: never on for the last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import DeviceSession
from accounts.sessions import why_over
from handover.reach.models import Channel, Delivery
from handover.reach.push import rules
from handover.reach.push.models import HOUSE_KEY, Ring, Subscription
from handover.reach.push.selectors import digest_of, holder_of, on_duty, ringing, was_on_this_phone
from handover.reach.push.sender import sender_key
from handover.reach.services import Alert, Try, alert
from ledger.agents import Entity
from ledger.services import record
from live import keys, ladder
from live.acting import acting_as_system
from live.inbox import Announcement, Subject, announce
from live.models import InboxItem, Timer
from live.refusals import Invalid, NotFound
from live.timers import set_timer
from vault.errors import NotAPushKey
from vault.webpush import Browser, parse, text

CHECK = "push.check"
# What a device rang for waits for its person no more: what its lock screen shows is replaced (static/push/worker.js).
OVER: Mapping[str, str] = {"push.taken": "owned", "push.needless": "ended"}
HEARD, SILENT = "device.heard", "device.silent"
# Looks who on duty is to be rung again; and, for each device that was rung, whether it has answered.
ROUND, SILENCE = "push.round", "push.silence"
LOOK_EVERY = rules.ANSWERS_WITHIN
TRIED_AGAIN_AFTER = timedelta(minutes=15)
# A notification older than that leads nowhere any more.
RINGS_KEPT = timedelta(days=7)
FORGOTTEN_AT_ONCE = 500


@dataclass(frozen=True)
class Asked:
    """What a browser gave when its person said yes."""

    endpoint: str
    point: str
    secret: str


@dataclass(frozen=True)
class Here:
    """What a page is to do about its browser: "" for nothing, "subscribe" or "unsubscribe"; by the sender's key."""

    to_do: str
    sender_key: str


@transaction.atomic
def subscribe(actor: Actor, session: DeviceSession, *, key: UUID, asked: Asked) -> Subscription | None:
    """This browser rings for this person from now on, and is tested at once. None where the same was asked before.

    Raises Invalid for an endpoint that is no known push service's, and for keys that are none.
    """
    browser = _require_good(asked)
    if keys.claim(key, person_id=actor.person.pk, act="push.enabled", leads_to=session.pk).earlier:
        return None
    digest = digest_of(asked.endpoint)
    same_device = Q(endpoint_digest=digest)
    if session.phone_id is not None:
        same_device |= Q(session__phone_id=session.phone_id)
    for earlier in (
        Subscription.objects.select_for_update(of=("self",)).filter(same_device, ended__isnull=True).order_by("pk")
    ):
        is_own = earlier.person_id == actor.person.pk
        _end(earlier, Subscription.End.RENEWED if is_own else Subscription.End.ANOTHER_PERSON, actor)
    row = Subscription(person=actor.person, session=session, endpoint_digest=digest)
    row.seal_address(asked.endpoint, browser)
    row.save(force_insert=True)
    record("push.enabled", agent=actor.agent, entity=Entity("push_subscription", row.pk), purpose=PURPOSE)
    if not Timer.objects.filter(kind=ROUND, subject_id=HOUSE_KEY).exists():
        set_timer(ROUND, HOUSE_KEY, after=LOOK_EVERY)
    _check(actor.person.pk, key=key)
    return row


@transaction.atomic
def unsubscribe(actor: Actor, *, key: UUID, subscription_id: UUID) -> None:
    """That device rings for them no more. Raises NotFound for what is not theirs."""
    if keys.claim(key, person_id=actor.person.pk, act="push.ended", leads_to=subscription_id).earlier:
        return
    row = Subscription.objects.select_for_update().filter(pk=subscription_id, person=actor.person, ended=None).first()
    if row is None:
        raise NotFound(act="push.ended", subject_id=subscription_id)
    _end(row, Subscription.End.TURNED_OFF, actor)


@transaction.atomic
def here(actor: Actor, session: DeviceSession, *, endpoint: str) -> Here:
    """What the page of this session has to do about its browser, which has this endpoint, or none ("").

    Somebody else's subscription ends here: they may have left the device without signing out.
    """
    sender = text(sender_key().point)
    found = Subscription.objects.select_for_update().filter(endpoint_digest=digest_of(endpoint), ended=None).first()
    if endpoint and found is not None and found.person_id == actor.person.pk:
        if found.session_id != session.pk:
            found.session = session
            found.save(update_fields=["session"])
        return Here("", sender)
    if endpoint and found is not None:
        _end(found, Subscription.End.ANOTHER_PERSON, actor)
    if was_on_this_phone(actor.person.pk, session):
        return Here("subscribe", sender)
    return Here("unsubscribe" if endpoint else "", sender)


@transaction.atomic
def test(actor: Actor, *, key: UUID) -> None:
    """Every device of theirs is rung once, and has to answer. Asked twice with one key, once."""
    if not keys.claim(key, person_id=actor.person.pk, act="push.tested", leads_to=actor.person.pk).earlier:
        _check(actor.person.pk, key=key)


def check(person_ids: Sequence[UUID]) -> None:
    """Rings every device of these people, to see whether it answers. In the caller's transaction.

    For who is about to go on duty: whoever is silent after rules.ANSWERS_WITHIN is not reachable by it.
    """
    for person_id in person_ids:
        _check(person_id, key=uuid4())


def _check(person_id: UUID, *, key: UUID) -> None:
    once = (Try(Channel.PUSH, timedelta(0), unless_on_device=False),)
    alert([Alert(key=uuid5(key, CHECK), person_id=person_id, subject=Subject(CHECK, key), level="", tries=once)])


def take_down(subject: Subject, *, kind: str, but: Collection[UUID] = ()) -> None:
    """Where devices were rung for this subject their notification is replaced, by this kind of OVER: all but of `but`.

    In the act's transaction. One that is on its way at this very moment may arrive behind it, and then stands.
    """
    rung = Delivery.objects.filter(
        subject_kind=subject.kind, subject_id=subject.id, channel=Channel.PUSH, attempts__gt=0, person__isnull=False
    )
    people = sorted(set(rung.values_list("person_id", flat=True)) - set(but))
    once = (Try(Channel.PUSH, timedelta(0), unless_on_device=False),)
    about = Subject(kind, subject.id)
    alert([Alert(uuid5(subject.id, f"{kind}/{each}"), each, about, level="", tries=once) for each in people])


def look(_house: UUID) -> Sequence[Announcement]:
    """Rings whoever is on duty and was not rung for four hours. Fired every minute; two that look at once ring once."""
    now = timezone.now()
    stale = Subscription.objects.filter(ended=None).exclude(rung__gt=now - rules.ROUND)
    found = {row.person_id: row for row in ringing(stale, at=now)}
    for person_id in on_duty(found, at=now):
        # Found again before it is sent it is the same alert; one that no service has taken comes again after a while.
        last, quarter = found[person_id], int(now.timestamp() // TRIED_AGAIN_AFTER.total_seconds())
        _check(person_id, key=uuid5(last.pk, f"{last.rung} {quarter}"))
    _forget(before=now - RINGS_KEPT)
    return []


def _forget(*, before: datetime) -> None:
    old = Ring.objects.filter(sent__lt=before).order_by("sent").values_list("pk", flat=True)
    Ring.objects.filter(pk__in=list(old[:FORGOTTEN_AT_ONCE])).delete()


def silent(subscription_id: UUID) -> Sequence[Announcement]:
    """Tells the person on their other pages that a device owes an answer for too long. Fired after each ring."""
    row = Subscription.objects.select_for_update().filter(pk=subscription_id, ended=None).first()
    if row is None or rules.standing_of(row.answered, row.waiting_since, at=timezone.now()) != rules.Standing.SILENT:
        return []
    return [Announcement(event=SILENT, recipients=[row.person_id], subject=Subject("push_subscription", row.pk))]


@transaction.atomic
def shown(token: UUID) -> None:
    """The device has shown what it was sent. Raises NotFound for a token that nobody was sent.

    Called by a service worker, whose session may be over: the token alone says who it is. It was made for this browser,
    went to it encrypted, and can say nothing but this; said twice, it counts once.
    """
    with acting_as_system("push.shown"):
        ring = Ring.objects.select_for_update().filter(token_digest=digest_of(str(token))).first()
        if ring is None:
            raise NotFound(act="push.shown")
        if ring.shown is not None:
            return
        now = timezone.now()
        ring.shown = now
        ring.save(update_fields=["shown"])
        news = [*_heard(ring, at=now), *_on_device(ring, at=now)]
        announce(*news)


def _heard(ring: Ring, *, at: datetime) -> Sequence[Announcement]:
    """The device has answered: it is not silent, and the page that shows how it stands says so."""
    milliseconds = int((at - ring.sent).total_seconds() * 1000)
    Subscription.objects.filter(pk=ring.subscription_id).update(
        answered=at, waiting_since=None, round_trip_ms=max(0, milliseconds)
    )
    row = Subscription.objects.get(pk=ring.subscription_id)
    return [Announcement(event=HEARD, recipients=[row.person_id], subject=Subject("push_subscription", row.pk))]


def _on_device(ring: Ring, *, at: datetime) -> Sequence[Announcement]:
    """The rung of what it was rung for, where this device proves that it came to its person, and who waits for it."""
    if ring.subject_kind == CHECK or ring.subject_kind in OVER:
        return []
    row = Subscription.objects.select_related("session__person", "person").get(pk=ring.subscription_id)
    is_live = not why_over(row.session, at)
    if row.ended is not None or not rules.proves_hearing(holder_of(row), at=at, is_live=is_live):
        return []
    subject = Subject(ring.subject_kind, ring.subject_id)
    rung = ladder.reach(
        "on_device", subject=subject, person_id=row.person_id, session_id=row.session_id, device=row.session.device
    )
    item = InboxItem.objects.filter(person_id=row.person_id, subject_id=subject.id, climbs=True).first()
    if rung is None or item is None or item.sender_id is None:
        return []
    return [ladder.announcement(rung, sender=item.sender_id)]


def end_gone(subscription_id: UUID) -> None:
    """The push service knows the browser no more. In the transaction that notes it."""
    row = Subscription.objects.select_for_update().filter(pk=subscription_id, ended=None).first()
    if row is not None:
        _end(row, Subscription.End.GONE, None)


def _end(row: Subscription, reason: Subscription.End, actor: Actor | None) -> None:
    row.ended, row.end_reason = timezone.now(), reason
    row.save(update_fields=["ended", "end_reason"])
    agent = actor.agent if actor else None
    record("push.ended", agent=agent, entity=Entity("push_subscription", row.pk), purpose=PURPOSE, reason=reason.value)


def _require_good(asked: Asked) -> Browser:
    if not rules.is_push_service(asked.endpoint, hosts=settings.PUSH_HOSTS, with_loopback=settings.PUSH_LOOPBACK):
        words = _("This hospital does not know the service that wakes this browser. Tell the desk that runs Readback.")
        raise Invalid(words, act="push.enabled", code="push_service")
    try:
        return Browser(parse(asked.point), parse(asked.secret))
    except NotAPushKey:
        words = _("This browser gave no usable key. Reload the page and try again.")
        raise Invalid(words, act="push.enabled", code="push_key") from None

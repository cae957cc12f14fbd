"""The channel PUSH: one message, encrypted for one browser, to that browser's push service.

What a service hears is that there is something for that browser: no words, no name, one length. It is asked over HTTPS,
without redirects and without a proxy of the environment, and only where rules.is_push_service says so.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx2
from django.conf import settings
from django.utils import timezone

from handover.reach.channels import DIGEST, Outcome, Outgoing
from handover.reach.models import CANARY, Channel
from handover.reach.push import rules
from handover.reach.push.models import Ring, Subscription
from handover.reach.push.selectors import digest_of, proven, ringing_for, waiting_for
from handover.reach.push.sender import sender_key
from handover.reach.push.services import CHECK, OVER, SILENCE, end_gone
from live.timers import set_timer
from vault.errors import NotAPushKey
from vault.webpush import Browser, SenderKey, encrypt, parse

SECONDS = 2.5
# One after the other within the outbox's patience: those that answered last, first.
MOST_DEVICES = 3
# How long a service keeps it for a phone without a signal: a page of an hour ago is answered by somebody else.
KEPT_SECONDS = 3600
GONE = frozenset({404, 410})
_PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, repr=False)
class Device:
    """One browser as it is rung."""

    subscription_id: UUID
    endpoint: str
    browser: Browser


@dataclass(frozen=True, repr=False)
class Devices:
    """Where one person is rung, how much waits for them, and by which key this installation shows itself."""

    devices: tuple[Device, ...]
    waiting: int
    sender_key: SenderKey


@dataclass(frozen=True)
class Sent:
    """What became of one device's message: `failure` is empty where its service took it."""

    subscription_id: UUID
    token: UUID
    at: datetime
    failure: str

    @property
    def is_gone(self) -> bool:
        return self.failure in {f"http_{status}" for status in GONE}


class Push:
    """The adapter. handover/reach/outbox.py calls find() with the database, and send() in a thread without."""

    channel = Channel.PUSH
    # As find() read it last: the canary has no person by whom send() would be given it.
    _sender: SenderKey | None = None

    def is_configured(self) -> bool:
        """Whether an operator has named who answers for what is sent; push services ask for it."""
        return bool(settings.PUSH_CONTACT)

    def reaches(self, person_ids: Collection[UUID]) -> set[UUID]:
        """Who has a device that may ring. A silent one is tried as well: it may be back."""
        return {row.person_id for row in ringing_for(person_ids, at=timezone.now())}

    def proves(self, person_ids: Collection[UUID]) -> set[UUID]:
        """Who has a device that has lately answered, and owes no answer now."""
        return proven(person_ids)

    def find(self, person_ids: Collection[UUID]) -> Mapping[UUID, Devices]:
        """Their devices."""
        waiting, sender = waiting_for(person_ids), sender_key()
        self._sender = sender
        found: dict[UUID, list[Device]] = {}
        rows = ringing_for(person_ids, at=timezone.now())
        for row in sorted(rows, key=lambda row: row.answered or row.made, reverse=True):
            found.setdefault(row.person_id, []).append(Device(row.pk, *row.address()))
        return {
            person_id: Devices(tuple(devices[:MOST_DEVICES]), waiting.get(person_id, 0), sender)
            for person_id, devices in found.items()
        }

    def send(self, outgoing: Outgoing) -> Outcome:
        """Rings each device once. Taken, when one service took it; what each said is written down with the outcome."""
        to: Any = outgoing.to
        if outgoing.kind == CANARY:
            return self._sing(str(to))
        if not isinstance(to, Devices) or outgoing.subject_id is None:
            return Outcome(failure="no_address", is_final=True)
        told = _told(outgoing, to.waiting)
        sent = [self._ring(device, told, to.sender_key) for device in to.devices]
        then = partial(_write, sent, outgoing.subject_kind, outgoing.subject_id)
        if any(not one.failure for one in sent):
            return Outcome(then=then)
        is_final = not any(_is_passing(one.failure) for one in sent)
        return Outcome(failure=sent[0].failure, is_final=is_final, then=then)

    def _sing(self, address: str) -> Outcome:
        """The canary's message, to a browser that is nobody's: encrypted and signed as any. Nothing is noted."""
        try:
            endpoint, point, secret = address.split()
            device = Device(uuid4(), endpoint, Browser(parse(point), parse(secret)))
        except (ValueError, NotAPushKey):
            return Outcome(failure="no_address", is_final=True)
        if self._sender is None:
            return Outcome(failure="no_key")
        sent = self._ring(device, partial(rules.content, count=0), self._sender)
        return Outcome(failure=sent.failure, is_final=bool(sent.failure) and not _is_passing(sent.failure))

    def _ring(self, device: Device, told: Callable[[UUID], bytes], sender_key: SenderKey) -> Sent:
        token, now = uuid4(), timezone.now()
        sent = partial(Sent, device.subscription_id, token, now)
        # Looked at again: what was allowed when it was said yes to may not be any more.
        hosts, with_loopback = settings.PUSH_HOSTS, settings.PUSH_LOOPBACK
        if not rules.is_push_service(device.endpoint, hosts=hosts, with_loopback=with_loopback):
            return sent("not_allowed")
        body = encrypt(told(token), device.browser)
        headers = {
            "Authorization": sender_key.authorization(device.endpoint, contact=settings.PUSH_CONTACT, at=now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_SECONDS),
            "Urgency": "high",
        }
        return sent(_post(device.endpoint, body, headers))


def _told(outgoing: Outgoing, waiting: int) -> Callable[[UUID], bytes]:
    """What each device is sent, but for its token."""
    over = OVER.get(outgoing.subject_kind, "")
    if outgoing.kind == DIGEST:
        return partial(rules.content, count=outgoing.count, is_digest=True)
    # Of what is over nothing is counted; of what rings, at least itself.
    count = 0 if outgoing.subject_kind == CHECK else waiting if over else max(waiting, 1)
    return partial(rules.content, count=count, over=over, sound=outgoing.sound)


def _post(endpoint: str, body: bytes, headers: dict[str, str]) -> str:
    """Why the service did not take it, as a code; empty when it did. Of its answer the status alone is read."""
    transport = httpx2.HTTPTransport(retries=0, trust_env=False)
    try:
        with (
            httpx2.Client(transport=transport, timeout=SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", endpoint, content=body, headers=headers) as response,
        ):
            return "" if 200 <= response.status_code < 300 else f"http_{response.status_code}"
    except httpx2.TimeoutException:
        return "timeout"
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return "unreachable"


def _is_passing(failure: str) -> bool:
    if not failure.startswith("http_"):
        return failure != "not_allowed"
    status = int(failure.removeprefix("http_"))
    return status >= 500 or status in _PASSING


def _write(sent: list[Sent], subject_kind: str, subject_id: UUID) -> None:
    """In the outbox's transaction: the rings that services took, which devices owe an answer, and which are gone."""
    for one in sorted(sent, key=lambda one: one.subscription_id):
        if one.is_gone:
            end_gone(one.subscription_id)
        if one.failure:
            continue
        row = Subscription.objects.select_for_update().get(pk=one.subscription_id)
        row.rung, row.waiting_since = one.at, row.waiting_since or one.at
        row.save(update_fields=["rung", "waiting_since"])
        told = {"subject_kind": subject_kind, "subject_id": subject_id, "sent": one.at}
        Ring.objects.create(subscription=row, token_digest=digest_of(str(one.token)), **told)
        set_timer(SILENCE, row.pk, after=rules.ANSWERS_WITHIN)

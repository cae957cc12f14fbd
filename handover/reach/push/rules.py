"""When a browser may ring, what it is told, and whether it can be believed to. Pure: no ORM, no clock of its own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import urlsplit
from uuid import UUID

# A device that was rung answers within so long, or it has stopped receiving.
ANSWERS_WITHIN = timedelta(seconds=60)
# On duty each device is rung so often; what it proved holds a little longer, so that it does not lapse meanwhile.
ROUND = timedelta(hours=4)
PROOF_LASTS = ROUND + timedelta(minutes=5)
LONGEST_ENDPOINT = 1024
# How a device rings by the word of a level, where that is softer than by itself.
SOFTER = {"silent": 0, "once": 1}
# Ends of a session after which a person's own device still is theirs, in their pocket.
STILL_THEIRS = frozenset({"idle", "absolute_limit"})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Standing(Enum):
    """What is known of whether a device can be rung."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    SILENT = "silent"


@dataclass(frozen=True)
class Holder:
    """The session that a subscription belongs to."""

    is_shared: bool
    is_active: bool
    ended_by: str
    until: datetime


def may_ring(holder: Holder, *, at: datetime) -> bool:
    """Whether the browser may ring for the person of this session.

    A person's own device rings until they sign out there, somebody ends that session, or somebody else signs in: a
    session that ended because nobody touched it says only that the phone is in a pocket. A shared phone rings while the
    session that was last there has not ended, and no longer than it could last: whoever locks it has put it down, and
    whoever signs in next has ended it.
    """
    if not holder.is_active:
        return False
    if holder.is_shared:
        return not holder.ended_by and at < holder.until
    return not holder.ended_by or holder.ended_by in STILL_THEIRS


def proves_hearing(holder: Holder, *, at: datetime, is_live: bool) -> bool:
    """Whether a device that has shown a message proves that it came to its person.

    A shared phone that was not touched for a while may lie on any table: it rings, and holds up nothing else.
    """
    return may_ring(holder, at=at) and (is_live or not holder.is_shared)


def standing_of(answered: datetime | None, waiting_since: datetime | None, *, at: datetime) -> Standing:
    """What its answers say of a device at `at`: silence counts from the first message that it owes an answer to."""
    if waiting_since is not None and at - waiting_since >= ANSWERS_WITHIN:
        return Standing.SILENT
    if answered is None or at - answered >= PROOF_LASTS:
        return Standing.UNPROVEN
    return Standing.PROVEN


def content(token: UUID, count: int, *, over: str = "", sound: str = "", is_digest: bool = False) -> bytes:
    """What a push message holds: an opaque token, and how many things wait; 0 for a mere check. Nothing else.

    `over` replaces what it rang for before, without a sound: "owned" by a colleague, or "ended". `sound` says that it
    rings softer than a device does by itself: 0 not at all, 1 once. `is_digest`: it counts what asks for nothing, and
    stands beside what rang, without a sound.
    """
    told: dict[str, str | int] = {"id": str(token), "n": min(max(count, 0), 99)}
    told |= {"over": over} if over else {}
    told |= {"s": SOFTER[sound]} if sound in SOFTER else {}
    told |= {"f": 1} if is_digest else {}
    return json.dumps(told, separators=(",", ":")).encode()


def is_push_service(endpoint: str, *, hosts: Sequence[str], with_loopback: bool) -> bool:
    """Whether this server may send there: HTTPS to a known push service, by its usual port.

    A browser names the endpoint, so a person can name any: without this list they could have this server knock at doors
    inside the hospital. A host of the list that begins with a dot stands for all below it. Source: ASVS 5.0 V1.3.6.
    """
    if (
        len(endpoint) > LONGEST_ENDPOINT
        or not endpoint.isascii()
        or any(sign <= " " or sign in "\\@" for sign in endpoint)
    ):
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    if with_loopback and host in LOOPBACK and parts.scheme in {"http", "https"}:
        return True
    is_known = any(host == known or (known.startswith(".") and host.endswith(known)) for known in hosts)
    return parts.scheme == "https" and port in {None, 443} and is_known

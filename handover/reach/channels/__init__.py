"""The channels: one small interface, and who stands behind it in this installation.

An adapter knows one protocol and its gateway. It is given an address, an opaque id and a kind, and never what the
subject is about: no adapter can leak what it does not hold. One that is not configured is not offered to anybody.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from handover.reach.models import Channel

# What carries a code, by which somebody shows that an address is theirs.
LETTER = "code"
# What tells how much was gathered for somebody, and asks for nothing.
DIGEST = "digest"


@dataclass(frozen=True)
class Outgoing:
    """What an adapter sends: `id` is the delivery's, `to` what its `find` gave for the person (an address, devices).

    `kind` is "page", "digest", "canary", or "code". `code` is what an answer by text message names it by; or, of a
    "code", what shows that the address is its owner's. A device that was rung names `subject_kind` and `subject_id` in
    its answer.
    `sound`: how it rings, a word of the levels; empty as a device does by itself. `count`: of a digest, how many
    it tells of.
    """

    id: UUID
    channel: Channel
    to: Any
    kind: str
    code: str = ""
    subject_id: UUID | None = None
    subject_kind: str = ""
    sound: str = ""
    count: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt: `failure` is empty where the gateway took it, else a code of [a-z0-9_].

    `is_final`: another attempt would fail as well. `then` runs in the transaction that writes this down.
    """

    failure: str = ""
    is_final: bool = False
    then: Callable[[], None] | None = None


class Adapter(Protocol):
    """One channel of this installation."""

    channel: Channel

    def is_configured(self) -> bool:
        """Whether there is a gateway. One that may be asked at any time; it does no I/O."""

    def reaches(self, person_ids: Collection[UUID]) -> set[UUID]:
        """Who of them has somewhere to be reached at by this channel. Reads the database."""

    def proves(self, person_ids: Collection[UUID]) -> set[UUID]:
        """Those of them who are known to be reached by it now, as far as the channel can know. Reads the database."""

    def find(self, person_ids: Collection[UUID]) -> Mapping[UUID, Any]:
        """Where: the `to` of an Outgoing, for each of them who has one. Reads the database."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """Sends it and says what became of it. In a thread of its own, without the database, for SEND_SECONDS at most.

        The same Outgoing may come twice: whoever can tell so by its id, should.
        """


_adapters: dict[Channel, Adapter] = {}


def register(adapter: Adapter) -> None:
    """From now on this is what sends by its channel."""
    _adapters[adapter.channel] = adapter


def configured() -> dict[Channel, Adapter]:
    """The channels that this installation can send by."""
    return {channel: adapter for channel, adapter in _adapters.items() if adapter.is_configured()}


def missing() -> list[Channel]:
    """The channels that it cannot send by, for whoever has to know: nobody is offered them."""
    there = configured()
    return [channel for channel in Channel if channel not in there]

"""Who may come in by socket. What a session is, and what is recorded of a refusal, live is told by the rooms above."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from live import bell
from live.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Connected:
    """A person, by a session on a device, at the other end of a socket.

    `who` is that person as the rooms above know who acts: looked up anew for each act, and for nothing longer.
    """

    person_id: UUID
    session_id: UUID
    device: str
    who: object = field(default=None, compare=False)


Scope = Mapping[str, Any]
Authenticator = Callable[[Scope], Connected | None]
SessionCheck = Callable[[Sequence[UUID]], set[UUID]]
Usher = Callable[[Connected], Connected | None]
RefusalRecorder = Callable[[Refusal, Connected], None]


def _nobody(scope: Scope) -> Connected | None:
    return None


def _none_live(session_ids: Sequence[UUID]) -> set[UUID]:
    return set()


def _not_recorded(refusal: Refusal, connected: Connected) -> None:
    return None


def if_live(connected: Connected) -> Connected | None:
    """The usher until a room above has registered one: the session alone is checked, and nobody is looked up."""
    return connected if connected.session_id in live_sessions([connected.session_id]) else None


_authenticator: Authenticator = _nobody
_session_check: SessionCheck = _none_live
_usher: Usher = if_live
_refusal_recorder: RefusalRecorder = _not_recorded


def set_authenticator(authenticator: Authenticator) -> None:
    """Tells live who a socket's scope (its cookies) belongs to; None for nobody. Called in a thread of the pool."""
    global _authenticator
    _authenticator = authenticator


def set_session_check(check: SessionCheck) -> None:
    """Tells live which of some sessions are still live, in one query. Called in a thread of the pool."""
    global _session_check
    _session_check = check


def set_usher(usher: Usher) -> None:
    """Tells live how an act by socket begins: its session checked and who acts looked up, in one query."""
    global _usher
    _usher = usher


def set_refusal_recorder(recorder: RefusalRecorder) -> None:
    """Tells live how a refused act is recorded: called after its rollback, outside a transaction."""
    global _refusal_recorder
    _refusal_recorder = recorder


def authenticate(scope: Scope) -> Connected | None:
    """Who is at the other end, or None. Until a room above has registered, nobody is let in."""
    return _authenticator(scope)


def live_sessions(session_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the sessions that are live in the database now."""
    return _session_check(session_ids)


def usher_in(connected: Connected) -> Connected | None:
    """The same with who acts, as they are now; None when the session has ended."""
    return _usher(connected)


def record_refusal(refusal: Refusal, connected: Connected) -> None:
    """Has the refusal recorded by whoever keeps the record."""
    _refusal_recorder(refusal, connected)


def session_ended(session_id: UUID) -> None:
    """Closes the session's sockets, here at once and elsewhere by a hint. Called after the commit that ended it."""
    bell.ring_end(session_id)

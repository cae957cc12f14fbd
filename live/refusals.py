"""The ways to say no, each with the words a person reads and the code a log keeps.

A service raises one of these; no view catches it. The edge (config/errors.py for HTTP, live/socket.py for frames)
answers the person and records the refusal, after the act's transaction has been rolled back.
"""

from uuid import UUID

from django.db import InterfaceError, InternalError, OperationalError

# The database ended a transaction in which nothing was said for too long (live/bounds.py).
_IDLE_TOO_LONG = "25P03"
_DEEPEST_CAUSE = 12


class Refusal(Exception):
    """An act that was not done. `message` is for the person: what happened and what to do next.

    It holds no ids and no clinical text. `code` and `subject_id` are for the log. `act` names the event that would have
    been recorded ("handover.accepted").
    """

    status = 409
    code = "refused"
    message = "That could not be done. Go back, reload and try again."

    def __init__(
        self,
        message: str = "",
        *,
        code: str = "",
        act: str = "",
        subject_id: UUID | None = None,
        patient_id: UUID | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.message = message or self.message
        self.code = code or self.code
        self.act = act
        self.subject_id = subject_id
        self.patient_id = patient_id


class NotFound(Refusal):
    """Absent, or not this person's to see: one answer for both, so that asking reveals nothing."""

    status = 404
    code = "not_found"
    message = "There is nothing here for you. Go back to your patients and look again."


class SignedOut(Refusal):
    """Somebody who was let in, and may not act any more: their account was closed while they were at it."""

    status = 401
    code = "signed_out"
    message = "You are signed out, and nothing was done. Sign in again to go on."


class Denied(Refusal):
    """A known person who may see the thing but not do this to it."""

    status = 403
    code = "denied"
    message = "Your role may not do this. Ask a colleague who may."


class Conflict(Refusal):
    """The thing has moved on since the person last saw it."""

    status = 409
    code = "conflict"
    message = "This has changed since you opened it. Reload to see how it stands now."


class Invalid(Refusal):
    """Input that cannot be taken. `fields` maps a field's name to what is wrong with it, in words."""

    status = 422
    code = "invalid"
    message = "Something in the form needs another look."

    def __init__(self, message: str = "", *, fields: dict[str, str] | None = None, **known: object) -> None:
        super().__init__(message, **known)  # type: ignore[arg-type]
        self.fields = fields or {}


class DatabaseAway(Refusal):
    """Nobody answers at the database, or it hung up: nothing was done, and the same act can be sent again.

    Only the edges make one, of what a driver raised. It cannot be put on the record: the record is away as well.
    """

    status = 503
    code = "database_away"
    message = "The database does not answer at the moment. Nothing was saved. Wait a little, then try again."
    # Seconds, for the caller: a database that was killed answers again in about so many.
    retry_after = 5


def is_database_away(error: BaseException | None) -> bool:
    """Whether the database could not be reached or hung up, or this was raised because it did."""
    for _ in range(_DEEPEST_CAUSE):
        if error is None:
            return False
        if isinstance(error, OperationalError | InterfaceError):
            return True
        if isinstance(error, InternalError) and getattr(error.__cause__, "pgcode", "") == _IDLE_TOO_LONG:
            return True
        error = error.__cause__ or error.__context__
    return False

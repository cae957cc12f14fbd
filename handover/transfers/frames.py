"""The acts that a phone sends over the socket: the same services as behind the forms."""

from collections.abc import Callable, Mapping
from uuid import UUID

from pydantic import ValidationError

from accounts.actors import Actor
from accounts.sockets import actor_for, usher_in
from handover.transfers import services
from handover.transfers.documents import SynthesisDocument
from live.door import Connected
from live.frames import register_frame
from live.refusals import Invalid, NotFound

Frame = dict[str, object]


def register() -> None:
    """Tells live which frames are acts of this room. Called when the app starts."""
    for kind, handler in _HANDLERS.items():
        register_frame(kind, _as_actor(kind, handler))


def _opened(actor: Actor, frame: Frame) -> Mapping[str, object]:
    version = services.open_handover(
        actor, key=_id(frame, "key"), handover_id=_id(frame, "handover"), version_id=_id(frame, "version")
    )
    return {"version": str(version.pk)}


def _read(actor: Actor, frame: Frame) -> Mapping[str, object]:
    version = services.read_handover(
        actor, key=_id(frame, "key"), handover_id=_id(frame, "handover"), version_id=_id(frame, "version")
    )
    return {"version": str(version.pk)}


def _asked(actor: Actor, frame: Frame) -> Mapping[str, object]:
    row = services.ask(
        actor, key=_id(frame, "key"), handover_id=_id(frame, "handover"), text=str(frame.get("text", ""))
    )
    return {"question": str(row.pk)}


def _answered(actor: Actor, frame: Frame) -> Mapping[str, object]:
    row = services.answer(
        actor, key=_id(frame, "key"), question_id=_id(frame, "question"), text=str(frame.get("text", ""))
    )
    return {"question": str(row.pk)}


def _call_requested(actor: Actor, frame: Frame) -> Mapping[str, object]:
    number = services.request_call(actor, key=_id(frame, "key"), handover_id=_id(frame, "handover"))
    return {"number": number}


def _said_back(actor: Actor, frame: Frame) -> Mapping[str, object]:
    row = services.say_back(
        actor,
        key=_id(frame, "key"),
        handover_id=_id(frame, "handover"),
        version_id=_id(frame, "version"),
        synthesis=_synthesis(frame),
    )
    return {"synthesis": str(row.pk)}


def _accepted(actor: Actor, frame: Frame) -> Mapping[str, object]:
    row = services.accept(
        actor,
        key=_id(frame, "key"),
        handover_id=_id(frame, "handover"),
        version_id=_id(frame, "version"),
        digest=str(frame.get("digest", "")),
    )
    return {"acceptance": str(row.pk)}


def _as_actor(kind: str, handler: "Handler") -> Callable[[Connected, Frame], Mapping[str, object]]:
    """The handler, for the person as they are now: who acts is looked up anew for each frame."""

    def handle(connected: Connected, frame: Frame) -> Mapping[str, object]:
        ushered = connected if connected.who is not None else usher_in(connected)
        if ushered is None:
            raise NotFound(act=kind)
        return handler(actor_for(ushered), frame)

    return handle


def _id(frame: Frame, name: str) -> UUID:
    """The id in this place of the frame. Raises Invalid for anything else."""
    value = frame.get(name)
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError as exc:
        raise Invalid(code=f"no_{name}") from exc


def _synthesis(frame: Frame) -> SynthesisDocument:
    """Not chained: pydantic's error quotes what was typed, and that is about a patient."""
    try:
        return SynthesisDocument.model_validate(
            {name: frame.get(name, "") for name in ("illness_severity", "first_action", "own_words")}
        )
    except ValidationError:
        refusal = Invalid(code="no_synthesis")
    raise refusal


Handler = Callable[[Actor, Frame], Mapping[str, object]]
_HANDLERS: Mapping[str, Handler] = {
    "handover.opened": _opened,
    "handover.read": _read,
    "handover.asked": _asked,
    "handover.answered": _answered,
    "handover.call_requested": _call_requested,
    "handover.said_back": _said_back,
    "handover.accepted": _accepted,
}

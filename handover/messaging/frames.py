"""The acts that a phone sends over the socket: the same services as behind the forms."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware

from accounts.actors import Actor
from accounts.models import Person
from accounts.sockets import actor_for, usher_in
from handover.messaging import access, services
from handover.messaging.models import Thread
from handover.messaging.services import Said, To
from live.door import Connected
from live.frames import register_frame
from live.hub import HUB
from live.refusals import Invalid, NotFound
from live.whispers import WORDS, Whisper, circle_of, register_circle

Frame = dict[str, object]


def register() -> None:
    """Tells live which frames are acts of this room. Called when the app starts."""
    for kind, handler in _HANDLERS.items():
        register_frame(kind, _as_actor(kind, handler))
    register_circle(PRESENT_IN, circle)


def _sent(actor: Actor, frame: Frame) -> Mapping[str, object]:
    said = Said(
        text=_text(frame, "text"),
        level=_text(frame, "level"),
        needs_by=_moment(frame, "needs_by"),
        is_checked=frame.get("is_checked") is True,
        is_raised=frame.get("is_raised") is True,
    )
    people = frame.get("people", [])
    if not isinstance(people, list):
        raise Invalid(code="no_people")
    to = To(
        people=[_id({"people": each}, "people") for each in people],
        role_id=_id(frame, "role") if frame.get("role") else None,
    )
    row = services.send_message(actor, key=_id(frame, "key"), thread_id=_id(frame, "thread"), said=said, to=to)
    return {"message": str(row.pk), "number": row.number}


def _answered(actor: Actor, frame: Frame) -> Mapping[str, object]:
    revision = frame.get("revision")
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise Invalid(code="no_revision")
    row = services.acknowledge(
        actor,
        key=_id(frame, "key"),
        message_id=_id(frame, "message"),
        answer=_text(frame, "answer"),
        revision=revision,
    )
    return {"acknowledgement": str(row.pk)}


def _opened(actor: Actor, frame: Frame) -> Mapping[str, object]:
    number = frame.get("number")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < _MOST_NUMBER:
        raise Invalid(code="no_number")
    return {"opened": services.see(actor, thread_id=_id(frame, "thread"), number=number)}


def _present(actor: Actor, frame: Frame) -> Mapping[str, object]:
    """Somebody looks at the conversation now, or types in it: told to whoever else does, and kept nowhere.

    Nothing is put on the record: what they read was, when it left. A refusal is, as for any frame.
    """
    what = _text(frame, "what")
    if what not in WORDS:
        raise Invalid(code="no_what")
    thread_id = _id(frame, "thread")
    access.thread_for(actor, thread_id, act="thread.present")
    around = [each for each in HUB.present(PRESENT_IN, thread_id) if each != actor.person.pk]
    HUB.whisper(Whisper(PRESENT_IN, thread_id, actor.person.pk, what))
    named = circle_of(PRESENT_IN, thread_id, around)
    return {"present": [{"person": str(person_id), "name": name} for person_id, name in named.items()]}


def circle(thread_id: UUID, people: Collection[UUID]) -> Mapping[UUID, str]:
    """Those of the people who may read the conversation now, with their names: live/whispers.py asks."""
    thread = Thread.objects.filter(pk=thread_id).first()
    if thread is None:
        return {}
    allowed = access.readers_allowed([thread], [(person_id, thread_id) for person_id in people])
    may = [person_id for person_id, _ in allowed]
    return dict(Person.objects.filter(pk__in=may, is_active=True).values_list("pk", "display_name"))


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


def _text(frame: Frame, name: str) -> str:
    value = frame.get(name, "")
    if not isinstance(value, str):
        raise Invalid(code=f"no_{name}")
    return value


def _moment(frame: Frame, name: str) -> datetime | None:
    value = frame.get(name)
    if value is None:
        return None
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or not is_aware(found):
        raise Invalid(code=f"no_{name}")
    return found


Handler = Callable[[Actor, Frame], Mapping[str, object]]
_MOST_NUMBER = 2**31
PRESENT_IN = "thread"
_HANDLERS: Mapping[str, Handler] = {
    "message.sent": _sent,
    "message.acknowledged": _answered,
    "message.opened": _opened,
    "thread.present": _present,
}

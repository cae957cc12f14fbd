"""Acts that come over the socket: rooms above register a handler per act, with the same service behind as by HTTP."""

from collections.abc import Callable, Mapping

from live.door import Connected
from live.refusals import NotFound

Handler = Callable[[Connected, dict[str, object]], Mapping[str, object]]
Gate = Callable[[Connected, str], None]
_handlers: dict[str, Handler] = {}


def _shut(_connected: Connected, act: str) -> None:
    raise NotFound(act="live.frame")


_gate: Gate = _shut


def set_gate(gate: Gate) -> None:
    """Tells live what is asked before each act: it raises a Refusal for whoever may not. Until then all are refused."""
    global _gate
    _gate = gate


def register_frame(kind: str, handler: Handler) -> None:
    """From now on the frame {"t": "act", "act": kind, ...} is done by `handler`, in a thread of the pool.

    It gets who is connected and the frame, and gives what the answer holds. A Refusal becomes a `refused` frame.
    """
    _handlers[kind] = handler


def registered_frames() -> frozenset[str]:
    """The acts that can be sent over the socket."""
    return frozenset(_handlers)


def handle(connected: Connected, frame: dict[str, object]) -> Mapping[str, object]:
    """Does the act of one frame. Raises NotFound for an act that is not registered, and what the service refuses."""
    handler = _handlers.get(str(frame.get("act")))
    if handler is None:
        raise NotFound(act="live.frame")
    _gate(connected, str(frame["act"]))
    return handler(connected, frame)

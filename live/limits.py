"""The bounds of the live edge, in one place. Those in settings may be set by an operator; the others are promises."""

from django.conf import settings

# Requests that are read or wait for a thread; the next one is told to come back.
REQUESTS_WAITING = 512

FRAME_BYTES = 64 * 1024
FRAME_DEPTH = 8
FRAMES_PER_SECOND = 20
FRAMES_BURST = 40
SOCKETS_PER_PERSON = 5
INBOUND_QUEUED = 32
UNSENT_BYTES = 512 * 1024
# How long an answer of many parts waits for a reader who takes nothing of it.
STALLED_SECONDS = 60.0
REPLAY_PAGE = 500
# A device that is replayed and says nothing for so long is dropped.
ACKNOWLEDGE_SECONDS = 30
# Of one person in one round: what is more waits for the next round, so that nobody's backlog delays the others.
ROUND_ROWS = 50
ROUND_PEOPLE = 500

# Whispers that wait for an answer who may know; what comes on top is dropped, and nobody misses it.
WHISPERS_AT_ONCE = 64

# How often a process looks for timers that are due: what is waited for a page must not be much later than it says.
TIMER_SECONDS = 1.0

# What a form may carry, and what the paths that take files may.
BODY_BYTES = 3 * 1024 * 1024
LARGE_BODY_BYTES = 64 * 1024 * 1024
# All bodies together that a process holds while they arrive.
BODIES_BYTES = 256 * 1024 * 1024

# Close codes; 4000 and above are the application's own (RFC 6455, 7.4.2).
CLOSE_BINARY = 1003
CLOSE_NOT_JSON = 1007
CLOSE_POLICY = 1008
CLOSE_TOO_BIG = 1009
CLOSE_FAILED = 1011
CLOSE_TRY_LATER = 1013
CLOSE_SESSION_ENDED = 4401
CLOSE_TOO_MANY_SOCKETS = 4409
CLOSE_TOO_FAST = 4429


def poll_seconds() -> float:
    """How long a lost hint or an ended session may go unnoticed."""
    return float(settings.LIVE_POLL_SECONDS)


def sweep_seconds() -> float:
    """How often a process looks at the sessions of its sockets: the look itself is over within poll_seconds."""
    return poll_seconds() * 2 / 3


def pool_threads() -> int:
    """How many threads, and so how many database connections, this process works with."""
    return int(settings.LIVE_POOL_THREADS)


def large_body_paths() -> tuple[str, ...]:
    """The paths whose POST may be as large as LARGE_BODY_BYTES."""
    return tuple(getattr(settings, "LIVE_LARGE_BODY_PATHS", ("/import/", "/api/v1/import")))


def body_bytes(path: str) -> int:
    """How much a request to this path may carry."""
    return LARGE_BODY_BYTES if path.startswith(large_body_paths()) else BODY_BYTES

"""What was seen from outside, in the order in which it was seen, and what lies in the database at the end.

The checker gets this and nothing else. Times are seconds of this machine's clock, which is the database's too.
"""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Send:
    """One message that somebody wants to send: the same key until it is acknowledged, however often it takes."""

    key: str
    token: str
    thread: str
    author: str
    began: float
    tries: int = 0
    acked: float | None = None
    # As the answer by socket says; by HTTP it says that it was done and not under which id.
    message: str = ""
    number: int = 0
    refused: str = ""


@dataclass
class PageSend:
    """One page that somebody wants to send."""

    key: str
    patient: str
    began: float
    acked: float | None = None
    page: str = ""
    refused: str = ""


@dataclass
class Owned:
    """Somebody was told that they own a page, at that time."""

    page: str
    person: str
    acked: float


@dataclass(frozen=True)
class Seen:
    """One event that came to a device."""

    person: str
    n: int
    event: str
    at: float
    thread: str = ""
    message: str = ""
    number: int = 0
    page: str = ""


@dataclass(frozen=True)
class Fault:
    """What the nemesis did, from when until when it had put it right."""

    kind: str
    began: float
    healed: float


@dataclass
class History:
    """Everything from outside. Only ever added to."""

    sends: list[Send] = field(default_factory=list)
    pages: list[PageSend] = field(default_factory=list)
    owned: list[Owned] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    # Where each person's device began, before its first event.
    began_after: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    # When a device followed again, and how many seconds after its line broke.
    reconnects: list[tuple[float, float]] = field(default_factory=list)
    # When a try to send was begun and when it was acknowledged.
    acks: list[tuple[float, float]] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


@dataclass
class Row:
    """A message in the database, with the words that were opened from its seal."""

    id: str
    thread: str
    number: int
    author: str
    sent: float
    token: str


@dataclass
class PageRow:
    """A page in the database; `waits` are the seconds that each step waits."""

    id: str
    state: str
    owned: float | None
    waits: list[float]


@dataclass
class Step:
    """A step of a page that fired or was passed over."""

    id: str
    page: str
    number: int
    fired: float
    skipped: str


@dataclass
class Kept:
    """What the database holds when all is quiet again."""

    messages: list[Row] = field(default_factory=list)
    # Key of an act -> what it led to.
    keys: dict[str, str] = field(default_factory=dict)
    recipients: set[tuple[str, str]] = field(default_factory=set)
    # (thread, person, since, until or None).
    members: list[tuple[str, str, float, float | None]] = field(default_factory=list)
    # (person, n, event, subject).
    items: list[tuple[str, int, str, str]] = field(default_factory=list)
    heads: dict[str, int] = field(default_factory=dict)
    # (subject, person, rung) -> when it was reached.
    rungs: dict[tuple[str, str, str], float] = field(default_factory=dict)
    pages: list[PageRow] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    # (page, person) for each time that a step asked somebody.
    asks: list[tuple[str, str]] = field(default_factory=list)
    # (page, what was said, when).
    answers: list[tuple[str, str, float]] = field(default_factory=list)
    timers: set[str] = field(default_factory=set)
    # (event, entity) -> how often it is on the record; and of reads (agent, thread) -> the newest number.
    recorded: Counter[tuple[str, str]] = field(default_factory=Counter)
    read: dict[tuple[str, str], int] = field(default_factory=dict)
    log_code: int = 0
    log_words: str = ""


@dataclass
class Facts:
    """Both sides of one run."""

    history: History
    kept: Kept

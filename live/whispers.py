"""What is true for some seconds and then for nobody: who looks at a thing now, who types. Never stored, never logged.

A room registers, for a kind of subject, who of some people may know what one of them does there. Whoever says that they
are present is known to this process for PRESENT_SECONDS; what they whisper goes to the sockets of those present, here
and, by a hint, in every other process. Each delivery asks again who may know: somebody who was shut out a moment ago
hears nothing more, and a forged hint is a question to the database whose answer is no. It may be lost, and then nobody
misses it. Knows no domain.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from live.acting import acting_as_system

PRESENT_SECONDS = 25.0
# A person and subject are heard once in so long: what is said faster is dropped without a word.
APART_SECONDS = 1.0
# Subjects that somebody is at, and people at one of them, in one process. What is more is not known, and not told.
MOST_SUBJECTS, MOST_PRESENT = 5_000, 100
WORDS = frozenset({"here", "typing"})


@dataclass(frozen=True, slots=True)
class Whisper:
    """Somebody does this at a subject ("thread", id) now: `what` is one of WORDS."""

    kind: str
    subject_id: UUID
    person_id: UUID
    what: str


# Subject, people -> those of them who may know now, each with their name.
Circle = Callable[[UUID, Collection[UUID]], Mapping[UUID, str]]
_circles: dict[str, Circle] = {}


def register_circle(kind: str, circle: Circle) -> None:
    """From now on `circle` says who may know of a subject of this kind, in one or two queries."""
    _circles[kind] = circle


def circle_of(kind: str, subject_id: UUID, people: Collection[UUID]) -> Mapping[UUID, str]:
    """Those of the people who may know now, with their names. Nobody, for a kind that no room has registered."""
    circle = _circles.get(kind)
    if circle is None:
        return {}
    with acting_as_system("live.whisper"):
        return circle(subject_id, people)


class Presence:
    """Who is where in this process, as far as they have said so. Used on the event loop; read from anywhere."""

    def __init__(self) -> None:
        self._subjects: dict[tuple[str, UUID], dict[UUID, float]] = {}
        self._heard: dict[tuple[str, UUID, UUID], tuple[str, float]] = {}

    def take(self, whisper: Whisper, *, now: float) -> bool:
        """Notes that they are there. False when it says what was just said, or there is no room for more."""
        subject, said = (whisper.kind, whisper.subject_id), (whisper.kind, whisper.subject_id, whisper.person_id)
        if len(self._subjects) >= MOST_SUBJECTS and subject not in self._subjects:
            self.forget(now=now)
        people = self._subjects.get(subject)
        if people is None:
            if len(self._subjects) >= MOST_SUBJECTS:
                return False
            people = self._subjects[subject] = {}
        if whisper.person_id not in people and len(people) >= MOST_PRESENT:
            return False
        people[whisper.person_id] = now + PRESENT_SECONDS
        what, at = self._heard.get(said, ("", now - APART_SECONDS))
        if now - at < APART_SECONDS and what == whisper.what:
            return False
        self._heard[said] = (whisper.what, now)
        return True

    def at(self, kind: str, subject_id: UUID, *, now: float) -> list[UUID]:
        """Who is at the subject now."""
        people = self._subjects.get((kind, subject_id), {})
        return [person_id for person_id, until in list(people.items()) if until > now]

    def leave(self, person_id: UUID) -> None:
        """They have no socket here any more."""
        for subject, people in list(self._subjects.items()):
            people.pop(person_id, None)
            self._heard.pop((*subject, person_id), None)
            if not people:
                del self._subjects[subject]

    def forget(self, *, now: float) -> None:
        """Drops what is over."""
        for subject, people in list(self._subjects.items()):
            for person_id in [each for each, until in people.items() if until <= now]:
                del people[person_id]
                self._heard.pop((*subject, person_id), None)
            if not people:
                del self._subjects[subject]

"""The ladder: which rungs a subject has reached with a person, when, and on which device. A rung is reached once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from live.drawing import Drawer, View, register_drawer
from live.inbox import Announcement, Subject, require_transaction
from live.models import InboxItem, Rung
from live.statements import Call, Statement, run_together

CLIMBED = "ladder.climbed"
# The subject of what tells a sender of a rung: of what kind of thing it is, so that its room draws it.
_OF = "rung_of_"
_drawers: dict[str, Drawer] = {}


def register_rung_drawer(kind: str, drawer: Drawer) -> None:
    """From now on `drawer` draws the rungs of subjects of this kind: item.id -> view. An item's subject is the rung."""
    _drawers[_OF + kind] = drawer


def register() -> None:
    """Tells the hub how rungs are drawn. Called when the app starts."""
    register_drawer(CLIMBED, _draw)


def _draw(items: Sequence[InboxItem]) -> dict[int, View | None]:
    by_kind: dict[str, list[InboxItem]] = defaultdict(list)
    for item in items:
        by_kind[item.subject_kind].append(item)
    views: dict[int, View | None] = {}
    for kind, group in by_kind.items():
        if kind in _drawers:
            views.update(_drawers[kind](group))
    return views


@dataclass(frozen=True)
class Step:
    """One rung that one person may have reached, by which session on which device."""

    name: str
    subject: Subject
    person_id: UUID
    session_id: UUID | None
    device: str


# In the order of the unique key, so that two writers of the same rungs never wait for each other in a circle.
_REACH = Statement("""
INSERT INTO live_rung (id, name, subject_kind, subject_id, person_id, session_id, device)
SELECT gen_random_uuid(), step.*
FROM unnest(%s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[])
    AS step (name, subject_kind, subject_id, person_id, session_id, device)
ORDER BY subject_id, person_id, name
ON CONFLICT (subject_id, person_id, name) DO NOTHING
RETURNING id, name, subject_kind, subject_id, person_id, session_id, device, reached
""")
_COLUMNS = ("id", "name", "subject_kind", "subject_id", "person_id", "session_id", "device", "reached")


def reach(
    name: str, *, subject: Subject, person_id: UUID, session_id: UUID | None = None, device: str = ""
) -> Rung | None:
    """The rung when it is new, None when it had been reached before. In the act's transaction.

    It announces nothing: the act adds announcement(rung, sender=...) to its one announce().
    """
    rungs = reach_all(
        [Step(name=str(name), subject=subject, person_id=person_id, session_id=session_id, device=device)]
    )
    return rungs[0] if rungs else None


def reach_all(steps: Sequence[Step], *, behind: Sequence[Call] = ()) -> list[Rung]:
    """The rungs that are new among many steps, written in one statement. In the caller's transaction.

    Where there are any, what is to be sent before them goes in the same message.
    """
    require_transaction()
    if not steps:
        return []
    reached = [
        [Rung.Name(step.name).value for step in steps],
        [step.subject.kind for step in steps],
        [step.subject.id for step in steps],
        [step.person_id for step in steps],
        [step.session_id for step in steps],
        [step.device[:64] for step in steps],
    ]
    rows = run_together([*behind, Call(_REACH, reached)])
    return [Rung(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def announcement(rung: Rung, *, sender: UUID) -> Announcement:
    """What tells the sender that a rung was reached."""
    return Announcement(event=CLIMBED, recipients=[sender], subject=Subject(_OF + rung.subject_kind, rung.pk))


def rungs_of(subject_ids: Iterable[UUID]) -> dict[UUID, list[Rung]]:
    """The rungs of each subject in the order in which they were reached; a subject without rungs is absent."""
    found: dict[UUID, list[Rung]] = defaultdict(list)
    for rung in Rung.objects.filter(subject_id__in=list(subject_ids)).order_by("reached"):
        found[rung.subject_id].append(rung)
    return dict(found)

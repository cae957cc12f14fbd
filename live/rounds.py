"""What the hub does in a thread of the pool: fetch the new rows of many people in one query, draw and encode them.

The drawers record the reads in the same transaction, and it is committed before anything is returned to be sent.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from live import door, drawing, limits
from live.acting import acting_as_system
from live.inbox import Subject
from live.models import InboxItem
from live.statements import Statement


@dataclass(frozen=True, slots=True)
class Drawn:
    """One event, encoded for one reader. `sender_id` is set when it climbs: who learns that it was pushed."""

    person_id: UUID
    number: int
    text: str
    subject: Subject
    sender_id: UUID | None


@dataclass(frozen=True, slots=True)
class Start:
    """Where a device begins: the person's head, and the number after which it is replayed."""

    head: int
    after: int


_COLUMNS = ("id", "person_id", "number", "event", "subject_kind", "subject_id", "sender_id", "climbs", "recorded")
_NEW_ROWS = Statement(f"""
SELECT {", ".join(f"item.{name}" for name in _COLUMNS)}
FROM unnest(%s::uuid[], %s::bigint[]) AS ask (person_id, after)
CROSS JOIN LATERAL (
    SELECT * FROM live_inboxitem
    WHERE live_inboxitem.person_id = ask.person_id AND live_inboxitem.number > ask.after
    ORDER BY live_inboxitem.number LIMIT %s
) AS item
ORDER BY item.person_id, item.number
""")  # noqa: S608 - column names of this module
# A device that says no number is new here. It gets what climbs and has not reached any device of this person.
_START = Statement("""
SELECT coalesce(max(stream.head), 0), (SELECT number FROM live_devicecursor WHERE session_id = %(session)s), (
    SELECT min(item.number) - 1 FROM live_inboxitem item
    WHERE item.person_id = %(person)s AND item.climbs AND item.number > (
        SELECT head - %(page)s FROM live_stream WHERE person_id = %(person)s
    ) AND NOT EXISTS (
        SELECT FROM live_rung rung
        WHERE rung.subject_id = item.subject_id AND rung.person_id = item.person_id AND rung.name = 'on_device'
    )
)
FROM live_stream stream WHERE stream.person_id = %(person)s
""")


def fetch(asks: Mapping[UUID, int], *, limit: int) -> list[Drawn]:
    """The rows after each person's number, at most `limit` of each, in order, drawn for their reader and encoded."""
    # For many readers at once: each drawer asks for each of them whether they may.
    with acting_as_system("live.round"):
        items, views = drawing.fetch_and_draw(lambda: _new_rows(asks, limit))
    tails: dict[tuple[object, ...], str] = {}
    return [_drawn(item, views.get(item.pk), tails) for item in items]


def _new_rows(asks: Mapping[UUID, int], limit: int) -> list[InboxItem]:
    rows = _NEW_ROWS.all([list(asks), list(asks.values()), limit])
    return [InboxItem(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def _drawn(item: InboxItem, view: drawing.View | None, tails: dict[tuple[object, ...], str]) -> Drawn:
    # Everything but the number is the same for all readers who are given the same view.
    key = (item.subject_id, item.event, item.recorded, _likeness(view))
    tail = tails.get(key)
    if tail is None:
        body = {
            "event": item.event,
            "at": item.recorded.isoformat(),
            "subject": {"kind": item.subject_kind, "id": str(item.subject_id)},
            "view": view,
        }
        tail = tails[key] = encode(body)[1:]
    return Drawn(
        person_id=item.person_id,
        number=item.number,
        text=f'{{"t":"event","n":{item.number},{tail}',
        subject=Subject(item.subject_kind, item.subject_id),
        sender_id=item.sender_id if item.climbs else None,
    )


def _likeness(view: drawing.View | None) -> object:
    """What is equal for equal views: of a flat one its content, of any other the object itself."""
    if view is None:
        return None
    # With its types: True is equal to 1, and is not written as 1.
    content = tuple((name, type(value), value) for name, value in view.items())
    try:
        hash(content)
    except TypeError:
        return id(view)
    return content


def encode(frame: Mapping[str, object]) -> str:
    """The frame as compact JSON; dates, decimals and ids become text, lazy translations their words."""
    return json.dumps(frame, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))


def start_of(*, person_id: UUID, session_id: UUID, after: int | None) -> Start:
    """Where to begin for a device that says `after`, or says nothing and is new."""
    found = _START.first({"person": person_id, "session": session_id, "page": limits.REPLAY_PAGE})
    head, cursor_number, not_on_device = found or (0, None, None)
    if after is None:
        after = next((number for number in (cursor_number, not_on_device) if number is not None), head)
    return Start(head=head, after=after)


@dataclass(frozen=True, slots=True)
class Survey:
    """What the sweep finds: the head of each person, and which sessions are live."""

    heads: dict[UUID, int]
    live: set[UUID]


def survey(people: Sequence[UUID], sessions: Sequence[UUID]) -> Survey:
    """The heads of all people and the live ones of all sessions, from the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT person_id, head FROM live_stream WHERE person_id = ANY(%s::uuid[])", [list(people)])
        heads = dict(cursor.fetchall())
    return Survey(heads=heads, live=door.live_sessions(sessions))

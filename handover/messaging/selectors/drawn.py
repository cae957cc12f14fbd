"""Messages as every reader sees them: words, answers and how they stand. Not audited: whoever asks has recorded it.

Each screen that a message reaches passes here, so what stands beside it is found by one statement, written by hand.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple
from uuid import UUID

from accounts.models import Person, Unit
from handover.duty.models import PractitionerRole
from handover.messaging import sealed
from handover.messaging.models import Message, Revision, Thread
from handover.messaging.rules import Answer, Asked, heads_of, looks_like_an_order, standing_of
from handover.paging.rules.levels import Level
from live.rows import columns, made, split
from live.statements import Row, Statement
from vault.services import prepare

Drawn = Mapping[str, Any]


class Whole(NamedTuple):
    """A message with author, roles and thread, and what stands beside it.

    `names` are of whom its thread is called by: who opened it, and both of a thread between two, by id.
    """

    message: Message
    beside: "Beside"
    names: Mapping[str, str]


class Beside(NamedTuple):
    """What stands beside a message, in the order of _BESIDE: its last revision, its files, and whom it went to.

    `files` are [id, kind, pages or seconds, size]; `recipients` [id, name, is mentioned, instead of
    whom]; `answers` [person, revision, answer], as they were said one by one.
    """

    last: Revision | None
    photo: Sequence[Any]
    tasks: int
    files: Sequence[tuple[str, str, int, int]]
    recipients: Sequence[tuple[str, str, bool, str | None]]
    answers: Sequence[tuple[str, int, str]]


_PHOTO = ("id", "width", "height")
_FILE = ("id", "kind", "extent", "size")
# S608: what is put in are the names of columns, of the models.
_BESIDE = f"""
    {columns(Revision, "last")}, {", ".join(f"photo.{name}" for name in _PHOTO)},
    (SELECT count(*) FROM messaging_messagetask t WHERE t.message_id = m.id),
    (SELECT json_agg(json_build_array(f.id, f.kind, f.extent, f.size) ORDER BY f.kind)
        FROM messaging_attachment f WHERE f.message_id = m.id),
    (SELECT json_agg(
        json_build_array(r.person_id, p.display_name, r.is_mentioned, o.display_name) ORDER BY p.display_name, r.id)
        FROM messaging_recipient r JOIN accounts_person p ON p.id = r.person_id
        LEFT JOIN accounts_person o ON o.id = r.instead_of_id WHERE r.message_id = m.id),
    (SELECT json_agg(json_build_array(a.person_id, a.revision, a.answer) ORDER BY a.said, a.id)
        FROM messaging_acknowledgement a WHERE a.message_id = m.id)
"""  # noqa: S608
_WITH_IT = """
LEFT JOIN LATERAL (
    SELECT * FROM messaging_revision r WHERE r.message_id = m.id ORDER BY r.number DESC LIMIT 1
) last ON true
LEFT JOIN messaging_photo photo ON photo.message_id = m.id
"""
_ALONE = Statement(f"SELECT m.id, {_BESIDE} FROM messaging_message m {_WITH_IT} WHERE m.id = ANY(%s::uuid[])")  # noqa: S608
# A message with its own, in the order of _WHOLE.
_PARTS = (Message, Person, PractitionerRole, Thread, PractitionerRole, Unit)
_WIDTH = sum(len(model._meta.concrete_fields) for model in _PARTS)
_WHOLE = Statement(f"""
SELECT
    {columns(Message, "m")}, {columns(Person, "author")}, {columns(PractitionerRole, "to_role")},
    {columns(Thread, "thread")}, {columns(PractitionerRole, "role")}, {columns(Unit, "unit")}, (
        SELECT json_object_agg(p.id, p.display_name) FROM accounts_person p
        WHERE p.id = ANY(array_append(string_to_array(thread.between, ':')::uuid[], thread.opened_by_id))
    ), {_BESIDE}
FROM messaging_message m
JOIN accounts_person author ON author.id = m.author_id
JOIN messaging_thread thread ON thread.id = m.thread_id
LEFT JOIN duty_practitionerrole to_role ON to_role.id = m.to_role_id
LEFT JOIN duty_practitionerrole role ON role.id = thread.role_id
LEFT JOIN accounts_unit unit ON unit.id = role.unit_id
{_WITH_IT}
WHERE m.id = ANY(%s::uuid[])
""")  # noqa: S608


def drawn(messages: Sequence[Message]) -> dict[UUID, Drawn]:
    """By message id: plain JSON, the same for every reader. One query; `thread` and `author` are loaded."""
    found = {row[0]: _beside(row[1:]) for row in _ALONE.all([[message.pk for message in messages]])} if messages else {}
    return drawn_with([(message, found[message.pk]) for message in messages])


def drawn_with(messages: Iterable[tuple[Message, Beside]]) -> dict[UUID, Drawn]:
    """The same of messages that were found with what stands beside them."""
    messages = list(messages)
    prepare({sealed.scope_of(message.thread) for message, _ in messages})
    return {message.pk: _one(message, beside) for message, beside in messages}


def whole(message_ids: Collection[UUID]) -> dict[UUID, Whole]:
    """These messages by id. One query."""
    found = {}
    for row in _WHOLE.all([list(message_ids)]):
        said, author, to_role, thread, role, unit = split(row, *_PARTS)
        message = made(Message, said)
        message.author, message.thread = made(Person, author), made(Thread, thread)
        message.to_role = made(PractitionerRole, to_role) if to_role else None
        message.thread.role = made(PractitionerRole, role) if role else None
        if message.thread.role is not None:
            message.thread.role.unit = made(Unit, unit)
        found[message.pk] = Whole(message, _beside(row[_WIDTH + 1 :]), row[_WIDTH])
    return found


def _beside(row: Row) -> Beside:
    (last,) = split(row, Revision)
    size = len(Revision._meta.concrete_fields)
    photo, (tasks, files, recipients, answers) = row[size : size + len(_PHOTO)], row[size + len(_PHOTO) :]
    return Beside(made(Revision, last) if last else None, photo, tasks, files or [], recipients or [], answers or [])


def asked_in(told: Drawn) -> Asked:
    """The same as the rule of answers knows it."""
    return Asked(
        level=Level(told["level"]),
        is_retracted=told["state"] == "retracted",
        recipients=frozenset(UUID(one["id"]) for one in told["recipients"]),
        answers=[(UUID(one["id"]), Answer(answer)) for one in told["recipients"] for answer in one["answers"]],
        is_call_in=told["is_call_in"],
    )


def _one(message: Message, beside: Beside) -> dict[str, Any]:
    last = beside.last
    number = last.number if last else 0
    is_retracted = last is not None and last.kind == Revision.Kind.RETRACTED
    text = "" if is_retracted else sealed.text_of(last or message, thread=message.thread)
    by_person: dict[str, list[str]] = defaultdict(list)
    for person_id, revision, answer in beside.answers:
        if revision == number:
            by_person[person_id].append(answer)
    told: dict[str, Any] = {
        "id": str(message.pk),
        "number": message.number,
        "author": message.author.display_name,
        "author_id": str(message.author_id),
        "sent": message.sent.isoformat(),
        "level": message.level,
        "needs_by": message.needs_by.isoformat() if message.needs_by else None,
        "text": text,
        "revision": number,
        "state": last.kind if last else "sent",
        "is_like_an_order": looks_like_an_order(text),
        "is_call_in": message.is_call_in,
        "is_forwarded": message.forwarded_from_id is not None,
        "role": message.to_role.name if message.to_role else "",
        "recipients": [
            {
                "id": person_id,
                "name": name,
                "is_mentioned": is_mentioned,
                "instead_of": instead_of or "",
                "answers": by_person[person_id],
            }
            for person_id, name, is_mentioned, instead_of in beside.recipients
        ],
        "tasks": beside.tasks,
        "photo": None if is_retracted else _photo(beside.photo),
        "files": [] if is_retracted else [dict(zip(_FILE, each, strict=True)) for each in beside.files],
    }
    asked = asked_in(told)
    heads = heads_of(asked)
    return told | {"standing": standing_of(asked), "heads": asdict(heads) if heads else None}


def _photo(row: Sequence[Any]) -> dict[str, object] | None:
    number, width, height = row
    return {"id": str(number), "width": width, "height": height} if number else None

"""Messages as every reader sees them: words, answers and how they stand. Not audited: whoever asks has recorded it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from handover.messaging import sealed
from handover.messaging.models import Acknowledgement, Message, MessageTask, Photo, Recipient, Revision
from handover.messaging.rules import Answer, Asked, looks_like_an_order, standing_of
from handover.paging.rules.levels import Level
from vault.services import prepare

Drawn = Mapping[str, Any]


def drawn(messages: Sequence[Message]) -> dict[UUID, Drawn]:
    """By message id: plain JSON, the same for every reader. Six queries; `thread` and `author` are loaded."""
    ids = [message.pk for message in messages]
    prepare({sealed.scope_of(message.thread) for message in messages})
    revisions = {row.message_id: row for row in Revision.objects.filter(message__in=ids).order_by("number")}
    recipients: dict[UUID, list[Recipient]] = defaultdict(list)
    for one in (
        Recipient.objects.filter(message__in=ids).select_related("person").order_by("person__display_name", "pk")
    ):
        recipients[one.message_id].append(one)
    answers: dict[UUID, list[Acknowledgement]] = defaultdict(list)
    for said in Acknowledgement.objects.filter(message__in=ids).order_by("said", "pk"):
        answers[said.message_id].append(said)
    photos = {row.message_id: row for row in Photo.objects.filter(message__in=ids)}
    tasks = list(MessageTask.objects.filter(message__in=ids).values_list("message_id", flat=True))
    return {
        message.pk: _one(message, revisions.get(message.pk), recipients[message.pk], answers[message.pk])
        | {"tasks": tasks.count(message.pk), "photo": _photo(photos.get(message.pk), revisions.get(message.pk))}
        for message in messages
    }


def _photo(row: Photo | None, last: Revision | None) -> dict[str, object] | None:
    if row is None or (last is not None and last.kind == Revision.Kind.RETRACTED):
        return None
    return {"id": str(row.pk), "width": row.width, "height": row.height}


def asked_in(told: Drawn) -> Asked:
    """The same as the rule of answers knows it."""
    return Asked(
        level=Level(told["level"]),
        is_retracted=told["state"] == "retracted",
        recipients=frozenset(UUID(one["id"]) for one in told["recipients"]),
        answers=[(UUID(one["id"]), Answer(answer)) for one in told["recipients"] for answer in one["answers"]],
    )


def _one(
    message: Message, last: Revision | None, recipients: Sequence[Recipient], said: Sequence[Acknowledgement]
) -> dict[str, Any]:
    number = last.number if last else 0
    is_retracted = last is not None and last.kind == Revision.Kind.RETRACTED
    text = "" if is_retracted else sealed.text_of(last or message, thread=message.thread)
    by_person: dict[UUID, list[str]] = defaultdict(list)
    for row in said:
        if row.revision == number:
            by_person[row.person_id].append(row.answer)
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
        "is_forwarded": message.forwarded_from_id is not None,
        "role": message.to_role.name if message.to_role else "",
        "recipients": [
            {
                "id": str(one.person_id),
                "name": one.person.display_name,
                "is_mentioned": one.is_mentioned,
                "answers": by_person[one.person_id],
            }
            for one in recipients
        ],
    }
    return told | {"standing": standing_of(asked_in(told))}

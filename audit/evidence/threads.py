"""A conversation as the database tells of it: what was sent, changed and taken back, to whom, and how far it came.

Of messages between two numbers, since one person takes out so many events and no more. The rows only, but for
content_of: nothing else here is unsealed.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from accounts.models import Person
from audit.evidence.things import Thing, Version, people_in, told, versions_in
from audit.selectors import record_numbers
from handover.messaging import pieces
from handover.messaging.models import (
    Acknowledgement,
    Attachment,
    Message,
    MessageTask,
    Photo,
    Recipient,
    Revision,
    Thread,
    ThreadMember,
)
from handover.messaging.sealed import digested_of, scope_of, title_of
from ledger.evidence import MOST_EVENTS, Added
from ledger.leaves import canonical
from ledger.models import Event
from live.acting import acting_as_system
from live.models import Rung
from live.refusals import NotFound

KIND = "thread"
READ = "audit.thread_read"
FORMAT = "readback-thread/1"
LAST = 2**31 - 1
# What is recorded about conversations and messages: where a conversation is of no patient, its events are among these.
_EVENTS = [
    "thread.opened",
    "thread.member_added",
    "thread.member_left",
    "message.read",
    "message.opened",
    "message.sent",
    "message.forwarded",
    "message.edited",
    "message.retracted",
    "message.acknowledged",
    "message.passed_on",
    "message.unowned",
    "message.done",
    "message.coming",
    "message.not_coming",
    "message.task_made",
]
_WORDED = ("message.sent", "message.forwarded", "message.edited")
# Of each row what may leave without a word of what was said: ids, codes, numbers and times.
_TOLD: dict[type[Model], str] = {
    Thread: "id kind patient_id role_id last_number opened_by_id opened",
    ThreadMember: "id person_id added_by_id since until",
    Message: "id number author_id sent level needs_by to_role_id forwarded_from_id is_call_in",
    Revision: "id message_id number kind made",
    Recipient: "message_id person_id is_mentioned instead_of_id",
    Acknowledgement: "id message_id person_id revision answer said",
    MessageTask: "id message_id action_id",
    Photo: "id message_id width height size",
    Attachment: "id message_id kind media_type extent size",
    Rung: "subject_id person_id name session_id device reached",
}


@dataclass(frozen=True)
class Span:
    """The messages between two numbers of a conversation, both with them."""

    first: int = 1
    last: int = LAST


WHOLE = Span()


@dataclass(frozen=True)
class ThreadHappened:
    """The rows of a conversation, each list in the order in which it came about, and its events, oldest first."""

    thread: Thread
    span: Span
    members: list[ThreadMember]
    messages: list[Message]
    revisions: list[Revision]
    recipients: list[Recipient]
    answers: list[Acknowledgement]
    tasks: list[MessageTask]
    photos: list[Photo]
    attachments: list[Attachment]
    ladder: list[Rung]
    events: list[Event]

    @property
    def versions(self) -> list[Version]:
        """The words that the log holds by their digest: as sent, and as each edit left them."""
        return versions_in(self.events, "message", _WORDED)

    def read_before(self, revision: Revision) -> list[UUID]:
        """Who had opened the message when it was changed or taken back: they had read the words that went."""
        opened = [one for one in self.ladder if one.subject_id == revision.message_id and one.name == Rung.Name.OPENED]
        return [one.person_id for one in opened if one.reached < revision.made]

    def facts(self) -> dict[str, Any]:
        """What record.json holds."""
        lists = {name: [told(row, _TOLD[type(row)]) for row in rows] for name, rows in self._lists()}
        lists["revisions"] = [
            {**told(row, _TOLD[Revision]), "had_read": [str(one) for one in self.read_before(row)]}
            for row in self.revisions
        ]
        return {
            "format": FORMAT,
            "thread": told(self.thread, _TOLD[Thread]),
            "messages_from": self.span.first,
            "messages_to": min(self.span.last, self.thread.last_number),
            "versions": [one.facts() for one in self.versions],
            **lists,
        }

    def person_ids(self) -> set[UUID]:
        """Everybody whom one of the rows names."""
        return people_in([self.thread, *(row for _name, rows in self._lists() for row in rows)], _TOLD)

    def _lists(self) -> Iterator[tuple[str, list[Any]]]:
        yield from (("members", self.members), ("messages", self.messages), ("revisions", self.revisions))
        yield from (("recipients", self.recipients), ("answers", self.answers), ("tasks", self.tasks))
        yield from (("photos", self.photos), ("attachments", self.attachments), ("ladder", self.ladder))


@acting_as_system("audit.evidence")
def thread_happened(thread_id: UUID, span: Span = WHOLE) -> ThreadHappened:
    """All of it, of these messages. Not audited: the caller records the read. Raises NotFound without such a one."""
    thread = Thread.objects.select_related("role__unit", "opened_by").filter(pk=thread_id).first()
    if thread is None:
        raise NotFound(act=READ, subject_id=thread_id)
    rows = Message.objects.filter(thread=thread, number__range=(span.first, span.last))
    messages = list(rows.select_related("author").order_by("number"))
    ids = [row.pk for row in messages]
    return ThreadHappened(
        thread=thread,
        span=span,
        members=list(ThreadMember.objects.filter(thread=thread).order_by("since", "pk")),
        messages=messages,
        revisions=list(Revision.objects.filter(message__in=ids).order_by("made", "number")),
        recipients=list(Recipient.objects.filter(message__in=ids).order_by("message__number", "pk")),
        answers=list(Acknowledgement.objects.filter(message__in=ids).order_by("said", "pk")),
        tasks=list(MessageTask.objects.filter(message__in=ids).order_by("pk")),
        photos=list(Photo.objects.filter(message__in=ids).order_by("message__number")),
        attachments=list(Attachment.objects.filter(message__in=ids).order_by("message__number", "kind")),
        ladder=list(Rung.objects.filter(subject_id__in=ids).order_by("reached", "pk")),
        events=list(_events(thread, span).order_by("recorded", "id")[: MOST_EVENTS + 1]),
    )


def _events(thread: Thread, span: Span) -> QuerySet[Event]:
    """The events of the conversation: those of these messages, of who looked at them, and of who belongs to it.

    Whoever opens many at once is recorded with the last: it may lie behind the span, and is in it.
    """
    of_thread = Event.objects.filter(event__in=_EVENTS, recorded__gte=thread.opened, patient_id=thread.patient_id)
    mine = of_thread.filter(Q(entity_id=thread.pk) | Q(detail__thread=str(thread.pk)))
    numbered = Q(detail__number__gte=span.first)
    return mine.filter(
        Q(detail__number__isnull=True)
        | numbered & (Q(detail__number__lte=span.last) | Q(event__in=["message.opened", "message.read"]))
    )


def as_thing(found: ThreadHappened) -> Thing:
    """The conversation as something to take out."""
    what = "what the hospital's database says of the conversation: ids, codes, numbers and times"
    return Thing(
        kind=KIND,
        id=found.thread.pk,
        patient_id=found.thread.patient_id,
        record=Added(canonical(found.facts()).encode(), what),
        events=found.events,
        content=lambda: content_of(found),
    )


def content_of(found: ThreadHappened) -> dict[str, Added]:
    """The files of content/: every wording and file, and whose names the ids are. Raises VaultErrors, NotWhole."""
    texts = _wordings(found)
    files = {}
    for one in found.versions:
        words = texts.pop((one.id, one.revision))
        files[f"content/version-{one.number}.json"] = Added(words, "what was said, as it was sent or changed")
    versions = {one.id: one.number for one in found.versions if one.revision == 0}
    numbers = {row.pk: row.number for row in found.messages}
    sent: list[Photo | Attachment] = [*found.photos, *found.attachments]
    for file in sent:
        # By the number of the wording that names its digest; without one it is of a message from before there were any.
        number = versions.get(file.message_id, f"of-message-{numbers[file.message_id]}")
        files[f"content/{file.kind}-{number}.json"] = Added(_file(file, found.thread), "a file, as it was sent")
    what = "names, and wordings of which the log holds no digest: the hospital's word"
    return {**files, "content/words.json": Added(canonical(_names(found, texts)).encode(), what)}


def _wordings(found: ThreadHappened) -> dict[tuple[UUID, int], bytes]:
    """(message, revision) -> the bytes that were sealed: 0 as it was sent, then each edit."""
    sent = {(row.pk, 0): digested_of(row, thread=found.thread) for row in found.messages}
    edits = [row for row in found.revisions if row.kind == Revision.Kind.EDITED]
    return sent | {(row.message_id, row.number): digested_of(row, thread=found.thread) for row in edits}


def _names(found: ThreadHappened, older: Mapping[tuple[UUID, int], bytes]) -> dict[str, Any]:
    people = Person.objects.in_bulk(found.person_ids())
    patient_id = found.thread.patient_id
    return {
        "record_number": record_numbers([patient_id]).get(patient_id, "") if patient_id else "",
        "title": title_of(found.thread),
        "role": found.thread.role.name if found.thread.role else "",
        "people": {str(key): {"name": each.display_name, "role": each.role} for key, each in people.items()},
        "older": {f"{message_id}.{number}": words.decode() for (message_id, number), words in older.items()},
    }


def _file(file: Photo | Attachment, thread: Thread) -> bytes:
    """The bytes in JSON: a pack holds no other form beside the log's own."""
    content = base64.b64encode(pieces.content_of(file, scope=scope_of(thread))).decode()
    kind = "image/jpeg" if isinstance(file, Photo) else file.media_type
    return canonical({"base64": content, "type": kind}).encode()

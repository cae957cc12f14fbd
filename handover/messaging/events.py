"""What this room announces, and how each event is drawn for its reader, who must still be allowed.

A message goes to the screen whole (rules/snapshot.py), with the read on the record, one event per reader. Whoever left
between its sending and its delivery gets nothing of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from handover.messaging.access import Reader, readers_allowed
from handover.messaging.models import Acknowledgement, Message, Thread
from handover.messaging.selectors.drawn import Drawn, drawn_with, whole
from handover.messaging.selectors.titles import Title, Titles, members_of
from handover.messaging.wording import rung_label
from handover.paging.quiet.models import EmergencyShare
from handover.paging.quiet.selectors import sounds_of
from handover.paging.rules.levels import LEVELS, Level, Sound
from ledger import services as ledger
from ledger.agents import Agent, Entity
from live import ladder
from live.drawing import View, register_drawer
from live.models import InboxItem
from live.statements import Statement

ALERT, QUIET = "alert", "quiet"
OF_MESSAGES: Mapping[str, Promise] = {
    "message.sent": gettext_lazy("New message"),
    "message.let_go": gettext_lazy("A message that waited for the end of your quiet hours"),
    "message.edited": gettext_lazy("A message was changed: read it again"),
    "message.retracted": gettext_lazy("A message was taken back"),
    "message.acknowledged": gettext_lazy("Somebody owns it"),
    "message.passed_on": gettext_lazy("Passed on: nobody owns it yet"),
    "message.unowned": gettext_lazy("Nobody owns your message"),
    "message.done": gettext_lazy("Done"),
    "message.coming": gettext_lazy("Somebody is coming"),
    "message.not_coming": gettext_lazy("Somebody cannot come"),
    "message.task_made": gettext_lazy("A task was made of a message"),
}
OF_THREADS: Mapping[str, Promise] = {
    "thread.member_added": gettext_lazy("Somebody joined a group"),
    "thread.member_left": gettext_lazy("Somebody left a group"),
}
# By level: what a new message says first. The words of its expectation, and not of its text.
_BY_LEVEL: Mapping[str, Promise] = {
    "emergency": gettext_lazy("Emergency"),
    "urgent": gettext_lazy("Urgent message"),
    "needs_action": gettext_lazy("Message that needs you"),
    "fyi": gettext_lazy("Message for your information"),
}
_SILENT = Sound.SILENT.value
_NEW = frozenset({"message.sent", "message.let_go"})
_TOLD = _NEW | {"message.edited", "message.unowned"}


def register() -> None:
    """Tells live how to draw each event. Called when the app starts."""
    for event in OF_MESSAGES:
        register_drawer(event, draw_messages)
    for event in OF_THREADS:
        register_drawer(event, draw_threads)
    register_drawer("quiet.overused", draw_overused)
    ladder.register_rung_drawer("message", draw_rungs)


def draw_messages(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """A view for each item, in the caller's transaction; None where the reader may not know of it any more.

    Whoever may is asked for each reader. Readers who are told the same get one view, which is encoded once.
    """
    of_item = _message_ids(items)
    found = whole(set(of_item.values()))
    known = [(item, found[of_item[item.pk]].message) for item in items if of_item.get(item.pk) in found]
    allowed = _allowed([(item.person_id, message.thread) for item, message in known])
    theirs = [(item, message) for item, message in known if (item.person_id, message.thread_id) in allowed]
    _record([(item.person_id, message) for item, message in theirs], allowed)
    told = drawn_with(found[pk][:2] for pk in dict.fromkeys(message.pk for _, message in theirs))
    names = {person_id: name for each in found.values() for person_id, name in each.names.items()}
    called = Titles({message.thread_id: message.thread for _, message in theirs}.values(), names=names)
    mentioned = {pk: {one["id"] for one in each["recipients"] if one["is_mentioned"]} for pk, each in told.items()}
    # What is held, what is silent in the reader's unit and what is for information makes no sound on an open page.
    sounds = sounds_of({message.pk for _, message in theirs if message.level != Level.FYI})
    views: dict[tuple[object, ...], View] = {}
    drawn: dict[int, View | None] = {item.pk: None for item, _ in known}
    for item, message in theirs:
        is_mentioned = str(item.person_id) in mentioned[message.pk]
        line = called.of(message.thread, item.person_id)
        sound = sounds.get((message.pk, item.person_id), LEVELS[Level(message.level)].sound.value)
        same = (message.pk, item.event, is_mentioned, line, sound)
        if same not in views:
            words = _title(item, told[message.pk], is_mentioned=is_mentioned)
            views[same] = {**_view(message, told[message.pk], words, line), **_tone(item, sound)}
        drawn[item.pk] = views[same]
    return drawn


def draw_threads(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """Who belongs to a group now, for whoever belongs to it. Names staff, and the group's title."""
    rows = Thread.objects.filter(pk__in={item.subject_id for item in items}).select_related("role__unit")
    threads = {row.pk: row for row in rows}
    pairs = [(item.person_id, threads[item.subject_id]) for item in items if item.subject_id in threads]
    allowed = _allowed(pairs)
    called = Titles(threads.values())
    members = {thread.pk: members_of(thread) for thread in threads.values()}
    return {
        item.pk: {
            "title": str(OF_THREADS[item.event]),
            "line": called.of(threads[item.subject_id], item.person_id).words,
            "url": reverse("messaging:thread", args=[item.subject_id]),
            "tone": QUIET,
            "thread": str(item.subject_id),
            "members": members[item.subject_id],
        }
        if (item.person_id, item.subject_id) in allowed
        else None
        for item in items
    }


def draw_overused(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """That a unit calls too much an emergency, for whoever was its lead. Names the unit, and counts."""
    rows = EmergencyShare.objects.select_related("unit").in_bulk([item.subject_id for item in items])
    views: dict[int, View | None] = {}
    for item in items:
        row = rows.get(item.subject_id)
        if row is None:
            views[item.pk] = None
            continue
        facts = {"count": row.emergencies, "total": row.sent, "unit": row.unit.name}
        views[item.pk] = {
            "title": _("Too much is called an emergency"),
            "line": _("%(unit)s: %(count)s of %(total)s in seven days") % facts,
            "url": reverse("messaging:measures", args=[row.unit_id]),
            "tone": "watch",
        }
    return views


def draw_rungs(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """Where each message is on its way to a recipient, for its author alone. Names staff, and nothing of a patient."""
    rows = {row[0]: row[1:] for row in _RUNGS.all([[item.subject_id for item in items]])}
    # A message to fifty has a hundred of them, with two names and one address.
    labels = {name: rung_label(name) for name in {row[4] for row in rows.values()}}
    urls = {thread_id: reverse("messaging:thread", args=[thread_id]) for thread_id in {row[1] for row in rows.values()}}
    views: dict[int, View | None] = {}
    for item in items:
        author_id, thread_id, message_id, person, rung, reached, device = rows.get(item.subject_id, _NO_RUNG)
        if author_id != item.person_id:
            views[item.pk] = None
            continue
        views[item.pk] = {
            "thread": str(thread_id),
            "message_id": str(message_id),
            "person": person,
            "rung": rung,
            "label": labels[rung],
            "reached": reached.isoformat(),
            "device": device,
            "url": urls[thread_id],
            "tone": QUIET,
        }
    return views


# Two for each reader of each message.
_RUNGS = Statement("""
SELECT r.id, m.author_id, m.thread_id, m.id, p.display_name, r.name, r.reached, r.device
FROM live_rung r
JOIN messaging_message m ON m.id = r.subject_id
JOIN accounts_person p ON p.id = r.person_id
WHERE r.id = ANY(%s::uuid[])
""")
_NO_RUNG: tuple[Any, ...] = (None,) * 7


def _message_ids(items: Sequence[InboxItem]) -> dict[int, UUID]:
    answers = [item.subject_id for item in items if item.subject_kind == "acknowledgement"]
    of_answer: dict[UUID, UUID] = {}
    if answers:
        of_answer = dict(Acknowledgement.objects.filter(pk__in=answers).values_list("pk", "message_id"))
    found = {item.pk: of_answer.get(item.subject_id, item.subject_id) for item in items}
    return {pk: message_id for pk, message_id in found.items() if message_id}


Allowed = Mapping[tuple[UUID, UUID], Reader]


def _allowed(pairs: Sequence[tuple[UUID, Thread]]) -> Allowed:
    threads = {thread.pk: thread for _, thread in pairs}
    return readers_allowed(list(threads.values()), {(person_id, thread.pk) for person_id, thread in pairs})


def _view(message: Message, told: Drawn, words: str, called: Title) -> View:
    view: dict[str, Any] = {
        "title": words,
        "line": f"{called.words} · {called.ids}" if called.ids else called.words,
        "severity": "",
        "url": reverse("messaging:thread", args=[message.thread_id]),
        "from": message.author.display_name,
        "urgency": message.level,
        "thread": str(message.thread_id),
        "message": told,
    }
    return view


def _tone(item: InboxItem, sound: str) -> View:
    """How it sounds on an open page: only what is told for the first time, or anew."""
    heard = sound if item.event in _TOLD else _SILENT
    return {"tone": QUIET if heard == _SILENT else ALERT, "sound": heard}


def _title(item: InboxItem, told: Drawn, *, is_mentioned: bool) -> str:
    if item.event not in _NEW:
        return str(OF_MESSAGES[item.event])
    words = str(_BY_LEVEL[told["level"]])
    if told["is_call_in"]:
        words = _("%(words)s: can you come?") % {"words": words}
    if is_mentioned:
        words = _("%(words)s, mentions you") % {"words": words}
    if told["needs_by"]:
        by = timezone.localtime(timezone.datetime.fromisoformat(told["needs_by"]))  # type: ignore[attr-defined]
        words = _("%(words)s by %(time)s") % {"words": words, "time": by.strftime("%H:%M")}
    return words


def _record(read: Sequence[tuple[UUID, Message]], allowed: Allowed) -> None:
    """One event for each reader and thread: whose words they are about to get, and by which relationship."""
    last: dict[tuple[UUID, UUID], Message] = {}
    for person_id, message in read:
        key = (person_id, message.thread_id)
        if key not in last or last[key].number < message.number:
            last[key] = message
    ledger.record_all(
        [
            ledger.Noted(
                event="message.read",
                agent=Agent(person_id=person_id, role=allowed[person_id, thread_id].role),
                patient_id=message.thread.patient_id,
                relationship_ids=_rows(allowed[person_id, thread_id]),
                entity=Entity("thread", thread_id),
                detail={"by": "inbox", "number": message.number},
            )
            for (person_id, thread_id), message in last.items()
        ]
    )


def _rows(reader: Reader) -> list[UUID] | None:
    return [reader.relationship_id] if reader.relationship_id else None


def way_to(message_id: UUID) -> str:
    """Where a notification about a message leads: its conversation for whoever may see it, else all of theirs."""
    thread_id = Message.objects.filter(pk=message_id).values_list("thread_id", flat=True).first()
    return reverse("messaging:thread", args=[thread_id]) if thread_id else reverse("messaging:threads")


def way_to_all(_digest_id: UUID) -> str:
    """Where a digest leads: to all conversations of whoever opens it."""
    return reverse("messaging:threads")

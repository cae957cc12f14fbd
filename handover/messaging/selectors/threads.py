"""A person's threads, and one of them as a page shows it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q

from accounts.actors import Actor
from accounts.people.registrations import registrations_of
from handover.messaging.access import Granted, granted, thread_for, visible_to
from handover.messaging.models import Message, Recipient, Thread, ThreadMember
from handover.messaging.rules import Answer, may_answer
from handover.messaging.rules.unowned import is_unowned
from handover.messaging.selectors.drawn import Drawn, asked_in, drawn
from handover.messaging.selectors.titles import Title, members_of, titles
from handover.messaging.selectors.waiting import pages_about
from handover.paging.quiet.selectors import held_of
from handover.paging.rules.levels import Level
from handover.patients import access, budget
from ledger import services as ledger
from ledger.agents import Entity
from live import ladder
from live.models import Rung
from live.refusals import NotFound

READ = "message.read"
Held = Mapping[tuple[UUID, UUID], datetime]
THREADS_SHOWN, MESSAGES_SHOWN = 100, 50


@dataclass(frozen=True)
class ThreadRow:
    """One line of the list: when something was said last, and how many messages to this person they have not opened."""

    thread: Thread
    title: Title
    last: datetime
    unread: int


@dataclass(frozen=True)
class MessageRow:
    """One message for one reader: `told` is what all see, `may` what this person may answer, `rungs` for its author."""

    told: Drawn
    sent: datetime
    needs_by: datetime | None
    is_mine: bool
    may: Sequence[Answer]
    rungs: dict[str, list[Rung]]
    # The professional register in which its author was found; "" where nobody has looked them up.
    register: str
    # Of its author: with whom its alert is held, and until when.
    held: dict[str, datetime] = field(default_factory=dict)
    # The page that it climbs as, of an emergency that nobody owned in time.
    page_id: UUID | None = None

    @property
    def ladders(self) -> list[dict[str, object]]:
        """How far it has come with each of its recipients."""
        return [
            {"name": one["name"], "rungs": self.rungs.get(one["id"], []), "held": self.held.get(one["id"])}
            for one in self.told["recipients"]
        ]

    @property
    def reached(self) -> list[dict[str, object]]:
        """Of each rung that anybody has reached, by how many of its recipients."""
        names = Counter(name for rungs in self.rungs.values() for name in {rung.name for rung in rungs})
        return [{"name": name, "count": names[name]} for name in Rung.Name.values if names[name]]

    @property
    def is_unowned(self) -> bool:
        """Whether its author is shown how else to reach somebody: it cannot wait, and nobody owns it."""
        return self.is_mine and is_unowned(asked_in(self.told))

    @property
    def is_editable(self) -> bool:
        return self.is_mine and self.told["state"] != "retracted"


@dataclass(frozen=True)
class ThreadPage:
    """A thread with its newest messages, the oldest of them first. `is_whole`: there are none before them."""

    thread: Thread
    title: Title
    members: list[dict[str, str]]
    messages: list[MessageRow]
    is_whole: bool

    @property
    def last_number(self) -> int:
        return int(self.messages[-1].told["number"]) if self.messages else 0


@transaction.atomic
def threads_of(actor: Actor) -> list[ThreadRow]:
    """The threads that this person belongs to and may see, the newest first. Each patient's name is on the record."""
    mine = ThreadMember.objects.filter(thread=OuterRef("pk"), person=actor.person, until__isnull=True)
    newest = Message.objects.filter(thread=OuterRef("pk"), number=OuterRef("last_number")).values("sent")
    rows = visible_to(actor).filter(Exists(mine), last_number__gt=0).annotate(last=newest[:1])
    threads = list(rows.select_related("role__unit").order_by("-last")[:THREADS_SHOWN])
    _record_names(actor, threads)
    named, unread = titles(threads, reader_id=actor.person.pk), _unread(actor, threads)
    return [ThreadRow(one, named[one.pk], one.last, unread.get(one.pk, 0)) for one in threads]


@transaction.atomic
def thread_page(actor: Actor, thread_id: UUID, *, before: int | None = None) -> ThreadPage:
    """The thread with its last messages, or those before that number. Recorded as message.read. Raises NotFound."""
    found = thread_for(actor, thread_id, act=READ)
    if found.thread.patient_id is not None:
        # Counted as any page of a patient is. Raises Conflict when the day's budget is spent.
        relationship = access.patient_for(actor, found.thread.patient_id, act=READ).relationship
        budget.spend(actor, relationship)
    newest = Q(number__lt=before) if before else Q()
    rows = Message.objects.filter(newest, thread_id=thread_id).select_related("author", "to_role", "thread")
    messages = list(rows.order_by("-number")[:MESSAGES_SHOWN])[::-1]
    record(actor, found, last=messages[-1].number if messages else 0)
    told = drawn(messages)
    own = [row.pk for row in messages if row.author_id == actor.person.pk]
    rungs, held = ladder.rungs_of(own), held_of(own)
    pages = pages_about([row.pk for row in messages if row.pk in own and row.level == Level.EMERGENCY])
    found_in = registrations_of({row.author_id for row in messages})
    registers = {person_id: one.register for person_id, one in found_in.items()}
    shown = [
        _row(actor, row, told[row.pk], rungs.get(row.pk, []), held, registers.get(row.author_id, ""))
        for row in messages
    ]
    return ThreadPage(
        thread=found.thread,
        title=titles([found.thread], reader_id=actor.person.pk)[thread_id],
        members=members_of(found.thread),
        messages=[replace(each, page_id=pages.get(row.pk)) for row, each in zip(messages, shown, strict=True)],
        is_whole=not messages or messages[0].number == 1,
    )


@transaction.atomic
def message_page(actor: Actor, message_id: UUID) -> tuple[ThreadPage, MessageRow]:
    """One message with its thread, for a page that does something with it. Recorded. Raises NotFound."""
    found = Message.objects.filter(pk=message_id).values_list("thread_id", "number").first()
    if found is None:
        raise NotFound(act=READ, subject_id=message_id)
    page = thread_page(actor, found[0], before=found[1] + 1)
    return page, page.messages[-1]


def snapshot(actor: Actor, thread_id: UUID) -> dict[str, object]:
    """What a screen of this reader holds of the thread: rules.applied() keeps it as fresh as a new one. Recorded."""
    page = thread_page(actor, thread_id)
    return {"thread": str(thread_id), "members": page.members, "messages": [row.told for row in page.messages]}


def thread_of_patient(actor: Actor, patient_id: UUID) -> Thread | None:
    """The patient's thread, or None where nothing was written yet. Raises NotFound."""
    access.patient_for(actor, patient_id, act=READ)
    thread = Thread.objects.filter(patient_id=patient_id).first()
    return granted(actor, thread, act=READ).thread if thread else None


def record(actor: Actor, found: Granted, *, last: int) -> None:
    """The read of a thread is on record, before its words leave."""
    ledger.record_all(
        [
            ledger.Noted(
                event=READ,
                agent=actor.agent,
                patient_id=found.patient_id,
                relationship_ids=[found.relationship_id] if found.relationship_id else None,
                entity=Entity("thread", found.thread.pk),
                detail={"number": last},
            )
        ]
    )


def _row(actor: Actor, message: Message, told: Drawn, rungs: Sequence[Rung], held: Held, register: str) -> MessageRow:
    by_person: dict[str, list[Rung]] = {one["id"]: [] for one in told["recipients"]}
    for rung in rungs:
        by_person.setdefault(str(rung.person_id), []).append(rung)
    return MessageRow(
        told=told,
        sent=message.sent,
        needs_by=message.needs_by,
        is_mine=message.author_id == actor.person.pk,
        may=may_answer(asked_in(told), actor.person.pk),
        rungs=by_person,
        register=register,
        held={str(person_id): until for (of, person_id), until in held.items() if of == message.pk},
    )


def _record_names(actor: Actor, threads: Sequence[Thread]) -> None:
    pairs = [(actor.person.pk, thread.patient_id) for thread in threads if thread.patient_id]
    if pairs:
        allowed = access.rows_allowing(pairs)
        ledger.record_read(
            "patient.listed",
            agent=actor.agent,
            patient_ids=[patient_id for _, patient_id in pairs],
            relationship_ids=list(allowed.values()),
            detail={"by": "messages"},
        )


def _unread(actor: Actor, threads: Sequence[Thread]) -> dict[UUID, int]:
    opened = Rung.objects.filter(
        subject_id=OuterRef("message_id"), person_id=actor.person.pk, name=Rung.Name.OPENED.value
    )
    rows = Recipient.objects.filter(~Exists(opened), person=actor.person, message__thread__in=threads)
    counted = rows.order_by().values(thread=F("message__thread")).annotate(count=Count("pk"))
    return {row["thread"]: row["count"] for row in counted}

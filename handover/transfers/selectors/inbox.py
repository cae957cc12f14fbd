"""A person's inbox: what needs them first, then what happened, each line drawn anew with what they may still see."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Duty, Membership
from handover.patients import access
from handover.patients.events import EVENTS as RECORD_EVENTS
from handover.patients.rules import urgency_key
from handover.patients.sealed import headline_of
from handover.transfers.models import Handover, HandoverVersion, Override, Question, Synthesis, Transfer
from handover.transfers.selectors.shapes import InboxGroup, InboxLine, NextUp
from handover.transfers.waiting import Waits, waiting_for
from ledger import services as ledger
from live import drawing, ladder
from live.inbox import Subject
from live.models import InboxItem

ITEMS_SHOWN = 100
# What one person sends within this long is one shift's handover.
AT_ONE_TIME = timedelta(minutes=30)
# They move something on a page that is open, and are no news of their own.
_NOT_SHOWN = (ladder.CLIMBED, "transfer.checklist_set", "paging.moved", *RECORD_EVENTS)
_RANK = {"unstable": 1, "watcher": 2, "stable": 3}
_CALM = 3


@transaction.atomic
def inbox_page(actor: Actor) -> list[InboxLine]:
    """What needs this person, the most urgent first; then the newest of what happened. Each name is on the record.

    A handover to a unit waits for whoever works there now, with or without an item of their own.
    """
    needs = _needs(actor)
    items = list(_items(actor)[:ITEMS_SHOWN])
    known = {(item.event, item.subject_id) for item in items}
    waiting = [item for item in _as_items(actor, needs) if (item.event, item.subject_id) not in known]
    views = drawing.draw([*items, *waiting])
    lines = [_line(item, views[item.pk], needs) for item in [*waiting, *items] if views.get(item.pk)]
    senders = _senders(needs)
    lines = [replace(line, sender_id=senders.get(line.url)) if line.needs_me else line for line in lines]
    return sorted(_newest_of_each(lines), key=_first)


def grouped(lines: Sequence[InboxLine]) -> list[InboxGroup]:
    """The lines in their order; what one person handed over within half an hour stands together, at its first line."""
    groups: dict[object, list[InboxLine]] = {}
    newest_first = sorted((each for each in lines if _is_of_a_shift(each)), key=lambda each: each.at, reverse=True)
    opened: dict[UUID | None, tuple[object, datetime]] = {}
    keys: dict[str, object] = {}
    for line in newest_first:
        key, before = opened.get(line.sender_id, (line.url, line.at))
        key = key if before - line.at <= AT_ONE_TIME else line.url
        opened[line.sender_id], keys[line.url] = (key, line.at), key
    for place, line in enumerate(lines):
        groups.setdefault(keys[line.url] if _is_of_a_shift(line) else place, []).append(line)
    return [InboxGroup(tuple(each)) for each in groups.values()]


@transaction.atomic
def next_from(actor: Actor, handover: Handover) -> NextUp | None:
    """The most urgent patient of the same sender who waits for this person, or None. The name is on the record."""
    now = timezone.now()
    mine = Handover.objects.filter(patient_id__in=access.visible_to(actor).values("pk"), author_id=handover.author_id)
    waiting = Handover.objects.filter(current_id__in=_to_accept(actor, mine, now)).exclude(pk=handover.pk)
    rows = list(waiting.select_related("patient", "author", "author_unit"))
    if not rows:
        return None
    first = min(rows, key=lambda row: urgency_key(headline_of(row.patient), now))
    allowed = access.rows_allowing([(actor.person.pk, first.patient_id)])
    ledger.record_read(
        "patient.listed",
        agent=actor.agent,
        patient_ids=[first.patient_id],
        relationship_ids=list(allowed.values()),
        detail={"by": "next"},
    )
    return NextUp(first.pk, headline_of(first.patient), first.author_unit, first.author.display_name, len(rows))


def inbox_count(actor: Actor) -> int:
    """How many things need this person now. Opens nothing, so it is no read."""
    return len(_needs(actor))


def _is_of_a_shift(line: InboxLine) -> bool:
    return line.needs_me and line.event == "handover.sent" and line.sender_id is not None


def _senders(needs: dict[UUID, Waits]) -> dict[str, UUID]:
    """Who wrote each handover that waits to be accepted, by its address."""
    versions = [key for key, each in needs.items() if each.event in ("handover.sent", "handover.edited")]
    rows = Handover.objects.filter(current_id__in=versions).values_list("pk", "author_id")
    return {reverse("transfers:handover", args=[handover_id]): author_id for handover_id, author_id in rows}


def _items(actor: Actor) -> QuerySet[InboxItem]:
    return InboxItem.objects.filter(person_id=actor.person.pk).exclude(event__in=_NOT_SHOWN).order_by("-number")


Waiting = dict[UUID, tuple[str, datetime]]
_KINDS = {"handover.asked": "question", "transfer.override_requested": "override"}


def _needs(actor: Actor) -> dict[UUID, Waits]:
    """What waits for this person, by the subject of the line: handovers, and what rooms above this one add."""
    found = {each.subject.id: each for each in waiting_for(actor)}
    if not actor.person.is_clinician:
        return found
    now, visible = timezone.now(), access.visible_to(actor).values("pk")
    mine = Handover.objects.filter(patient_id__in=visible)
    of_handovers: Waiting = {
        **_to_accept(actor, mine, now),
        **_to_send_again(actor, mine),
        **_to_answer(actor, mine),
        **_to_say_anew(actor, mine),
        **_to_approve(actor, mine, now),
    }
    for subject_id, (event, since) in of_handovers.items():
        found[subject_id] = Waits(event, Subject(_KINDS.get(event, "handover_version"), subject_id), since)
    return found


def _to_accept(actor: Actor, handovers: QuerySet[Handover], now: datetime) -> Waiting:
    me = actor.person.pk
    is_member = Exists(Membership.objects.filter(person_id=me, unit_id=OuterRef("to_unit_id")))
    is_on_duty = Exists(Duty.objects.at(now).filter(person_id=me, unit_id=OuterRef("to_unit_id")))
    addressed = (
        Q(to_person_id=me)
        | (Q(address=Handover.Address.ON_DUTY) & is_on_duty)
        | (Q(address=Handover.Address.UNIT) & (Q(is_member) | Q(is_on_duty)))
    )
    wrote = Exists(HandoverVersion.objects.filter(handover_id=OuterRef("pk"), author_id=me))
    rows = handovers.filter(addressed, ~wrote, status=Handover.Status.SENT).exclude(author_id=me)
    return {
        row.current.pk: ("handover.sent" if row.current.number == 1 else "handover.edited", row.current.recorded)
        for row in rows.select_related("current")
        if row.current is not None
    }


def _to_send_again(actor: Actor, handovers: QuerySet[Handover]) -> Waiting:
    rows = handovers.filter(author=actor.person, status=Handover.Status.DECLINED).exclude(current=None)
    return {row.current_id: ("handover.declined", row.declined) for row in rows if row.current_id and row.declined}


def _to_answer(actor: Actor, handovers: QuerySet[Handover]) -> Waiting:
    rows = Question.objects.filter(answered__isnull=True, handover__in=handovers)
    mine = Q(handover__author=actor.person) | Q(handover__current__author=actor.person)
    return {row.pk: ("handover.asked", row.asked) for row in rows.filter(mine)}


def _to_say_anew(actor: Actor, handovers: QuerySet[Handover]) -> Waiting:
    later = Synthesis.objects.filter(
        version_id=OuterRef("version_id"), person_id=OuterRef("person_id"), said__gt=OuterRef("said")
    )
    rows = Synthesis.objects.filter(~Exists(later), person=actor.person, corrected__isnull=False)
    current = rows.filter(version_id__in=handovers.filter(status__in=["sent", "accepted"]).values("current_id"))
    return {row.version_id: ("handover.corrected", row.corrected) for row in current if row.corrected}


def _to_approve(actor: Actor, handovers: QuerySet[Handover], now: datetime) -> Waiting:
    me = actor.person.pk
    works_there = Q(Exists(Membership.objects.filter(person_id=me, unit_id=OuterRef("transfer__from_unit_id")))) | Q(
        Exists(Duty.objects.at(now).filter(person_id=me, unit_id=OuterRef("transfer__from_unit_id")))
    )
    newer = Override.objects.filter(transfer_id=OuterRef("transfer_id"), requested__gt=OuterRef("requested"))
    rows = Override.objects.filter(
        works_there,
        ~Exists(newer),
        approved__isnull=True,
        is_emergency=False,
        transfer__status=Transfer.Status.PLANNED,
        transfer__handover__in=handovers,
    ).exclude(requested_by_id=me)
    return {row.pk: ("transfer.override_requested", row.requested) for row in rows}


def _as_items(actor: Actor, needs: dict[UUID, Waits]) -> list[InboxItem]:
    """Items that were never stored, with numbers that no stored one has: what the drawers take."""
    below = count(-1, -1)
    return [
        InboxItem(
            pk=next(below),
            person_id=actor.person.pk,
            number=0,
            event=each.event,
            subject_kind=each.subject.kind,
            subject_id=each.subject.id,
            recorded=each.since,
        )
        for each in needs.values()
    ]


def _line(item: InboxItem, view: drawing.View | None, needs: dict[UUID, Waits]) -> InboxLine:
    told = view or {}
    waits = needs.get(item.subject_id)
    severity = str(told.get("severity", ""))
    return InboxLine(
        number=item.number or None,
        event=item.event,
        at=item.recorded,
        title=str(told.get("title", "")),
        line=str(told.get("line", "")),
        url=str(told.get("url", "")),
        tone=str(told.get("tone", "")),
        severity=severity,
        from_name=str(told.get("from", "")),
        needs_me=waits is not None and waits.event == item.event,
        rank=min(_RANK.get(severity, _CALM), waits.rank if waits else _CALM),
    )


def _newest_of_each(lines: Sequence[InboxLine]) -> list[InboxLine]:
    """Of lines that say the same of the same handover only the newest: three questions are three, two edits are one."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for line in sorted(lines, key=lambda each: each.at, reverse=True):
        is_single = line.event not in ("handover.edited", "handover.sent", "handover.corrected")
        key = (line.event, line.url)
        if is_single or key not in seen:
            kept.append(line)
        elif line.needs_me:
            kept = [replace(each, needs_me=True) if (each.event, each.url) == key else each for each in kept]
        seen.add(key)
    return kept


def _first(line: InboxLine) -> tuple[bool, int, float]:
    """What needs the reader by severity and urgency, then the newest."""
    return not line.needs_me, line.rank if line.needs_me else 0, -line.at.timestamp()

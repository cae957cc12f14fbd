"""Threads: opened, joined and left; and what somebody has seen of one. Seeing is no answer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import CLINICAL_ROLES, Person
from handover.duty.selectors import live_roles
from handover.messaging import sealed
from handover.messaging.access import granted, thread_for
from handover.messaging.models import Message, Thread, ThreadMember
from handover.messaging.rules import cleaned
from handover.messaging.services.acts import Act, opening
from handover.patients import access
from handover.patients.acts import again
from handover.patients.models import CareRelationship
from ledger.agents import Entity
from live.acting import acting_as_system
from live.inbox import Subject
from live.models import Rung
from live.refusals import Conflict, Denied, Invalid, NotFound

OPENED, ADDED, LEFT, SEEN = "thread.opened", "thread.member_added", "thread.member_left", "message.opened"
MOST_MEMBERS = 250
LONGEST_TITLE = 120
# What one look tells of: a screen shows no more at once.
MOST_SEEN = 200


@dataclass(frozen=True)
class Between:
    """With whom a thread is to be: one of a person, a role, a patient, or several people under a title."""

    person_id: UUID | None = None
    role_id: UUID | None = None
    patient_id: UUID | None = None
    people: Collection[UUID] = ()
    title: str = ""


def open_thread(actor: Actor, *, key: UUID, between: Between) -> Thread:
    """The thread with this person, with this role or of this patient: the one there is, or a new one. A group is new.

    Raises NotFound for a patient who is not theirs, Invalid for whoever cannot be written to and a group without title.
    """
    with opening(actor, key=key, event=OPENED) as act:
        if act.earlier is not None:
            return again(act, Thread.objects.filter(pk=act.earlier))
        known = _known(actor, between)
        thread = known or _made(act, between)
        found = granted(actor, thread, act=act.event)
        if known is None:
            act.note(found, Entity("thread", thread.pk), detail={"kind": thread.kind})
        act.settle(thread.pk)
    return thread


def add_member(actor: Actor, *, key: UUID, thread_id: UUID, person_id: UUID) -> ThreadMember:
    """Somebody is told of what is said in a group from now on, and may read what was said.

    Raises NotFound; Conflict for every other kind of thread, which has whom it is between; Invalid for whoever cannot
    be written to, and for a group that is full.
    """
    with opening(actor, key=key, event=ADDED) as act:
        if act.earlier is not None:
            return again(act, ThreadMember.objects.filter(thread_id=thread_id))
        found = thread_for(actor, thread_id, act=act.event, is_locked=True)
        _require_group(found.thread)
        person = reachable([person_id], field="person")[0]
        before = live_members(found.thread)
        if len(before) >= MOST_MEMBERS:
            raise Invalid(fields={"person": _("This group is full.")}, subject_id=thread_id)
        row = found.thread.members.filter(person=person, until__isnull=True).first()
        if row is None:
            row = ThreadMember.objects.create(thread=found.thread, person=person, added_by=actor.person)
            act.note(found, Entity("thread", thread_id), detail={"person": str(person.pk)})
            act.tell(ADDED, [*before, person.pk], Subject("thread", thread_id))
        act.settle(row.pk)
    return row


def remove_member(actor: Actor, *, key: UUID, thread_id: UUID, person_id: UUID) -> None:
    """Whoever leaves a group, or is taken out by whoever opened it or added them, reads nothing of it from now on.

    Raises NotFound, Conflict for every other kind of thread, Denied for whoever may not take this person out.
    """
    with opening(actor, key=key, event=LEFT, leads_to=thread_id) as act:
        if act.earlier is not None:
            return
        found = thread_for(actor, thread_id, act=act.event, is_locked=True)
        _require_group(found.thread)
        row = found.thread.members.filter(person_id=person_id, until__isnull=True).first()
        if row is None:
            raise NotFound(_("They are not in this group any more."), subject_id=thread_id)
        if actor.person.pk not in (person_id, found.thread.opened_by_id, row.added_by_id):
            words = _("Whoever opened the group, or added this person, can take them out.")
            raise Denied(words, code="not_theirs", subject_id=thread_id)
        act.note(found, Entity("thread", thread_id), detail={"person": str(person_id)})
        act.tell(LEFT, live_members(found.thread), Subject("thread", thread_id))
        ThreadMember.objects.filter(pk=row.pk).update(until=Now())


def see(actor: Actor, *, thread_id: UUID, number: int) -> int:
    """How many messages, up to this number, this person has opened for the first time. Their authors see the rung.

    It claims no key: a rung is reached once. It acknowledges nothing. Raises NotFound.
    """
    with opening(actor, key=None, event=SEEN) as act:
        found = thread_for(actor, thread_id, act=act.event)
        reached = Rung.objects.filter(person_id=actor.person.pk, name=Rung.Name.OPENED, subject_kind="message")
        rows = Message.objects.filter(thread_id=thread_id, number__lte=number, number__gt=number - MOST_SEEN)
        rows = rows.exclude(author=actor.person).exclude(pk__in=reached.values("subject_id"))
        rungs = act.climb("opened", rows.order_by("number").values_list("pk", "author_id"))
        if rungs:
            act.note(found, Entity("thread", thread_id), detail={"number": number, "count": len(rungs)})
    return len(rungs)


# Parts of other acts, inside their transactions


def live_members(thread: Thread) -> list[UUID]:
    """Who is told of what is said, the longest in it first; of a patient's thread, who may see the patient now."""
    rows = thread.members.filter(until__isnull=True, person__is_active=True).order_by("since", "pk")
    people = list(rows.values_list("person_id", flat=True))
    if thread.patient_id is None:
        return people
    allowed = access.rows_allowing([(person_id, thread.patient_id) for person_id in people])
    return [person_id for person_id in people if (person_id, thread.patient_id) in allowed]


def join(act: Act, thread: Thread, people: Collection[UUID]) -> None:
    """These people are told of what is said from now on, where they were not yet."""
    rows = [ThreadMember(thread=thread, person_id=each, added_by=act.actor.person, since=act.now) for each in people]
    ThreadMember.objects.bulk_create(rows, ignore_conflicts=True)


def let_in(act: Act, thread: Thread, people: Collection[UUID], *, source_id: UUID, ends: datetime) -> None:
    """Whoever was written to about a patient may see them until `ends`, where nothing else lets them in for longer."""
    patient_id = thread.patient_id
    if patient_id is None:
        return
    allowed = access.rows_allowing([(each, patient_id) for each in people])
    lent = CareRelationship.objects.filter(pk__in=allowed.values(), reason=CareRelationship.Reason.THREAD_MEMBER)
    lent_to = set(lent.values_list("person_id", flat=True))
    for each in people:
        if (each, patient_id) not in allowed or each in lent_to:
            act.let_in(
                access.Door(
                    patient_id,
                    CareRelationship.Reason.THREAD_MEMBER,
                    person_id=each,
                    source_id=source_id,
                    ends=ends,
                )
            )


def group_of(act: Act, others: Collection[UUID], *, title: str) -> Thread:
    """A new group of the actor and these people, who are not told of it yet."""
    thread = Thread(id=uuid4(), kind=Thread.Kind.GROUP)
    thread.sealed_title, _digest = sealed.seal_text(thread, "sealed_title", title, thread=thread)
    return _kept(act, thread, [act.actor.person.pk, *others])


def reachable(people: Collection[UUID], *, field: str) -> list[Person]:
    """These people. Raises Invalid, by name, where one no longer works here or is no clinician."""
    rows = {row.pk: row for row in Person.objects.filter(pk__in=people)}
    if len(rows) < len(set(people)):
        raise Invalid(fields={field: _("Choose somebody from the list.")}, code="nobody")
    for row in rows.values():
        if not row.is_active or row.role not in CLINICAL_ROLES:
            words = _("%(name)s cannot be written to any more. Choose somebody else.") % {"name": row.display_name}
            raise Invalid(fields={field: words}, code="has_left")
    return [rows[each] for each in dict.fromkeys(people)]


def _require_group(thread: Thread) -> None:
    if thread.kind != Thread.Kind.GROUP:
        raise Conflict(_("Only a group has people who come and go."), code="no_group", subject_id=thread.pk)


def _known(actor: Actor, between: Between) -> Thread | None:
    mine = Thread.objects.filter(members__person=actor.person, members__until__isnull=True)
    if between.patient_id is not None:
        access.patient_for(actor, between.patient_id, act=OPENED)
        return Thread.objects.filter(patient_id=between.patient_id).first()
    if between.role_id is not None:
        return mine.filter(role_id=between.role_id, opened_by=actor.person).first()
    if between.person_id is not None:
        return mine.filter(between=_pair(actor.person.pk, between.person_id)).first()
    return None


def _made(act: Act, between: Between) -> Thread:
    me = act.actor.person.pk
    if between.patient_id is not None:
        return _kept(act, Thread(kind=Thread.Kind.PATIENT, patient_id=between.patient_id), [])
    if between.role_id is not None:
        if not live_roles().filter(pk=between.role_id).exists():
            raise Invalid(fields={"role": _("This role is there no longer. Choose another.")}, code="no_role")
        return _kept(act, Thread(kind=Thread.Kind.ROLE, role_id=between.role_id), [me])
    if between.person_id is not None:
        other = reachable([between.person_id], field="person")[0]
        if other.pk == me:
            raise Invalid(fields={"person": _("This is you. Choose somebody else.")}, code="oneself")
        return _kept(act, Thread(kind=Thread.Kind.DIRECT, between=_pair(me, other.pk)), [me, other.pk])
    return _group(act, between)


def _group(act: Act, between: Between) -> Thread:
    title = " ".join(cleaned(between.title).split())[:LONGEST_TITLE]
    if not title:
        raise Invalid(fields={"title": _("Give the group a title.")})
    others = [row.pk for row in reachable(between.people, field="people") if row.pk != act.actor.person.pk]
    if not 1 <= len(others) < MOST_MEMBERS:
        raise Invalid(fields={"people": _("Choose at least one colleague, and at most 249.")})
    thread = group_of(act, others, title=title)
    act.tell(ADDED, others, Subject("thread", thread.pk))
    return thread


def _kept(act: Act, thread: Thread, people: Collection[UUID]) -> Thread:
    thread.opened_by, thread.opened = act.actor.person, act.now
    # There is no membership yet by which the wall would let its first rows in; that there may be, was just decided.
    with acting_as_system("thread.opened"):
        Thread.objects.bulk_create([thread], ignore_conflicts=True)
        # Two who open the same at once: the second finds the first one's.
        is_same = Q(pk=thread.pk)
        if thread.kind != Thread.Kind.GROUP:
            is_same = Q(
                between=thread.between, role_id=thread.role_id, patient_id=thread.patient_id, kind=thread.kind
            ) & (Q(opened_by=act.actor.person) if thread.role_id else Q())
        kept = Thread.objects.get(is_same)
        if kept.pk == thread.pk:
            join(act, kept, people)
    return kept


def _pair(one: UUID, other: UUID) -> str:
    return ":".join(sorted((str(one), str(other))))

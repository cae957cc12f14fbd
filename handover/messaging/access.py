"""The one door to a thread: of a patient, a care relationship opens it (handover/patients/access.py); else, membership.

Absent and not theirs are one answer, as of a patient. The role does not open one: who may write messages at all is the
table in accounts/policy.py.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.actors import Actor
from handover.messaging.models import Message, Thread, ThreadMember
from handover.patients import access
from live.acting import about_one
from live.refusals import NotFound
from live.rows import columns, made
from live.statements import Call, Row, Statement, run_together


@dataclass(frozen=True)
class Granted:
    """A thread with what allows it: the relationship with its patient, or none where a membership does.

    `members` are those who work here still, the longest in it first; found where the thread is locked, and else empty.
    """

    thread: Thread
    relationship_id: UUID | None = None
    members: Sequence[UUID] = ()

    @property
    def patient_id(self) -> UUID | None:
        return self.thread.patient_id


def thread_for(actor: Actor, thread_id: UUID, *, act: str, is_locked: bool = False) -> Granted:
    """The thread, if this person may see it now; with its row locked where the act says so. Raises NotFound."""
    about_one()
    found = _locked(thread_id) if is_locked else _FOUND.all([actor.person.pk, thread_id])
    if not found:
        raise NotFound(act=act, subject_id=thread_id)
    *row, told = found[0]
    thread = made(Thread, row)
    members: Sequence[UUID] = (told or []) if is_locked else ()
    if thread.patient_id is not None:
        return replace(granted(actor, thread, act=act), members=members)
    if not (actor.person.pk in members if is_locked else told):
        raise NotFound(act=act, subject_id=thread_id)
    return Granted(thread, members=members)


def granted(actor: Actor, thread: Thread, *, act: str) -> Granted:
    """The same for a thread that was found already."""
    if thread.patient_id is not None:
        return Granted(thread, access.patient_for(actor, thread.patient_id, act=act).relationship.pk)
    if not thread.members.filter(person_id=actor.person.pk, until__isnull=True).exists():
        raise NotFound(act=act, subject_id=thread.pk)
    return Granted(thread)


_LOCK = Statement("SELECT FROM messaging_thread WHERE id = %s FOR NO KEY UPDATE")
# Written out: each message, and each look at a thread, begins with one of them. S608: the names of columns.
_THREAD = columns(Thread, "t")
_FOUND = Statement(f"""
SELECT {_THREAD}, EXISTS (
    SELECT FROM messaging_threadmember m WHERE m.person_id = %s AND m.thread_id = t.id AND m.until IS NULL)
FROM messaging_thread t WHERE t.id = %s
""")  # noqa: S608
_WITH_MEMBERS = Statement(f"""
SELECT {_THREAD}, (
    SELECT array_agg(m.person_id ORDER BY m.since, m.id)
    FROM messaging_threadmember m JOIN accounts_person p ON p.id = m.person_id AND p.is_active
    WHERE m.thread_id = t.id AND m.until IS NULL)
FROM messaging_thread t WHERE t.id = %s
""")  # noqa: S608


def _locked(thread_id: UUID) -> Sequence[Row]:
    """Its row, once it is ours alone, with who belongs to it then.

    In one message, and yet not in one statement: PostgreSQL looks anew for each, so whoever was taken out while the
    lock was waited for is out. A membership ends by its row and not by the clock, which stands still within a message
    (decision 0044): for a patient's thread the relationship is asked for by itself.
    """
    return run_together([Call(_LOCK, [thread_id]), Call(_WITH_MEMBERS, [thread_id])])


def message_for(actor: Actor, message_id: UUID, *, act: str) -> tuple[Granted, Message]:
    """The message with its thread, locked: whoever edits, answers or retracts comes one after the other.

    Raises NotFound.
    """
    thread_id = Message.objects.filter(pk=message_id).values_list("thread_id", flat=True).first()
    if thread_id is None:
        raise NotFound(act=act, subject_id=message_id)
    found = thread_for(actor, thread_id, act=act, is_locked=True)
    return found, Message.objects.select_related("author", "to_role__unit").get(pk=message_id)


def visible_to(actor: Actor) -> QuerySet[Thread]:
    """Every thread that this person may see now."""
    mine = ThreadMember.objects.filter(person_id=actor.person.pk, until__isnull=True)
    of_patients = Q(patient_id__in=access.visible_to(actor).values("pk"))
    return Thread.objects.filter(of_patients | Q(patient__isnull=True, pk__in=mine.values("thread_id")))


_MEMBERS = Statement("""
SELECT m.person_id, m.thread_id, p.role
FROM unnest(%s::uuid[], %s::uuid[]) a (person_id, thread_id)
JOIN messaging_threadmember m ON m.person_id = a.person_id AND m.thread_id = a.thread_id AND m.until IS NULL
JOIN accounts_person p ON p.id = m.person_id AND p.is_active
""")


def readers_allowed(
    threads: Collection[Thread], pairs: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], "Reader"]:
    """(person, thread) -> in which role and by which relationship they read it now. A pair that is absent may not."""
    by_id = {thread.pk: thread for thread in threads}
    patients = {(who, by_id[which].patient_id): (who, which) for who, which in pairs if by_id[which].patient_id}
    found = {
        patients[pair]: Reader(reading.role, reading.relationship_id)
        for pair, reading in access.readings_allowed([pair for pair in patients if pair[1]]).items()  # type: ignore[misc]
    }
    others = [pair for pair in pairs if not by_id[pair[1]].patient_id]
    if others:
        people, ids = zip(*others, strict=True)
        found |= {(who, which): Reader(role, None) for who, which, role in _MEMBERS.all([list(people), list(ids)])}
    return found


@dataclass(frozen=True)
class Reader:
    """In which role somebody reads, and the relationship that allows it where there is a patient."""

    role: str
    relationship_id: UUID | None

"""Sending: what was typed is looked at, whom it goes to is found at that moment, and the thread counts one on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Person
from handover.duty.models import PractitionerRole
from handover.duty.selectors import live_roles
from handover.messaging import sealed
from handover.messaging.access import Granted, message_for, thread_for
from handover.messaging.documents import SentFile
from handover.messaging.models import FileKind, Message, Photo, Thread, Upload
from handover.messaging.rules import LONGEST, cleaned, mentioned
from handover.messaging.selectors.covered import covered_in
from handover.messaging.selectors.names import named_on_the_list
from handover.messaging.services.acts import Act, opening
from handover.messaging.services.ringing import ring
from handover.messaging.services.threads import join, let_in, live_members, reachable
from handover.messaging.services.unowned import watch
from handover.messaging.services.uploading import DIGEST, attach, ready
from handover.paging.rules.levels import Level
from handover.patients.acts import again
from handover.patients.bedside import reached_by
from ledger.agents import Entity
from live.inbox import Subject
from live.refusals import Conflict, Invalid
from live.statements import Call, Statement

SENT, FORWARDED = "message.sent", "message.forwarded"
# Whoever is written to about a patient may see them for a day after the last message to them.
LENT_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Said:
    """What was typed and how soon it matters. `is_checked`: the sender was asked about another patient's name in it.

    Where a file is sent, it may go without words. `uploads`: the files that are on their way into this message.
    """

    text: str
    level: str
    needs_by: datetime | None = None
    is_checked: bool = False
    uploads: Collection[UUID] = ()
    # It rings although somebody is in quiet hours.
    is_raised: bool = False


@dataclass(frozen=True)
class To:
    """Whom a message goes to: people, a role, or, with neither, whoever the thread is with."""

    people: Collection[UUID] = ()
    role_id: UUID | None = None


# Whom a message goes to -> whom they are reached instead of, if of anybody.
Addressed = Mapping[UUID, UUID | None]


def send_message(actor: Actor, *, key: UUID, thread_id: UUID, said: Said, to: To | None = None) -> Message:
    """The message, with whom it went to. Whoever it went to about a patient may see the patient for a day.

    Raises NotFound; Invalid for no words, too many, no level, a time that is over, a role that nobody holds, somebody
    who has left, and for nobody at all; Conflict (names_another) where the text names another patient of the sender's
    list and they were not asked about it.
    """
    return _send(actor, key=key, thread_id=thread_id, said=said, to=to or To(), event=SENT)


def forward(actor: Actor, *, key: UUID, message_id: UUID, thread_id: UUID, said: Said, to: To | None = None) -> Message:
    """A message's words as they stand, sent again, to others: an act of its own on the record. `said.text` is left.

    What was said of a patient stays in the patient's thread. Raises what send_message does, and Conflict for a message
    that was retracted or that is of another patient.
    """
    return _send(actor, key=key, thread_id=thread_id, said=said, to=to or To(), event=FORWARDED, source_id=message_id)


def _send(  # noqa: PLR0913 -- of an act its facts
    actor: Actor, *, key: UUID, thread_id: UUID, said: Said, to: To, event: str, source_id: UUID | None = None
) -> Message:
    row = Message(id=uuid4(), author=actor.person)
    with opening(actor, key=key, event=event, leads_to=row.pk) as act:
        if act.earlier is not None:
            return again(act, Message.objects.filter(thread_id=thread_id))
        source, text = _source(actor, source_id, thread_id) if source_id else (None, _words(said))
        found = thread_for(actor, thread_id, act=act.event, is_locked=True)
        row.thread, row.forwarded_from = found.thread, source
        row.level, row.needs_by = _level(said, at=act.now)
        text = checked(actor, found, text, is_checked=said.is_checked)
        addressed, row.to_role = _addressed(act, found, to, Level(row.level))
        say(act, found, row, text=text, said=said, addressed=addressed)
    return row


def say(  # noqa: PLR0913 -- of an act its facts
    act: Act, found: Granted, row: Message, *, text: str, said: Said, addressed: Addressed
) -> None:
    """The checked text, as this message to these people: written, recorded, told and rung. A part of an act."""
    uploads = ready(act.actor, said.uploads)
    files = [SentFile(kind=kind, sha256=upload.facts[DIGEST]) for kind, upload in sorted(uploads.items())]
    row.sealed, digest = sealed.seal_text(row, "sealed", text, thread=found.thread, files=files)
    told = _deliver(act, row, text, addressed, found)
    facts = _facts(row, told, said, addressed) | _with_files(act, row, uploads.values())
    act.note(found, Entity("message", row.pk, version=digest), detail=facts)
    # A message that is sent anew is news of the same kind for whoever gets it.
    act.tell(SENT, told, Subject("message", row.pk), climbs_to=act.actor.person.pk)
    ring(row, told, at=act.now, is_raised=said.is_raised)
    watch(row)


def checked(actor: Actor, found: Granted, text: str, *, is_checked: bool) -> str:
    """The text as it is kept. Raises Invalid without words or with too many, Conflict where it names somebody else."""
    kept = cleaned(text)
    if not kept:
        raise Invalid(fields={"text": _("Write what you want to say.")}, subject_id=found.thread.pk)
    if len(kept) > LONGEST:
        words = _("This is too long: %(count)s characters, and %(most)s fit. Send it in parts.")
        raise Invalid(fields={"text": words % {"count": len(kept), "most": LONGEST}}, subject_id=found.thread.pk)
    if not is_checked and named_on_the_list(actor, kept, about=found.patient_id):
        # Without the name: a refusal holds no words about a patient. The page that asks shows it, on the record.
        words = _("This names another patient of your list. Look again: is it in the right conversation?")
        raise Conflict(words, code="names_another", subject_id=found.thread.pk, patient_id=found.patient_id)
    return kept


def _words(said: Said) -> str:
    if said.text.strip() or not said.uploads:
        return said.text
    kinds = Upload.objects.filter(pk__in=said.uploads).order_by("kind").values_list("kind", flat=True)
    return ", ".join(str(FileKind(kind).label) for kind in kinds) or _("Photo")


def _source(actor: Actor, message_id: UUID, thread_id: UUID) -> tuple[Message, str]:
    found, source = message_for(actor, message_id, act=FORWARDED)
    last = source.revisions.order_by("-number").first()
    if last is not None and last.kind == "retracted":
        raise Conflict(_("This message was taken back."), code="retracted", subject_id=message_id)
    if Photo.objects.filter(message=source).exists() or source.attachments.exists():
        words = _("A file is not forwarded. Write to whoever should see it, in this conversation.")
        raise Conflict(words, code="photo", subject_id=message_id, patient_id=found.patient_id)
    if found.patient_id is not None and found.thread.pk != thread_id:
        words = _(
            "What was said of a patient stays in the patient's conversation. Forward it there, to whoever should know."
        )
        raise Conflict(words, code="other_patient", subject_id=message_id, patient_id=found.patient_id)
    return source, sealed.text_of(last or source, thread=found.thread)


def _level(said: Said, *, at: datetime) -> tuple[Level, datetime | None]:
    try:
        level = Level(said.level)
    except ValueError:
        raise Invalid(fields={"level": _("Choose how soon it matters.")}, code="no_level") from None
    if level is not Level.NEEDS_ACTION:
        return level, None
    if said.needs_by is None or said.needs_by <= at:
        raise Invalid(fields={"needs_by": _("Say by when, at a time that is still to come.")}, code="no_time")
    return level, said.needs_by


def _addressed(act: Act, found: Granted, to: To, level: Level) -> tuple[Addressed, PractitionerRole | None]:
    """Whom it goes to but for those it mentions, and by which role they were found.

    Where somebody who was chosen is busy or off duty, who is reached instead gets it, too, if it asks for an answer.
    """
    thread, me = found.thread, act.actor.person.pk
    people = [row.pk for row in reachable(to.people, field="to")] if to.people else []
    if _is_closed(thread):
        return dict.fromkeys(_of_the_thread(found, people, me)), None
    role = _role(to.role_id or (thread.role_id if me == thread.opened_by_id else None))
    if role is not None:
        people = [*people, _holder(role, act, about=thread.patient_id).pk]
    elif thread.kind == Thread.Kind.ROLE:
        people = [thread.opened_by_id]
    others = _standing_in(act, thread, people) if level is not Level.FYI else {}
    if thread.kind == Thread.Kind.ROLE and role is not None:
        # Whoever held the role before is told no more.
        now = [*people, *others, me, thread.opened_by_id]
        thread.members.filter(until__isnull=True).exclude(person_id__in=now).update(until=Now())
    join(act, thread, [each for each in (*people, *others, me) if each not in found.members])
    everybody: Addressed = others | dict.fromkeys(people or live_members(thread))
    return {each: of for each, of in everybody.items() if each != me}, role


def _standing_in(act: Act, thread: Thread, people: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """Who is reached beside these people -> instead of whom."""
    covered = covered_in(people, patient_id=thread.patient_id, me=act.actor.person.pk, at=act.now)
    return {one.person.pk: each for each, one in covered.items() if one.person is not None}


def _is_closed(thread: Thread) -> bool:
    """Whether a message to it goes to its members and to nobody else."""
    return thread.kind in (Thread.Kind.DIRECT, Thread.Kind.GROUP)


def _of_the_thread(found: Granted, people: Sequence[UUID], me: UUID) -> list[UUID]:
    members = [each for each in found.members if each != me]
    if not members:
        words = _("Nobody is left in this conversation who would get it. Write to somebody else.")
        raise Invalid(fields={"to": words}, code="has_left", subject_id=found.thread.pk)
    if not set(people) <= set(members):
        words = _("Somebody you chose is not in this conversation any more. Look again at whom it goes to.")
        raise Invalid(fields={"to": words}, code="has_left", subject_id=found.thread.pk)
    return list(people) or members


def _role(role_id: UUID | None) -> PractitionerRole | None:
    if role_id is None:
        return None
    role = live_roles().filter(pk=role_id).first()
    if role is None:
        raise Invalid(fields={"to": _("This role is there no longer. Choose another.")}, code="no_role")
    return role


def _holder(role: PractitionerRole, act: Act, *, about: UUID | None) -> Person:
    held = reached_by(role, patient_id=about, at=act.now)
    facts = {"role": role.name, "unit": role.unit.name}
    if held is None:
        words = _("Nobody holds %(role)s, %(unit)s now. Choose a person, or another role.") % facts
        raise Invalid(fields={"to": words}, code="role_with_nobody", subject_id=role.pk)
    if held.person.pk == act.actor.person.pk:
        words = _("You hold %(role)s, %(unit)s yourself now. Choose somebody else.") % facts
        raise Invalid(fields={"to": words}, code="oneself", subject_id=role.pk)
    return held.person


# Under the thread's lock: the number is the next one, and a trigger holds it to that.
_COUNT = Statement("UPDATE messaging_thread SET last_number = %s WHERE id = %s")
_INTO = Statement(f"""
INSERT INTO messaging_message ({", ".join(f"{field.column}" for field in Message._meta.concrete_fields)})
VALUES ({", ".join("%s" for _ in Message._meta.concrete_fields)})
""")  # noqa: S608 -- the names of columns
_TO = Statement("""
INSERT INTO messaging_recipient (id, message_id, person_id, is_mentioned, instead_of_id)
SELECT gen_random_uuid(), %s::uuid, told.*
FROM unnest(%s::uuid[], %s::boolean[], %s::uuid[]) AS told (person_id, is_mentioned, instead_of_id)
""")


def _deliver(act: Act, row: Message, text: str, addressed: Addressed, found: Granted) -> list[UUID]:
    """Whom it goes to. The message, its number and its recipients are written with the rest of the act."""
    named = _named(act, text, found) if "@" in text else set()
    told = list(dict.fromkeys([*addressed, *named]))
    if not told:
        words = _("Nobody would get this. Choose a colleague or a role.")
        raise Invalid(fields={"to": words}, code="to_nobody", subject_id=row.thread.pk)
    let_in(act, row.thread, told, source_id=row.pk, ends=act.now + LENT_FOR)
    row.number, row.sent = found.thread.last_number + 1, act.now
    act.write(
        Call(_COUNT, [row.number, row.thread.pk]),
        Call(_INTO, [getattr(row, field.attname) for field in Message._meta.concrete_fields]),
        Call(_TO, [row.pk, told, [each in named for each in told], [addressed.get(each) for each in told]]),
    )
    return told


def _named(act: Act, text: str, found: Granted) -> set[UUID]:
    members = found.members if _is_closed(found.thread) else live_members(found.thread)
    others = [each for each in members if each != act.actor.person.pk]
    return set(mentioned(text, dict(Person.objects.filter(pk__in=others).values_list("pk", "display_name"))))


def _with_files(act: Act, row: Message, uploads: Collection[Upload]) -> dict[str, int]:
    """The files that go with the message, behind its own row; how large they are, for the record."""
    if not uploads:
        return {}
    act.write_now()
    return {f"{kind}_bytes": size for kind, size in attach(row, uploads).items()}


def _facts(row: Message, told: Sequence[UUID], said: Said, addressed: Addressed) -> dict[str, int | str | list[str]]:
    facts: dict[str, int | str | list[str]] = {"number": row.number, "level": row.level, "recipients": len(told)}
    if row.to_role is not None:
        facts["role"] = str(row.to_role.pk)
    if row.forwarded_from is not None:
        facts["from"] = str(row.forwarded_from.pk)
    instead = sorted(str(each) for each, of in addressed.items() if of is not None)
    if instead:
        facts["instead"] = instead
    if row.is_call_in:
        facts["asks"] = "who_comes"
    if said.is_checked:
        facts["checked"] = "names_another"
    if said.is_raised:
        facts["rings"] = "at_any_hour"
    return facts

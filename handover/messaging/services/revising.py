"""What the author does after sending: writes it anew, or takes it back. Both leave a trace, and readers are told."""

from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.messaging import sealed
from handover.messaging.access import Granted, message_for
from handover.messaging.models import Message, Revision
from handover.messaging.rules.unowned import UNOWNED_KIND
from handover.messaging.services.acts import Act, opening
from handover.messaging.services.paged import withdraw_page_about
from handover.messaging.services.ringing import ring
from handover.messaging.services.sending import checked
from handover.messaging.services.unowned import watch
from handover.patients.acts import again
from handover.reach.services import hush
from ledger.agents import Entity
from live.inbox import Subject
from live.models import Rung
from live.refusals import Conflict, Denied

EDITED, RETRACTED = "message.edited", "message.retracted"


def edit(
    actor: Actor, *, key: UUID, message_id: UUID, text: str, seen_revision: int, is_checked: bool = False
) -> Revision:
    """The message with other words. Whoever got it, and whoever had read the old ones, is told and asked anew.

    Whoever got it is rung as they were by its level: a dose that was changed is not to be found by chance.

    Raises NotFound, Denied for anybody but the author, Conflict when it was changed or taken back since, and what
    send_message raises for a text.
    """
    row = Revision(id=uuid4(), kind=Revision.Kind.EDITED)
    with opening(actor, key=key, event=EDITED, leads_to=row.pk) as act:
        if act.earlier is not None:
            return again(act, Revision.objects.filter(message_id=message_id))
        found, message = _own(act, message_id, seen_revision=seen_revision)
        words = checked(actor, found, text, is_checked=is_checked)
        row.sealed, digest = sealed.seal_text(row, "sealed", words, thread=found.thread)
        _keep(act, found, message, row, number=seen_revision + 1, digest=digest)
        _ring_anew(act, message, revision=row.number)
    return row


def retract(actor: Actor, *, key: UUID, message_id: UUID) -> Revision:
    """The message taken back: it is shown to nobody any more, and stays for the record.

    Raises NotFound, Denied for anybody but the author, Conflict when it was taken back before.
    """
    row = Revision(id=uuid4(), kind=Revision.Kind.RETRACTED)
    with opening(actor, key=key, event=RETRACTED, leads_to=row.pk) as act:
        if act.earlier is not None:
            return again(act, Revision.objects.filter(message_id=message_id))
        found, message = _own(act, message_id, seen_revision=None)
        hush(Subject("message", message.pk))
        hush(Subject(UNOWNED_KIND, message.pk))
        act.tell_also(withdraw_page_about(message))
        _keep(act, found, message, row, number=current(message) + 1)
    return row


def current(message: Message) -> int:
    """The number of the message's last revision; 0 as it was sent."""
    last = message.revisions.order_by("-number").first()
    return last.number if last else 0


def _own(act: Act, message_id: UUID, *, seen_revision: int | None) -> tuple[Granted, Message]:
    found, message = message_for(act.actor, message_id, act=act.event)
    patient_id = found.patient_id
    if message.author_id != act.actor.person.pk:
        raise Denied(
            _("Only whoever wrote a message can change it."),
            code="not_the_author",
            subject_id=message_id,
            patient_id=patient_id,
        )
    last = message.revisions.order_by("-number").first()
    if last is not None and last.kind == Revision.Kind.RETRACTED:
        raise Conflict(
            _("This message was taken back."), code="retracted", subject_id=message_id, patient_id=patient_id
        )
    if seen_revision is not None and seen_revision != (last.number if last else 0):
        raise Conflict(code="old_revision", subject_id=message_id, patient_id=patient_id)
    return found, message


def _ring_anew(act: Act, message: Message, *, revision: int) -> None:
    """What has not rung for the old words rings no more, and the new ones do."""
    hush(Subject("message", message.pk))
    hush(Subject(UNOWNED_KIND, message.pk))
    people = list(message.recipients.order_by("pk").values_list("person_id", flat=True))
    ring(message, people, at=act.now, revision=revision)
    watch(message, revision=revision)


def _keep(act: Act, found: Granted, message: Message, row: Revision, *, number: int, digest: str = "") -> None:
    row.message, row.number, row.made = message, number, act.now
    row.save(force_insert=True)
    readers = Rung.objects.filter(subject_id=message.pk, name=Rung.Name.OPENED).order_by("reached")
    recipients = message.recipients.order_by("pk").values_list("person_id", flat=True)
    act.tell(act.event, [*recipients, *readers.values_list("person_id", flat=True)], Subject("message", message.pk))
    about = Entity("message", message.pk, version=digest)
    act.note(found, about, detail={"number": message.number, "revision": number})

"""Owning a message by answering the text message that told of it: the same act as by the button, from no session."""

from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Person
from handover.messaging.models import Message
from handover.messaging.services.answering import acknowledge
from handover.messaging.services.revising import current
from live.acting import acting_for
from live.refusals import NotFound


def own_by_phone(message_id: UUID, person_id: UUID) -> str:
    """The words sent back to whoever answered the text message: it is theirs. Who that is, their number says.

    Said twice it is owned once. Raises NotFound, Denied and Conflict, whose words are sent instead.
    """
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    with acting_for(person_id):
        message = Message.objects.filter(pk=message_id).first()
        revision = current(message) if message is not None else 0
    if person is None or message is None:
        raise NotFound(act="message.acknowledged", subject_id=message_id)
    key = uuid5(message_id, f"by phone/{person_id}")
    acknowledge(Actor(person), key=key, message_id=message_id, answer="owned", revision=revision)
    return _("It is yours. Whoever wrote it sees that now. Open Readback to read it.")

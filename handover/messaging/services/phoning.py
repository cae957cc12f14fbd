"""Answering a message by the text message that told of it: the same act as by the button, from no session."""

from collections.abc import Mapping
from uuid import UUID, uuid5

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.models import Person
from handover.messaging.models import Acknowledgement, Message
from handover.messaging.services.answering import acknowledge
from handover.messaging.services.revising import current
from handover.reach.services import Said
from live.acting import acting_for
from live.refusals import NotFound

_ANSWERS: Mapping[Said, tuple[str, Promise]] = {
    Said.OWNS: ("owned", gettext_lazy("It is yours. Whoever wrote it sees that now. Open Readback to read it.")),
    Said.PASSES: ("busy", gettext_lazy("Whoever wrote it sees now that you cannot.")),
    Said.WRONG_PERSON: ("wrong_person", gettext_lazy("Whoever wrote it sees now that it is not yours.")),
}
_STAYS = ("not_coming", gettext_lazy("You are not counted. Answer 1 if you can come after all."))
_COMES: Mapping[Said, tuple[str, Promise]] = {
    Said.OWNS: ("coming", gettext_lazy("You are counted as coming. Answer 2 if you cannot after all.")),
    Said.PASSES: _STAYS,
    Said.WRONG_PERSON: _STAYS,
}


def answer_by_phone(message_id: UUID, person_id: UUID, said: Said) -> str:
    """The words sent back to whoever answered the text message. Who that is, their number says.

    Said twice it is said once. Raises NotFound, Denied and Conflict, whose words are sent instead.
    """
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    with acting_for(person_id):
        message = Message.objects.filter(pk=message_id).first()
        revision = current(message) if message is not None else 0
        before = Acknowledgement.objects.filter(message=message_id, person=person_id, revision=revision).count()
    if person is None or message is None:
        raise NotFound(act="message.acknowledged", subject_id=message_id)
    answer, words = (_COMES if message.is_call_in else _ANSWERS)[said]
    # An edit asks anew, and whether somebody comes may change and change back: each is an act of its own.
    since = f"{revision}/{before}" if message.is_call_in else f"{revision}"
    key = uuid5(message_id, f"by phone/{person_id}/{said}/{since}")
    acknowledge(Actor(person), key=key, message_id=message_id, answer=answer, revision=revision)
    return str(words)

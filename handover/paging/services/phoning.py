"""Answering a page by telephone or by a text message: the same act as by the button, from no session."""

from collections.abc import Mapping
from uuid import UUID, uuid5

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.models import Person
from handover.paging.models import PageAnswer
from handover.paging.rules import Answer
from handover.paging.services.answering import answer_page
from handover.reach.services import Said
from live.refusals import NotFound

_ANSWERS: Mapping[Said, tuple[Answer, Promise]] = {
    Said.OWNS: (Answer.OWNS, gettext_lazy("It is yours. Whoever sent it sees that now. Open Readback to read it.")),
    Said.PASSES: (Answer.PASSES, gettext_lazy("It goes on to somebody else. Whoever sent it sees that now.")),
    Said.WRONG_PERSON: (Answer.WRONG_PERSON, gettext_lazy("Thank you: it goes to somebody else.")),
}


def answer_by_phone(page_id: UUID, person_id: UUID, said: Said) -> str:
    """The words that are spoken or sent back to an answer. Who it was is known by the number that was called.

    Said twice it is said once. Raises NotFound, Denied and Conflict, whose words are said instead.
    """
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        raise NotFound(act="paging.owned", subject_id=page_id)
    answer, words = _ANSWERS[said]
    key = uuid5(page_id, f"by phone/{person_id}/{said}")
    answer_page(Actor(person), key=key, page_id=page_id, said=answer, way=PageAnswer.Way.PHONE)
    return str(words)

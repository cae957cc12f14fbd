"""Answering a page by telephone or by a text message: the same act as by the button, from no session."""

from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Person
from handover.paging.models import PageAnswer
from handover.paging.rules import Answer
from handover.paging.services.answering import answer_page
from live.refusals import NotFound


def own_by_phone(page_id: UUID, person_id: UUID) -> str:
    """The words that are spoken or sent back: it is theirs. Who it was is known by the number that was called.

    Said twice it is owned once. Raises NotFound, Denied and Conflict, whose words are said instead.
    """
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        raise NotFound(act="paging.owned", subject_id=page_id)
    key = uuid5(page_id, f"by phone/{person_id}")
    answer_page(Actor(person), key=key, page_id=page_id, said=Answer.OWNS, way=PageAnswer.Way.PHONE)
    return _("It is yours. Whoever sent it sees that now. Open Readback to read it.")

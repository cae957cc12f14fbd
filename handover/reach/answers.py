"""What comes back by a telephone: a key that was pressed in a call, or a text message. It answers, and no more.

The provider is believed by its signature, an event is taken once by its id, and a text message counts from the number
of the person who was sent the page. Whoever is asked (register_answer) does the act, once however often it is told.
"""

import re
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handover.reach.channels.addressed import usable_points
from handover.reach.models import Channel, ContactPoint, Delivery, GatewayEvent
from handover.reach.sealed import index_of
from handover.reach.services import Said, answer_of
from live.refusals import Denied, Invalid, Refusal

REFUSED = "reach.refused"
# Whatever else was pressed or written.
_KEYS = gettext_lazy("Press 1 to own it, 2 if you cannot, 3 if it is not yours.")
# A page of yesterday is not answered by today's text message.
ANSWERED_WITHIN = timedelta(hours=24)
# Whoever can write a text message in somebody's name still has to find one of 9,000 codes.
MOST_WRONG, WRONG_WITHIN = 5, timedelta(hours=1)
EVENTS_KEPT = timedelta(days=1)
_ANSWER = re.compile(r"\s*([123])\s*[,.]?\s*([0-9]{4})\s*")


class Told(BaseModel):
    """What a provider tells of, in one request. docs/channels.md."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    event: str = Field(pattern=r"^[A-Za-z0-9_.:-]{8,64}$")
    channel: Channel
    # A call: whose page it was about, and which key was pressed.
    id: UUID | None = None
    digit: str = Field(default="", max_length=1)
    # A text message: from which number, and what it says.
    sender: str = Field(default="", alias="from", max_length=40)
    text: str = Field(default="", max_length=2000)


def read(body: bytes) -> Told:
    """What the request tells of. Raises Invalid for what is not of the form."""
    try:
        return Told.model_validate_json(body)
    except ValidationError:
        # Not chained: pydantic's error quotes the number.
        failure = Invalid(act=REFUSED, code="not_the_form")
    raise failure


def take(told: Told) -> str:
    """The words to speak or to send back. Each event has its effect once; told again, there are no words.

    Raises Denied for a channel that is not answered by.
    """
    if told.channel not in (Channel.VOICE, Channel.SMS):
        raise Denied(act=REFUSED, code="not_answered_by")
    if not _is_first(told.event):
        return ""
    words = _key(told) if told.channel == Channel.VOICE else _message(told)
    # Only now: where the act was lost on the way, the provider's next try of the same event does it.
    GatewayEvent.objects.filter(pk=told.event).update(done=Now())
    return words


def _is_first(event: str) -> bool:
    with transaction.atomic(durable=True):
        GatewayEvent.objects.filter(taken__lt=Now() - EVENTS_KEPT).delete()
        GatewayEvent.objects.bulk_create([GatewayEvent(event=event)], ignore_conflicts=True)
        return GatewayEvent.objects.filter(pk=event, done__isnull=True).exists()


def _key(told: Told) -> str:
    if told.digit not in {*Said}:
        return str(_KEYS)
    # The call may be answered before this process has written down that it was taken.
    row = _answerable().filter(Q(pk=told.id, channel=Channel.VOICE)).first()
    return _answered(row, Said(told.digit)) if row else _("There is no page behind this call any more.")


def _message(told: Told) -> str:
    point = _point_of(told.sender)
    if point is None:
        return _("Readback does not know this number. Open the page on your phone.")
    if _has_guessed(point):
        return _("Too many codes that were not right. Open the page on your phone.")
    found = _ANSWER.fullmatch(told.text)
    row = None
    if found:
        sent = _answerable().filter(person_id=point.person_id, channel=Channel.SMS, code=found[2])
        row = sent.order_by("-made").first()
    GatewayEvent.objects.filter(pk=told.event).update(person_id=point.person_id, is_wrong=row is None)
    if row is None or found is None:
        return _("No page has this code. Answer 1 and the four digits of the page, or 2 if you cannot.")
    return _answered(row, Said(found[1]))


def _point_of(number: str) -> ContactPoint | None:
    """Whose number it is: nobody's, where two people have given the same one."""
    points = list(usable_points(Channel.SMS).filter(address_index=index_of(Channel.SMS, number))[:2])
    return points[0] if len(points) == 1 else None


def _has_guessed(point: ContactPoint) -> bool:
    wrong = GatewayEvent.objects.filter(person_id=point.person_id, is_wrong=True, taken__gt=Now() - WRONG_WITHIN)
    return wrong.count() >= MOST_WRONG


def _answerable() -> QuerySet[Delivery]:
    return Delivery.objects.filter(made__gt=Now() - ANSWERED_WITHIN, person__is_active=True, attempts__gt=0)


def _answered(row: Delivery, said: Said) -> str:
    handler = answer_of(row.subject_kind)
    if handler is None or row.person_id is None:
        return _("This cannot be answered from here. Open it on your phone.")
    try:
        words = handler(row.subject_id, row.person_id, said)
    except Refusal as refusal:
        # Told to whoever is on the telephone, in the words that a page would show.
        return _(refusal.message)
    Delivery.objects.filter(pk=row.pk, answered__isnull=True).update(answered=Now())
    return words

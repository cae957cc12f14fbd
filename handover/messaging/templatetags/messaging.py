"""How this room's codes read in templates."""

from collections.abc import Mapping
from uuid import UUID

from django import template
from django.utils.translation import ngettext

from handover.messaging.wording import ANSWERS, LEVELS, STANDINGS, rung_label

register = template.Library()


@register.filter
def level_words(code: str) -> str:
    """The level in the reader's language."""
    return str(LEVELS.get(code, code))


@register.filter
def answer_words(code: str) -> str:
    """An answer in the reader's language."""
    return str(ANSWERS.get(code, code))


@register.filter
def standing_words(code: str) -> str:
    """How a message stands, in the reader's language."""
    return str(STANDINGS.get(code, code))


@register.filter
def rung_words(code: str) -> str:
    """A rung in the reader's language."""
    return rung_label(code)


@register.filter
def minutes(seconds: int) -> str:
    """How long a recording is: 1:05."""
    return f"{seconds // 60}:{seconds % 60:02}"


@register.filter
def alerted(alerts: Mapping[UUID, int], person_id: UUID) -> str:
    """How often this person was alerted in the last hour, in words; empty for somebody who was not."""
    count = alerts.get(person_id, 0)
    words = ngettext("%(count)d alert in the last hour", "%(count)d alerts in the last hour", count)
    return words % {"count": count} if count else ""

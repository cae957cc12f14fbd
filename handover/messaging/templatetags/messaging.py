"""How this room's codes read in templates."""

from django import template

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

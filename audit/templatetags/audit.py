"""The tags of this room's pages."""

from datetime import timedelta
from typing import Any

from django import template
from django.utils.translation import gettext as _

from audit.desk import desk_ways
from audit.evidence.leading import HAS_EVIDENCE
from ledger.models import Event

register = template.Library()


@register.inclusion_tag("audit/_desk.html", takes_context=True)
def desk(context: dict[str, Any]) -> dict[str, Any]:
    """The ways of the desk, with the one lit that this page belongs to. In the block titlebar, after the title."""
    match = context["request"].resolver_match
    return {"ways": desk_ways(match.view_name if match else "")}


@register.filter
def has_evidence(event: Event) -> bool:
    """Whether the event may be about a transfer, a conversation or a page, of which there is a page of evidence."""
    return event.entity_kind in HAS_EVIDENCE


@register.filter
def grouped(number: int) -> str:
    """5 111 940: three digits and a narrow space that never breaks."""
    return f"{number:,}".replace(",", "\u202f")


@register.filter
def short_age(age: timedelta) -> str:
    """How long, as somebody at a desk reads it: 12 s, 3 min, 5 h, 2 d."""
    seconds = max(0, int(age.total_seconds()))
    for unit, words in ((86_400, _("%(count)d d")), (3_600, _("%(count)d h")), (60, _("%(count)d min"))):
        if seconds >= 2 * unit:
            return words % {"count": seconds // unit}
    return _("%(count)d s") % {"count": seconds}

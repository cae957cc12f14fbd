"""What a sender is told of somebody before they write."""

from collections.abc import Mapping
from uuid import UUID

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from handover.paging.quiet.selectors import Notice

register = template.Library()
# From so many in an hour on, whoever writes is asked whether it can wait.
MANY = 6


@register.filter
def noticed(notices: Mapping[UUID, Notice], person_id: UUID | str) -> str:
    """How often this person was alerted in the last hour, and until when they are in quiet; empty for neither."""
    notice = notices.get(UUID(str(person_id)))
    if notice is None:
        return ""
    return " · ".join(each for each in (_alerts(notice.alerts), _quiet(notice)) if each)


@register.filter
def is_unreached(notices: Mapping[UUID, Notice], person_id: UUID | str) -> bool:
    """Whether nothing that makes a sound reaches this person now."""
    notice = notices.get(UUID(str(person_id)))
    return notice is not None and not notice.is_reachable


@register.filter
def is_in_quiet(notices: Mapping[UUID, Notice]) -> bool:
    """Whether anybody of them would have something held now."""
    return any(notice.quiet_until for notice in notices.values())


def _alerts(count: int) -> str:
    if count >= MANY:
        return _("already %(count)d alerts this hour: can it wait?") % {"count": count}
    words = ngettext("%(count)d alert in the last hour", "%(count)d alerts in the last hour", count)
    return words % {"count": count} if count else ""


def _quiet(notice: Notice) -> str:
    if notice.quiet_until is None:
        return ""
    until = f"{timezone.localtime(notice.quiet_until):%H:%M}"
    return _("in quiet hours: what can wait is held until %(time)s") % {"time": until}

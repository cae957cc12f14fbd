"""Tags and filters of every template (a builtin: no {% load %}). Times are shown in the ward's zone, and only here."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@register.simple_tag
def icon(name: str, kind: str = "icon") -> SafeString:
    """A symbol of the sprite in base.html. `kind` is its class: "icon", "icon turn" (mirrors), "glyph", "mark"."""
    return format_html('<svg class="{}" aria-hidden="true"><use href="#{}"/></svg>', kind, name)


@register.simple_tag
def act_key() -> SafeString:
    """The hidden field with this form's idempotency key: sent twice, the act is done once."""
    return format_html('<input type="hidden" name="key" value="{}">', uuid4())


@register.filter
def ward_time(moment: datetime | None) -> str:
    """02:56, in the ward's zone; empty for no time."""
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""


@register.filter
def full_time(moment: datetime | None) -> str:
    """02:56:11, in the ward's zone: for rungs, where seconds tell something."""
    return f"{timezone.localtime(moment):%H:%M:%S}" if moment else ""


@register.filter
def ward_date(day: date | datetime | None) -> str:
    """04-Mar-1951; a moment's day is the ward's day."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = timezone.localtime(day).date()
    return date_format(day, "d-M-Y")


@register.filter
def ward_when(moment: datetime | None) -> str:
    """02:56 for a time of today, 03-Mar 02:56 for another day, with the year once it is another."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    today = timezone.localdate()
    if local.date() == today:
        return f"{local:%H:%M}"
    return f"{date_format(local, 'd-M' if local.year == today.year else 'd-M-Y')} {local:%H:%M}"


@register.filter
def iso(moment: datetime | date | None) -> str:
    """The machine's form, for <time datetime>."""
    return moment.isoformat() if moment else ""


@register.filter
def age_words(moment: datetime | None) -> str:
    """How long ago, as a nurse says it: now, 12 min, 4 h 12, 9 h, 3 days."""
    if moment is None:
        return ""
    age = max(timezone.now() - moment, timedelta())
    minutes, hours = age // MINUTE, age // HOUR
    if minutes < 1:
        return _("now")
    if hours < 1:
        return _("%(minutes)d min") % {"minutes": minutes}
    if hours < 6 and minutes % 60:
        return _("%(hours)d h %(minutes)d") % {"hours": hours, "minutes": minutes % 60}
    if hours < 48:
        return _("%(hours)d h") % {"hours": hours}
    return ngettext("%(days)d day", "%(days)d days", age.days) % {"days": age.days}


@register.filter
def tel(number: str) -> str:
    """A number as a tel: link wants it: digits and the plus in front, without the (0) that is not dialled after +44."""
    return "".join(character for character in number.replace("(0)", "") if character.isdigit() or character in "+*#,")

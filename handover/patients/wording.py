"""How a person's name, birth date, age and sex read on a page: pure, each from the sealed identity's own words."""

import re
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from handover.patients.documents import Headline, Identity

# English month names whatever the reader's language: the hospital's date form (04-Mar-1951) is read across languages.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO_DATE = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*)?$")
_INFANT_DAYS, _TODDLER_YEARS = 90, 2


def full_name(identity: Identity | Headline) -> str:
    """FAMILY, Given: capitals tell which is which. A name that nobody knows says so."""
    parts = [identity.family.upper(), identity.given]
    return ", ".join(part for part in parts if part) or gettext("Name not known")


def date_words(iso: str) -> str:
    """04-Mar-1951 from an ISO date, or as much as is known (Mar-1951, 1951). Words that are no date stay themselves."""
    found = _ISO_DATE.match(iso)
    if not found:
        return iso
    year, month, day = found.groups()
    if month is None or not 1 <= int(month) <= len(_MONTHS):
        return year
    return "-".join(part for part in (day, _MONTHS[int(month) - 1], year) if part)


def born_words(birth_date: str) -> str:
    """A birth date as 04-Mar-1951; the words 'not known' when there is none."""
    return date_words(birth_date) if birth_date else gettext("not known")


def age_of_person(birth_date: str, *, today: date) -> str:
    """An age in years, in months below two years, in days below ninety days; "about" when the date is not whole."""
    found = _ISO_DATE.match(birth_date)
    if not found:
        return gettext("age not known")
    year, month, day = found.groups()
    if day is None:
        return gettext("about %(years)s y") % {"years": max(0, today.year - int(year))}
    try:
        born = date(int(year), int(month), int(day))
    except ValueError:
        return gettext("age not known")
    return _age_since(born, today)


def _age_since(born: date, today: date) -> str:
    days = max(0, (today - born).days)
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if days < _INFANT_DAYS:
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    if months < _TODDLER_YEARS * 12:
        return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}
    return gettext("%(years)s y") % {"years": months // 12}


def sex_word(sex: str) -> str:
    """Female, male, other, or that it is not known."""
    words = {"female": gettext("Female"), "male": gettext("Male"), "other": gettext("Other sex")}
    return words.get(sex, gettext("Sex not known"))


def sex_letter(sex: str) -> str:
    """The letter of the identity bar; a question mark, never a blank, when it is not known."""
    return {"female": gettext("F"), "male": gettext("M"), "other": gettext("X")}.get(sex, "?")


def when_words(moment: datetime, *, now: datetime) -> str:
    """02:56 for a time of the ward's today, 03-Mar 02:56 for another day, with the year once it is another."""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    clock = f"{local:%H:%M}"
    if local.date() == today.date():
        return clock
    day = f"{local.day:02d}-{_MONTHS[local.month - 1]}"
    return f"{day} {clock}" if local.year == today.year else f"{day}-{local.year} {clock}"


def lasted_words(since: datetime, *, now: datetime) -> str:
    """How long ago, as a nurse says it: now, 12 min, 4 h 12, 9 h, 3 days."""
    minutes = max(0, int((now - since).total_seconds()) // 60)
    hours = minutes // 60
    if minutes < 1:
        return gettext("now")
    if hours < 1:
        return gettext("%(minutes)s min") % {"minutes": minutes}
    if hours < 6 and minutes % 60:
        return gettext("%(hours)s h %(minutes)s") % {"hours": hours, "minutes": minutes % 60}
    if hours < 48:
        return gettext("%(hours)s h") % {"hours": hours}
    return ngettext("%(count)s day", "%(count)s days", hours // 24) % {"count": hours // 24}


def number_words(value: float) -> str:
    """A measured number without a trailing zero: 2, 0.5, 37.8."""
    return f"{value:g}"

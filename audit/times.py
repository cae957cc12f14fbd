"""Times as an officer names them: a day, yesterday, last Tuesday, this shift. All in the ward's zone, given as UTC."""

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

# The two shifts of a ward's day begin at these hours.
SHIFTS = (time(8), time(20))
THIS_SHIFT = "shift"
DAYS_OFFERED = 7
Span = tuple[datetime, datetime]
# Times that can be asked for: with days to spare on both sides, so that no zone's local time leaves the calendar.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9900, 1, 1, tzinfo=UTC)


def day_of(day: date) -> Span:
    """From and until of this day. A day of the clock's change has 23 or 25 hours."""
    return _aware(day, time()), _aware(day + timedelta(days=1), time())


def shift_at(moment: datetime) -> Span:
    """From and until of the shift that runs at `moment`."""
    today = timezone.localtime(moment).date()
    days = (today - timedelta(days=1), today, today + timedelta(days=1))
    begins = [_aware(day, begin) for day in days for begin in SHIFTS]
    last = max(index for index, begin in enumerate(begins) if begin <= moment)
    return begins[last], begins[last + 1]


def quick_choices(now: datetime) -> list[tuple[str, str]]:
    """(value, words): this shift, today, yesterday, and the days before by their names, last Tuesday among them."""
    today = timezone.localtime(now).date()
    choices = [(THIS_SHIFT, _("This shift")), (today.isoformat(), _("Today, %(date)s") % {"date": _date(today)})]
    for ago in range(1, DAYS_OFFERED + 1):
        day = today - timedelta(days=ago)
        told = {"date": _date(day), "weekday": date_format(day, "l")}
        words = _("Yesterday, %(date)s") if ago == 1 else _("Last %(weekday)s, %(date)s")
        choices.append((day.isoformat(), words % told))
    return choices


def span_of(choice: str, now: datetime) -> Span:
    """What a quick choice means. Raises ValueError for none of them."""
    return shift_at(now) if choice == THIS_SHIFT else day_of(date.fromisoformat(choice))


def is_askable(moment: datetime | None) -> bool:
    """Whether a search may name this time; None names none."""
    return moment is None or EARLIEST <= moment <= LATEST


def when_words(moment: datetime) -> str:
    """24-Nov 08:00, in the ward's zone; with the year once it is another."""
    local = timezone.localtime(moment)
    spec = "d-M H:i" if local.year == timezone.localdate().year else "d-M-Y H:i"
    return date_format(local, spec)


def _aware(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=timezone.get_current_timezone()).astimezone(UTC)


def _date(day: date) -> str:
    return date_format(day, "d-M")

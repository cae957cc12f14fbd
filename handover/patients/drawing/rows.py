"""A list of patients, ready for a page: groups by severity, each row in words, look-alike names marked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from handover.duty.rules.beds import bed_in
from handover.patients import charts, rules
from handover.patients.documents import Headline, IllnessSeverity, SectionState
from handover.patients.drawing.vitals import LEAST_TOP, MEDIUM
from handover.patients.lookalikes import Alike, Named, Part, lookalikes, parts
from handover.patients.panels import Mark
from handover.patients.selectors import PatientRow
from handover.patients.wording import born_words, full_name, lasted_words, when_words

_SHORT_BED = 3
MarksOf = Callable[[list[UUID]], Mapping[UUID, Sequence[Mark]]]
# A severity that nobody has set is worse than stable: it is a question.
_GROUPS: tuple[IllnessSeverity | None, ...] = (
    IllnessSeverity.UNSTABLE,
    IllnessSeverity.WATCHER,
    None,
    IllnessSeverity.STABLE,
)


@dataclass(frozen=True)
class Similar:
    """Somebody in the same list whose name is easily taken for this one."""

    family: tuple[Part, ...]
    given: str
    bed: str
    born: str


@dataclass(frozen=True)
class Badge:
    """The NEWS2 badge of a row, as patients/_news.html draws it elsewhere."""

    band: str
    number: str
    word: str


@dataclass(frozen=True)
class RowView:
    """One patient in a list."""

    id: UUID
    headline: Headline
    name: str
    born: str
    unit: str
    why_here: str
    danger: str
    danger_state: str
    code_status: str
    next_due: str
    is_overdue: bool
    is_old: bool
    age: str
    is_code_loud: bool
    is_long_bed: bool
    news: Badge
    spark: charts.Spark | None
    spark_text: str
    bed: str
    same_name: str
    similar: tuple[Similar, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Group:
    """The patients of one severity, as many as there are, and those of them that are shown."""

    severity: str
    count: int
    rows: tuple[RowView, ...]


@dataclass(frozen=True)
class ListView:
    """A list of patients. `shown` of `total` are in the groups, the most urgent first."""

    groups: tuple[Group, ...]
    total: int
    shown: int
    late: int

    @property
    def left(self) -> int:
        """How many more there are than are shown."""
        return self.total - self.shown


def list_view(rows: Sequence[PatientRow], marks: MarksOf, *, now: datetime, shown: int) -> ListView:
    """The list of `rows`, which are in order of urgency; at most `shown` of them are drawn, and `marks` asked for."""
    alike = lookalikes(Named(row.id, row.headline.family, row.unit.pk) for row in rows)
    by_id = {row.id: row for row in rows}
    buckets = {severity: [row for row in rows if row.headline.illness_severity == severity] for severity in _GROUPS}
    drawn = [row for found in buckets.values() for row in found][:shown]
    told = marks([row.id for row in drawn])
    views = {row.id: _row(row, _confusable(row, alike, by_id), told.get(row.id, ()), now) for row in drawn}
    groups = [
        Group(str(severity or ""), len(found), tuple(views[row.id] for row in found if row.id in views))
        for severity, found in buckets.items()
    ]
    late = sum(_is_old(row.headline, now) for row in rows)
    return ListView(tuple(group for group in groups if group.rows), total=len(rows), shown=len(drawn), late=late)


def _confusable(
    row: PatientRow, alike: Mapping[UUID, Alike[UUID]], by_id: Mapping[UUID, PatientRow]
) -> tuple[str, tuple[Similar, ...]]:
    """Who has the same family name, in words, and whose is nearly the same."""
    found = alike.get(row.id)
    if found is None:
        return "", ()
    return _same_name(found, by_id), tuple(_similar(row, by_id[other]) for other in found.near)


def _row(
    row: PatientRow,
    confusable: tuple[str, tuple[Similar, ...]],
    marks: Sequence[Mark],
    now: datetime,
) -> RowView:
    headline = row.headline
    is_overdue = rules.is_overdue(headline, now)
    return RowView(
        id=row.id,
        headline=headline,
        name=full_name(headline),
        born=born_words(headline.birth_date),
        unit=row.unit.short_name,
        why_here=headline.why_here,
        danger=headline.allergies,
        danger_state=_danger_state(headline),
        code_status=headline.code_status,
        next_due=_next_words(headline, now, is_overdue=is_overdue),
        is_overdue=is_overdue,
        is_old=_is_old(headline, now),
        age=lasted_words(headline.vitals_taken, now=now) if headline.vitals_taken else "",
        is_code_loud=headline.code_status_value in {"dnar", "limits"},
        bed=bed_in(headline.bed, row.unit.short_name),
        is_long_bed=len(bed_in(headline.bed, row.unit.short_name)) > _SHORT_BED,
        news=_badge(headline),
        spark=charts.spark(headline.news2_trend, threshold=MEDIUM, least_top=LEAST_TOP),
        spark_text=_("NEWS2 so far: %(totals)s") % {"totals": ", ".join(map(str, headline.news2_trend))},
        same_name=confusable[0],
        similar=confusable[1],
        marks=tuple(marks),
    )


def _badge(headline: Headline) -> Badge:
    band, total = headline.news2_band, headline.news2_total
    words = {
        "high": _("High"),
        "medium": _("Medium"),
        "low-medium": _("Low-med"),
        "low": _("Low"),
        "incomplete": _("Incomplete"),
        "not-applicable": _("Under 16"),
    }
    if total is None:
        return Badge("none" if band == "not-applicable" else "incomplete", "–", words.get(band, _("Not taken")))
    return Badge(band, f"{total}+" if band == "incomplete" else str(total), words.get(band, ""))


def _is_old(headline: Headline, now: datetime) -> bool:
    return rules.is_old("vital_signs", headline.vitals_taken, now, severity=headline.illness_severity)


def _danger_state(headline: Headline) -> str:
    """Why there is no danger line: a state that somebody must know of, or "" when there is nothing to say."""
    state = headline.allergies_state
    return "" if state in (SectionState.FILLED, SectionState.NONE_KNOWN) else state.value


def _next_words(headline: Headline, now: datetime, *, is_overdue: bool) -> str:
    if headline.next_due is None:
        return ""
    told = {"when": when_words(headline.next_due, now=now), "what": headline.next_due_what}
    return _("Overdue since %(when)s: %(what)s") % told if is_overdue else _("Next %(when)s: %(what)s") % told


def _same_name(alike: Alike[UUID], by_id: Mapping[UUID, PatientRow]) -> str:
    """Who else has this family name, by given name and bed; "" when nobody has."""
    told = [_given_and_place(by_id[other]) for other in alike.same]
    left = alike.same_more
    more = [ngettext("and %(count)s more", "and %(count)s more", left) % {"count": left}] if left else []
    return ", ".join([*told, *more])


def _given_and_place(row: PatientRow) -> str:
    bed = bed_in(row.headline.bed, row.unit.short_name)
    where = _("bed %(bed)s") % {"bed": bed} if bed else born_words(row.headline.birth_date)
    return f"{row.headline.given} ({where})"


def _similar(row: PatientRow, other: PatientRow) -> Similar:
    return Similar(
        family=tuple(parts(other.headline.family.upper(), row.headline.family.upper())),
        given=other.headline.given,
        bed=bed_in(other.headline.bed, other.unit.short_name),
        born=born_words(other.headline.birth_date),
    )

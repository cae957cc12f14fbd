"""The vital signs of the last 48 hours: a lane for each sign with the points it scores, and the same as a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from handover.patients import charts, rules
from handover.patients.documents import IllnessSeverity, Summary, VitalSigns
from handover.patients.drawing.entries import air_words, consciousness_words, pressure_words
from handover.patients.news2 import News2
from handover.patients.wording import number_words, when_words

WINDOW = timedelta(hours=48)
# The spark's scale: the line of a medium score, and the least height, so that quiet trends look quiet.
MEDIUM, LEAST_TOP = 5, 7


@dataclass(frozen=True)
class _Sign:
    """A sign that has a lane. `low` and `high` are its expected range: what scores 0 (NEWS2 2017, chart 1), the upper
    end of the systolic range drawn at 150, since 219 would flatten every line."""

    key: str
    label: str | Promise
    unit: str | Promise
    low: float
    high: float
    read: Callable[[VitalSigns], float | None]


_SIGNS = (
    _Sign(
        "respirations", gettext_lazy("Breathing"), gettext_lazy("per minute"), 12, 20, lambda v: v.respirations_per_min
    ),
    _Sign("spo2", "SpO2", "%", 96, 100, lambda v: v.spo2_percent),
    _Sign("systolic", gettext_lazy("Systolic"), "mmHg", 111, 150, lambda v: v.systolic_mmhg),
    _Sign("pulse", gettext_lazy("Pulse"), gettext_lazy("per minute"), 51, 90, lambda v: v.pulse_per_min),
    _Sign("temperature", gettext_lazy("Temperature"), "°C", 36.1, 38.0, lambda v: v.temperature_c),
)
_SCALE_2 = charts.Bounds(88, 92)


@dataclass(frozen=True)
class LaneView:
    """One sign over time. `text` says in words what the drawing shows; `points` is None where nothing is scored."""

    label: str
    unit: str
    chart: charts.Lane
    value: str
    points: int | None
    points_words: str
    text: str
    is_latest_set: bool


@dataclass(frozen=True)
class TableRow:
    """One set of vital signs as a row of the table."""

    taken: datetime
    cells: tuple[str, ...]
    total: str
    by: str


@dataclass(frozen=True)
class VitalsView:
    """Everything about vital signs that a page shows. `score` is None where there is nothing to score."""

    latest: VitalSigns
    score: News2 | None
    is_old: bool
    lanes: tuple[LaneView, ...]
    plain_points: str
    spark: charts.Spark | None
    spark_text: str
    rows: tuple[TableRow, ...]
    begins: datetime
    columns: tuple[str, ...]


def vitals_view(
    summary: Summary, *, now: datetime, severity: IllnessSeverity | None, is_scored: bool = True
) -> VitalsView | None:
    """The signs of the 48 hours before the newest set; None when none was ever taken.

    `is_scored` is False for somebody whom NEWS2 is not made for: then values stand without points.
    """
    sets = sorted(summary.vital_signs.entries, key=lambda each: each.taken)
    if not sets:
        return None
    latest = sets[-1]
    score = rules.scored_or_none(latest) if is_scored else None
    totals = [point.total for point in rules.trend(summary)] if is_scored else []
    begins = max(sets[0].taken, latest.taken - WINDOW)
    lanes = (_lane(sign, sets, score, begins=begins, now=now) for sign in _SIGNS)
    return VitalsView(
        latest=latest,
        score=score,
        is_old=rules.is_old("vital_signs", latest.taken, now, severity=severity),
        lanes=tuple(lane for lane in lanes if lane),
        plain_points=_plain_points(latest, score),
        spark=charts.spark(totals, threshold=MEDIUM, least_top=LEAST_TOP),
        spark_text=_("NEWS2 so far: %(totals)s") % {"totals": ", ".join(str(total) for total in totals)},
        rows=tuple(_row(each, is_scored=is_scored) for each in reversed(sets)),
        begins=begins,
        columns=_columns(),
    )


def _lane(
    sign: _Sign, sets: Sequence[VitalSigns], score: News2 | None, *, begins: datetime, now: datetime
) -> LaneView | None:
    latest = sets[-1]
    readings = [charts.Reading(each.taken, sign.read(each)) for each in sets]
    expected = _SCALE_2 if sign.key == "spo2" and latest.spo2_scale == 2 else charts.Bounds(sign.low, sign.high)
    chart = charts.lane(readings, expected=expected, begins=begins, ends=latest.taken)
    if chart is None:
        return None
    value = sign.read(latest)
    points = score.points[sign.key] if score and value is not None else None
    told = ", ".join(
        _("%(value)s at %(when)s") % {"value": number_words(each.value), "when": when_words(each.at, now=now)}
        for each in readings
        if each.value is not None and each.at >= begins
    )
    unit = f"{sign.unit} {air_words(latest)}".strip() if sign.key == "spo2" else str(sign.unit)
    return LaneView(
        label=str(sign.label),
        unit=unit,
        chart=chart,
        value=number_words(value) if value is not None else "–",
        points=points,
        points_words=_points_words(points) if value is not None else _("not taken"),
        text=f"{sign.label}, {sign.unit}: {told}",
        is_latest_set=value is not None,
    )


def _points_words(points: int | None) -> str:
    return "" if points is None else ngettext("%(count)s point", "%(count)s points", points) % {"count": points}


def _plain_points(latest: VitalSigns, score: News2 | None) -> str:
    """The two signs that are not numbers: consciousness, and what the patient breathes."""
    told = []
    for key, words in (
        ("consciousness", consciousness_words(latest.consciousness) or _("Consciousness not taken")),
        (
            "oxygen",
            {True: _("Oxygen"), False: _("Air")}.get(latest.on_oxygen, "") if latest.on_oxygen is not None else "",
        ),
    ):
        points = score.points[key] if score else None
        if not words:
            words = _("Air or oxygen not recorded")
        told.append(f"{words} ({_points_words(points)})" if points is not None else words)
    return ". ".join(told) + "."


def _columns() -> tuple[str, ...]:
    return (_("Breathing"), "SpO2 %", _("Air"), _("BP"), _("Pulse"), "ACVPU", "°C")


def _row(each: VitalSigns, *, is_scored: bool) -> TableRow:
    scored = rules.scored_or_none(each) if is_scored else None
    total = "–" if scored is None else str(scored.total) if scored.is_complete else f"{scored.total}+"
    cells = (
        _cell(each.respirations_per_min),
        _cell(each.spo2_percent) + (" (2)" if each.spo2_scale == 2 else ""),
        _air_cell(each),
        pressure_words(each) if each.systolic_mmhg is not None else "–",
        _cell(each.pulse_per_min),
        each.consciousness or "–",
        _cell(each.temperature_c),
    )
    return TableRow(taken=each.taken, cells=cells, total=total, by=each.source.author)


def _cell(value: float | None) -> str:
    return "–" if value is None else number_words(value)


def _air_cell(each: VitalSigns) -> str:
    if each.on_oxygen is None:
        return "–"
    if not each.on_oxygen:
        return _("air")
    flow = each.oxygen_flow_l_per_min
    return f"{number_words(flow)} L" if flow is not None else _("oxygen")


@dataclass(frozen=True)
class Preview:
    """A score while it is typed: the total in words, the points of each sign, and what is still missing."""

    score: News2
    headline: dict[str, object]
    points: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]


def preview(score: News2 | None) -> Preview | None:
    """The score in pieces; None while nothing that scores has been typed."""
    if score is None:
        return None
    names = {
        "respirations": _("Breathing"),
        "spo2": "SpO2",
        "oxygen": _("Air or oxygen"),
        "systolic": _("Systolic"),
        "pulse": _("Pulse"),
        "consciousness": _("Consciousness"),
        "temperature": _("Temperature"),
    }
    known = tuple((names[key], _points_words(points)) for key, points in score.points.items() if points is not None)
    missing = tuple(names[key] for key, points in score.points.items() if points is None)
    return Preview(score, {"news2_total": score.total, "news2_band": score.band}, known, missing)

"""The brief of a patient: seven lines, always the same seven, in the order in which they are asked at night."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from handover.patients import rules
from handover.patients.documents import Headline, SectionState, Summary
from handover.patients.drawing.entries import vital_lines
from handover.patients.wording import when_words

_ON_A_LINE = 3


@dataclass(frozen=True)
class Line:
    """One line of the brief. `state` is set where the line says why there is nothing; `more` stands small after it."""

    kind: str
    label: str
    words: str
    state: SectionState | None = None
    is_danger: bool = False
    at: datetime | None = None
    is_old: bool = False
    more: str = ""


def brief(headline: Headline, summary: Summary, *, now: datetime) -> list[Line]:
    """State, why here, danger, code status, now, running, next. A line with nothing to say says that."""
    return [
        Line("severity", _("State"), headline.illness_severity or "", at=headline.severity_set),
        _why(headline, summary),
        _danger(headline, summary),
        _code_status(summary),
        _now(headline, summary, now),
        _running(summary),
        _next(summary, now),
    ]


def _why(headline: Headline, summary: Summary) -> Line:
    state = None if headline.why_here else summary.problems.state
    return Line("why", _("Why here"), headline.why_here, state=None if state == SectionState.FILLED else state)


def _danger(headline: Headline, summary: Summary) -> Line:
    is_filled = summary.allergies.state == SectionState.FILLED
    return Line(
        "danger",
        _("Allergies"),
        headline.allergies,
        state=None if is_filled else summary.allergies.state,
        is_danger=is_filled,
        more=headline.isolation,
    )


def _code_status(summary: Summary) -> Line:
    section = summary.code_status
    if section.state != SectionState.FILLED:
        return Line("code_status", _("Code status"), "", state=section.state)
    is_danger = any(entry.value != "full" for entry in section.entries)
    return Line("code_status", _("Code status"), rules.code_status_words(summary), is_danger=is_danger)


def _now(headline: Headline, summary: Summary, now: datetime) -> Line:
    vitals = rules.latest_vitals(summary)
    if vitals is None:
        return Line("now", _("Now"), "", state=summary.vital_signs.state)
    is_old = rules.is_old("vital_signs", vitals.taken, now, severity=headline.illness_severity)
    return Line("now", _("Now"), ". ".join(vital_lines(vitals)), at=vitals.taken, is_old=is_old)


def _running(summary: Summary) -> Line:
    """What goes in and what is in place: infusions first, then lines, drains and airways."""
    drips = [
        f"{each.name} {each.infusion_rate}"
        for each in summary.medications.entries
        if each.infusion_rate and each.status == "current"
    ]
    devices = [f"{each.text}, {each.site}" if each.site else each.text for each in summary.devices.entries]
    words = _some([*drips, *devices])
    return Line("running", _("Running"), words, state=None if words else summary.devices.state)


def _next(summary: Summary, now: datetime) -> Line:
    due = sorted(
        (each.next_due, each.name)
        for each in summary.medications.entries
        if each.next_due is not None and each.status == "current"
    )
    words = [f"{when_words(at, now=now)} {name}" for at, name in due]
    pending = [_("waiting for %(result)s") % {"result": each.name} for each in summary.pending_results.entries]
    late = _("Overdue") if due and due[0][0] < now else ""
    return Line("next", _("Next"), _some([*words, *pending]) or _("Nothing due"), more=late)


def _some(words: list[str]) -> str:
    left = len(words) - _ON_A_LINE
    more = [ngettext("and %(count)s more", "and %(count)s more", left) % {"count": left}] if left > 0 else []
    return "; ".join([*words[:_ON_A_LINE], *more])

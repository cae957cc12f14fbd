"""When a score proposes a page, how soon, and with which words: a person sends it, or says why not.

Source: RCP NEWS2 2017, chart 4 (7 and more: emergency response; 5 or 6: urgent response; 3 in one parameter: the nurse
tells the medical team, who review). The levels it is turned into are local policy (docs/decisions/0087).
"""

from datetime import datetime

from django.utils.translation import gettext as _

from handover.paging.rules import Level
from handover.patients import rules as patients
from handover.patients.documents import Headline, Summary, VitalSigns
from handover.patients.drawing.entries import vital_lines
from handover.patients.news2 import News2
from handover.patients.wording import when_words

_LEVELS = {"high": Level.EMERGENCY, "medium": Level.URGENT, "low-medium": Level.NEEDS_ACTION}
_TREND_SHOWN = 4


def proposed_level(scored: News2) -> Level | None:
    """The level of the page that a score proposes, or None. An incomplete score counts by its floor."""
    return _LEVELS.get(scored.floor_band)


def proposal(headline: Headline, summary: Summary, *, now: datetime) -> tuple[Level, VitalSigns, News2] | None:
    """The level, with the observations and their score, while those are not old; None where nothing is proposed."""
    vitals = patients.latest_vitals(summary)
    if vitals is None or headline.news2_band in ("", "not-applicable"):
        return None
    scored = patients.scored_or_none(vitals)
    if scored is None or patients.is_old("vital_signs", vitals.taken, now, severity=headline.illness_severity):
        return None
    level = proposed_level(scored)
    return (level, vitals, scored) if level else None


def sbar_words(headline: Headline, summary: Summary, *, level: Level, now: datetime) -> dict[str, str]:
    """What is known, as the four parts of SBAR, to be looked over and sent. Nothing is made up: a gap stays empty."""
    vitals = patients.latest_vitals(summary)
    scored = patients.scored_or_none(vitals) if vitals and headline.news2_band != "not-applicable" else None
    return {
        "situation": _situation(scored),
        "background": _background(headline, summary),
        "assessment": _assessment(summary, vitals, scored, now),
        "recommendation": _recommendation(level),
    }


def _situation(scored: News2 | None) -> str:
    if scored is None:
        return ""
    worst = [_parameter(name) for name, points in scored.points.items() if points == 3]
    return ". ".join([scored.words, *([_("Three points for %(what)s") % {"what": ", ".join(worst)}] if worst else [])])


def _background(headline: Headline, summary: Summary) -> str:
    allergies = headline.allergies or patients.state_words(summary.allergies.state)
    parts = [
        headline.why_here,
        _("Allergies: %(words)s") % {"words": allergies},
        _("Code status: %(words)s") % {"words": patients.code_status_words(summary)},
        headline.isolation,
    ]
    return ". ".join(part for part in parts if part)


def _assessment(summary: Summary, vitals: VitalSigns | None, scored: News2 | None, now: datetime) -> str:
    if vitals is None:
        return ""
    taken = when_words(vitals.taken, now=now)
    lines = [_("%(vitals)s (%(time)s)") % {"vitals": ", ".join(vital_lines(vitals)), "time": taken}]
    totals = [str(point.total) for point in patients.trend(summary)][-_TREND_SHOWN:]
    if scored is not None and len(totals) > 1:
        lines.append(_("NEWS2 so far: %(trend)s") % {"trend": ", ".join(totals)})
    return ". ".join(lines)


def _recommendation(level: Level) -> str:
    words = {
        Level.EMERGENCY: _("Please come now."),
        Level.URGENT: _("Please come and assess the patient."),
        Level.NEEDS_ACTION: _("Please review the patient."),
    }
    return words.get(level, "")


def _parameter(name: str) -> str:
    return {
        "respirations": _("respirations"),
        "spo2": _("oxygen saturation"),
        "oxygen": _("oxygen"),
        "systolic": _("blood pressure"),
        "pulse": _("pulse"),
        "consciousness": _("consciousness"),
        "temperature": _("temperature"),
    }[name]

"""A patient in seven lines at most, always in the same order: what can kill first is never folded away."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from handover.patients import rules
from handover.patients.documents import Headline, SectionState, Summary
from handover.patients.drawing.entries import told, vital_lines
from handover.patients.rules import BriefLine
from handover.patients.wording import when_words

NEXT_HOURS = timedelta(hours=2)
_SHOWN = 3


def brief_of(headline: Headline, summary: Summary, *, now: datetime) -> tuple[BriefLine, ...]:
    """Seven lines: why here, allergies, code status, now, next two hours, still pending, and what matters.

    A line that has nothing to say says that, so that a gap is not taken for good news. `kind` says how it is drawn:
    "danger", "warn" or "plain".
    """
    return (
        BriefLine(_("Why here"), headline.why_here or _("Not said")),
        _allergies(summary),
        _code_status(headline, summary),
        _now(headline, summary, now),
        _next(summary, now),
        _pending(summary),
        _matters(summary),
    )


def _allergies(summary: Summary) -> BriefLine:
    state = summary.allergies.state
    if state == SectionState.FILLED:
        return BriefLine(_("Allergies"), rules.allergy_words(summary), "danger")
    return BriefLine(_("Allergies"), rules.state_words(state), "plain" if state == SectionState.NONE_KNOWN else "warn")


def _code_status(headline: Headline, summary: Summary) -> BriefLine:
    """With isolation, because both change what a person does at the door and at an arrest; each in its own tone."""
    entry = rules.latest_code_status(summary)
    tone = "warn" if entry is None else "plain" if entry.value == "full" else "danger"
    words = rules.code_status_words(summary)
    if not headline.isolation:
        return BriefLine(_("Code status"), words, tone)
    parts = ((words, tone), (headline.isolation, "danger"))
    return BriefLine(_("Code status"), ". ".join(text for text, _tone in parts), "danger", parts)


def _now(headline: Headline, summary: Summary, now: datetime) -> BriefLine:
    vitals = rules.latest_vitals(summary)
    if vitals is None:
        return BriefLine(_("Now"), _("No vital signs recorded"), "warn")
    scored = rules.scored_or_none(vitals) if headline.news2_band != "not-applicable" else None
    measured = ", ".join(vital_lines(vitals))
    text = f"{scored.words}. {measured}" if scored else measured
    is_old = rules.is_old("vital_signs", vitals.taken, now, severity=headline.illness_severity)
    if is_old:
        text = _("%(vitals)s. Old: taken %(time)s") % {"vitals": text, "time": when_words(vitals.taken, now=now)}
    is_loud = scored is not None and scored.floor_band in ("medium", "high")
    return BriefLine(_("Now"), text, "warn" if is_old or is_loud else "plain")


def _next(summary: Summary, now: datetime) -> BriefLine:
    current = [drug for drug in summary.medications.entries if drug.status == "current" and drug.next_due]
    due = sorted((drug.next_due, drug.name) for drug in current if drug.next_due and drug.next_due <= now + NEXT_HOURS)
    is_late = any(at < now for at, _name in due)
    words = "; ".join(f"{name} ({_when(at, now)})" for at, name in due[:_SHOWN])
    return BriefLine(_("Next 2 hours"), words or _("Nothing due"), "warn" if is_late else "plain")


def _when(at: datetime, now: datetime) -> str:
    minutes = round(abs((at - now).total_seconds()) / 60)
    words = _("overdue by {minutes} min") if at < now else _("in {minutes} min")
    return words.format(minutes=minutes)


def _pending(summary: Summary) -> BriefLine:
    section = summary.pending_results
    if section.state != SectionState.FILLED:
        words = _("Nothing pending") if section.state == SectionState.NONE_KNOWN else rules.state_words(section.state)
        return BriefLine(_("Pending"), words)
    names = [f"{entry.name}, {entry.owner or _('nobody owns it yet')}" for entry in section.entries]
    more = [_("and {count} more").format(count=len(names) - _SHOWN)] if len(names) > _SHOWN else []
    is_owned = all(entry.owner for entry in section.entries)
    return BriefLine(_("Pending"), "; ".join([*names[:_SHOWN], *more]), "plain" if is_owned else "warn")


def _matters(summary: Summary) -> BriefLine:
    """What the patient wants, and the interpreter without whom nobody would know it."""
    wishes = [entry.text for entry in summary.what_matters.entries]
    tongue = [told(entry, now=entry.source.recorded).words for entry in summary.language.entries]
    foreign = [words for words, entry in zip(tongue, summary.language.entries, strict=True) if entry.interpreter_needed]
    return BriefLine(_("What matters"), ". ".join([*foreign, *wishes]) or rules.state_words(summary.what_matters.state))

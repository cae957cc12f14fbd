"""The brief: what a receiver must know in under a minute, in seven lines at most and always in the same order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from handover.patients import rules as facts
from handover.patients.documents import Headline, IllnessSeverity, SectionState, Summary
from handover.patients.wording import age_of_person, full_name, sex_letter
from handover.transfers.documents import Ipass
from handover.transfers.rules.clock import clock
from handover.transfers.rules.entries import vitals_words

NEXT_HOURS = timedelta(hours=2)
_ITEMS_ON_A_LINE = 3


@dataclass(frozen=True)
class BriefPart:
    """One thing of a line. `tone`: "danger", "unknown" where nobody has asked, "" where all is well."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class BriefLine:
    """One line of the brief. `kind`: who, why, danger, now, next, if_then, call_back. `parts`: the danger line's."""

    label: str
    text: str
    kind: str
    parts: tuple[BriefPart, ...] = ()


@dataclass(frozen=True)
class BriefFacts:
    """`ipass` is the version that is read; `headline` and `summary` are the patient as they are now."""

    ipass: Ipass
    headline: Headline
    summary: Summary
    author: str
    now: datetime
    zone: tzinfo


def brief(told: BriefFacts) -> tuple[BriefLine, ...]:
    """Seven lines. One that has nothing to say says that: the receiver must not take a gap for good news."""
    return (
        BriefLine(_("Who"), _who(told), "who"),
        BriefLine(_("Why here"), _why(told), "why"),
        _danger(told.summary),
        BriefLine(_("Now"), _vitals(told), "now"),
        BriefLine(_("Next 2 hours"), _next(told), "next"),
        BriefLine(_("If, then"), _if_then(told.ipass), "if_then"),
        BriefLine(_("Call back"), _call_back(told), "call_back"),
    )


def severity_words(severity: IllnessSeverity | None) -> str:
    """Stable, Watcher, Unstable, or that it has not been set."""
    words = {
        IllnessSeverity.STABLE: _("Stable"),
        IllnessSeverity.WATCHER: _("Watcher"),
        IllnessSeverity.UNSTABLE: _("Unstable"),
    }
    return words[severity] if severity else _("Severity not set")


def _who(told: BriefFacts) -> str:
    person = told.headline
    age = age_of_person(person.birth_date, today=told.now.astimezone(told.zone).date())
    who = f"{full_name(person)}, {age}, {sex_letter(person.sex)}"
    return f"{who}: {severity_words(told.ipass.illness_severity)}"


def _why(told: BriefFacts) -> str:
    return _short(told.ipass.patient_summary.statement or told.headline.why_here) or _("Not said")


def _danger(summary: Summary) -> BriefLine:
    """Each thing in its own tone: that no allergy is known is not red because the patient is not to be resuscitated."""
    parts = (_allergies(summary), _code_status(summary), *_isolation(summary))
    return BriefLine(_("Danger"), ". ".join(part.text for part in parts), "danger", parts)


def _allergies(summary: Summary) -> BriefPart:
    section = summary.allergies
    is_filled = section.state == SectionState.FILLED
    words = facts.allergy_words(summary) if is_filled else facts.state_words(section.state)
    is_danger = any(entry.criticality != "low" for entry in section.entries)
    is_known = is_filled or section.state == SectionState.NONE_KNOWN
    tone = "danger" if is_danger else "" if is_known else "unknown"
    return BriefPart(_("Allergies: %(allergies)s") % {"allergies": words}, tone)


def _code_status(summary: Summary) -> BriefPart:
    entry = facts.latest_code_status(summary)
    tone = "unknown" if entry is None else "" if entry.value == "full" else "danger"
    return BriefPart(_("Code status: %(status)s") % {"status": facts.code_status_words(summary)}, tone)


def _isolation(summary: Summary) -> Iterator[BriefPart]:
    words = facts.isolation_words(summary)
    if words:
        yield BriefPart(words, "danger")


def _vitals(told: BriefFacts) -> str:
    vitals = facts.latest_vitals(told.summary)
    if vitals is None:
        return _("No vital signs recorded")
    taken = clock(vitals.taken, now=told.now, zone=told.zone)
    is_old = facts.is_old("vital_signs", vitals.taken, told.now, severity=told.ipass.illness_severity)
    at = _("old: taken %(time)s") if is_old else _("taken %(time)s")
    scored = facts.scored_or_none(vitals) if told.headline.news2_band != "not-applicable" else None
    words = [scored.words] if scored else []
    return ". ".join([*words, vitals_words(vitals), at % {"time": taken}])


def _next(told: BriefFacts) -> str:
    """What is due within two hours, and what is overdue, in the order of time. A drug that is held is not due."""
    until = told.now + NEXT_HOURS
    due = [(action.by_when, action.what) for action in told.ipass.action_list if action.by_when]
    drugs = [drug for drug in told.summary.medications.entries if drug.status == "current"]
    due += [(drug.next_due, f"{drug.name} {drug.dose}".rstrip()) for drug in drugs if drug.next_due is not None]
    soon = sorted((at, what) for at, what in due if at <= until)
    words = [f"{clock(at, now=told.now, zone=told.zone)} {what}" for at, what in soon]
    words += [action.what for action in told.ipass.action_list if action.by_when is None]
    return _list(words) or _("Nothing due")


def _if_then(ipass: Ipass) -> str:
    pairs = [f"{pair.if_this}: {pair.then_that}" for pair in ipass.contingency_plan]
    return _list(pairs) or _("Not said")


def _call_back(told: BriefFacts) -> str:
    return f"{told.author}, {told.ipass.call_back}" if told.ipass.call_back else told.author


def _list(words: list[str]) -> str:
    shown, more = words[:_ITEMS_ON_A_LINE], len(words) - _ITEMS_ON_A_LINE
    return "; ".join([*shown, *_more(more)])


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield ngettext("and %(count)s more", "and %(count)s more", count) % {"count": count}


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:197].rstrip() + "..."

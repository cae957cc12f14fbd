"""Pure rules about a patient: what is old, who comes first, the brief, the trend. No ORM and no clock of their own.

The freshness limits are local policy with the values of a cautious ward. A hospital approves its own before it uses
them: docs/decisions/0012-what-is-old.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from handover.patients import news2
from handover.patients.documents import (
    CodeStatus,
    Entry,
    Headline,
    Identity,
    IllnessSeverity,
    Medication,
    Result,
    SectionState,
    Summary,
    VitalSigns,
    Weight,
)

# How long a fact may stand before it is shown as old, by the name of its section. None: it does not age.
# Local policy, to be approved by the hospital; vital signs by the four hours after which a ward re-attests them.
FRESH_FOR: dict[str, timedelta | None] = {
    "vital_signs": timedelta(hours=4),
    "results": timedelta(hours=48),
    "pending_results": timedelta(hours=24),
    "weight": timedelta(days=7),
    "devices": timedelta(hours=24),
    "medications": timedelta(hours=24),
    "mobility": timedelta(hours=72),
    "diet": timedelta(hours=24),
    "code_status": None,
    "allergies": None,
    "problems": None,
    "alerts": None,
    "procedures": None,
    "language": None,
    "family_contact": None,
    "belongings": None,
    "what_matters": None,
}
# Vital signs age faster in a patient somebody worries about.
VITALS_FRESH_FOR: dict[IllnessSeverity | None, timedelta] = {
    IllnessSeverity.UNSTABLE: timedelta(hours=1),
    IllnessSeverity.WATCHER: timedelta(hours=2),
    IllnessSeverity.STABLE: timedelta(hours=4),
    None: timedelta(hours=4),
}
VITALS_KEPT_FOR = timedelta(hours=48)
VITALS_KEPT = 100
TREND_SHOWN = 8
SCORE_THAT_ASKS, RISE_THAT_ASKS = 5, 2


@dataclass(frozen=True)
class BriefLine:
    """One line of a brief: its label, its words, and how it is drawn ("plain", "warn", "danger").

    `parts`: the words again where some are drawn otherwise than others, each with how.
    """

    label: str
    text: str
    kind: str = "plain"
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Rise:
    """A score that asks how ill the patient is now. `before` is that of the set before, where one was scored."""

    now: int
    before: int | None

    @property
    def is_rise(self) -> bool:
        return self.before is not None and self.now > self.before


@dataclass(frozen=True)
class TrendPoint:
    """One score at one time; `total` is a floor when the set was not complete."""

    at: datetime
    total: int
    is_complete: bool
    band: str


def is_old(kind: str, at: datetime | None, now: datetime, *, severity: IllnessSeverity | None = None) -> bool:
    """Whether a fact of this kind, taken at `at`, is older than its limit. An unknown time of an ageing fact is old.

    Raises KeyError for a kind without a row in the table: a new section must get one.
    """
    limit = VITALS_FRESH_FOR[severity] if kind == "vital_signs" else FRESH_FOR[kind]
    if limit is None:
        return False
    return at is None or now - at > limit


def taken_at(entry: Entry) -> datetime:
    """When the fact of an entry held: its own time where it has one, else when it was recorded."""
    own = None
    if isinstance(entry, VitalSigns | Result | Weight):
        own = entry.taken
    elif isinstance(entry, Medication):
        own = entry.last_given
    return own or entry.source.recorded


def urgency_key(headline: Headline, now: datetime) -> tuple[int, int, bool, str, str]:
    """Sorts the most urgent first: severity, then NEWS2 (a floor counts), then what is overdue, then bed."""
    rank = {IllnessSeverity.UNSTABLE: 0, IllnessSeverity.WATCHER: 1, IllnessSeverity.STABLE: 2, None: 2}
    score = headline.news2_total or 0
    return rank[headline.illness_severity], -score, not is_overdue(headline, now), headline.bed, headline.family


def is_overdue(headline: Headline, now: datetime) -> bool:
    """Whether the next medication was due before now."""
    return headline.next_due is not None and headline.next_due < now


def severity_question(summary: Summary, headline: Headline) -> Rise | None:
    """The score of vital signs that were entered here, and that nobody has said the severity after; None otherwise.

    Of 5 or more, of 3 in one parameter, or higher by 2 than the set before. Source: Royal College of Physicians, NEWS2
    2017, chart 4 (the thresholds); the rise by 2 is local policy.
    """
    ordered = sorted(summary.vital_signs.entries, key=lambda entry: entry.taken, reverse=True)[:2]
    if not ordered or ordered[0].source.author_id is None or headline.news2_band == "not-applicable":
        return None
    if headline.severity_set is not None and headline.severity_set >= ordered[0].source.recorded:
        return None
    scores = [scored_or_none(vitals) for vitals in ordered]
    latest, earlier = scores[0], scores[1] if len(scores) > 1 else None
    if latest is None:
        return None
    rise = Rise(latest.total, earlier.total if earlier else None)
    has_jumped = rise.before is not None and rise.now - rise.before >= RISE_THAT_ASKS
    return rise if latest.total >= SCORE_THAT_ASKS or 3 in latest.points.values() or has_jumped else None


def latest_vitals(summary: Summary) -> VitalSigns | None:
    """The newest set of vital signs, or None."""
    return max(summary.vital_signs.entries, key=lambda entry: entry.taken, default=None)


def kept_vitals(entries: Iterable[VitalSigns]) -> tuple[VitalSigns, ...]:
    """The sets that stay in the document, newest first: 48 hours before the newest, 100 at most.

    Counted from the newest set and not from now, so that a patient who is not observed keeps the last that is known.
    """
    ordered = sorted(entries, key=lambda entry: entry.taken, reverse=True)
    if not ordered:
        return ()
    since = ordered[0].taken - VITALS_KEPT_FOR
    return tuple(entry for entry in ordered if entry.taken >= since)[:VITALS_KEPT]


def trend(summary: Summary) -> tuple[TrendPoint, ...]:
    """The scores of the sets that are kept, oldest first. A set with a value that cannot be is left out."""
    points = []
    for vitals in sorted(summary.vital_signs.entries, key=lambda entry: entry.taken):
        scored = scored_or_none(vitals)
        if scored is not None:
            points.append(TrendPoint(vitals.taken, scored.total, scored.is_complete, scored.band))
    return tuple(points)


def scored_or_none(vitals: VitalSigns) -> news2.News2 | None:
    """The score of a set; None for one with an impossible value (an import may hold one) or with nothing to score."""
    try:
        scored = news2.score(vitals)
    except news2.ImpossibleValue:
        return None
    return scored if any(point is not None for point in scored.points.values()) else None


def headline_for(identity: Identity, summary: Summary, *, before: Headline, now: datetime) -> Headline:
    """The row of a list, from the identity and the summary; bed and severity stay what they were."""
    due = _next_due(summary)
    told: dict[str, object] = {
        **{name: getattr(identity, name) for name in ("family", "given", "birth_date", "sex", "record_number")},
        **_news2_of(identity, summary, now),
        "why_here": _why_here(summary),
        "allergies": allergy_words(summary),
        "allergies_state": summary.allergies.state,
        "code_status": code_status_words(summary),
        "code_status_value": entry.value if (entry := latest_code_status(summary)) else "",
        "isolation": isolation_words(summary),
        "next_due": due.next_due if due else None,
        "next_due_what": _line(f"{due.name} {due.dose}") if due else "",
    }
    return Headline.model_validate({**before.model_dump(), **told})


def _news2_of(identity: Identity, summary: Summary, now: datetime) -> dict[str, object]:
    vitals = latest_vitals(summary)
    told: dict[str, object] = {
        "vitals_taken": vitals.taken if vitals else None,
        "news2_total": None,
        "news2_complete": False,
        "news2_band": "",
        "news2_table": "",
        "news2_trend": (),
    }
    if vitals is None:
        return told
    if not news2.applies_to(identity.birth_date, on=now.date()):
        return {**told, "news2_band": "not-applicable"}
    scored = scored_or_none(vitals)
    if scored is None:
        return told
    return {
        **told,
        "news2_total": scored.total,
        "news2_complete": scored.is_complete,
        "news2_band": scored.band,
        "news2_table": news2.TABLE_VERSION,
        "news2_trend": tuple(point.total for point in trend(summary))[-TREND_SHOWN:],
    }


def _why_here(summary: Summary) -> str:
    """The problem that is the reason for the stay; else, of a filled section, the first active one."""
    active = [problem for problem in summary.problems.entries if problem.status == "active"]
    reason = next((problem for problem in active if problem.is_reason_for_stay), None)
    chosen = reason or next(iter(active), None)
    return _line(chosen.text) if chosen else ""


def allergy_words(summary: Summary) -> str:
    """The danger line: each substance with its reaction, the most dangerous first; "" where the section is empty."""
    rank = {"high": 0, "unknown": 1, "low": 2}
    ordered = sorted(summary.allergies.entries, key=lambda entry: rank[entry.criticality])
    return _line(
        "; ".join(f"{entry.substance} ({entry.reaction})" if entry.reaction else entry.substance for entry in ordered)
    )


def latest_code_status(summary: Summary) -> CodeStatus | None:
    """The newest word on resuscitation, or None."""
    return max(summary.code_status.entries, key=lambda each: each.source.recorded, default=None)


def code_status_words(summary: Summary) -> str:
    """What is to be done in an arrest, never assumed: an empty section says that it is not known."""
    entry = latest_code_status(summary)
    if entry is None:
        return state_words(summary.code_status.state) if _is_told(summary.code_status.state) else _("not recorded")
    if entry.value == "full":
        return _("Full resuscitation")
    if entry.value == "dnar":
        return _("DNAR: do not attempt resuscitation")
    return _line(_("Limits: {limits}").format(limits=entry.limits or _("not stated")))


def _is_told(state: SectionState) -> bool:
    return state in (SectionState.WITHHELD, SectionState.UNAVAILABLE)


def isolation_words(summary: Summary) -> str:
    """The isolation alerts, or ""."""
    return _line("; ".join(entry.text for entry in summary.alerts.entries if entry.kind == "isolation"))


def state_words(state: SectionState) -> str:
    """What an empty section says of itself, in words."""
    return {
        SectionState.FILLED: _("filled"),
        SectionState.NONE_KNOWN: _("none known"),
        SectionState.NOT_ASKED: _("not asked"),
        SectionState.WITHHELD: _("withheld"),
        SectionState.UNAVAILABLE: _("unavailable"),
    }[state]


def _next_due(summary: Summary) -> Medication | None:
    due = [
        (each.next_due, position, each)
        for position, each in enumerate(summary.medications.entries)
        if each.status == "current" and each.next_due is not None
    ]
    return min(due)[2] if due else None


def _line(text: str) -> str:
    """Cut to what a line of the headline holds; the cut is shown."""
    return text if len(text) <= 300 else text[:297].rstrip() + "..."

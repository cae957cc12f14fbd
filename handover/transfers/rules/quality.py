"""How complete a handover is: words for its writer, points for the unit's report, never a percentage and never a block.

Source: the items that published I-PASS observation tools rate (AHRQ TeamSTEPPS; I-PASS Study Group); the points are
local policy. 75 are the document's own, 25 are earned by its receiver. A full form can be wrong: the points measure
the form.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from handover.patients.documents import IllnessSeverity, SectionState, Summary
from handover.patients.news2 import News2
from handover.transfers.documents import Ipass, SynthesisDocument

SEVERITY_FRESH_FOR = timedelta(hours=2)
EARNED_BY_SYNTHESIS = 20
EARNED_BY_READING_FIRST = 5
NEWS2_HIGH = 7

# The parts of I-PASS that the writer fills, and the essentials of the summary; the synthesis is its receiver's.
PARTS = ("severity", "summary", "actions", "contingency", "essentials")

_ESSENTIALS = ("allergies", "code_status", "medications", "vital_signs", "results", "weight", "alerts", "devices")


@dataclass(frozen=True)
class Quality:
    """The points that the document earns by itself, of 75, what is missing, in words for its writer, and which of
    PARTS are whole, for the unit's report."""

    score: int
    missing: tuple[str, ...]
    whole: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Part:
    earned: float
    missing: tuple[str, ...] = ()


def quality(ipass: Ipass, summary: Summary, *, now: datetime) -> Quality:
    """The document's points and what is missing, the most telling first.

    Severity set within two hours 10; the five parts of the summary 4 each; actions with an owner and a time 15; pairs
    of if and then 15 (one for a stable patient, two for a watcher or unstable one); the essentials of the summary 15,
    where a stated reason for an empty section counts and a blank does not.
    """
    # The most telling first.
    parts = {
        "severity": _severity(ipass, now),
        "actions": _actions(ipass),
        "contingency": _contingency(ipass),
        "summary": _summary(ipass),
        "essentials": _essentials(summary),
    }
    return Quality(
        score=round(sum(part.earned for part in parts.values())),
        missing=tuple(word for part in parts.values() for word in part.missing),
        whole=tuple(name for name in PARTS if not parts[name].missing),
    )


def receiver_points(ipass: Ipass, synthesis: SynthesisDocument | None, *, is_read_before_arrival: bool) -> int:
    """What the receiver adds: 20 for a synthesis that matches the severity and names an action, half without one; 5."""
    points = EARNED_BY_READING_FIRST if is_read_before_arrival else 0
    if synthesis is None or synthesis.illness_severity != ipass.illness_severity:
        return points
    is_whole = bool(synthesis.first_action) or not ipass.action_list
    return points + (EARNED_BY_SYNTHESIS if is_whole else EARNED_BY_SYNTHESIS // 2)


def disagreement(ipass: Ipass, scored: News2 | None) -> str | None:
    """What to look at again when the writer's severity and NEWS2 point apart; it is said, and nothing is overwritten.

    Stable with NEWS2 of 7 or more, or unstable with a complete NEWS2 of 0 and not a word why.
    """
    if scored is None:
        return None
    if ipass.illness_severity == IllnessSeverity.STABLE and scored.total >= NEWS2_HIGH:
        return _("You set stable, and NEWS2 is %(total)s. Look again, or say why.") % {"total": scored.total}
    has_reason = bool(ipass.situation_awareness or ipass.patient_summary.assessment)
    is_calm = scored.is_complete and scored.total == 0
    if ipass.illness_severity == IllnessSeverity.UNSTABLE and is_calm and not has_reason:
        return _("You set unstable, and NEWS2 is 0. Say what worries you, so that the receiver knows.")
    return None


def _severity(ipass: Ipass, now: datetime) -> _Part:
    if ipass.illness_severity is None:
        return _Part(0, (_("How ill: stable, watcher or unstable"),))
    if ipass.severity_set is None or now - ipass.severity_set > SEVERITY_FRESH_FOR:
        return _Part(0, (_("How ill, as it is now: it was set more than two hours ago"),))
    return _Part(10)


def _summary(ipass: Ipass) -> _Part:
    said = ipass.patient_summary
    words = {
        "statement": _("One sentence that says who this patient is"),
        "events": _("What led here"),
        "course": _("What has been done"),
        "assessment": _("How the patient is now"),
        "plan": _("The plan"),
    }
    missing = tuple(word for name, word in words.items() if not getattr(said, name))
    return _Part(4 * (len(words) - len(missing)), missing)


def _actions(ipass: Ipass) -> _Part:
    if not ipass.action_list:
        return _Part(0, (_("What there is to do, by whom and when"),))
    whole = sum(1 for action in ipass.action_list if action.who and action.by_when)
    return _Part(15 * whole / len(ipass.action_list), tuple(_incomplete_actions(ipass)))


def _incomplete_actions(ipass: Ipass) -> Iterator[str]:
    for action in ipass.action_list:
        if not action.who and not action.by_when:
            yield _("Who does it, and by when: %(action)s") % {"action": action.what}
        elif not action.who:
            yield _("Who does it: %(action)s") % {"action": action.what}
        elif not action.by_when:
            yield _("By when: %(action)s") % {"action": action.what}


def _contingency(ipass: Ipass) -> _Part:
    wanted = 1 if ipass.illness_severity in (None, IllnessSeverity.STABLE) else 2
    written = min(len(ipass.contingency_plan), wanted)
    if written == wanted:
        return _Part(15)
    words = _("If this happens, then do that") if written == 0 else _("A second if and then, for a patient to watch")
    return _Part(15 * written / wanted, (words,))


def _essentials(summary: Summary) -> _Part:
    words = {
        "allergies": _("Allergies"),
        "code_status": _("Code status"),
        "medications": _("Medicines"),
        "vital_signs": _("Vital signs"),
        "results": _("Results"),
        "weight": _("Weight"),
        "alerts": _("Isolation and other alerts"),
        "devices": _("Lines and drains"),
    }
    blank = [name for name in _ESSENTIALS if getattr(summary, name).state == SectionState.NOT_ASKED]
    missing = tuple(_("Not asked yet: %(section)s") % {"section": words[name]} for name in blank)
    return _Part(15 * (len(_ESSENTIALS) - len(blank)) / len(_ESSENTIALS), missing)

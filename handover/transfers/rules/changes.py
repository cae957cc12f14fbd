"""What differs between two versions, for a receiver to read again; and what nobody touched since the last handover."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo

from django.utils.translation import gettext as _

from handover.patients.documents import Entry, Summary
from handover.patients.rules import latest_vitals, state_words
from handover.transfers.documents import Action, HandoverDocument, Ipass
from handover.transfers.rules.entries import words_of_entry

PARTS = (
    "illness_severity",
    "statement",
    "events",
    "course",
    "assessment",
    "plan",
    "action_list",
    "situation_awareness",
    "contingency_plan",
    "call_back",
)
# A copied severity would be a false one: it is set anew each time, so it is never "unchanged".
_MAY_BE_UNCHANGED = frozenset(PARTS) - {"illness_severity", "call_back"}


@dataclass(frozen=True)
class Change:
    """One thing that differs between two versions. `part` is the label of its part; `kind`: added, removed, changed."""

    part: str
    before: str
    after: str
    kind: str


def changes(old: HandoverDocument, new: HandoverDocument, *, zone: tzinfo = UTC) -> list[Change]:
    """Every difference from `old` to `new`, in reading order: the written parts first, then the structured summary.

    An action is the same one while its id is, or its words, owner and time are; so is an entry of the summary. Of the
    vital signs only the newest set is compared: the sets before it are history. Times are told in `zone`.
    """
    return _without_rewritten([*_written(old.ipass, new.ipass, zone), *_recorded(old.summary, new.summary)])


def changes_since(old: HandoverDocument, ipass: Ipass, summary: Summary, *, zone: tzinfo = UTC) -> list[Change]:
    """What differs from the handover before to words that nobody has sent yet, beside the record as it is now.

    Without the severity and the number to call back: those are said anew each time.
    """
    said_anew = {"illness_severity": ipass.illness_severity, "call_back": ipass.call_back}
    before = old.ipass.model_copy(update=said_anew)
    return _without_rewritten([*_written(before, ipass, zone), *_recorded(old.summary, summary)])


def unchanged_parts(old: Ipass | None, new: Ipass) -> tuple[str, ...]:
    """The names of the written parts that say something, and say what `old` said."""
    if old is None:
        return ()
    before, after = _parts(old), _parts(new)
    return tuple(name for name in PARTS if name in _MAY_BE_UNCHANGED and after[name] and after[name] == before[name])


def label_of(part: str) -> str:
    """The heading of a part, or of a section of the summary, in the reader's language."""
    labels = {
        "illness_severity": _("Illness severity"),
        "statement": _("Patient summary"),
        "events": _("Events"),
        "course": _("Course"),
        "assessment": _("Assessment"),
        "plan": _("Plan"),
        "action_list": _("Action list"),
        "situation_awareness": _("Situation awareness"),
        "contingency_plan": _("If, then"),
        "call_back": _("Call-back"),
        "problems": _("Problems"),
        "allergies": _("Allergies"),
        "medications": _("Medicines"),
        "code_status": _("Code status"),
        "alerts": _("Isolation and alerts"),
        "devices": _("Lines and drains"),
        "vital_signs": _("Vital signs"),
        "results": _("Results"),
        "pending_results": _("Pending results"),
        "procedures": _("Procedures"),
        "diet": _("Diet"),
        "mobility": _("Mobility"),
        "weight": _("Weight"),
        "language": _("Language"),
        "family_contact": _("Family contact"),
        "belongings": _("Belongings"),
        "what_matters": _("What matters"),
    }
    return labels[part]


def action_words(action: Action) -> str:
    """The action as one line; its time is left to the page, which knows the ward's zone."""
    return f"{action.what} ({action.who})" if action.who else action.what


def _without_rewritten(found: list[Change]) -> list[Change]:
    """What was taken out and put in again word for word has not changed for whoever reads it."""
    gone = {(change.part, change.before) for change in found if change.kind == "removed"}
    back = {(change.part, change.after) for change in found if change.kind == "added"} & gone
    return [each for each in found if each.kind == "changed" or (each.part, each.before or each.after) not in back]


def _written(old: Ipass, new: Ipass, zone: tzinfo) -> Iterator[Change]:
    before, after = _parts(old), _parts(new)
    for name in PARTS:
        if name == "action_list":
            yield from _differences(name, _actions(old, zone), _actions(new, zone))
        elif name == "contingency_plan":
            yield from _differences(name, _pairs(old), _pairs(new))
        else:
            yield from _differences(name, {name: before[name]}, {name: after[name]})


def _recorded(old: Summary, new: Summary) -> Iterator[Change]:
    for name in Summary.model_fields:
        if name != "schema_version":
            yield from _differences(name, _entries(old, name), _entries(new, name))


def _differences(name: str, before: Mapping[object, str], after: Mapping[object, str]) -> Iterator[Change]:
    for key in [*after, *(key for key in before if key not in after)]:
        was, now = before.get(key, ""), after.get(key, "")
        if was != now:
            kind = "changed" if was and now else "added" if now else "removed"
            yield Change(part=label_of(name), before=was, after=now, kind=kind)


def _parts(ipass: Ipass) -> dict[str, str]:
    """Each part as the words that are compared."""
    said = ipass.patient_summary
    return {
        "illness_severity": ipass.illness_severity.value if ipass.illness_severity else "",
        **{name: getattr(said, name) for name in ("statement", "events", "course", "assessment", "plan")},
        "action_list": "\n".join(_actions(ipass).values()),
        "situation_awareness": ipass.situation_awareness,
        "contingency_plan": "\n".join(_pairs(ipass).values()),
        "call_back": ipass.call_back,
    }


def _actions(ipass: Ipass, zone: tzinfo = UTC) -> dict[object, str]:
    """By id. The time is compared too: an action that moved is another one to whoever has to do it."""
    return {
        action.id: action_words(action) + (f", {action.by_when.astimezone(zone):%d-%b %H:%M}" if action.by_when else "")
        for action in ipass.action_list
    }


def _pairs(ipass: Ipass) -> dict[object, str]:
    return {
        pair.if_this: _("If %(this)s, then %(that)s") % {"this": pair.if_this, "that": pair.then_that}
        for pair in ipass.contingency_plan
    }


def _entries(summary: Summary, name: str) -> dict[object, str]:
    if name == "vital_signs":
        newest = latest_vitals(summary)
        return {name: words_of_entry(newest)} if newest else {}
    section = getattr(summary, name)
    entries: tuple[Entry, ...] = section.entries
    return {entry.id: words_of_entry(entry) for entry in entries} or {name: state_words(section.state)}

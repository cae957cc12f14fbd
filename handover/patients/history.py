"""What changed from one version of a summary to the next, line by line: pure, for the timeline of a patient."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _

from handover.patients import edits, rules, sections
from handover.patients.documents import Entry, Summary
from handover.patients.drawing.entries import told, vital_lines

LINES_SHOWN, TITLES_SHOWN = 12, 3


@dataclass(frozen=True)
class EntryChange:
    """One line that changed. `before` or `after` is None where it was added or removed; both are for a new state."""

    section: str
    kind: Literal["added", "corrected", "removed", "state"]
    before: Entry | None
    after: Entry | None
    state: str = ""


@dataclass(frozen=True)
class TimelineItem:
    """One thing that happened. `kind` is "change", "vitals", or what a registered source says; `lines` are details."""

    at: datetime
    kind: str
    title: str
    lines: tuple[str, ...] = ()
    who: str = ""
    url: str = ""
    severity: str = ""


def changes_between(before: Summary, after: Summary) -> tuple[EntryChange, ...]:
    """Every entry that was added, corrected or removed, and every section that says anew why it is empty.

    Vital signs that were only dropped for their age are no change: they stay in the versions before.
    """
    return tuple(change for name in edits.SECTIONS for change in _section_changes(name, before, after))


def _section_changes(name: str, before: Summary, after: Summary) -> Iterator[EntryChange]:
    old, new = edits.section_of(before, name), edits.section_of(after, name)
    then, now = ({entry.id: entry for entry in section.entries} for section in (old, new))
    for entry in new.entries:
        if entry.id not in then:
            yield EntryChange(name, "added", None, entry)
        elif _facts(then[entry.id]) != _facts(entry):
            yield EntryChange(name, "corrected", then[entry.id], entry)
    if name != "vital_signs":
        yield from (EntryChange(name, "removed", entry, None) for entry in old.entries if entry.id not in now)
    if old.state != new.state and not new.entries:
        yield EntryChange(name, "state", None, None, state=rules.state_words(new.state))


def _facts(entry: Entry) -> dict[str, object]:
    return entry.model_dump(exclude={"source"})


def change_item(changes: tuple[EntryChange, ...], *, at: datetime, who: str) -> TimelineItem | None:
    """One version's changes as one item; None where all it brought are vital signs, which have items of their own."""
    shown = [change for change in changes if not (change.section == "vital_signs" and change.kind == "added")]
    if not shown:
        return None
    titles = dict.fromkeys(str(sections.BY_NAME[change.section].title) for change in shown)
    lines = [_line(change, at) for change in shown]
    more = len(lines) - LINES_SHOWN
    if more > 0:
        lines = [*lines[:LINES_SHOWN], _("and {count} more").format(count=more)]
    return TimelineItem(at=at, kind="change", title=_title(list(titles)), lines=tuple(lines), who=who)


def _title(titles: list[str]) -> str:
    if len(titles) <= TITLES_SHOWN:
        return ", ".join(titles)
    return _("{count} sections of the summary").format(count=len(titles))


def vitals_items(summary: Summary) -> list[TimelineItem]:
    """One item for each set of vital signs that the summary keeps: the score, and what was measured."""
    items = []
    for vitals in summary.vital_signs.entries:
        who = vitals.source.author or vitals.source.system
        words = told(vitals, now=vitals.taken).words
        items.append(TimelineItem(at=vitals.taken, kind="vitals", title=words, lines=vital_lines(vitals), who=who))
    return items


def _line(change: EntryChange, at: datetime) -> str:
    before = told(change.before, now=at).words if change.before else ""
    after = told(change.after, now=at).words if change.after else ""
    words = {
        "added": _("Added: {after}"),
        "removed": _("Removed: {before}"),
        "corrected": _("Corrected: {before}, now {after}") if before != after else _("Corrected: {after}"),
        "state": _("Now: {state}"),
    }[change.kind]
    return words.format(before=before, after=after, state=change.state)

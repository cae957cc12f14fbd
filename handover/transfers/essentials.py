"""What must never be left out of a handover, as lines a page can draw: each with its age, or the kind of its nothing.

Source of the list: the I-PASS observation tools (weight, allergies, medicines, code status, lines, dated vital signs
and results) and the Joint Commission's minimum content. Pure: the summary and the moment come in, words go out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from handover.patients.documents import Entry, IllnessSeverity, Medication, Section, SectionState, Summary
from handover.patients.rules import is_old, taken_at
from handover.patients.wording import when_words
from handover.transfers.rules.entries import words_of_entry

MOST_LINES = 4


@dataclass(frozen=True)
class Line:
    """One fact in words. `at` is when it held; `is_danger` draws it as a danger."""

    text: str
    at: datetime | None = None
    is_old: bool = False
    is_danger: bool = False
    # When a medicine was given last and is due next: what the receiver asks first.
    times: tuple[str, ...] = ()


@dataclass(frozen=True)
class Essential:
    """One section of the summary. `state` is what an empty one says of itself; `more` counts the lines left out."""

    section: str
    label: str
    state: SectionState
    lines: tuple[Line, ...] = ()
    more: int = 0

    @property
    def slug(self) -> str:
        """The section in an address."""
        return self.section.replace("_", "-")

    @property
    def is_gap(self) -> bool:
        return self.state == SectionState.NOT_ASKED

    @property
    def has_old(self) -> bool:
        return any(line.is_old for line in self.lines)


def essentials(summary: Summary, *, severity: IllnessSeverity | None, now: datetime) -> tuple[Essential, ...]:
    """The essentials in the order in which a nurse asks for them; of each, what matters most first."""
    return tuple(
        _essential(name, str(label), getattr(summary, name), now=now, severity=severity) for name, label in _SECTIONS
    )


def _essential(
    name: str, label: str, section: Section[Entry], *, now: datetime, severity: IllnessSeverity | None
) -> Essential:
    chosen = _CHOOSE.get(name, list)(section.entries)
    lines = tuple(
        Line(
            text=words_of_entry(entry),
            at=taken_at(entry),
            is_old=is_old(name, taken_at(entry), now, severity=severity),
            is_danger=_is_danger(name, entry),
            times=_times(entry, now),
        )
        for entry in chosen[:MOST_LINES]
    )
    return Essential(section=name, label=label, state=section.state, lines=lines, more=max(0, len(chosen) - MOST_LINES))


def _times(entry: Entry, now: datetime) -> tuple[str, ...]:
    if not isinstance(entry, Medication):
        return ()
    given = entry.last_given
    words = [
        _("Last given %(when)s") % {"when": when_words(given, now=now)} if given else _("Last given: not recorded")
    ]
    if entry.next_due is not None and entry.status == "current":
        due = _("Overdue since %(when)s") if entry.next_due < now else _("Next %(when)s")
        words.append(due % {"when": when_words(entry.next_due, now=now)})
    return tuple(words)


def _is_danger(name: str, entry: Any) -> bool:
    if name == "allergies":
        return bool(entry.criticality != "low")
    if name == "code_status":
        return bool(entry.value != "full")
    if name == "alerts":
        return bool(entry.kind == "isolation")
    return False


def _newest_first(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=taken_at, reverse=True)


def _newest_only(entries: Sequence[Entry]) -> list[Entry]:
    return _newest_first(entries)[:1]


def _most_dangerous_first(entries: Sequence[Any]) -> list[Entry]:
    rank = {"high": 0, "unknown": 1, "low": 2}
    return sorted(entries, key=lambda entry: rank[entry.criticality])


def _not_stopped(entries: Sequence[Any]) -> list[Entry]:
    return [entry for entry in entries if entry.status != "stopped"]


_CHOOSE: dict[str, Callable[[Sequence[Any]], list[Entry]]] = {
    "allergies": _most_dangerous_first,
    "code_status": _newest_only,
    "vital_signs": _newest_only,
    "medications": _not_stopped,
    "results": _newest_first,
    "weight": _newest_only,
}

_SECTIONS = (
    ("allergies", gettext_lazy("Allergies")),
    ("code_status", gettext_lazy("Resuscitation")),
    ("alerts", gettext_lazy("Isolation, alerts")),
    ("vital_signs", gettext_lazy("Vital signs")),
    ("medications", gettext_lazy("Medicines")),
    ("results", gettext_lazy("Results")),
    ("pending_results", gettext_lazy("Not back yet")),
    ("devices", gettext_lazy("Lines, drains")),
    ("weight", gettext_lazy("Weight")),
    ("language", gettext_lazy("Language")),
)

"""A summary's sections, ready for a page: each entry in words with its age and where it came from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from handover.patients import rules
from handover.patients.documents import Entry, IllnessSeverity, Section, SectionState, Source, Summary
from handover.patients.drawing.entries import Told, told
from handover.patients.sections import SectionSpec

# A section longer than this by more than one folds the rest away: vital signs of two days are a long list.
_SHOWN = 4


@dataclass(frozen=True)
class EntryView:
    """One entry on a page. `at` is when the fact held; `origin` names who or what it came from."""

    id: UUID
    told: Told
    at: datetime
    is_old: bool
    source: Source
    origin: str
    section: SectionSpec


@dataclass(frozen=True)
class SectionView:
    """One section on a page: its entries, or the reason why it has none."""

    spec: SectionSpec
    state: SectionState
    source: Source | None
    entries: tuple[EntryView, ...]

    @property
    def first(self) -> tuple[EntryView, ...]:
        """What is shown at once: all of a short section, the newest of a long one."""
        return self.entries if len(self.entries) <= _SHOWN + 1 else self.entries[:_SHOWN]

    @property
    def rest(self) -> tuple[EntryView, ...]:
        """What is folded away."""
        return self.entries[len(self.first) :]

    @property
    def is_filled(self) -> bool:
        """Whether there is anything in it."""
        return self.state == SectionState.FILLED


def section_views(
    summary: Summary, specs: Sequence[SectionSpec], *, now: datetime, severity: IllnessSeverity | None
) -> list[SectionView]:
    """The sections in the order of `specs`, each entry with its words and age."""
    return [section_view(getattr(summary, spec.name), spec, now=now, severity=severity) for spec in specs]


def section_view(
    section: Section[Entry], spec: SectionSpec, *, now: datetime, severity: IllnessSeverity | None
) -> SectionView:
    """One section: what is dangerous first, what is over last, the newest first within each."""
    views = [entry_view(entry, spec, now=now, severity=severity) for entry in section.entries]
    weight = {"danger": 0, "watch": 1, "": 2, "quiet": 3}
    newest_first = sorted(views, key=lambda view: view.at, reverse=True)
    is_by_time = spec.name in {"vital_signs", "results"}
    ordered = newest_first if is_by_time else sorted(newest_first, key=lambda view: weight[view.told.tone])
    if spec.name == "vital_signs":
        # Only the newest set can be late; the sets before it are the history that a trend is made of.
        ordered = [replace(view, is_old=view.is_old and place == 0) for place, view in enumerate(ordered)]
    return SectionView(spec=spec, state=section.state, source=section.source, entries=tuple(ordered))


def entry_view(entry: Entry, spec: SectionSpec, *, now: datetime, severity: IllnessSeverity | None) -> EntryView:
    """One entry with its words, its age and where it came from."""
    at = rules.taken_at(entry)
    return EntryView(
        id=entry.id,
        told=told(entry, now=now),
        at=at,
        is_old=rules.is_old(spec.name, at, now, severity=severity),
        source=entry.source,
        origin=origin_words(entry.source),
        section=spec,
    )


def origin_words(source: Source) -> str:
    """Who recorded it by hand, or which system it came from, and who was named there."""
    if source.system and source.author:
        return _("%(author)s, in %(system)s") % {"author": source.author, "system": source.system}
    return source.author or source.system or _("Nobody was named")

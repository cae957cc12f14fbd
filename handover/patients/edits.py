"""Edits of a summary: pure functions from one to the next, each entry signed with who entered it and when."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django.utils.translation import gettext as _

from handover.patients import rules
from handover.patients.documents import Entry, Section, SectionState, Source, Summary
from live.refusals import Conflict, Invalid, NotFound

SECTIONS = tuple(name for name in Summary.model_fields if name != "schema_version")
# A person has one of these at a time: a new one takes the place of the one before it.
ONE_AT_A_TIME = frozenset({"code_status", "diet", "mobility"})


def with_entry(summary: Summary, name: str, entry: Entry, source: Source) -> Summary:
    """The summary with the entry: in the place of the one with its id, else added. Raises Invalid for a wrong kind."""
    if not isinstance(entry, entry_kind(name)):
        raise Invalid(_("This does not belong in that section of the summary."))
    signed = entry.model_copy(update={"source": source})
    entries = () if name in ONE_AT_A_TIME else section_of(summary, name).entries
    if any(each.id == entry.id for each in entries):
        entries = tuple(signed if each.id == entry.id else each for each in entries)
    else:
        entries = (*entries, signed)
    return _with_section(summary, name, SectionState.FILLED, entries, source)


def without_entry(summary: Summary, name: str, entry_id: UUID, source: Source) -> Summary:
    """The summary without the entry; a section that loses its last one is "not asked". Raises NotFound."""
    entries = section_of(summary, name).entries
    left = tuple(entry for entry in entries if entry.id != entry_id)
    if len(left) == len(entries):
        raise NotFound(_("This line is no longer there. Reload to see how it stands now."))
    return _with_section(summary, name, SectionState.FILLED if left else SectionState.NOT_ASKED, left, source)


def with_state(summary: Summary, name: str, state: SectionState, source: Source) -> Summary:
    """The summary in which an empty section says why. Raises Invalid for "filled", Conflict when it has entries."""
    if state == SectionState.FILLED:
        raise Invalid(_("A section is filled by entering something in it."))
    if section_of(summary, name).entries:
        raise Conflict(_("This section has entries. Remove them first, if they are wrong."), code="filled")
    return _with_section(summary, name, state, (), source)


def section_of(summary: Summary, name: str) -> Section[Any]:
    """The section of that name. Raises AttributeError for a name that is none."""
    return cast("Section[Any]", getattr(summary, name))


def entry_kind(name: str) -> type[Entry]:
    """The kind of entry a section holds: Section[Problem] holds Problem."""
    kind = cast("type[Section[Any]]", Summary.model_fields[name].annotation)
    return cast("type[Entry]", kind.__pydantic_generic_metadata__["args"][0])


def _with_section(
    summary: Summary, name: str, state: SectionState, entries: Iterable[Entry], source: Source
) -> Summary:
    # Built by its type, and not copied, so that what is empty and what is filled are checked again.
    kind = cast("type[Section[Any]]", Summary.model_fields[name].annotation)
    return summary.model_copy(update={name: kind(state=state, source=source, entries=tuple(entries))})


def pruned(summary: Summary) -> Summary:
    """Keeps the vital signs of the last 48 hours; the older sets stay in the versions before."""
    section = summary.vital_signs
    if not section.entries:
        return summary
    kept = section.model_copy(update={"entries": rules.kept_vitals(section.entries)})
    return summary.model_copy(update={"vital_signs": kept})


def says_the_same(one: Summary, other: Summary) -> bool:
    """Whether two summaries hold the same facts, whoever recorded them and whenever."""
    return _facts(one) == _facts(other)


def _facts(summary: Summary) -> dict[str, object]:
    told: dict[str, object] = {}
    for name in SECTIONS:
        section = section_of(summary, name)
        told[name] = (section.state, [entry.model_dump(exclude={"source", "id"}) for entry in section.entries])
    return told

"""Stretches of time that one person holds, laid over one another: what is laid later hides what lies below.

At any moment a role has one holder or none. All moments are aware UTC; a stretch holds its first moment and not its
last, so that two that meet neither overlap nor leave anything out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from uuid import UUID


@dataclass(frozen=True)
class Source:
    """What a stretch comes from: `rotation`, or the kind of a change, and its id."""

    kind: str
    id: UUID


@dataclass(frozen=True)
class Stretch:
    """From `starts` until `ends` this person holds the role; None where nobody does."""

    starts: datetime
    ends: datetime
    person_id: UUID | None
    source: Source | None = None


@dataclass(frozen=True)
class Change:
    """Somebody holds the role instead of whoever would, or nobody does. A later change hides an earlier one."""

    stretch: Stretch
    made: datetime


def laid_over(below: Sequence[Stretch], above: Stretch) -> list[Stretch]:
    """All of `above`, and what it leaves of `below`, which do not overlap and are in order. So is what comes back."""
    if above.starts >= above.ends:
        return list(below)
    left: list[Stretch] = []
    for one in below:
        if one.starts < above.starts:
            left.append(replace(one, ends=min(one.ends, above.starts)))
        if one.ends > above.ends:
            left.append(replace(one, starts=max(one.starts, above.ends)))
    return sorted([*left, above], key=lambda one: one.starts)


def schedule(
    layers: Iterable[Sequence[Stretch]], changes: Iterable[Change], *, starts: datetime, ends: datetime
) -> list[Stretch]:
    """Who holds the role at every moment between the two, without a hole: person None where nobody does.

    `layers` are the turns of each rotation, the most important last. `changes` hide them in the order in which they
    were made. Neighbours of the same person and source are one stretch.
    """
    lying = [Stretch(starts, ends, None)]
    ordered = sorted(changes, key=lambda one: one.made)
    above = [one for layer in layers for one in layer] + [one.stretch for one in ordered]
    for one in above:
        lying = laid_over(lying, _cut(one, starts, ends))
    return _joined(lying)


def _cut(one: Stretch, starts: datetime, ends: datetime) -> Stretch:
    return replace(one, starts=max(one.starts, starts), ends=min(one.ends, ends))


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    found: list[Stretch] = []
    for one in stretches:
        if found and (found[-1].person_id, found[-1].source, found[-1].ends) == (one.person_id, one.source, one.starts):
            found[-1] = replace(found[-1], ends=one.ends)
        else:
            found.append(one)
    return found


def holder_at(stretches: Iterable[Stretch], at: datetime) -> Stretch | None:
    """The stretch at that moment; None where these do not reach it."""
    return next((one for one in stretches if one.starts <= at < one.ends), None)


def gaps(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Where nobody holds the role, each gap once, however many changes made it."""
    bare = [replace(one, source=None) for one in stretches if one.person_id is None]
    return _joined(bare)


def within(stretches: Iterable[Stretch], hours: Sequence[Stretch]) -> list[Stretch]:
    """What of these lies within the hours; both in order."""
    found = [_cut(one, hour.starts, hour.ends) for one in stretches for hour in hours]
    return _joined([one for one in found if one.starts < one.ends])


def stretches_of(stretches: Iterable[Stretch], person_id: UUID) -> list[Stretch]:
    """What one person holds, each once from its beginning to its end, whatever it comes from."""
    return _joined([replace(one, source=None) for one in stretches if one.person_id == person_id])


def kept_free(stretches: Sequence[Stretch], *, starts: datetime, ends: datetime) -> bool:
    """Whether a person who holds these is free between the two moments."""
    return not any(one.starts < ends and starts < one.ends for one in stretches)


def is_whole(stretches: Sequence[Stretch], *, starts: datetime, ends: datetime) -> bool:
    """Whether these reach from one moment to the other without a hole or an overlap."""
    if not stretches or (stretches[0].starts, stretches[-1].ends) != (starts, ends):
        return False
    return all(one.ends == following.starts for one, following in pairwise(stretches))

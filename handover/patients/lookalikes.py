"""Names in one list that are easily taken for one another: the same family name, or one letter apart. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Id = TypeVar("Id", bound=Hashable)
# Shorter names differ by one letter too often for a mark to mean anything.
_LEAST_LETTERS = 5
# As many as a row can say; the rest of those with the same name are counted.
_SHOWN = 2
_YEAR_DIGITS = 4


@dataclass(frozen=True)
class Named(Generic[Id]):
    """Somebody in a list, by the family name that is read. `place` keeps apart those who never meet (a unit)."""

    id: Id
    family: str
    place: Hashable = None


@dataclass(frozen=True)
class Alike(Generic[Id]):
    """Who is easily taken for somebody: `same` have the same family name (and `same_more` besides), `near` nearly."""

    same: tuple[Id, ...]
    same_more: int
    near: tuple[Id, ...]


@dataclass(frozen=True)
class Part:
    """A piece of a name; `differs` marks the letters in which it is not the other's."""

    text: str
    differs: bool


def lookalikes(people: Iterable[Named[Id]]) -> dict[Id, Alike[Id]]:
    """For each person who has one: those of the same place whose family name is the same or one letter away.

    Names are compared and not people, through the forms they take with one letter left out: hundreds stay quick.
    """
    by_name: dict[tuple[Hashable, str], list[Id]] = defaultdict(list)
    for person in people:
        if person.family:
            by_name[person.place, person.family.casefold()].append(person.id)
    near_names = _near_names(by_name)
    found = {}
    for (place, name), ids in by_name.items():
        near = tuple(by_name[place, other][0] for other in near_names[place, name])
        for each in ids:
            if near or len(ids) > 1:
                same = tuple(other for other in ids[: _SHOWN + 1] if other != each)[:_SHOWN]
                found[each] = Alike(same=same, same_more=len(ids) - 1 - len(same), near=near)
    return found


def has_year(birth_date: str, typed: str) -> bool:
    """Whether the year of an ISO date, whole or partial, was typed: four digits, of whatever script."""
    return typed.isdecimal() and len(typed) == _YEAR_DIGITS and int(typed) == int(birth_date[:_YEAR_DIGITS])


def parts(name: str, other: str) -> list[Part]:
    """`name` in pieces, with the letters marked that `other` does not have in that place."""
    start = 0
    while start < min(len(name), len(other)) and name[start].casefold() == other[start].casefold():
        start += 1
    end = 0
    while end < min(len(name), len(other)) - start and name[-1 - end].casefold() == other[-1 - end].casefold():
        end += 1
    cut = len(name) - end
    pieces = [Part(name[:start], False), Part(name[start:cut], True), Part(name[cut:], False)]
    return [piece for piece in pieces if piece.text]


def _near_names(names: Iterable[tuple[Hashable, str]]) -> dict[tuple[Hashable, str], list[str]]:
    """For each name the first few that are one letter away."""
    buckets: dict[tuple[Hashable, str], list[str]] = defaultdict(list)
    near: dict[tuple[Hashable, str], list[str]] = defaultdict(list)
    for place, name in names:
        for form in set(_forms(name)):
            for other in buckets[place, form]:
                if len(near[place, name]) >= _SHOWN:
                    break
                if other not in near[place, name] and _are_near(name, other):
                    near[place, name].append(other)
                    if len(near[place, other]) < _SHOWN:
                        near[place, other].append(name)
            buckets[place, form].append(name)
    return near


def _forms(name: str) -> Iterator[str]:
    """The name, and the name without each of its letters: two names one letter apart share at least one of these."""
    if len(name) >= _LEAST_LETTERS:
        yield name
        for index in range(len(name)):
            yield name[:index] + name[index + 1 :]


def _are_near(one: str, other: str) -> bool:
    """Whether one letter is changed, added or lost; names that only share a form may be two letters apart."""
    if abs(len(one) - len(other)) > 1:
        return False
    return all(len(piece.text) <= 1 for piece in (*parts(one, other), *parts(other, one)) if piece.differs)

"""Names in one list that are easily taken for one another: the same family name, or one letter apart. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Id = TypeVar("Id", bound=Hashable)
# Shorter names differ by one letter too often for a mark to mean anything.
_LEAST_LETTERS = 5


@dataclass(frozen=True)
class Named(Generic[Id]):
    """Somebody in a list, by the family name that is read. `place` keeps apart those who never meet (a unit)."""

    id: Id
    family: str
    place: Hashable = None


@dataclass(frozen=True)
class Part:
    """A piece of a name; `differs` marks the letters in which it is not the other's."""

    text: str
    differs: bool


def lookalikes(people: Iterable[Named[Id]]) -> dict[Id, list[Id]]:
    """For each person with one: the others of the same place whose family name is the same or one letter away.

    Names are compared through the forms they take with one letter left out, so that a list of hundreds stays quick.
    """
    buckets: dict[tuple[Hashable, str], list[Named[Id]]] = defaultdict(list)
    for person in people:
        for form in set(_forms(person.family.casefold())):
            buckets[person.place, form].append(person)
    found: dict[Id, list[Id]] = defaultdict(list)
    for alike in buckets.values():
        for one in alike:
            for other in alike:
                if one.id != other.id and other.id not in found[one.id] and _are_alike(one.family, other.family):
                    found[one.id].append(other.id)
    return {key: others for key, others in found.items() if others}


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


def _forms(name: str) -> Iterator[str]:
    """The name, and the name without each of its letters: two names one letter apart share at least one of these."""
    if not name:
        return
    yield name
    if len(name) >= _LEAST_LETTERS:
        for index in range(len(name)):
            yield name[:index] + name[index + 1 :]


def _are_alike(one: str, other: str) -> bool:
    one, other = one.casefold(), other.casefold()
    if one == other:
        return True
    if min(len(one), len(other)) < _LEAST_LETTERS or abs(len(one) - len(other)) > 1:
        return False
    differing = [piece for piece in parts(one, other) if piece.differs] + [
        piece for piece in parts(other, one) if piece.differs
    ]
    return all(len(piece.text) <= 1 for piece in differing)

"""Which role answers for a case: by reason, department, language and hour, and always somebody.

Of the routes that fit the one that says most is tried first, of equals the earlier. A role that nobody holds at the
moment is passed over. Behind all routes stands the fallback, whose last role must be one that is never left empty
(a safety-critical role of the duty room); a set of routes without one is refused before it is used.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID


class NoFallback(Exception):
    """There is no fallback, or its last role may be left empty: some case would end with nobody."""


@dataclass(frozen=True)
class Route:
    """One rule: what it asks of a case, and the role that answers. What is None is not asked."""

    role_id: UUID
    reason: str | None = None
    department: str | None = None
    # BCP 47; "es" fits "es-MX" too.
    language: str | None = None
    # Of the ward's clock, from and until; over midnight where `until` is not later. Both or neither.
    start: time | None = None
    until: time | None = None
    # Monday is 0; empty: every day. Hours over midnight belong to the day they begin on.
    days: frozenset[int] = frozenset()

    def says(self) -> int:
        """How much it asks: the more, the earlier it is tried."""
        return sum(
            asked not in (None, frozenset())
            for asked in (self.reason, self.department, self.language, self.start, self.days)
        )


@dataclass(frozen=True)
class Asked:
    """What is known of a case; `at` is the ward's wall clock."""

    reason: str
    department: str | None
    language: str | None
    at: datetime


@dataclass(frozen=True)
class Routed:
    """The role that answers, and those before it that nobody held. `route` is None where it was the fallback."""

    role_id: UUID
    route: Route | None
    passed_over: tuple[UUID, ...]


def require_sound(fallback: Sequence[UUID], *, is_never_empty: Callable[[UUID], bool]) -> None:
    """Nothing where the fallback ends with a role that is never left empty.

    Raises:
        NoFallback: otherwise.
    """
    if not fallback or not is_never_empty(fallback[-1]):
        raise NoFallback


def route(
    asked: Asked, routes: Sequence[Route], fallback: Sequence[UUID], *, is_held: Callable[[UUID], bool]
) -> Routed:
    """The first role that fits and is held; of the fallback the last one in any case, so that no case is nobody's.

    Raises:
        NoFallback: the fallback is empty.
    """
    if not fallback:
        raise NoFallback
    passed_over: list[UUID] = []
    for each in sorted((each for each in routes if fits(each, asked)), key=lambda each: -each.says()):
        if is_held(each.role_id):
            return Routed(each.role_id, each, tuple(passed_over))
        passed_over.append(each.role_id)
    for role_id in fallback[:-1]:
        if is_held(role_id):
            return Routed(role_id, None, tuple(passed_over))
        passed_over.append(role_id)
    return Routed(fallback[-1], None, tuple(passed_over))


def fits(each: Route, asked: Asked) -> bool:
    """Whether the route is one for this case at this hour."""
    return (
        each.reason in (None, asked.reason)
        and each.department in (None, asked.department)
        and (each.language is None or _speaks(each.language, asked.language))
        and _is_within(each, asked.at)
    )


def _speaks(offered: str, wanted: str | None) -> bool:
    """RFC 4647, basic filtering: the same tag, or one that begins with it."""
    return wanted is not None and f"{wanted.casefold()}-".startswith(f"{offered.casefold()}-")


def _is_within(each: Route, at: datetime) -> bool:
    if each.start is None or each.until is None:
        return not each.days or at.weekday() in each.days
    clock, is_over_midnight = at.time(), each.until <= each.start
    if is_over_midnight and clock < each.until:
        return not each.days or (at.weekday() - 1) % 7 in each.days
    is_in = each.start <= clock if is_over_midnight else each.start <= clock < each.until
    return is_in and (not each.days or at.weekday() in each.days)

"""Who is meant by words that may be misspelt: groups of three letters (PostgreSQL's pg_trgm), docs/decisions/0063."""

from uuid import UUID

from live.statements import Statement

# A letter too much, too few or another still finds them; the function holds how alike is alike enough (migrations 0002
# and 0004 of people).
_ALIKE = Statement("SELECT id FROM people_alike(%s::text, %s::text, %s::int)")


def alike(words: str, *, role: str = "", at_most: int) -> list[UUID]:
    """The ids of at most so many people of this role (any: ""), those who work here before leavers, then most alike."""
    return [person_id for (person_id,) in _ALIKE.all([words.strip().lower(), role, at_most])]

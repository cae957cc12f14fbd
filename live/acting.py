"""For whom this thread of work reads and writes: a person, the system with its reason, or nobody.

Every statement that Django sends carries it to PostgreSQL (live/engine/base.py), where row-level security holds it
against the rows: for nobody there is not one row of a patient. Where a request, a frame or an act begins, it is said
whose it is; what the server does of itself says so with acting_as_system(), and why. docs/decisions/0047.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

_REASON = re.compile(r"[a-z_.]{1,40}")
# As PostgreSQL is told: a person's id, or system:reason. A context variable: the pool's threads get their caller's.
_acting: ContextVar[str] = ContextVar("acting", default="")
# Behind a person where the work is about one patient: PostgreSQL then looks at each row by itself (patients 0009).
_ONE = "+"


@contextmanager
def acting_for(person_id: UUID | None) -> Iterator[None]:
    """Within the block every row is this person's to see, or is not there; None: nobody's."""
    with _acting_by(str(UUID(str(person_id))) if person_id else ""):
        yield


@contextmanager
def acting_as_system(reason: str) -> Iterator[None]:
    """Within the block rows are not held against a person. For work that is nobody's, or that counts beyond one's own.

    `reason` names it, for whoever looks for its uses; tests/config/test_rows.py lists them.
    """
    if not _REASON.fullmatch(reason):
        raise ValueError("a reason is a name: small letters, dots and underscores")
    with _acting_by(f"system:{reason}"):
        yield


def about_one() -> None:
    """What this block does from here on is about one patient: an act, or a page of theirs.

    It changes no row that is there, only how PostgreSQL finds that out: by the patient of each row, and not by all the
    patients of the person, which is cheap for many rows only. Does nothing where no person acts.
    """
    name = _acting.get()
    if name and not name.startswith("system:") and not name.endswith(_ONE):
        _acting.set(name + _ONE)


def acting() -> str:
    """Who acts here: a person's id (with a + where it is about one patient), system:reason, or nothing for nobody."""
    return _acting.get()


@contextmanager
def _acting_by(name: str) -> Iterator[None]:
    token = _acting.set(name)
    try:
        yield
    finally:
        _acting.reset(token)

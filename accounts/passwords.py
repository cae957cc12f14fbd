"""Whether an e-mail address and a password belong to somebody who may sign in.

Unknown, inactive and wrong all cost exactly one hash and give the same answer, so that neither the words nor the time
tell who works here. Each hash takes 46 MiB for about 65 ms; what could be exhausted by that is bounded per process.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from accounts.models import Person
from live.refusals import Refusal

HASHES_AT_ONCE = 4
WAIT_SECONDS = 5.0
# A longer input is no password of anybody: it is not worth a hash.
LONGEST_PASSWORD = 128

_places = BoundedSemaphore(HASHES_AT_ONCE)


class Busy(Refusal):
    """More people sign in at this moment than the process hashes for."""

    status = 503
    code = "busy"
    message = "Many people are signing in. Wait ten seconds and try again."


def check(email: str, password: str, *, hold: str = "") -> tuple[Person | None, str]:
    """The person, and "" when they may sign in; otherwise the code of why not, for the record and for nobody else.

    Codes: unknown_person, inactive, first_password_expired, no_password, wrong_password, or `hold`: then it is
    not judged, at the same cost. Raises Busy when no place to hash comes free in time.
    """
    person = Person.objects.filter(email=email.strip().lower()).first()
    why_not = hold or _why_not(person)
    with place():
        # Whoever it is: the first sign-in of a process takes longer, not the first one of somebody unknown.
        nobodys = _nobodys_hash()
        stored = nobodys if person is None or why_not else person.password
        is_right = check_password(password[: LONGEST_PASSWORD + 1], stored)
    if why_not:
        return person, why_not
    return person, "" if is_right and len(password) <= LONGEST_PASSWORD else "wrong_password"


@contextmanager
def place() -> Iterator[None]:
    """One of the process's places to hash, while the block runs. Raises Busy when none comes free in time."""
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise Busy(act="session.started")
    try:
        yield
    finally:
        _places.release()


def _why_not(person: Person | None) -> str:
    if person is None:
        return "unknown_person"
    if not person.is_active:
        return "inactive"
    if person.first_password_until is not None and person.first_password_until <= timezone.now():
        return "first_password_expired"
    return "" if person.has_usable_password() else "no_password"


@cache
def _nobodys_hash() -> str:
    """The hash of a password that nobody has, at the cost of the present hasher; made once a process."""
    return make_password(secrets.token_urlsafe(32))

"""Guesses at passwords: admitted under a lock before they are judged, so that many at once count like one by one.

Whoever has to wait is told what everybody is told, after the same statements and the same one hash: neither the words
nor the work tell whether the person exists, whether they wait, or whether the password was right meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils.crypto import salted_hmac

from accounts import passwords
from accounts.models import Person
from accounts.waits import episodes, rules
from accounts.waits.models import Guess

WAITING = "waiting"
# How many rows that count no more are removed at each guess: more than one, so that they grow fewer.
SWEPT_AT_ONCE = 20


@dataclass(frozen=True)
class Ticket:
    """A guess that was admitted, or has to wait. `wrong` were counted at this person within the hour before it."""

    guess_id: int
    must_wait: bool
    wrong: int


def check(email: str, password: str, *, address: str) -> tuple[Person | None, str]:
    """As accounts.passwords.check, once the guess is admitted; the code is "waiting" for one that came too early.

    `address` is the browser's (accounts/addresses.py). Raises Busy, and then nothing is counted.
    """
    ticket = admit(email, address)
    try:
        person, why_not = passwords.check(email, password, hold=WAITING if ticket.must_wait else "")
    except passwords.Busy:
        take_back(ticket)
        raise
    settle(ticket, is_right=not why_not)
    return person, why_not


def admit(email: str, address: str) -> Ticket:
    """The guess at a password, counted from now on or made to wait. Those at one person come one after the other."""
    return _admit(digest_of("subject", email.strip().lower()), address, limits=rules.PASSWORD)


def admit_code(person_id: UUID, address: str) -> Ticket:
    """The same for a code of the second factor: by place too, so that a thief holds up only the thief."""
    return _admit(digest_of("second_factor", str(person_id)), address, limits=rules.CODE)


@transaction.atomic
def _admit(subject: bytes, address: str, *, limits: rules.Limits) -> Ticket:
    place = digest_of("address", rules.place_of(address))
    _lock(subject)
    now = _now()
    standing = _standing(subject, place, at=now)
    # Whoever types a code has shown a password: the second step is slowed by its own limits alone.
    is_broken = limits is rules.PASSWORD and rules.is_broken(standing, a_minute=settings.SIGN_IN_BREAKER)
    if is_broken:
        episodes.note(at=now)
    must_wait = is_broken or rules.must_wait(standing, at=now, limits=limits)
    state = Guess.State.WAITING if must_wait else Guess.State.PENDING
    guess = Guess.objects.create(subject=subject, address=place, made=now, state=state)
    _sweep(now)
    return Ticket(guess.pk, must_wait, standing.person_wrong)


def take_back(ticket: Ticket) -> None:
    """It was never judged, and does not count."""
    Guess.objects.filter(pk=ticket.guess_id).delete()


def settle(ticket: Ticket, *, is_right: bool) -> None:
    """What came of it. A guess that waited stays one; it is written all the same, as the others are."""
    state = Guess.State.RIGHT if is_right else Guess.State.WRONG
    Guess.objects.filter(pk=ticket.guess_id).update(state=Guess.State.WAITING if ticket.must_wait else state)


def digest_of(what: str, text: str) -> bytes:
    """HMAC-SHA-256 under the installation's secret key: 32 bytes."""
    return salted_hmac(f"accounts.waits.{what}", text, algorithm="sha256").digest()


def _lock(subject: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(subject[:8], signed=True)])


def _now() -> datetime:
    # By the database's clock, and asked for under the lock: no two servers disagree on it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now  # type: ignore[no-any-return]


def _standing(subject: bytes, place: bytes, *, at: datetime) -> rules.Standing:
    counted = Guess.objects.filter(subject=subject, state__in=[Guess.State.PENDING, Guess.State.WRONG])
    recent = list(counted.filter(made__gt=at - rules.COUNTED_FOR).values_list("address", "made"))
    rights = Guess.objects.filter(subject=subject, address=place, state=Guess.State.RIGHT)
    last_right = rights.filter(made__gt=at - rules.FAMILIAR_FOR).aggregate(last=Max("made"))["last"]
    wrong_here = Guess.objects.filter(address=place, state=Guess.State.WRONG, made__gt=at - rules.ADDRESS_COUNTED_FOR)
    pair = [made for address, made in recent if bytes(address) == place and (not last_right or made > last_right)]
    return rules.Standing(
        pair_wrong=len(pair),
        pair_last=max(pair, default=None),
        person_wrong=len(recent),
        address_wrong=wrong_here[: rules.A_MINUTE_FROM_ADDRESS].count(),
        is_familiar=last_right is not None,
        house_wrong=_house_wrong(at),
        is_known_place=Guess.objects.filter(
            address=place, state=Guess.State.RIGHT, made__gt=at - rules.FAMILIAR_FOR
        ).exists(),
    )


def _house_wrong(at: datetime) -> int:
    counted = Guess.objects.filter(state=Guess.State.WRONG, made__gt=at - rules.ADDRESS_COUNTED_FOR)
    return counted[: settings.SIGN_IN_BREAKER].count() if settings.SIGN_IN_BREAKER else 0


def _sweep(now: datetime) -> None:
    guessed = Guess.objects.exclude(state=Guess.State.RIGHT).filter(made__lte=now - rules.COUNTED_FOR)
    familiar = Guess.objects.filter(state=Guess.State.RIGHT, made__lte=now - rules.FAMILIAR_FOR)
    for old in (guessed, familiar):
        few = old.order_by("made").select_for_update(skip_locked=True).values_list("pk", flat=True)[:SWEPT_AT_ONCE]
        Guess.objects.filter(pk__in=list(few)).delete()

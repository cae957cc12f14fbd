"""When a guess at a password has to wait. Pure functions.

Nobody is locked out by a single number: whoever signs in from where they did before is out of reach of guesses that
come from elsewhere, and a passkey never waits. Source: ASVS 5.0 V6.3.1, NIST SP 800-63B-4 3.2.2; docs/decisions/0051.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_network

from accounts.addresses import parsed

LONGEST_DELAY = timedelta(seconds=60)
COUNTED_FOR = timedelta(hours=1)
# Guesses at one person's password within COUNTED_FOR, over all addresses. What is between the two is kept for the
# addresses they have signed in from: strangers elsewhere cannot use it up.
AN_HOUR_FROM_ELSEWHERE = 60
AN_HOUR = 100
# A hospital may stand behind one address: only wrong guesses count, and those who signed in from there before are free.
A_MINUTE_FROM_ADDRESS = 100
ADDRESS_COUNTED_FOR = timedelta(minutes=1)
FAMILIAR_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Limits:
    """How many wrong guesses at one person an hour bears: from places that are new to them, and in all."""

    from_elsewhere: int
    in_all: int


PASSWORD = Limits(AN_HOUR_FROM_ELSEWHERE, AN_HOUR)
# A code is one of a million and three are good at a time: twenty an hour find one in six hundred hours on average.
CODE = Limits(from_elsewhere=10, in_all=20)


@dataclass(frozen=True)
class Standing:
    """What was guessed before, as one more guess comes in.

    `pair_wrong` and `pair_last`: from this address at this person, since they last signed in from it. `person_wrong`:
    at this person from anywhere. `address_wrong`: from this address at anybody. `is_familiar`: the person has signed in
    from this address lately. `house_wrong`: at anybody from anywhere within a minute. `is_known_place`: somebody has
    signed in from this address lately.
    """

    pair_wrong: int
    pair_last: datetime | None
    person_wrong: int
    address_wrong: int
    is_familiar: bool
    house_wrong: int = 0
    is_known_place: bool = False


def delay_after(wrong: int) -> timedelta:
    """How long after the last of so many wrong guesses the next one is judged: 0, 0, 1, 2, 4 ... 60 seconds."""
    if wrong < 2:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(wrong - 2, 6)), LONGEST_DELAY)


def must_wait(standing: Standing, *, at: datetime, limits: Limits = PASSWORD) -> bool:
    """Whether a guess that comes in at `at` (aware UTC) is not judged."""
    if standing.pair_last is not None and at < standing.pair_last + delay_after(standing.pair_wrong):
        return True
    if standing.is_familiar:
        return standing.person_wrong >= limits.in_all
    return standing.person_wrong >= limits.from_elsewhere or standing.address_wrong >= A_MINUTE_FROM_ADDRESS


def is_broken(standing: Standing, *, a_minute: int) -> bool:
    """Whether the whole house was guessed at so often that a guess from a place nobody signs in from has to wait.

    A ward never waits for it: its people sign in from where they, or a colleague, did before. `a_minute` is the
    operator's (settings.SIGN_IN_BREAKER); 0 turns it off. docs/decisions/0051.
    """
    is_stranger = not standing.is_familiar and not standing.is_known_place
    return is_stranger and 0 < a_minute <= standing.house_wrong


def place_of(address: str) -> str:
    """What is counted as one place: an IPv4 address, or the 64 bits of an IPv6 one that a household is given."""
    found = parsed(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return str(found or "")

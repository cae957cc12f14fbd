"""What may be the PIN of a shift, and what of it is kept. Pure: no row, no clock.

Six digits are few: what protects them is that five wrong ones end the shift, that they open one phone only, and that
the hash needs the server's secret key besides the row. Source: NIST SP 800-63B-4, 3.1.2 and 3.2.2 (activation secrets);
ASVS 5.0 V6.2.
"""

from uuid import UUID

from django.utils.crypto import salted_hmac

PIN_DIGITS = 6
_RUNS = ("01234567890", "09876543210")


def is_pin(text: str) -> bool:
    """Whether it is six digits, and nothing else."""
    return len(text) == PIN_DIGITS and text.isascii() and text.isdigit()


def is_guessed_first(pin: str) -> bool:
    """Whether somebody with five tries would try it: one or two digits only, a run up or down, a half said twice."""
    return len(set(pin)) <= 2 or any(pin in run for run in _RUNS) or pin[:3] == pin[3:]  # noqa: PLR2004 -- half of six


def bound_to(shift_id: UUID, pin: str) -> str:
    """What is hashed in the PIN's place: of another shift, or without the server's key, the same digits are another."""
    return salted_hmac("accounts.pins", f"{shift_id}/{pin}", algorithm="sha256").hexdigest()

"""What an address must look like, and what shows that it is its owner's. Pure: no ORM, no clock."""

import re
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.crypto import constant_time_compare, salted_hmac

from handover.reach.models import Channel

CODE_LASTS = timedelta(minutes=10)
CODE_DIGITS = 6
# Each costs the hospital a message to a number that anybody can type.
MOST_A_DAY = 8
LONGEST = 254
# E.164: a country's code and at most fifteen digits in all.
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
_PAGER = re.compile(r"[0-9A-Za-z]{1,20}")


def address_from(channel: Channel, typed: str) -> str | None:
    """The address as it is used: a number without blanks, an e-mail address as typed; None when it is none."""
    if len(typed) > LONGEST:
        return None
    if channel in {Channel.SMS, Channel.VOICE}:
        number = re.sub(r"[\s().-]", "", typed)
        number = f"+{number[2:]}" if number.startswith("00") else number
        return number if number.isascii() and _NUMBER.fullmatch(number) else None
    if channel == Channel.PAGER:
        pager = typed.strip()
        return pager if pager.isascii() and _PAGER.fullmatch(pager) else None
    try:
        validate_email(typed.strip())
    except ValidationError:
        return None
    return typed.strip() if typed.isascii() else None


def code_of(proof_id: str) -> str:
    """The six digits that were sent for this proof. They follow from the server's key, and lie in no table."""
    number = int.from_bytes(salted_hmac("reach.points", proof_id, algorithm="sha256").digest(), "big")
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def is_code(typed: str, *, proof_id: str) -> bool:
    """Whether these are the digits, compared in constant time. Blanks between them do not matter."""
    digits = re.sub(r"\s", "", typed)
    return len(digits) == CODE_DIGITS and digits.isascii() and constant_time_compare(digits, code_of(proof_id))


def lasts(made: datetime, *, at: datetime) -> bool:
    """Whether a code of `made` still counts at `at`."""
    return at - made < CODE_LASTS

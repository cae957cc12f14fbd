"""The shape of codes: six digits of an app, or a recovery code. Pure functions, but for the generator.

A recovery code is a letter that says which of the ten it is, and twelve characters of 32: 60 bits. The characters are
Crockford's, without I, L, O and U, so that a code on paper is read as it was written; what people confuse is put right.
"""

import re
from secrets import choice

SLOTS = "ABCDEFGHJK"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_CONFUSED = str.maketrans({"O": "0", "I": "1", "L": "1"})
_TOTP = re.compile(r"[0-9]{6}")
_RECOVERY = re.compile(f"[{SLOTS}][{ALPHABET}]{{{LENGTH}}}")


def normal(typed: str) -> str:
    """What was typed without spaces and hyphens, in capitals; letters of no code as what they look like."""
    bare = re.sub(r"[\s\-\u2013\u00b7]", "", typed[:40]).upper()
    return bare[:1] + bare[1:].translate(_CONFUSED)


def is_totp(code: str) -> bool:
    """Whether it has the shape of an app's code."""
    return bool(_TOTP.fullmatch(code))


def slot_of(code: str) -> str | None:
    """Which of the ten recovery codes it would be; None when it has not the shape of one."""
    return code[0] if _RECOVERY.fullmatch(code) else None


def new_recovery_code(slot: str) -> str:
    """A code of 60 random bits for this slot, in its normal form."""
    return slot + "".join(choice(ALPHABET) for _ in range(LENGTH))


def written(code: str) -> str:
    """A recovery code as it stands on paper: A-1234-5678-9ABC."""
    return "-".join([code[0], *(code[at : at + 4] for at in range(1, len(code), 4))])

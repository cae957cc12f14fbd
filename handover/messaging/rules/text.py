"""What of a typed text is kept, and whom it mentions."""

import unicodedata
from collections.abc import Collection, Mapping
from uuid import UUID

# As other words of a patient's record (handover/patients/documents.py): what is longer belongs in a handover.
LONGEST = 4000
_KEPT = "\n\t"
# They turn the order of what is read: embeddings, overrides, isolates and their marks (Unicode, annex 9). The direction
# of a script does not need them. Joiners stay: scripts and signs are written with them.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def cleaned(text: str) -> str:
    """The text without control characters and without marks that make it read otherwise; ends trimmed. May be empty."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in _KEPT or _is_seen(char)).strip()


def mentioned(text: str, people: Mapping[UUID, str]) -> Collection[UUID]:
    """Who of `people` (id -> name) is mentioned: an @ before the whole name, in whatever case; longer names first."""
    left, found = text.casefold(), []
    for person_id, name in sorted(people.items(), key=lambda one: -len(one[1])):
        sign = f"@{name.casefold()}"
        if sign in left:
            found.append(person_id)
            # "@Lee Sparrowhawk" mentions no Lee Sparrow.
            left = left.replace(sign, " ")
    return found


def _is_seen(char: str) -> bool:
    return char not in _TURNING and unicodedata.category(char) not in {"Cc", "Cs"}

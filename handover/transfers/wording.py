"""How changes read on a page, and the words of this room's pages that more than one view needs. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.translation import gettext_lazy

from handover.transfers.rules import Change

ASK_FIRST = gettext_lazy("Write the question first.")
ANSWER_FIRST = gettext_lazy("Write the answer first.")
CORRECT_FIRST = gettext_lazy("Write what is not quite right.")
REASON_FIRST = gettext_lazy("Give the reason. It is kept, and looked at afterwards.")

_WORD = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True)
class Piece:
    """A run of words of the new text; `is_new` underlines it."""

    text: str
    is_new: bool


@dataclass(frozen=True)
class Difference:
    """One change as a page draws it: the words before, and the words now with what is new in them."""

    part: str
    before: str
    after: tuple[Piece, ...]
    kind: str


def differences(changes: Iterable[Change]) -> tuple[Difference, ...]:
    """Each change with the new words in it found: by whole words, since half a dose is no dose."""
    return tuple(
        Difference(part=change.part, before=change.before, after=pieces(change.before, change.after), kind=change.kind)
        for change in changes
    )


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """`after` in runs of words, those that `before` does not hold in this place marked as new."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    found: list[Piece] = []
    for tag, _old_from, _old_to, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        text = "".join(new[start:end])
        if text:
            found.append(Piece(text=text, is_new=bool(old) and tag != "equal" and bool(text.strip())))
    return tuple(found)

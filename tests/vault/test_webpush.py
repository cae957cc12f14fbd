"""What is pushed, against the published example, and opened by a library that is not ours."""

import base64
import json
from datetime import UTC, datetime, timedelta

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey

from vault import webpush
from vault.errors import NotAPushKey, TooLong

AT = datetime(2026, 3, 1, 3, 10, tzinfo=UTC)
# RFC 8291, section 5 and appendix A.
CONTENT = b"When I grow up, I want to be a watermelon"
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
OWN = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
    "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


class Phone:
    """A browser's side of a subscription: it opens by http_ece what was encrypted for it."""

    def __init__(self):
        self.key, self.secret = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"

    @property
    def browser(self):
        return webpush.Browser(webpush._point_of(self.key), self.secret)

    def open(self, body):
        return http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm")


def test_the_body_is_the_published_one():
    browser = webpush.Browser(webpush.parse(POINT), webpush.parse(SECRET))
    own = ec.derive_private_key(int.from_bytes(webpush.parse(OWN), "big"), ec.SECP256R1())
    body = webpush.encrypt_with(CONTENT, browser, own=own, salt=webpush.parse(SALT), length=len(CONTENT) + 1)
    assert webpush.text(body) == BODY


@pytest.mark.parametrize("content", [b"", b"a", CONTENT, b"x" * (webpush.CONTENT_BYTES - 1)])
def test_another_library_opens_it(content):
    phone = Phone()
    assert phone.open(webpush.encrypt(content, phone.browser)) == content


def test_nobody_elses_phone_opens_it():
    body = webpush.encrypt(CONTENT, Phone().browser)
    with pytest.raises(http_ece.ECEException):
        Phone().open(body)


def test_every_body_has_one_length_whatever_it_says():
    # The push service sees the size of what it carries. One size says nothing.
    phone = Phone()
    assert {len(webpush.encrypt(content, phone.browser)) for content in (b"", CONTENT, b"x" * 100)} == {86 + 128 + 16}


def test_no_two_bodies_are_alike():
    # A salt or key that came twice would use one nonce twice under one key, and reveal both contents.
    phone = Phone()
    bodies = {webpush.encrypt(CONTENT, phone.browser) for _ in range(50)}
    assert len(bodies) == len({body[:16] for body in bodies}) == len({body[21:86] for body in bodies}) == 50


def test_a_content_that_does_not_fit_is_refused():
    with pytest.raises(TooLong):
        webpush.encrypt(b"x" * webpush.CONTENT_BYTES, Phone().browser)


@pytest.mark.parametrize(
    ("point", "secret"),
    [
        (b"", b"s" * 16),
        (b"\x04" + bytes(64), b"s" * 16),  # not on the curve: would tell about the key that meets it
        (b"\x04" + b"\xff" * 64, b"s" * 16),
        (webpush.parse(POINT)[:64], b"s" * 16),
        (b"\x02" + webpush.parse(POINT)[1:33], b"s" * 16),
        (webpush.parse(POINT), b"s" * 15),
        (webpush.parse(POINT), b""),
    ],
)
def test_what_is_no_browsers_key_is_refused_when_it_is_given(point, secret):
    with pytest.raises(NotAPushKey):
        webpush.Browser(point, secret)


@pytest.mark.parametrize("value", ["a", "====", "a b", "é", "AA==", "A" * 5, "AB", "a+/b", "\x00"])
def test_a_text_that_is_no_key_is_refused(value):
    with pytest.raises(NotAPushKey):
        webpush.parse(value)


def token_of(header):
    scheme, _, rest = header.partition(" ")
    assert scheme == "vapid"
    return dict(part.split("=", 1) for part in rest.split(", "))


def test_the_sender_shows_itself_to_this_service_alone():
    key = webpush.new_sender_key()
    header = key.authorization("https://push.example:8443/a/b?c", contact="mailto:it@ward.example", at=AT)
    parts = token_of(header)
    point = webpush.parse(parts["k"])
    assert point == key.point
    x, y = webpush.text(point[1:33]), webpush.text(point[33:])
    checked = jwt.decode(parts["t"], ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y}), ["ES256"])
    assert checked.header == {"typ": "JWT", "alg": "ES256"}
    expires = int((AT + timedelta(hours=12)).timestamp())
    assert checked.claims == {"aud": "https://push.example:8443", "exp": expires, "sub": "mailto:it@ward.example"}


def test_a_token_that_was_changed_is_not_this_senders():
    key = webpush.new_sender_key()
    header, claims, signature = token_of(key.authorization("https://a.example/x", contact="mailto:a@b.example", at=AT))[
        "t"
    ].split(".")
    document = json.loads(base64.urlsafe_b64decode(claims + "=="))
    forged = webpush.text(json.dumps({**document, "aud": "https://b.example"}).encode())
    x, y = webpush.text(key.point[1:33]), webpush.text(key.point[33:])
    public = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    with pytest.raises(BadSignatureError):
        jwt.decode(f"{header}.{forged}.{signature}", public, ["ES256"])


def test_a_key_is_not_shown_by_accident():
    key, browser = webpush.new_sender_key(), Phone().browser
    assert key.scalar.hex() not in repr(key)
    assert repr(browser.secret) not in repr(browser)

"""Nobody chooses the address that is kept of them.

Security argument: a header of the request is the sender's own words. Only the part that a proxy of the operator's has
added is somebody else's word, and that part is at the end. So the walk starts at the connection and goes on only from
an address that the operator named.
"""

import pytest
from django.test import RequestFactory

from accounts.addresses import client_address

PROXY = "10.0.0.5"


@pytest.fixture(autouse=True)
def one_proxy(settings):
    settings.PROXIES = [PROXY, "10.0.1.0/24", "fd00::/64"]


def asked(connection, forwarded=None, **more):
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    return RequestFactory().get("/", headers={**headers, **more}, REMOTE_ADDR=connection)


@pytest.mark.parametrize(
    ("connection", "forwarded", "is_from"),
    [
        # Straight to the server: whatever the sender says of itself is not heard.
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", PROXY, "203.0.113.9"),
        # By the proxy: the last word is the proxy's, those before are the sender's.
        (PROXY, "203.0.113.9", "203.0.113.9"),
        (PROXY, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (PROXY, f"198.51.100.1, 203.0.113.9, {PROXY}", "203.0.113.9"),
        (PROXY, f"{PROXY}, 203.0.113.9", "203.0.113.9"),
        # By two proxies of the operator's.
        (PROXY, "203.0.113.9, 10.0.1.77", "203.0.113.9"),
        # What is no address ends the walk at the last that was trusted.
        (PROXY, "nonsense", PROXY),
        (PROXY, "203.0.113.9, 127.0.0.1:80", PROXY),
        (PROXY, "", PROXY),
        (PROXY, None, PROXY),
        # One address has one form.
        ("::ffff:203.0.113.9", None, "203.0.113.9"),
        ("fd00::1", "2001:DB8:0:0::7", "2001:db8::7"),
        ("", None, ""),
    ],
)
def test_the_address_is_the_connections_or_a_trusted_proxys_word(connection, forwarded, is_from):
    assert client_address(asked(connection, forwarded)) == is_from


def test_other_headers_that_name_an_address_are_not_heard():
    forged = {"X-Real-Ip": "198.51.100.1", "Forwarded": "for=198.51.100.1", "X-Client-Ip": "198.51.100.1"}
    assert client_address(asked(PROXY, "203.0.113.9", **forged)) == "203.0.113.9"


def test_without_a_named_proxy_no_header_is_heard(settings):
    settings.PROXIES = []
    assert client_address(asked("127.0.0.1", "198.51.100.1")) == "127.0.0.1"

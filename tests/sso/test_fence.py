"""What this server fetches because of the provider's words: its own hosts, short answers, and nothing else."""

import pytest

from accounts.sso.checks import is_safe_address, sign_in_is_configured_whole
from accounts.sso.fence import MOST_BYTES
from tests.sso.forger import Forger

pytestmark = pytest.mark.django_db
DESCRIPTION = "/.well-known/openid-configuration"


@pytest.fixture
def inside():
    """Another service of the hospital, which nobody should be able to have asked through us."""
    other = Forger()
    yield other
    other.stop()


@pytest.mark.parametrize("name", ["jwks_uri", "token_endpoint", "authorization_endpoint"])
def test_a_description_cannot_send_this_server_elsewhere(client, forged, inside, name):
    forged.forger.describes_itself(**{name: f"{inside.url}/secrets"})
    assert client.get("/sign-in/sso/").status_code == 503
    assert inside.asked == []


def test_a_redirect_is_not_followed(client, forged, inside):
    forged.forger.says(DESCRIPTION, {}, status=302, headers={"Location": f"{inside.url}/secrets"})
    assert client.get("/sign-in/sso/").status_code == 503
    assert inside.asked == []


@pytest.mark.parametrize(
    ("said", "headers"),
    [
        (b" " * (MOST_BYTES + 1), {}),
        (b"\x1f\x8b", {"Content-Encoding": "gzip"}),
        (b"<html>", {"Content-Type": "text/html"}),
        (b"[]", {}),
        (b"{", {}),
        (b"[" * 100_000, {}),
    ],
    ids=["too long", "encoded", "a page", "a list", "broken", "deep"],
)
def test_an_answer_of_another_kind_is_not_taken(client, forged, said, headers):
    forged.forger.says(DESCRIPTION, said, headers=headers)
    answer = client.get("/sign-in/sso/")
    assert answer.status_code == 503
    assert "does not answer" in answer.content.decode()


def test_a_description_of_another_issuer_is_not_taken(client, forged):
    forged.forger.describes_itself(issuer="https://evil.example")
    assert client.get("/sign-in/sso/").status_code == 503


def test_a_provider_that_is_not_there_is_said_so_in_words(client, settings, forged):
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    assert client.get("/sign-in/sso/").status_code == 503


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://idp.example/realm", True),
        ("http://127.0.0.1:5000", True),
        ("http://[::1]:5000", True),
        ("http://idp.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("https://user@idp.example", False),
        ("https://idp.example/?x=1", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_https_is_safe_and_this_very_machine(url, is_safe):
    assert is_safe_address(url) is is_safe


def test_the_server_does_not_start_with_half_a_configuration(settings):
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET_FILE = "http://idp.example", "", ""
    assert [error.id for error in sign_in_is_configured_whole(None)] == ["sso.E001", "sso.E002", "sso.E003"]
    settings.OIDC_ISSUER = ""
    assert sign_in_is_configured_whole(None) == []

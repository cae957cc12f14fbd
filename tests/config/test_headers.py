"""The headers stand on every address of the product, for everybody, whatever the answer is."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

DIRECTIVES = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types readback",
}


def addresses(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[str]:
    """Every address of the URLconf, with an invented value for each parameter."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern).lstrip("^").removesuffix("$")
        if isinstance(entry, URLResolver):
            yield from addresses(entry, route)
        elif isinstance(entry, URLPattern):
            yield re.sub(r"<(\w+:)?\w+>", lambda match: str(uuid4()) if match[1] == "uuid:" else "allergies", route)


@pytest.fixture(params=["nobody", "amara"])
def client(request, sign_in):
    made = Client(raise_request_exception=False)
    if request.param == "amara":
        sign_in(made, request.getfixturevalue("amara"))
    return made


def test_every_address_answers_with_every_header(client) -> None:
    asked = sorted(set(addresses()))
    assert "/sign-in/" in asked
    for address in asked:
        answer = client.get(address)
        policy = set(answer["Content-Security-Policy"].split("; "))
        assert policy >= DIRECTIVES, address
        assert "unsafe" not in answer["Content-Security-Policy"], address
        assert answer["Cache-Control"] == "no-store", address
        assert answer["X-Content-Type-Options"] == "nosniff", address
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", address
        assert answer["Referrer-Policy"] == "same-origin", address
        assert "geolocation=()" in answer["Permissions-Policy"], address


def test_a_static_file_may_be_kept_and_has_the_policy_too(client) -> None:
    answer = client.get("/static/readback/readback.css")
    answer.close()
    assert answer.status_code == 200
    assert "no-store" not in answer["Cache-Control"]
    assert set(answer["Content-Security-Policy"].split("; ")) >= DIRECTIVES


def test_each_answer_has_a_number_of_its_own_that_no_client_chooses(client) -> None:
    numbers = {client.get("/healthz", headers={"X-Request-Id": "mine"})["X-Request-Id"] for _ in range(2)}
    assert len(numbers) == 2
    assert "mine" not in numbers


def test_every_body_says_what_it_is(client) -> None:
    for address in sorted(set(addresses())):
        answer = client.get(address)
        if answer.content:
            kind = answer["Content-Type"]
            assert kind in {"application/json", "application/scim+json"} or "charset=utf-8" in kind, address


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK", "INVENTED"])
def test_a_method_that_no_address_has_reaches_no_view(client, method) -> None:
    for address in ("/", "/sign-in/", "/healthz", "/api/v1/patients"):
        answer = client.generic(method, address, headers={"Cookie": "secret=1"})
        assert answer.status_code == 405, address
        assert b"secret" not in answer.content


def test_no_answer_lets_another_site_read_it(client) -> None:
    for address in sorted(set(addresses())):
        answer = client.get(address, headers={"Origin": "https://evil.example"})
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")], address


def test_over_https_the_browser_is_told_to_stay_there_and_the_cookie_is_of_this_host_alone() -> None:
    """The settings as a hospital's server reads them, in a process of their own."""
    words = (
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE,"
        " s.SESSION_COOKIE_PATH, s.SESSION_COOKIE_DOMAIN, s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "READBACK_HTTPS": "1"}
    done = subprocess.run([sys.executable, "-c", words], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["__Host-readback", "True", "True", "Lax", "/", "None", "31536000", "True"]


def test_over_https_every_answer_says_so(settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    for address in ("/sign-in/", "/healthz", "/nothing-is-here/"):
        assert Client().get(address, secure=True)["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"

"""Configurations that the server refuses to start with, and the plain good one that it takes."""

import pytest
from django.core.checks import run_checks

from config.addresses import endpoint, is_loopback
from config.checks import TAG

GOOD = {
    "SECRET_KEY": "k8Jd7s-2mPq0vXz4Rt6Yb1Nc3Lf5Wg9Hx_AeIoUuTrSlMnBvCxZ",
    "ALLOWED_HOSTS": ["readback.hospital.example"],
    "ORIGINS": ["https://readback.hospital.example"],
    "SESSION_COOKIE_SECURE": True,
    "DEMONSTRATION": False,
    "EMBEDDED": False,
    "DEBUG": False,
}


@pytest.fixture
def refused(settings):
    """refused(SETTING=value): the numbers of what is refused with the good configuration changed so."""

    def numbers(**changed):
        for name, value in {**GOOD, **changed}.items():
            setattr(settings, name, value)
        return [message.id for message in run_checks(tags=[TAG], include_deployment_checks=True)]

    return numbers


def test_it_takes_a_good_configuration(refused) -> None:
    assert refused() == []


@pytest.mark.parametrize("key", ["", "short", "x" * 80])
def test_it_refuses_a_secret_that_can_be_guessed(refused, key) -> None:
    assert refused(SECRET_KEY=key) == ["readback.E001"]


@pytest.mark.parametrize("hosts", [[], ["*"], ["readback.example", "*"], [".hospital.example"]])
def test_it_refuses_wildcard_hosts(refused, hosts) -> None:
    assert refused(ALLOWED_HOSTS=hosts) == ["readback.E002"]


@pytest.mark.parametrize(
    "origin", ["*", "https://*.hospital.example", "readback.example", "https://readback.example/", "ftp://x.example"]
)
def test_it_refuses_an_origin_that_is_not_exact(refused, origin) -> None:
    assert "readback.E003" in refused(ORIGINS=[origin])


def test_it_refuses_plain_http_to_others_but_not_to_this_machine(refused) -> None:
    assert refused(ORIGINS=["http://readback.hospital.example"]) == ["readback.E004"]
    assert refused(ORIGINS=["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"]) == []


def test_it_refuses_https_with_a_cookie_that_would_travel_without(refused) -> None:
    assert refused(SESSION_COOKIE_SECURE=False) == ["readback.E005"]


def test_it_refuses_the_demonstration_on_an_operators_database(refused) -> None:
    assert "readback.E006" in refused(DEMONSTRATION=True, ALLOWED_HOSTS=["localhost"])


def test_it_refuses_the_demonstration_under_a_name_that_others_reach(refused) -> None:
    assert refused(DEMONSTRATION=True, EMBEDDED=True) == ["readback.E007"]
    assert refused(DEMONSTRATION=True, EMBEDDED=True, ALLOWED_HOSTS=["localhost", "127.0.0.1", "[::1]"]) == []


def test_it_refuses_debug_pages(refused) -> None:
    assert refused(DEBUG=True) == ["readback.E008"]


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [("localhost", True), ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("[::1]", True), ("0.0.0.0", False)]
    + [("::", False), ("10.0.0.1", False), ("readback.example", False), ("localhost.example", False), ("", False)],
)
def test_only_this_machines_own_addresses_are_loopback(host, is_ours) -> None:
    assert is_loopback(host) is is_ours


def test_an_address_with_colons_is_escaped_for_the_server() -> None:
    assert endpoint("::1", 8000) == r"tcp:port=8000:interface=\:\:1"


@pytest.mark.parametrize("proxies", [["proxy.hospital.example"], ["10.0.0.5/8"], ["0.0.0.0/0"], ["10.0.0.5", "::/0"]])
def test_it_refuses_proxies_that_would_let_anybody_choose_an_address(refused, proxies) -> None:
    assert refused(PROXIES=proxies) == ["readback.E011"]
    assert refused(PROXIES=["127.0.0.1", "10.0.0.0/28", "::1"]) == []

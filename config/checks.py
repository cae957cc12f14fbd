"""Configurations that are refused: a hospital's server does not start with one of them.

They run in `manage.py check --deploy` and at the start of `serve`, not before every management command.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from accounts.addresses import trusted_networks
from config.addresses import is_loopback

TAG = "readback"
SHORTEST_SECRET = 50
DIFFERENT_LETTERS = 5


@register(TAG, deploy=True)
def check_secret_key(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """A key that cannot be guessed signs the cookies."""
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:
        # Django's own answer to an empty one.
        key = ""
    if len(key) >= SHORTEST_SECRET and len(set(key)) >= DIFFERENT_LETTERS:
        return []
    return [
        Error(
            f"READBACK_SECRET_KEY is missing or shorter than {SHORTEST_SECRET} characters.",
            hint='Make one: python3 -c "import secrets; print(secrets.token_urlsafe(64))". Keep it out of git.',
            id="readback.E001",
        )
    ]


@register(TAG, deploy=True)
def check_hosts(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """The server answers to names that were given to it, and to no others."""
    if settings.ALLOWED_HOSTS and not any("*" in host or host.startswith(".") for host in settings.ALLOWED_HOSTS):
        return []
    return [
        Error(
            "READBACK_HOSTS is empty or holds a wildcard.",
            hint="List the exact names: READBACK_HOSTS=readback.hospital.example",
            id="readback.E002",
        )
    ]


@register(TAG, deploy=True)
def check_origins(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Forms and sockets are taken from exact origins, and over plain HTTP from this machine only."""
    found: list[CheckMessage] = []
    if not settings.ORIGINS:
        found.append(_origin_error("READBACK_ORIGINS is empty.", "readback.E003"))
    for origin in settings.ORIGINS:
        parts = urlsplit(origin)
        is_exact = parts.scheme in {"http", "https"} and parts.hostname and not parts.path and not parts.query
        if "*" in origin or not is_exact:
            found.append(
                _origin_error(f"READBACK_ORIGINS holds {origin!r}, which is not an exact origin.", "readback.E003")
            )
        elif parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            found.append(_origin_error(f"{origin} would send passwords and patients in the clear.", "readback.E004"))
    return found


@register(TAG, deploy=True)
def check_transport(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Where pages are served over HTTPS, the cookie never travels without it."""
    is_https = any(urlsplit(origin).scheme == "https" for origin in settings.ORIGINS)
    if not is_https or settings.SESSION_COOKIE_SECURE:
        return []
    return [
        Error(
            "READBACK_ORIGINS names an https origin, but READBACK_HTTPS is not 1.",
            hint="Set READBACK_HTTPS=1 behind a proxy that ends TLS and sets X-Forwarded-Proto itself.",
            id="readback.E005",
        )
    ]


@register(TAG, deploy=True)
def check_demonstration(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """One-click sign-in never runs on a database that is an operator's, nor on an address that others reach."""
    if not settings.DEMONSTRATION:
        return []
    found: list[CheckMessage] = []
    if not settings.EMBEDDED:
        found.append(
            Error(
                "READBACK_DEMONSTRATION=1 with an operator's database is refused.",
                hint="Unset READBACK_DEMONSTRATION, or unset DATABASE_URL and use bin/serve.",
                id="readback.E006",
            )
        )
    if not all(is_loopback(host) for host in settings.ALLOWED_HOSTS):
        found.append(
            Error(
                "The demonstration answers to this machine's own names only.",
                hint="Unset READBACK_HOSTS.",
                id="readback.E007",
            )
        )
    return found


@register(TAG, deploy=True)
def check_debug(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Django's debug pages show settings and values of patients."""
    return [Error("DEBUG is on.", id="readback.E008")] if settings.DEBUG else []


@register(TAG, deploy=True)
def check_proxies(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """What is believed of where a request comes from is said by proxies of a known address only."""
    try:
        everybody = [network for network in trusted_networks(settings.PROXIES) if network.prefixlen == 0]
    except ValueError:
        return [_proxies_error("READBACK_PROXIES names something that is no address and no network.")]
    return [_proxies_error("READBACK_PROXIES trusts every address.")] if everybody else []


def _proxies_error(words: str) -> Error:
    return Error(words, hint="List addresses: READBACK_PROXIES=127.0.0.1,10.0.0.0/28", id="readback.E011")


def _origin_error(words: str, number: str) -> Error:
    return Error(
        words, hint="List exact origins, scheme and port included: READBACK_ORIGINS=https://readback.example", id=number
    )

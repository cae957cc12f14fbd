"""What the operator must have set before the hospital's sign-in may be offered. Found at start, not at a sign-in."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def sign_in_is_configured_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """No error when no issuer is set; otherwise one for each thing that is missing or unsafe."""
    if not settings.OIDC_ISSUER:
        return []
    errors: list[CheckMessage] = []
    if not is_safe_address(settings.OIDC_ISSUER):
        errors.append(Error("READBACK_OIDC_ISSUER must be an https address without query.", id="sso.E001"))
    if not settings.OIDC_CLIENT_ID:
        errors.append(Error("READBACK_OIDC_CLIENT_ID is not set.", id="sso.E002"))
    if not settings.OIDC_CLIENT_SECRET_FILE or not Path(settings.OIDC_CLIENT_SECRET_FILE).is_file():
        errors.append(Error("READBACK_OIDC_CLIENT_SECRET_FILE names no file.", id="sso.E003"))
    if not settings.ORIGINS:
        errors.append(Error("READBACK_ORIGINS is empty: the provider could not send anybody back.", id="sso.E004"))
    return errors


def is_safe_address(url: str) -> bool:
    """Whether what is fetched there cannot be read or changed on the way: https, or this very machine."""
    parts = urlsplit(url)
    if parts.query or parts.fragment or parts.username or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

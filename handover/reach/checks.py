"""What an operator has set of the channels, held against what they need: found at start, and not by the first page."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from handover.reach.models import Channel

SHORTEST_SECRET = 32
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@register("readback", deploy=True)
def channels_are_set_up_whole(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """One error for each thing that is missing or would send numbers in the clear; none where nothing is set."""
    found: list[CheckMessage] = []
    gateways = {"READBACK_SMS_URL": settings.SMS_URL, "READBACK_VOICE_URL": settings.VOICE_URL}
    for name, url in gateways.items():
        if url and not is_allowed_gateway(url):
            found.append(Error(f"{name} must be an https address: it is sent people's numbers.", id="reach.E001"))
    if any(gateways.values()) and len(settings.GATEWAY_SECRET) < SHORTEST_SECRET:
        words = f"READBACK_GATEWAY_SECRET_FILE holds no secret of {SHORTEST_SECRET} characters or more."
        found.append(Error(words, id="reach.E002"))
    if bool(settings.PAGER_GATEWAY) != bool(settings.PAGER_CALL_BACK):
        words = "READBACK_PAGER_GATEWAY and READBACK_PAGER_CALL_BACK are set together or not at all."
        found.append(Error(words, id="reach.E003"))
    unknown = sorted(set(settings.CANARY) - set(Channel.values))
    if unknown:
        found.append(Error(f"READBACK_CANARY names no channel by {', '.join(unknown)}.", id="reach.E004"))
    return found


def is_allowed_gateway(url: str) -> bool:
    """Whether numbers may be sent there: HTTPS, or this machine itself, without a name or password in the address."""
    parts = urlsplit(url)
    if parts.username or parts.password or parts.fragment or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)

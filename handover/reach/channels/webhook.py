"""Text messages and calls through any provider that takes a signed JSON request over HTTP: docs/channels.md.

The provider is named by the operator's settings and by nobody else. No redirect is followed and no proxy of the
environment is asked: the number goes to the address that was set, or nowhere.
"""

import json

import httpx2
from django.conf import settings
from django.utils.translation import gettext as _

from handover.reach.channels import LETTER, Outcome, Outgoing
from handover.reach.channels.addressed import Addressed
from handover.reach.channels.signing import signature_headers
from handover.reach.models import CANARY, Channel

# Connecting, and each wait for bytes; the outbox gives up on all of it after SEND_SECONDS.
SECONDS = 4.0
# Trying again helps with these (RFC 9110, 15.5.9; RFC 6585, 4), and with everything that is the server's own.
_PASSING = frozenset({408, 425, 429})


class Webhook(Addressed):
    """One channel of the provider: "sms" or "voice"."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    def is_configured(self) -> bool:
        """Whether its address and the secret are set."""
        return bool(self._url() and settings.GATEWAY_SECRET)

    def send(self, outgoing: Outgoing) -> Outcome:
        """Posts it once. 2xx: taken. The provider tells repeats by the id, which is also its Idempotency-Key."""
        body = json.dumps(self._body(outgoing)).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": str(outgoing.id),
            **signature_headers(body, purpose=f"send {self.channel}"),
        }
        transport = httpx2.HTTPTransport(retries=0, trust_env=False)
        try:
            with (
                httpx2.Client(transport=transport, timeout=SECONDS, follow_redirects=False, trust_env=False) as client,
                client.stream("POST", self._url(), content=body, headers=headers) as response,
            ):
                return _outcome_of(response.status_code)
        except httpx2.TimeoutException:
            return Outcome(failure="timeout")
        except httpx2.HTTPError:
            return Outcome(failure="unreachable")

    def _url(self) -> str:
        url: str = {Channel.SMS: settings.SMS_URL, Channel.VOICE: settings.VOICE_URL}.get(self.channel, "")
        return url

    def _body(self, outgoing: Outgoing) -> dict[str, str]:
        return {
            "id": str(outgoing.id),
            "channel": self.channel.value,
            "to": str(outgoing.to),
            "text": words_of(outgoing),
            "callback": callback_url(),
        }


def words_of(outgoing: Outgoing) -> str:
    """What is written or spoken. It names nobody and nothing: that there is a page, and how to take it."""
    if outgoing.kind == CANARY:
        return _("Readback: a test of this channel. Nothing to do.")
    if outgoing.kind == LETTER and outgoing.channel == Channel.VOICE:
        # Digit by digit, and twice: nobody has a pen at hand when the telephone rings.
        digits = ", ".join(outgoing.code)
        return _("Readback. Your code is: %(digits)s. Once more: %(digits)s.") % {"digits": digits}
    if outgoing.kind == LETTER:
        return _("Readback: your code is %(code)s. Nobody will ask you for it.") % {"code": outgoing.code}
    if outgoing.channel == Channel.VOICE:
        keys = _("Press 1 to own it. Press 2 if you cannot. Press 3 if it is not yours.")
        return _("Readback. There is a new page for you. %(keys)s") % {"keys": keys}
    words = _("Readback: new page. Open it on your phone, or answer 1 %(code)s to own it, 2 %(code)s if you cannot.")
    return words % {"code": outgoing.code}


def callback_url() -> str:
    """Where the provider tells of keys and answers: the first of this installation's own addresses."""
    return f"{settings.ORIGINS[0].rstrip('/')}/reach/answers/" if settings.ORIGINS else ""


def _outcome_of(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome()
    is_passing = status >= 500 or status in _PASSING
    return Outcome(failure=f"http_{status}", is_final=not is_passing)

"""Pagers, by a gateway that speaks SNPP (RFC 1861, level 1). A pager shows the number to be called back, and no more.

What a pager shows goes over the air in the clear, to whoever listens: nothing but the hospital's own number is sent,
or the digits by which somebody shows that the pager is theirs.
"""

import re
import socket
import time
from io import BufferedRWPair

from django.conf import settings

from handover.reach.channels import LETTER, Outcome, Outgoing
from handover.reach.channels.addressed import Addressed
from handover.reach.models import Channel

# For the whole exchange.
SECONDS = 6.0
LINE_BYTES = 512
# A pager's id and a number to call back: nothing of them can be a second command.
_PAGER = re.compile(r"[0-9A-Za-z]{1,20}")
_NUMBER = re.compile(r"[0-9+*#() -]{1,40}")


class _Refused(Exception):
    """The gateway's answer, where it is not the one that goes on: its code, of three digits."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Pager(Addressed):
    """The pagers behind one gateway."""

    channel = Channel.PAGER

    def is_configured(self) -> bool:
        """Whether the gateway and the number to be called back are set, the number as one."""
        return bool(_gateway() and _NUMBER.fullmatch(settings.PAGER_CALL_BACK))

    def send(self, outgoing: Outgoing) -> Outcome:
        """Gives the page to the gateway: taken is what it says 250 to after SEND."""
        gateway = _gateway()
        if gateway is None or not _PAGER.fullmatch(str(outgoing.to)):
            return Outcome(failure="no_pager", is_final=True)
        until = time.monotonic() + SECONDS
        try:
            with socket.create_connection(gateway, timeout=SECONDS) as line, line.makefile("rwb") as file:
                shown = outgoing.code if outgoing.kind == LETTER else settings.PAGER_CALL_BACK
                _page(line, file, str(outgoing.to), shown, until=until)
        except _Refused as refused:
            # 421 and 554 pass, 550 does not (RFC 1861, 4.4 and 5).
            return Outcome(failure=f"snpp_{refused.code:03}", is_final=refused.code in {500, 503, 550})
        except TimeoutError:
            return Outcome(failure="timeout")
        except OSError:
            return Outcome(failure="unreachable")
        return Outcome()


def _page(line: socket.socket, file: BufferedRWPair, pager: str, shown: str, *, until: float) -> None:
    _require(line, file, 220, until=until)
    for command in (f"PAGE {pager}", f"MESS {shown}", "SEND"):
        file.write(f"{command}\r\n".encode("ascii"))
        file.flush()
        _require(line, file, 250, until=until)
    # The page is taken: whatever becomes of the goodbye changes nothing.
    file.write(b"QUIT\r\n")


def _require(line: socket.socket, file: BufferedRWPair, expected: int, *, until: float) -> None:
    """Reads one answer. Raises _Refused for another than is expected, TimeoutError when the time is over."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    line.settimeout(left)
    answer = file.readline(LINE_BYTES)
    if not answer:
        raise ConnectionError
    code = int(answer[:3]) if answer[:3].isdigit() else 0
    if code != expected:
        raise _Refused(code)


def _gateway() -> tuple[str, int] | None:
    host, _, port = settings.PAGER_GATEWAY.rpartition(":")
    return (host.strip("[]"), int(port)) if host and port.isdigit() else None

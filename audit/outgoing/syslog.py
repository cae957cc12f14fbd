"""Syslog messages over TLS: written by RFC 5424, framed by RFC 5425, and confirmed by the end of the connection.

Syslog has no answer. But whoever ends a TLS connection says so (close_notify), and the other side says so too once it
has read everything before (RFC 5425, 4.4; RFC 8446, 6.1). So a batch is a connection, and the receiver's goodbye means
that its TLS has given it all of the batch. What a receiver reads and then loses itself, nobody here can see.
"""

import os
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

CONNECT_SECONDS, BATCH_SECONDS = 10.0, 30.0
PORT = 6514
# Facility 10, security and authorization, as IHE ITI-20 has it.
_FACILITY = 10 * 8
NOTICE, WARNING, ERROR = 5, 4, 3


class NotTaken(Exception):
    """The receiver did not confirm the batch. `code` says why: unreachable, untrusted, unconfirmed, misconfigured."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Receiver:
    """Where the messages go, and by what it is known. Empty files: the system's authorities, and no own certificate."""

    url: str
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    plain_close: bool = False


def message(text: str, *, severity: int, at: str) -> bytes:
    """A message of RFC 5424 in its frame: its length, a space, itself. `at` is RFC 3339 in UTC; `text` is ASCII."""
    host = socket.gethostname().encode("ascii", "replace").decode().replace(" ", "-")[:255] or "-"
    line = f"<{_FACILITY + severity}>1 {at} {host} readback {os.getpid()} FHIR-AuditEvent - {text}".encode("ascii")
    return f"{len(line)} ".encode() + line


def deliver(receiver: Receiver, messages: Sequence[bytes]) -> None:
    """All of them were read by the receiver when this returns. Raises NotTaken: then any number may have been."""
    url = urlsplit(receiver.url)
    if url.scheme != "tls" or not url.hostname:
        raise NotTaken("misconfigured")
    try:
        port, context = url.port or PORT, _context(receiver)
    except (OSError, ValueError) as exc:
        raise NotTaken("misconfigured") from exc
    try:
        raw = socket.create_connection((url.hostname, port), timeout=CONNECT_SECONDS)
    except OSError as exc:
        raise NotTaken("unreachable") from exc
    with raw:
        _send(raw, context, url.hostname, messages, receiver)


def _send(
    raw: socket.socket, context: ssl.SSLContext, name: str, messages: Sequence[bytes], receiver: Receiver
) -> None:
    try:
        connection = context.wrap_socket(raw, server_hostname=name)
    except ssl.SSLCertVerificationError as exc:
        raise NotTaken("untrusted") from exc
    except OSError as exc:
        raise NotTaken("unreachable") from exc
    with connection:
        ends = time.monotonic() + BATCH_SECONDS
        try:
            for one in messages:
                _allow_until(ends, connection)
                connection.sendall(one)
            _allow_until(ends, connection)
            connection.unwrap()
        except ssl.SSLEOFError as exc:
            # The end without the goodbye: a receiver that was killed ends like this as well.
            if not receiver.plain_close:
                raise NotTaken("unconfirmed") from exc
        except OSError as exc:
            raise NotTaken("unconfirmed") from exc


def _allow_until(ends: float, connection: ssl.SSLSocket) -> None:
    """What comes next has as long as the whole batch still has: a socket's own limit begins anew with each drop."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)


def _context(receiver: Receiver) -> ssl.SSLContext:
    """Certificate and name are verified, always. Raises OSError where a file is missing or no certificate."""
    context = ssl.create_default_context(cafile=receiver.ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if receiver.cert_file:
        context.load_cert_chain(receiver.cert_file, receiver.key_file or None)
    return context

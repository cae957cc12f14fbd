"""Where the server listens: the loopback names, and whether a port is free before anything else is started."""

import ipaddress
import socket

from config.embedded.errors import EmbeddedError


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def interfaces(host: str) -> list[str]:
    """The addresses behind a host to listen on. A browser may take `localhost` for either loopback address."""
    if host != "localhost":
        return [host]
    return ["127.0.0.1", "::1"] if _can_bind("::1", 0) else ["127.0.0.1"]


def endpoint(interface: str, port: int) -> str:
    """The same in the words of Twisted, in which a colon has another meaning."""
    escaped = interface.replace(":", r"\:")
    return f"tcp:port={port}:interface={escaped}"


def require_free_port(host: str, port: int) -> None:
    """Raises EmbeddedError with what to do when something else listens there."""
    for interface in interfaces(host):
        if not _can_bind(interface, port):
            raise EmbeddedError(
                f"Something else already listens on {host} port {port}. Stop it, or choose another: --port {port + 1}"
            )


def _can_bind(interface: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in interface else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the server itself does: an address that is only waiting out its last connections is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((interface, port))
    except OSError:
        return False
    return True

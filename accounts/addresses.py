"""Where a request comes from: the connection's own address, or what one of the operator's proxies says of it.

X-Forwarded-For is words of whoever sent the request, except for what the last trusted proxy has added. So it is read
from its end, and only when the connection itself comes from a proxy that the operator named (READBACK_PROXIES). Nobody
chooses their own address for the record or for the waits at sign-in.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def client_address(request: HttpRequest) -> str:
    """The address of the browser in its usual form, an IPv4 one inside IPv6 as IPv4; "" when nothing is known."""
    networks = trusted_networks(settings.PROXIES)
    address = parsed(request.META.get("REMOTE_ADDR", ""))
    if address is None or not _is_of(address, networks):
        return str(address or "")
    for named in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        before = parsed(named.strip())
        if before is None:
            break
        address = before
        if not _is_of(address, networks):
            break
    return str(address)


def trusted_networks(proxies: Sequence[str]) -> list[Network]:
    """The networks of these addresses and prefixes. Raises ValueError for one that is neither."""
    return [ip_network(proxy) for proxy in proxies]


def parsed(text: str) -> Address | None:
    """The address that `text` is, or None."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_of(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)

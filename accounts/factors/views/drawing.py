"""How an app's key is shown: as a code to scan, and to type."""

from base64 import b32encode
from typing import NamedTuple
from urllib.parse import quote, urlencode

from accounts.factors.models import TotpDevice
from accounts.models import Person
from accounts.squares import squares_of

ISSUER = "Readback"


class AppToScan(NamedTuple):
    """An app to come: its row, the dark squares of the picture for a camera, and the key for whoever types it.

    `squares` is the path of an SVG that is `width` units wide and high, margin included.
    """

    device_id: int
    squares: str
    width: int
    typed: str


def app_to_scan(device: TotpDevice, person: Person) -> AppToScan:
    """How the key gets into an app. The key is shown this once, to the person who has just signed in."""
    secret = b32encode(device.key).decode().rstrip("=")
    label = quote(f"{ISSUER}:{person.email}")
    uri = f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': ISSUER})}"
    squares = squares_of(uri)
    in_fours = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return AppToScan(device.pk, squares.path, squares.width, in_fours)

"""A set of key-encryption keys, and the file that one lies in.

    {"format": "readback-keyset/1", "primary": "2-9f3a1c2d", "keys": {"1-...": {"secret": base64, "made": time}, ...}}

The file is as good as the whole database to whoever reads it: 0600, its owner's alone, never on the database's disk or
in its backups. It is replaced whole and synced to disk before a single data key is wrapped by what is new in it.
"""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from django.utils import timezone

from vault import private_files
from vault.blobs import KEY_BYTES
from vault.errors import KeyFileUnreadable, KeyFileUnsafe, UnknownProviderKey

FORMAT = "readback-keyset/1"


@dataclass(frozen=True, repr=False)
class Keyset:
    """Key-encryption keys by name. The primary wraps what is new; the others still unwrap. Never shown by repr."""

    primary: str
    keys: dict[str, bytes]
    made: dict[str, str]

    def key(self, name: str) -> bytes:
        """The key of that name. Raises UnknownProviderKey."""
        try:
            return self.keys[name]
        except KeyError:
            raise UnknownProviderKey from None

    def with_new_primary(self) -> "Keyset":
        """The same keys and a new one, which is the primary from now on."""
        name = f"{len(self.keys) + 1}-{secrets.token_hex(4)}"
        return replace(
            self,
            primary=name,
            keys={**self.keys, name: secrets.token_bytes(KEY_BYTES)},
            made={**self.made, name: timezone.now().isoformat(timespec="seconds")},
        )


EMPTY = Keyset(primary="", keys={}, made={})


def parse(text: str) -> Keyset:
    """The keyset of a file's text. Raises KeyFileUnreadable; no part of the text is in the error."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise KeyFileUnreadable(f"The key file is not of the format {FORMAT}.")
        keys = {name: base64.b64decode(entry["secret"], validate=True) for name, entry in document["keys"].items()}
        keyset = Keyset(
            primary=document["primary"],
            keys=keys,
            made={name: entry["made"] for name, entry in document["keys"].items()},
        )
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error):
        raise KeyFileUnreadable("The key file is not a keyset: it was cut short or edited. Restore it.") from None
    if keyset.primary not in keys or any(len(key) != KEY_BYTES for key in keys.values()):
        raise KeyFileUnreadable("The key file has no primary key, or a key of a wrong length. Restore it.")
    return keyset


def text_of(keyset: Keyset) -> str:
    """The keyset as its file holds it."""
    keys = {
        name: {"secret": base64.b64encode(key).decode(), "made": keyset.made[name]} for name, key in keyset.keys.items()
    }
    return json.dumps({"format": FORMAT, "primary": keyset.primary, "keys": keys}, indent=1) + "\n"


def read(path: Path) -> Keyset:
    """The keyset in the file. Raises KeyFileMissing, KeyFileUnsafe or KeyFileUnreadable, each with what to do."""
    return parse(private_files.read(path, how_to_make="`manage.py vault init`"))


def write(path: Path, keyset: Keyset) -> None:
    """The file holds the keyset, whole and on disk, for its owner alone; or nothing has changed."""
    private_files.write(path, text_of(keyset))


def create(path: Path) -> None:
    """A new key file with one key. Raises KeyFileUnsafe when there is one already: it is never written over."""
    with private_files.alone(path):
        if path.exists():
            raise KeyFileUnsafe(f"There is a key file at {path} already. It is never written over.")
        write(path, EMPTY.with_new_primary())


def turn(path: Path) -> Keyset:
    """The keyset with a new primary key, on disk. Raises what `read` raises."""
    with private_files.alone(path):
        turned = read(path).with_new_primary()
        write(path, turned)
    return turned

"""Signed notes, checkpoints and co-signatures of C2SP: the lines by which a log says what it holds, and who saw it.

What comes from a stranger is parsed strictly: each note has one form, and everything else raises NoteRefused.
Source: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from ledger.merkle import HASH_BYTES, LARGEST_SIZE
from vault.errors import BadSignature
from vault.signing import PUBLIC_BYTES, SIGNATURE_BYTES, SigningKey, verify_signature

ED25519 = 0x01
COSIGNATURE = 0x04
KEY_ID_BYTES = 4
TIME_BYTES = 8
LONGEST_NOTE = 65_536
MOST_SIGNATURES = 64

_PREFIX = "— "
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_VKEY = re.compile(r"(?P<name>[^+]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+={0,2})")


class NoteRefused(Exception):
    """Not a note, a checkpoint or a key of these formats, or not signed by whom it should be. The message says why."""


@dataclass(frozen=True)
class Key:
    """Whose signature is looked for: a name, a kind (ED25519 or COSIGNATURE) and the public key, 32 bytes."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def id(self) -> bytes:
        """The four bytes that stand in front of its signatures."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True)
class Signature:
    """One line below a note, not yet verified."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A text and the lines below it. Nothing of it is to be believed before `signers` has been asked."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself: its origin, how many leaves it holds, and the root of their tree."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that is signed."""
        lines = [self.origin, str(self.size), _base64(self.root), *self.extensions]
        return "".join(f"{line}\n" for line in lines)


def require_name(name: str) -> None:
    """Raises NoteRefused for what cannot be the name of a key."""
    if not name or "+" in name or any(character.isspace() or ord(character) < 0x20 for character in name):
        raise NoteRefused("A key's name is not empty, and holds no space and no plus.")


def vkey_of(key: Key) -> str:
    """The public key as one line, for whoever checks."""
    return f"{key.name}+{key.id.hex()}+{_base64(bytes([key.kind]) + key.public)}"


def parse_vkey(line: str) -> Key:
    """The key of that line. Raises NoteRefused, also where its id is not its own."""
    found = _VKEY.fullmatch(line)
    if found is None:
        raise NoteRefused("Not a key: name+id+base64.")
    require_name(found["name"])
    encoded = _from_base64(found["key"])
    if len(encoded) != 1 + PUBLIC_BYTES or encoded[0] not in {ED25519, COSIGNATURE}:
        raise NoteRefused("Not an Ed25519 key.")
    key = Key(found["name"], encoded[1:], encoded[0])
    if key.id.hex() != found["id"]:
        raise NoteRefused("The key's id is another key's.")
    return key


def key_of(signing: SigningKey) -> Key:
    """The public half of a log's key, under the log's origin."""
    return Key(signing.origin, signing.public)


def sign(checkpoint: Checkpoint, signing: SigningKey) -> str:
    """The checkpoint as a note with the log's signature."""
    return with_signature(f"{checkpoint.text}\n", key_of(signing), signing.sign(checkpoint.text.encode()))


def cosign(note: str, signing: SigningKey, *, seconds: int) -> str:
    """The note with a witness's line more: seen at this POSIX time. Raises NoteRefused for what is no note."""
    text = parse_note(note).text
    key = Key(signing.origin, signing.public, COSIGNATURE)
    return with_signature(note, key, seconds.to_bytes(TIME_BYTES) + signing.sign(_cosigned(text, seconds)))


def with_signature(note: str, key: Key, signature: bytes) -> str:
    """The note with one signature line more."""
    require_name(key.name)
    return f"{note}{_PREFIX}{key.name} {_base64(key.id + signature)}\n"


def parse_note(note: str | bytes) -> Note:
    """The note's parts, unverified. Raises NoteRefused."""
    whole = _text_of(note)
    text, separator, below = whole.rpartition("\n\n")
    if not separator or not below.endswith("\n"):
        raise NoteRefused("The note has no signatures below an empty line.")
    lines = below[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise NoteRefused("The note has too many signatures.")
    return Note(f"{text}\n", tuple(_parse_signature(line) for line in lines))


def _text_of(note: str | bytes) -> str:
    try:
        content = note.encode() if isinstance(note, str) else note
        whole = content.decode()
    except UnicodeError:
        raise NoteRefused("The note is not UTF-8.") from None
    if len(content) > LONGEST_NOTE:
        raise NoteRefused("The note is too long.")
    if _CONTROL.search(content):
        raise NoteRefused("The note holds control characters.")
    return whole


def _parse_signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_PREFIX).partition(" ")
    if not line.startswith(_PREFIX) or not space:
        raise NoteRefused("Not a signature line.")
    require_name(name)
    signature = _from_base64(encoded)
    if len(signature) <= KEY_ID_BYTES:
        raise NoteRefused("A signature is too short.")
    return Signature(name, signature[:KEY_ID_BYTES], signature[KEY_ID_BYTES:])


def signers(note: Note, keys: Iterable[Key]) -> dict[Key, int | None]:
    """Which of these keys signed the note; for a witness the POSIX time that it says, for others None.

    Lines of other keys are passed over. Raises NoteRefused where a line of one of these keys is not its signature, and
    where there is none of them.
    """
    known = {(key.name, key.id): key for key in keys}
    found: dict[Key, int | None] = {}
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is not None:
            found.setdefault(key, _verified(note.text, key, line.signature))
    if not found:
        raise NoteRefused("The note is signed by nobody who is known.")
    return found


def _verified(text: str, key: Key, signature: bytes) -> int | None:
    seconds, message = None, text.encode()
    if key.kind == COSIGNATURE:
        seconds = int.from_bytes(signature[:TIME_BYTES])
        if len(signature) != TIME_BYTES + SIGNATURE_BYTES or seconds > LARGEST_SIZE:
            raise NoteRefused(f"The co-signature of {key.name} is not of its form.")
        signature, message = signature[TIME_BYTES:], _cosigned(text, seconds)
    try:
        verify_signature(key.public, message=message, signature=signature)
    except BadSignature:
        raise NoteRefused(f"The signature of {key.name} is not its own.") from None
    return seconds


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint of a note's text. Raises NoteRefused."""
    if not text.endswith("\n"):
        raise NoteRefused("The checkpoint is cut short.")
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise NoteRefused("A checkpoint is an origin, a size and a root, a line each.")
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size) or int(size) > LARGEST_SIZE:
        raise NoteRefused("The checkpoint's size is no number of leaves.")
    hashed = _from_base64(root)
    if len(hashed) != HASH_BYTES:
        raise NoteRefused("The checkpoint's root is not of 32 bytes.")
    return Checkpoint(origin, int(size), hashed, tuple(extensions))


def open_checkpoint(note: str | bytes, key: Key) -> Checkpoint:
    """The checkpoint that this log signed. Raises NoteRefused, also for the checkpoint of another log."""
    parsed = parse_note(note)
    signers(parsed, [key])
    checkpoint = parse_checkpoint(parsed.text)
    if checkpoint.origin != key.name:
        raise NoteRefused("The checkpoint is of another log.")
    return checkpoint


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _from_base64(text: str) -> bytes:
    """The bytes; one form only, since a line that can be written in two ways is two notes."""
    try:
        content = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise NoteRefused("Not base64.") from None
    if _base64(content) != text:
        raise NoteRefused("Not base64 in its one form.")
    return content

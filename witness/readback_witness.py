#!/usr/bin/env python3
"""A witness: it keeps the last checkpoint it saw of each log, and co-signs only what continues it.

    readback_witness.py init STATE --name witness.partner.example       make it; prints its public key
    readback_witness.py serve STATE --log VKEY --listen 127.0.0.1:8766   behind whatever speaks TLS
    readback_witness.py seen STATE                                      what it has seen, and every conflict
Somebody else than the hospital runs it, on another machine: a partner, or whoever the compliance officer trusts. It
needs this file, Python 3.11 and `cryptography`, and it never sees an event: a checkpoint is a size and a hash.
STATE is one SQLite file with the witness's key. Never restore an old copy: a witness that has forgotten would co-sign
a second history. Make a new one with a new name instead.

Source: c2sp.org/tlog-witness, c2sp.org/tlog-cosignature, c2sp.org/signed-note; consistency by RFC 9162, 2.1.4.2.
"""

import argparse
import base64
import os
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519, COSIGNATURE = 0x01, 0x04
LONGEST_BODY, LARGEST_SIZE = 65_536, 2**63 - 1
MOST_PROOF_LINES, MOST_SIGNATURES, MOST_CONFLICTS = 63, 64, 1_000
EMPTY_ROOT = sha256(b"").digest()
_LINE, _NUMBER = r"[^\x00-\x1f]+\n", r"(?:0|[1-9][0-9]{0,18})"
_REQUEST = re.compile(
    rf"old (?P<old>{_NUMBER})\n(?P<proof>(?:{_LINE})*)\n"
    rf"(?P<text>(?P<origin>{_LINE})(?P<size>{_NUMBER})\n(?P<root>{_LINE})(?:{_LINE})*)\n"
    r"(?P<signed>(?:— [^\s\x00-\x20+]+ [A-Za-z0-9+/=]+\n)+)"
)
_TABLES = """
CREATE TABLE me (name TEXT NOT NULL, seed BLOB NOT NULL CHECK (length(seed) = 32));
CREATE TABLE log (origin TEXT PRIMARY KEY, public BLOB NOT NULL, size INTEGER NOT NULL DEFAULT 0, root BLOB,
    note TEXT, seen INTEGER);
-- Another checkpoint of a size that was seen, signed by the log itself: the two together are proof against it.
CREATE TABLE conflict (origin TEXT NOT NULL, note TEXT NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (origin, note));
"""


@dataclass
class Refused(Exception):
    """The status that c2sp.org/tlog-witness gives to it, the words, and for a stale size the size that is known."""

    status: int
    words: str
    known: int | None = None


@dataclass(frozen=True)
class Request:
    """What a log asks: to co-sign this checkpoint, which continues the one of `old` leaves."""

    old: int
    proof: list[bytes]
    text: str
    signed: list[tuple[str, bytes]]
    note: str
    origin: str
    size: int
    root: bytes


def parse(body: bytes) -> Request:
    """The request. Raises Refused 400 for everything that is not one in its one form."""
    found = _REQUEST.fullmatch(body.decode(errors="replace"))
    if found is None:
        raise Refused(400, "not: old size, proof, empty line, checkpoint")
    old, size, text = int(found["old"]), int(found["size"]), found["text"]
    proof = [_bytes(line, length=32) for line in found["proof"].split("\n")[:-1]]
    signed = [(line.split(" ")[1], _bytes(line.split(" ")[2])) for line in found["signed"].split("\n")[:-1]]
    if max(old, size) > LARGEST_SIZE or len(proof) > MOST_PROOF_LINES or len(signed) > MOST_SIGNATURES:
        raise Refused(400, "too large, or too many lines")
    root, note = _bytes(found["root"][:-1], length=32), f"{text}\n{found['signed']}"
    return Request(old, proof, text, signed, note, found["origin"][:-1], size, root)


def _bytes(text: str, *, length: int | None = None) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused(400, "not base64") from None
    if base64.b64encode(content).decode() != text or length not in {None, len(content)}:
        raise Refused(400, "not base64 in its one form, or of a wrong length")
    return content


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes in front of a signature of this key."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def parse_vkey(line: str) -> tuple[str, bytes]:
    """The origin and the public key of a log's key line. Raises Refused."""
    name, _, rest = line.partition("+")
    given, _, encoded = rest.partition("+")
    content = _bytes(encoded)
    if not name or len(content) != 33 or content[0] != ED25519 or key_id(name, ED25519, content[1:]).hex() != given:
        raise Refused(400, "not the Ed25519 key of a log: name+id+base64")
    return name, content[1:]


def is_signed(request: Request, public: bytes) -> bool:
    """Whether the log signed it, and no line that says it is the log's is somebody else's."""
    own, key = key_id(request.origin, ED25519, public), Ed25519PublicKey.from_public_bytes(public)
    lines = [content[4:] for name, content in request.signed if name == request.origin and content[:4] == own]
    try:
        for line in lines:
            key.verify(line, request.text.encode())
    except InvalidSignature:
        return False
    return bool(lines)


def is_continued(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with the one of `old`, by this proof. RFC 9162, 2.1.4.2."""
    if old in {0, new}:
        return not proof and new_root == (old_root if old else new_root if new else EMPTY_ROOT)
    fewer, more, path = old - 1, new - 1, [old_root, *proof] if old & (old - 1) == 0 else proof
    while fewer & 1:
        fewer, more = fewer >> 1, more >> 1
    old_hash = new_hash = path[0] if proof else b""
    for beside in path[1:]:
        if more == 0:
            return False
        if fewer & 1 or fewer == more:
            old_hash, new_hash = _node(beside, old_hash), _node(beside, new_hash)
            while fewer and not fewer & 1:
                fewer, more = fewer >> 1, more >> 1
        else:
            new_hash = _node(new_hash, beside)
        fewer, more = fewer >> 1, more >> 1
    return more == 0 and (old_hash, new_hash) == (old_root, new_root)


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Witness:
    """What was seen of each log, in one file. Looking and keeping are one transaction, on disk before the answer."""

    def __init__(self, state: Path, *, clock: Callable[[], float] = time.time) -> None:
        if not state.is_file():
            raise SystemExit(f"There is no {state}. `init` makes a new witness; a lost one is never continued.")
        self._state, self._clock = state, clock
        with self._transaction() as rows:
            self.name, seed = rows.execute("SELECT name, seed FROM me").fetchone()
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes_raw()
        self._id = key_id(self.name, COSIGNATURE, public)
        self.vkey = f"{self.name}+{self._id.hex()}+{base64.b64encode(bytes([COSIGNATURE]) + public).decode()}"

    @contextmanager
    def _transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._state, timeout=20, isolation_level=None)) as rows:
            rows.execute("PRAGMA synchronous = FULL")
            with rows:  # commits, or takes all of it back
                rows.execute(begin)
                yield rows

    def add_log(self, vkey: str) -> None:
        """From now on this log's checkpoints are co-signed. Raises Refused for another key of the same origin."""
        origin, public = parse_vkey(vkey)
        with self._transaction() as rows:
            rows.execute("INSERT OR IGNORE INTO log (origin, public) VALUES (?, ?)", (origin, public))
            if rows.execute("SELECT 1 FROM log WHERE origin = ? AND public = ?", (origin, public)).fetchone() is None:
                raise Refused(403, "this witness knows that log under another key")

    def add_checkpoint(self, body: bytes) -> str:
        """The line of the co-signature. Raises Refused with the status to answer."""
        request = parse(body)
        with self._transaction() as rows:
            refused = self._judged(rows, request)
            if refused is None:
                seconds = int(self._clock())
                kept = (request.size, request.root, request.note, seconds, request.origin)
                rows.execute("UPDATE log SET size = ?, root = ?, note = ?, seen = ? WHERE origin = ?", kept)
        if refused is not None:
            raise refused
        signature = self._key.sign(f"cosignature/v1\ntime {seconds}\n{request.text}".encode())
        return f"— {self.name} {base64.b64encode(self._id + seconds.to_bytes(8) + signature).decode()}\n"

    def _judged(self, rows: sqlite3.Connection, asked: Request) -> Refused | None:
        """Why not, in the order of c2sp.org/tlog-witness."""
        log = rows.execute("SELECT public, size, root FROM log WHERE origin = ?", (asked.origin,)).fetchone()
        public, known, root = log or (b"", 0, None)
        refused = None
        if log is None:
            refused = Refused(404, "this witness does not know that log")
        elif not is_signed(asked, public):
            refused = Refused(403, "the checkpoint is not signed by its log")
        elif asked.old > asked.size:
            refused = Refused(400, "the old size is beyond the checkpoint's")
        elif asked.old != known:
            refused = Refused(409, "another size was seen last", known)
        elif known and known == asked.size and root != asked.root:
            refused = Refused(409, "another root was seen at that size")
            if rows.execute("SELECT count(*) FROM conflict").fetchone()[0] < MOST_CONFLICTS:
                kept = (asked.origin, asked.note, int(self._clock()))
                rows.execute("INSERT OR IGNORE INTO conflict VALUES (?, ?, ?)", kept)
        elif not is_continued(known, asked.size, root or b"", asked.root, asked.proof):
            refused = Refused(422, "the proof does not show that it continues what was seen")
        return refused

    def seen(self) -> list[tuple[str, int, str | None, int | None]]:
        """Each log's origin, the last size, the note of it, and when; conflicts follow, as they were signed."""
        with self._transaction("BEGIN") as rows:
            last = rows.execute("SELECT origin, size, note, seen FROM log ORDER BY origin").fetchall()
            return last + rows.execute("SELECT origin, -1, note, seen FROM conflict ORDER BY seen").fetchall()


class Handler(BaseHTTPRequestHandler):
    """POST /add-checkpoint, and GET /<sha256 of the origin, hex>/checkpoint for whoever compares."""

    server_version, sys_version, timeout = "readback-witness", "", 10
    witness: Witness

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            return self._answer(404, "not here\n")
        if not re.fullmatch("[0-9]{1,5}", length) or int(length) > LONGEST_BODY:
            return self._answer(400, "a body of a known length, 65536 bytes at most\n")
        try:
            self._answer(200, self.witness.add_checkpoint(self.rfile.read(int(length))))
        except Refused as refused:
            if refused.known is not None:
                return self._answer(409, f"{refused.known}\n", kind="text/x.tlog.size")
            self._answer(refused.status, f"{refused.words}\n")

    def do_GET(self) -> None:
        last = {sha256(origin.encode()).hexdigest(): note for origin, size, note, _ in self.witness.seen() if size > 0}
        note = last.get(self.path.removeprefix("/").removesuffix("/checkpoint"))
        self._answer(200 if note else 404, note or "not here\n")

    def _answer(self, status: int, words: str, *, kind: str = "text/plain; charset=utf-8") -> None:
        content = words.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def server(witness: Witness, address: tuple[str, int]) -> ThreadingHTTPServer:
    """The server, bound and not yet serving."""
    return ThreadingHTTPServer(address, type("Bound", (Handler,), {"witness": witness}))


def init(state: Path, name: str) -> None:
    """A new witness in a new file that only its owner may read. Raises SystemExit where there is one."""
    try:
        os.close(os.open(state, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise SystemExit(f"{state} is there already. It is never written over.") from None
    if not name or "+" in name or any(character.isspace() for character in name):
        raise SystemExit("A name is not empty, and holds no space and no plus.")
    with closing(sqlite3.connect(state)) as rows, rows:
        rows.executescript(_TABLES)
        rows.execute("INSERT INTO me VALUES (?, ?)", (name, os.urandom(32)))


def main(arguments: list[str]) -> int:
    """What the command says. 0; a wrong call raises SystemExit."""
    parser = argparse.ArgumentParser(description="Co-signs what a log signs, as long as it continues what was seen.")
    parser.add_argument("act", choices=["init", "serve", "seen"])
    parser.add_argument("state", type=Path)
    parser.add_argument("--name", default="")
    parser.add_argument("--listen", default="127.0.0.1:8766")
    parser.add_argument("--log", action="append", default=[], help="a log's public key, name+id+base64")
    options = parser.parse_args(arguments)
    if options.act == "init":
        init(options.state, options.name)
    witness = Witness(options.state)
    for vkey in options.log:
        witness.add_log(vkey)
    if options.act == "seen":
        for origin, size, note, seen in witness.seen():
            print(f"{origin}: {'CONFLICT' if size < 0 else size} at {seen}\n{note or ''}")
        return 0
    print(witness.vkey, flush=True)
    if options.act == "serve":
        host, _, port = options.listen.rpartition(":")
        server(witness, (host, int(port))).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

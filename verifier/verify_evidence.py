#!/usr/bin/env python3
"""Verifies an evidence pack of Readback: without Readback, without a network, and trusting nobody who handed it over.

    python verify_evidence.py PACK --vkey LOGKEY [--witness WITNESSKEY ... [--quorum K]]
Exit 0: good; 1: tampered with or damaged, the broken entry is named; 2: nothing can be proved, for want of a key or
of witnesses, or since it is another log's; 3: a wrong call. It needs Python 3.11 and `cryptography`. Take this file and
the key from somebody you trust: a pack's are the word of whoever made it. What is proved: docs/log-format.md.
"""

import argparse
import base64
import json
import re
import struct
import sys
from collections import namedtuple
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519, COSIGNATURE, LONGEST_PACK, MOST_FILES = 0x01, 0x04, 64 << 20, 4_096
REQUIRED = ("checkpoint", "export.json", "export.tlog-proof", "keys.txt", "manifest.json")
SHOWN = ("place", "recorded", "event", "outcome", "agent_role", "agent_id", "entity_kind", "entity_id", "id")
NAME = re.compile(
    rb"README\.txt|checkpoint|export\.(json|tlog-proof)|keys\.txt|manifest\.json|record\.json|verify\.html|"
    rb"verify_evidence\.py|content/[a-z0-9-]{1,40}\.json|entries/[1-9][0-9]{0,18}\.(json|tlog-proof)"
)
CHECKPOINT = re.compile(
    rb"(?P<text>(?P<origin>[^\x00-\x1f]+)\n(?P<size>[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n)\n"
    rb"(?P<lines>(?:\xe2\x80\x94 [^\x00-\x20+]+ [A-Za-z0-9+/]+={0,2}\n){1,64})"
)
PROOF = re.compile(rb"(?s)c2sp\.org/tlog-proof@v1\nindex (0|[1-9][0-9]{0,18})\n((?:[A-Za-z0-9+/]{43}=\n){0,63})\n(.+)")
Key = namedtuple("Key", ["name", "id", "kind", "public"])
VKEY = re.compile(r"(?P<name>[^+\x00-\x20]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]{44})")
PROVED = """Proved: these entries are in the log that this key signed, and the files are this export's, unchanged.
Not proved: that no entry of the matter is left out (only the whole log shows that), that what was recorded is true, and
what record.json and content/ say beyond the digests in the entries."""


class Refused(Exception):
    """Why a pack is not good, beginning with the file and naming event and place; and the exit, 1 if not said."""


def parse_vkey(line: str) -> Key:
    """The key of a line name+id+base64: a log's (ED25519) or a witness's (COSIGNATURE). ValueError for all else."""
    found = VKEY.fullmatch(line)
    content = decoded(found["key"].encode()) if found else b"?"
    digest = sha256(line.split("+")[0].encode() + b"\n" + content).hexdigest()
    if not found or content[0] not in (ED25519, COSIGNATURE) or digest[:8] != found["id"]:
        raise ValueError("not an Ed25519 key (name+id+base64), or its id is another key's")
    return Key(found["name"], bytes.fromhex(found["id"]), content[0], content[1:])


def decoded(text: bytes) -> bytes:
    """The bytes of base64 in its one form: what can be written in two ways is two notes. Raises ValueError."""
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content) != text:
        raise ValueError("not base64 in its one form")
    return content


def files_of(pack: bytes) -> tuple[dict[str, bytes], list[str]]:
    """The files, and the damaged ones. One form of zip only: no two readers see two packs, nothing swells."""
    found: dict[str, bytes] = {}
    damaged, central, at, last = [], b"", 0, b""
    while pack[at : at + 4] == b"PK\x03\x04" and len(pack) >= at + 30 and len(found) < MOST_FILES:
        crc, size, _, length = struct.unpack_from("<3IH", pack, at + 14)
        name, content = pack[at + 30 : at + 30 + length], pack[at + 30 + length : at + 30 + length + size]
        if not NAME.fullmatch(name) or len(content) != size or name <= last:
            raise Refused(f"{ascii(name.decode('latin-1'))[:80]}: no file of a pack, cut short, or not in its order")
        stored = struct.pack("<5H3I2H", 20, 0, 0, 0, 33, crc, size, size, length, 0)
        if pack[at + 4 : at + 30] != stored:
            raise Refused(f"{name.decode()}: not stored as a pack stores it (compressed, encrypted, or damaged)")
        central += b"PK\x01\x02\x14\x03" + stored + struct.pack("<3H2I", 0, 0, 0, 0o100644 << 16, at) + name
        damaged += [name.decode()] if crc != crc32(content) else []
        found[name.decode()], last, at = content, name, at + 30 + length + size
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(found), len(found), len(central), at, 0)
    missing = [*(name for name in REQUIRED if name not in found), "the end of the file"]
    if len(missing) > 1 or pack[at:] != central + end:
        raise Refused(f"{missing[0]}: missing, cut short, or followed by something")
    return found, damaged


def facts_of(name: str, content: bytes) -> Any:
    """The facts of a file of canonical JSON: keys sorted, no spaces, integers only. Refused for all else."""
    try:
        facts = json.loads(content.decode(), parse_float=int, parse_constant=int)
        if json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() != content:
            raise ValueError
    except (ValueError, RecursionError):
        raise Refused(f"{name}: not JSON in its one form, of integers and words") from None
    return facts


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root to which the path leads from this leaf (RFC 9162, 2.1.3.2). Raises ValueError for a wrong length."""
    here, last, hashed = index, size - 1, sha256(b"\x00" + leaf).digest()
    for beside in path:
        if last == 0:
            raise ValueError("the proof is too long")
        is_right = here & 1 or here == last
        hashed = sha256(b"\x01" + (beside + hashed if is_right else hashed + beside)).digest()
        while is_right and here and not here & 1:
            here, last = here >> 1, last >> 1
        here, last = here >> 1, last >> 1
    if last or index >= size:
        raise ValueError("the proof is too short, or of a place beyond the tree")
    return hashed


class Pack:
    """The files of a pack, its checkpoint, and the keys that it names."""

    def __init__(self, pack: bytes) -> None:
        self.files, self.damaged = files_of(pack)
        if (found := CHECKPOINT.fullmatch(self.files["checkpoint"])) is None:
            raise Refused("checkpoint: not an origin, a size, a root and signatures")
        try:
            lines = [line.split(b" ") for line in found["lines"].split(b"\n")[:-1]]
            self.lines = [((name.decode(), decoded(sign)[:4]), decoded(sign)[4:]) for _, name, sign in lines]
            self.text, self.origin = found["text"], found["origin"].decode()
            self.size, self.root = int(found["size"]), decoded(found["root"])
            self.log, *self.witnesses = map(parse_vkey, self.files["keys.txt"].decode().split("\n")[:-1])
        except ValueError as exc:
            raise Refused(f"checkpoint or keys.txt: {exc}") from None

    def seen_by(self, log: Key, witnesses: list[Key]) -> dict[Key, int]:
        """When each witness says that it saw this checkpoint of the log. Refused for a signature that is not good."""
        known, seen = {key[:2]: key for key in [*self.witnesses, *witnesses, log]}, {}
        if self.log != log and log[:2] not in dict(self.lines):
            raise Refused(f"the pack is of another log than {log.name}, or signed by another key of that name", 2)
        for line, signature in self.lines:
            if (key := known.get(line)) is None:
                raise Refused(f"checkpoint: signed as {line[0]} by a key that is not in keys.txt")
            split = 8 if key.kind == COSIGNATURE else 0
            seen[key] = int.from_bytes(signature[:split])
            text = b"cosignature/v1\ntime %d\n" % seen[key] + self.text if split else self.text
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(signature[split:], text)
            except (InvalidSignature, ValueError):
                raise Refused(f"checkpoint: the signature under the name {key.name} is not its own") from None
        if log.kind != ED25519 or log.name != self.origin or seen.pop(log, None) is None:
            raise Refused("checkpoint: not signed by the log that it names")
        return seen

    def proved(self, name: str, event: int | None = None, place: int | None = None) -> dict[str, Any]:
        """The facts of a leaf, which stands in the log (at this place) by its proof. Or Refused."""
        where = f"{name}.json" if event is None else f"{name}.json (event {event}, place {place})"
        leaf, found = self.files[f"{name}.json"], PROOF.fullmatch(self.files[f"{name}.tlog-proof"])
        if found is None or found[3] != self.files["checkpoint"]:
            raise Refused(f"{name}.tlog-proof: not a proof for this pack's checkpoint. It should prove {where}")
        try:
            index, path = int(found[1]), [decoded(line) for line in found[2].split()]
            if place not in (None, index) or root_of(leaf, index, self.size, path) != self.root:
                raise ValueError("these bytes, with this proof, are not what the log holds there")
        except ValueError as exc:
            raise Refused(f"{where}: {exc}") from None
        facts = facts_of(f"{name}.json", leaf)
        if event not in (None, facts["id"]) or not str(facts["format"]).startswith("readback-event"):
            raise Refused(f"{where}: the leaf is of another event")
        return {**facts, "place": index}

    def entries(self, export: dict[str, Any]) -> list[tuple[int, int]]:
        """Event and place of each entry, when every file is what the log's digest of the manifest says. Or Refused."""
        files, told = self.files, (export["event"], export["entity_version"])
        if told != ("evidence.exported", sha256(files["manifest.json"]).hexdigest()):
            raise Refused(f"manifest.json: not the one that event {export['id']} of the log was recorded for")
        manifest = facts_of("manifest.json", files["manifest.json"])
        entries = {f"entries/{each['event']}.json": each for each in manifest["entries"]}
        digests = {name: each["sha256"] for name, each in [*manifest["files"].items(), *entries.items()]}
        others = {*REQUIRED} - {"keys.txt"} | {name.replace(".json", ".tlog-proof") for name in entries}
        for name in sorted({*files} ^ {*digests, *others}):
            raise Refused(f"{name}: {'not listed in the manifest' if name in files else 'missing'}")
        for name, digest in digests.items():
            if sha256(files[name]).hexdigest() != digest:
                event = "(event {event}, place {place})".format(**entries[name]) if name in entries else ""
                raise Refused(f"{name} {event}: its bytes are not those that the manifest lists")
        return [(each["event"], each["place"]) for each in entries.values()]

    def require_record(self, leaves: list[dict[str, Any]]) -> None:
        """Each version that record.json tells of is in a leaf by its digest, and its content is what was digested."""
        told = {(leaf.get("entity_id"), leaf.get("entity_version")) for leaf in leaves}
        record = facts_of("record.json", self.files["record.json"]) if "record.json" in self.files else {"versions": []}
        versions = {f"content/version-{each['number']}.json": each for each in record["versions"]}
        for each in (each for each in versions.values() if (each["id"], each["digest"]) not in told):
            raise Refused(f"record.json: no entry tells of version {each['number']} with this digest")
        for name in [name for name in self.files if "/version-" in name]:
            if sha256(self.files[name]).hexdigest() != versions[name]["digest"]:
                raise Refused(f"{name}: not what was sent: the log holds another digest of it")
            for sent in json.loads(self.files[name]).get("files", []):
                facts = facts_of(file := name.replace("version", sent["kind"], 1), self.files.get(file, b""))
                if sha256(decoded(facts["base64"].encode())).hexdigest() != sent["sha256"]:
                    raise Refused(f"{file}: not the file that was sent: {name} holds another digest of it")


def verify(content: bytes, log: Key | None, witnesses: list[Key], quorum: int) -> list[str]:
    """What is proved, in lines for a person. Or Refused."""
    if len(content) > LONGEST_PACK:
        raise Refused("the file: longer than 64 MiB. No pack is; nothing of it was looked at")
    pack = Pack(content)
    seen = pack.seen_by(key := log or pack.log, witnesses)
    try:
        export = pack.proved("export")
        leaves = [pack.proved(f"entries/{event}", event, place) for event, place in pack.entries(export)]
        pack.require_record(leaves)
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise Refused(f"a file of JSON: not of a pack's form ({type(exc).__name__})") from None
    if pack.damaged:
        raise Refused(f"{pack.damaged[0]}: its checksum in the zip is wrong")
    if log is None:
        raise Refused(f"nothing is broken, but {key.name}+{key.id.hex()} is only the pack's word: give --vkey", 2)
    if quorum > (several := len(seen.keys() & {*witnesses})):
        raise Refused(f"{several} of the witnesses that you trust have seen it, and you ask for {quorum}", 2)
    shown = [" ".join(str(leaf.get(name)) for name in SHOWN) for leaf in leaves]
    by = [f"{each.name} at {seconds} (POSIX seconds)" for each, seconds in seen.items()] or ["nobody outside"]
    exported = f"Exported at {export['recorded']} by {export['agent_id']}: event {export['id']}."
    ended = [exported, f"Seen by {', '.join(by)}.", *PROVED.split("\n")]
    return [f"GOOD. {len(leaves)} entries of {key.name}, under its checkpoint of {pack.size} places.", *shown, *ended]


def main(arguments: list[str]) -> int:
    """The exit status; see above."""
    parser = argparse.ArgumentParser(description="0: good, 1: tampered with, 2: not provable, 3: a wrong call.")
    parser.add_argument("pack", type=Path)
    parser.add_argument("--vkey", type=parse_vkey, help="the log's public key, from somebody you trust")
    parser.add_argument("--witness", type=parse_vkey, action="append", default=[], help="a witness's public key")
    parser.add_argument("--quorum", type=int, help="how many of these witnesses must have seen it; all, if not said")
    try:
        options = parser.parse_args(arguments)
        quorum = len(options.witness) if options.quorum is None else options.quorum
        with options.pack.open("rb") as file:
            said, code = verify(file.read(LONGEST_PACK + 1), options.vkey, options.witness, quorum), 0
    except SystemExit as call:
        return 3 if call.code else 0
    except OSError as exc:
        said, code = [f"{options.pack}: {exc.strerror}"], 3
    except Refused as exc:
        words, code = (*exc.args, 1)[:2]
        said = [f"{'TAMPERED WITH OR DAMAGED' if code == 1 else 'NOT PROVABLE'}. {words}"]
    for line in said:
        print("".join(character if character.isprintable() else "?" for character in line))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

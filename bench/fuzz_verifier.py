"""Attacks verifier/verify_evidence.py with atheris: whatever is not the good pack is refused, and nothing crashes.

    pip install atheris==3.0.0
    python -m bench.fuzz_verifier proof|note|pack|json --seconds 180
`proof`, `note` and `json` put the fuzzer's bytes in the place of one proof, of the checkpoint, or of a leaf, in a pack
whose zip is in order; `pack` gives them as the file, beginning from the good one. A wrong "good", or any exception but
a refusal, ends it with a trace. It needs no database: the pack is made here, by the product's own pure parts.
"""

import argparse
import io
import json
import sys
import zipfile
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger import merkle, notes
from vault.signing import SigningKey
from verifier import verify_evidence
from verifier.verify_evidence import Key, Refused, files_of, parse_vkey, verify

LOG = SigningKey("ward.example/log", b"l" * 32)
PARTS = (verify_evidence.decoded, verify_evidence.facts_of, verify_evidence.root_of)
TARGETS = {"proof": "entries/7.tlog-proof", "note": "checkpoint", "json": "entries/7.json"}


def leaf(event_id: int, event: str, **more: object) -> bytes:
    """A leaf of this event."""
    facts = {"event": event, "format": "readback-event/1", "id": event_id, "salt": "00" * 32, **more}
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    """The files as a pack stores them."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as pack:
        for name, content in sorted(files.items()):
            facts = zipfile.ZipInfo(name)
            facts.create_system, facts.external_attr = 3, 0o100644 << 16
            pack.writestr(facts, content)
    return kept.getvalue()


def good_pack(*witnesses: SigningKey, seconds: int = 0) -> tuple[bytes, Key]:
    """A small pack that verifies, and its key. These witnesses have seen its checkpoint at that POSIX time."""
    vkey = notes.vkey_of(notes.key_of(LOG))
    others = [notes.vkey_of(notes.Key(each.origin, each.public, notes.COSIGNATURE)) for each in witnesses]
    entry, keys = leaf(7, "handover.accepted"), "".join(f"{line}\n" for line in (vkey, *others)).encode()
    manifest = {
        "entries": [{"event": 7, "place": 1, "sha256": sha256(entry).hexdigest()}],
        "files": {"keys.txt": {"sha256": sha256(keys).hexdigest()}},
    }
    listed = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
    told = {"agent_id": None, "entity_version": sha256(listed).hexdigest(), "recorded": "2026"}
    leaves = [b"a", entry, b"c", b"d", leaf(9, "evidence.exported", **told)]
    nodes = merkle.nodes_over([merkle.leaf_hash(each) for each in leaves])
    note = notes.sign(notes.Checkpoint(LOG.origin, len(leaves), merkle.root(len(leaves), nodes)), LOG)
    for witness in witnesses:
        note = notes.cosign(note, witness, seconds=seconds)
    files = {"checkpoint": note.encode(), "keys.txt": keys, "manifest.json": listed}
    for name, place in (("entries/7", 1), ("export", 4)):
        path = "".join(f"{b64encode(each).decode()}\n" for each in merkle.inclusion_proof(place, len(leaves), nodes))
        files[f"{name}.json"] = leaves[place]
        files[f"{name}.tlog-proof"] = f"c2sp.org/tlog-proof@v1\nindex {place}\n{path}\n{note}".encode()
    return zipped(files), parse_vkey(vkey)


def main(arguments: list[str]) -> None:
    """Fuzzes until the time is over; atheris says how many it has tried."""
    import atheris

    parser = argparse.ArgumentParser()
    parser.add_argument("target", choices=[*TARGETS, "pack"])
    parser.add_argument("--seconds", type=int, default=180)
    options = parser.parse_args(arguments)
    good, key = good_pack()
    files = files_of(good)[0]
    verify(good, key, [], 0)

    def attack(content: bytes) -> None:
        pack = content if options.target == "pack" else zipped({**files, TARGETS[options.target]: content})
        try:
            verify(pack, key, [], 0)
        except Refused:
            return
        if pack != good:
            raise AssertionError("a pack that was changed was called good")

    # Instrumented here and not by its import: the module is an ordinary one to everybody else.
    for each in (verify, files_of, parse_vkey, *vars(verify_evidence.Pack).values(), *PARTS):
        if callable(each):
            atheris.instrument_func(each)
    with TemporaryDirectory() as corpus:
        seed = good if options.target == "pack" else files[TARGETS[options.target]]
        (Path(corpus) / "seed").write_bytes(seed)
        limits = [f"-max_total_time={options.seconds}", f"-max_len={2 * len(seed)}", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *limits, corpus], attack)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])

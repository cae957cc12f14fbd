"""The example of docs/log-format.md is what the product signs: whoever writes a verifier by it writes the right one."""

import base64
from pathlib import Path

from ledger import merkle, notes
from ledger.evidence import proof_text
from vault.signing import SigningKey

PAGE = (Path(__file__).parent.parent.parent / "docs" / "log-format.md").read_text()
LOG, WITNESS = SigningKey("ward.example/log", b"l" * 32), SigningKey("witness.partner.example", b"w" * 32)


def test_the_worked_example_is_what_is_signed():
    lines = [line.strip() for line in PAGE.splitlines()]
    (leaf,) = [line.encode() for line in lines if line.startswith('{"event":"handover.accepted"')]
    hashes = [merkle.leaf_hash(each) for each in (b"a", leaf, b"c")]
    assert len(leaf) == 179
    for hashed in hashes:
        assert hashed.hex() in PAGE
    nodes = merkle.nodes_over(hashes)
    note = notes.sign(notes.Checkpoint(LOG.origin, 3, merkle.root(3, nodes)), LOG)
    note = notes.cosign(note, WITNESS, seconds=1795404150)
    proof = proof_text(1, merkle.inclusion_proof(1, 3, nodes), note)
    assert proof in "\n".join(lines)
    assert base64.b64encode(merkle.root(3, nodes)).decode() in PAGE
    for key in (notes.key_of(LOG), notes.Key(WITNESS.origin, WITNESS.public, notes.COSIGNATURE)):
        assert notes.vkey_of(key) in PAGE

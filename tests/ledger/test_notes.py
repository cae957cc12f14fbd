"""Signed notes, checkpoints and co-signatures: the specification's own examples, and what must be refused."""

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ledger import merkle, notes
from ledger.notes import COSIGNATURE, Checkpoint, Key, NoteRefused
from vault.signing import SigningKey

# c2sp.org/tlog-cosignature: a log's signature and a witness's on one checkpoint.
EXAMPLE = (
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
# The example of Go's note package, which defined the format: its key and its note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
LOG = SigningKey("readback.example/log", b"l" * 32)
WITNESS = SigningKey("witness.example/w", b"w" * 32)
CHECKPOINT = Checkpoint("readback.example/log", 7, merkle.leaf_hash(b"root"))
NOTE = notes.sign(CHECKPOINT, LOG)
KEY = notes.key_of(LOG)
WITNESS_KEY = Key(WITNESS.origin, WITNESS.public, COSIGNATURE)


def test_the_note_that_go_signed_is_verified_here():
    key = notes.parse_vkey(PETER)
    assert notes.vkey_of(key) == PETER
    assert notes.signers(notes.parse_note(PETERS_NOTE), [key]) == {key: None}


def test_the_specifications_checkpoint_is_read():
    note = notes.parse_note(EXAMPLE)
    checkpoint = notes.parse_checkpoint(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text == note.text
    assert [line.name for line in note.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert int.from_bytes(note.signatures[1].signature[:8]) == 1679315147


def test_a_checkpoint_that_was_signed_opens():
    assert notes.open_checkpoint(NOTE, KEY) == CHECKPOINT
    assert notes.open_checkpoint(NOTE.encode(), KEY) == CHECKPOINT


def test_a_witness_says_when_it_saw_the_checkpoint():
    both = notes.cosign(NOTE, WITNESS, seconds=1_700_000_000)
    assert notes.signers(notes.parse_note(both), [KEY, WITNESS_KEY]) == {KEY: None, WITNESS_KEY: 1_700_000_000}
    assert notes.open_checkpoint(both, KEY) == CHECKPOINT


def test_a_witness_cannot_have_its_time_changed():
    both = notes.parse_note(notes.cosign(NOTE, WITNESS, seconds=1_700_000_000))
    line = both.signatures[1]
    later = replace(line, signature=(1_700_000_001).to_bytes(8) + line.signature[8:])
    with pytest.raises(NoteRefused, match="not its own"):
        notes.signers(replace(both, signatures=(later,)), [WITNESS_KEY])


def test_lines_of_strangers_are_passed_over():
    stranger = Key("stranger.example", b"s" * 32)
    note = notes.with_signature(NOTE, stranger, b"whatever")
    assert notes.open_checkpoint(note, KEY) == CHECKPOINT


def test_a_note_that_nobody_known_signed_is_refused():
    with pytest.raises(NoteRefused, match="nobody"):
        notes.signers(notes.parse_note(NOTE), [WITNESS_KEY])
    # The witness's name and key, but as a log's signature: another kind, another id, not the same statement.
    with pytest.raises(NoteRefused, match="nobody"):
        notes.signers(notes.parse_note(notes.cosign(NOTE, WITNESS, seconds=1)), [Key(WITNESS.origin, WITNESS.public)])


def test_a_line_of_a_known_key_that_is_wrong_spoils_the_whole_note():
    forged = notes.with_signature(NOTE, WITNESS_KEY, b"\x00" * 72)
    with pytest.raises(NoteRefused, match="not its own"):
        notes.signers(notes.parse_note(forged), [KEY, WITNESS_KEY])


@pytest.mark.parametrize("length", [0, 8, 64, 71, 73])
def test_a_co_signature_of_another_length_is_refused(length):
    if length == 0:
        with pytest.raises(NoteRefused, match="too short"):
            notes.parse_note(notes.with_signature(NOTE, WITNESS_KEY, b""))
        return
    note = notes.parse_note(notes.with_signature(NOTE, WITNESS_KEY, b"\x00" * length))
    with pytest.raises(NoteRefused, match="not of its form"):
        notes.signers(note, [WITNESS_KEY])


def test_the_checkpoint_of_another_log_does_not_open():
    # The attack: a log's key signs a text that names another log.
    other = notes.with_signature(
        replace(CHECKPOINT, origin="other.example/log").text + "\n",
        KEY,
        LOG.sign(replace(CHECKPOINT, origin="other.example/log").text.encode()),
    )
    with pytest.raises(NoteRefused, match="another log"):
        notes.open_checkpoint(other, KEY)


@given(some.integers(0, len(NOTE.encode()) - 1), some.integers(1, 255))
def test_no_byte_of_a_checkpoint_can_be_changed(place, change):
    content = bytearray(NOTE.encode())
    content[place] ^= change
    with pytest.raises(NoteRefused):
        notes.open_checkpoint(bytes(content), KEY)


@given(some.integers(0, len(NOTE.encode()) - 1))
def test_a_checkpoint_that_is_cut_short_does_not_open(length):
    with pytest.raises(NoteRefused):
        notes.open_checkpoint(NOTE.encode()[:length], KEY)


HEAD, _, LINE = NOTE.rpartition("\n\n")


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "\n\n",
        HEAD + "\n\n",
        HEAD + "\n" + LINE,
        NOTE + "\n",
        NOTE + "x",
        NOTE[:-1],
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("— ", "- "),
        NOTE.replace("— ", "—"),
        NOTE.replace("— readback.example/log ", "— "),
        NOTE.replace("— readback.example/log ", "— readback.example/log  "),
        NOTE.replace("— readback.example/log ", "— read+back "),
        NOTE.replace("— readback.example/log ", "— read\u2003back "),
        NOTE.replace("\n\n", "\n\x00\n\n"),
        NOTE.replace("=\n", "\n"),
        NOTE + LINE * 64,
        NOTE.replace("readback", "\ud800"),
        "x" * 70_000 + NOTE,
        NOTE.encode() + b"\xff\n",
    ],
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(NoteRefused):
        notes.open_checkpoint(note, KEY)


@pytest.mark.parametrize("signatures", [1, 16, 64])
def test_a_note_of_many_signatures_is_read(signatures):
    assert len(notes.parse_note(NOTE + LINE * (signatures - 1)).signatures) == signatures


def test_a_text_may_hold_empty_lines():
    text = "first\n\nsecond\n"
    note = notes.with_signature(f"{text}\n", KEY, LOG.sign(text.encode()))
    assert notes.parse_note(note).text == text
    assert notes.signers(notes.parse_note(note), [KEY]) == {KEY: None}


ROOT = base64.b64encode(b"r" * 32).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"origin\n7\n{ROOT}",
        f"\n7\n{ROOT}\n",
        f"origin\n\n{ROOT}\n",
        "origin\n7\n",
        f"origin\n07\n{ROOT}\n",
        f"origin\n+7\n{ROOT}\n",
        f"origin\n-7\n{ROOT}\n",
        f"origin\n7 \n{ROOT}\n",
        f"origin\n٧\n{ROOT}\n",
        f"origin\n9223372036854775808\n{ROOT}\n",
        f"origin\n{'9' * 5000}\n{ROOT}\n",
        f"origin\n7\n{ROOT[:-1]}\n",
        f"origin\n7\n{ROOT[:-2]}J=\n",
        f"origin\n7\n{base64.b64encode(b'r' * 31).decode()}\n",
        f"origin\n7\n{base64.b64encode(b'r' * 33).decode()}\n",
        f"origin\n7\n{ROOT}\n\n",
        f"origin\n7\n{ROOT}\n\nextension\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(NoteRefused):
        notes.parse_checkpoint(text)


def test_a_checkpoint_may_carry_lines_of_its_log():
    text = f"origin\n0\n{ROOT}\nextension\n"
    assert notes.parse_checkpoint(text).text == text


@given(some.binary(max_size=300) | some.text(max_size=300))
def test_whatever_a_stranger_sends_is_refused_as_a_note(content):
    with pytest.raises(NoteRefused):
        notes.open_checkpoint(content, KEY)


@given(some.text(max_size=100) | some.from_regex(r"[^+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}", fullmatch=True))
def test_whatever_a_stranger_sends_is_refused_as_a_key(line):
    with pytest.raises(NoteRefused):
        notes.parse_vkey(line)


@pytest.mark.parametrize("kind", [0x00, 0x02, 0x06, 0xFF])
def test_a_key_of_another_kind_is_refused(kind):
    with pytest.raises(NoteRefused, match="Ed25519"):
        notes.parse_vkey(notes.vkey_of(Key("name", b"k" * 32, kind)))


def test_a_key_under_another_name_is_refused():
    with pytest.raises(NoteRefused, match="another key's"):
        notes.parse_vkey(notes.vkey_of(KEY).replace("readback", "readforth"))

"""A pack that witnesses have seen: both verifiers count them, and believe no line that is not theirs."""

import pytest

from bench.fuzz_verifier import good_pack
from ledger import notes
from tests.verifier.forging import zipped
from vault.signing import SigningKey
from verifier.verify_evidence import Refused, files_of, parse_vkey, verify

SEEN = 1_795_404_150
FIRST, SECOND, STRANGER = (SigningKey(f"witness-{name}.example", name.encode() * 32) for name in "abc")


def key_line(witness):
    return notes.vkey_of(notes.Key(witness.origin, witness.public, notes.COSIGNATURE))


def code_of(pack, key, witnesses, quorum):
    try:
        verify(pack, key, [parse_vkey(key_line(each)) for each in witnesses], quorum)
    except Refused as exc:
        return (*exc.args, 1)[1]
    return 0


@pytest.mark.parametrize(
    ("witnesses", "quorum", "expected"),
    [([], 0, 0), ([FIRST], 1, 0), ([FIRST, SECOND], 2, 0), ([FIRST, STRANGER], 1, 0), ([FIRST, STRANGER], 2, 2)]
    + [([STRANGER], 1, 2), ([FIRST, FIRST], 2, 2)],
)
def test_the_witnesses_that_the_reader_trusts_are_counted(page, witnesses, quorum, expected):
    pack, key = good_pack(FIRST, SECOND, seconds=SEEN)
    assert code_of(pack, key, witnesses, quorum) == expected
    lines = [key_line(each) for each in witnesses]
    (found,) = page([pack], vkey=notes.vkey_of(notes.Key(key.name, key.public)), witnesses=lines, quorum=quorum)
    assert found["code"] == expected


def test_it_says_when_each_has_seen_it():
    pack, key = good_pack(FIRST, seconds=SEEN)
    assert f"Seen by {FIRST.origin} at {SEEN} (POSIX seconds)." in verify(pack, key, [], 0)


def test_a_line_of_somebody_else_or_of_another_time_is_refused(page):
    pack, key = good_pack(FIRST, seconds=SEEN)
    files, others = files_of(pack)[0], files_of(good_pack(FIRST, STRANGER, seconds=SEEN)[0])[0]
    later = files_of(good_pack(FIRST, seconds=SEEN + 1)[0])[0]
    line = files["checkpoint"].splitlines()[-1]
    forged = line[:40] + later["checkpoint"].splitlines()[-1][40:60] + line[60:]
    packs = [zipped(with_checkpoint(files, others["checkpoint"]))]
    packs.append(zipped(with_checkpoint(files, files["checkpoint"].replace(line, forged))))
    for changed, found in zip(packs, page(packs, vkey=notes.vkey_of(notes.Key(key.name, key.public))), strict=True):
        assert code_of(changed, key, [], 0) == 1
        assert (found["code"], found["words"].split(":")[0]) == (1, "checkpoint")


def with_checkpoint(files, note):
    """The pack with another checkpoint, in its proofs as well."""
    return {name: content.replace(files["checkpoint"], note) for name, content in files.items()}

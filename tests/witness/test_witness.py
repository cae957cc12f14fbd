"""The witness: each answer of c2sp.org/tlog-witness, and that it never co-signs two histories of one log.

It is asked over HTTP on loopback, by what the product itself signs and proves: two programs that share no line of code.
"""

import base64
import contextlib
import http.client
import os
import sqlite3
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.merkle import EMPTY_ROOT, consistency_proof, leaf_hash, nodes_over, root
from ledger.notes import COSIGNATURE, Checkpoint, key_of, parse_note, parse_vkey, sign, signers, vkey_of
from vault.signing import SigningKey
from witness.readback_witness import Refused, Witness, init, is_continued, main, parse, server

LOG = SigningKey("ward.example/readback-1", b"l" * 32)
OTHER_LOG = SigningKey("elsewhere.example/log", b"e" * 32)
HASHES = [leaf_hash(bytes([number])) for number in range(80)]
FORKED = [leaf_hash(b"forked"), *HASHES[1:]]


def checkpoint(size, hashes=HASHES, *, signing=LOG):
    top = root(size, nodes_over(hashes[:size])) if size else EMPTY_ROOT
    return sign(Checkpoint(signing.origin, size, top), signing)


def body(old, size, hashes=HASHES, *, note=None, proof=None):
    path = consistency_proof(old, size, nodes_over(hashes[:size])) if proof is None and 0 < old < size else proof or []
    lines = "".join(f"{base64.b64encode(each).decode()}\n" for each in path)
    return f"old {old}\n{lines}\n{note or checkpoint(size, hashes)}".encode()


@pytest.fixture
def state(tmp_path):
    path = tmp_path / "witness.sqlite"
    init(path, "witness.partner.example")
    Witness(path).add_log(vkey_of(key_of(LOG)))
    return path


@pytest.fixture
def ask(state):
    """ask(body): status, kind and words of the answer."""
    serving = server(Witness(state), ("127.0.0.1", 0))
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def give(content, *, path="/add-checkpoint", method="POST"):
        asked = http.client.HTTPConnection(*serving.server_address)
        asked.request(method, path, content)
        answer = asked.getresponse()
        words = answer.read().decode()
        asked.close()
        return answer.status, answer.headers["Content-Type"], words

    yield give
    serving.shutdown()
    serving.server_close()
    thread.join()


def test_what_continues_the_last_is_cosigned_and_the_product_verifies_it(ask, state):
    assert ask(body(0, 5))[0] == 200
    status, _, line = ask(body(5, 9))
    assert status == 200
    key = parse_vkey(Witness(state).vkey)
    assert key.kind == COSIGNATURE
    (seconds,) = signers(parse_note(checkpoint(9) + line), [key]).values()
    assert seconds is not None


def test_the_same_checkpoint_again_is_cosigned_anew(ask):
    ask(body(0, 5))
    assert ask(body(5, 5))[0] == 200


def test_a_stale_size_is_answered_with_the_one_that_was_seen(ask):
    ask(body(0, 5))
    assert ask(body(3, 9)) == (409, "text/x.tlog.size", "5\n")
    assert ask(body(0, 9)) == (409, "text/x.tlog.size", "5\n")


def test_a_log_that_was_set_back_is_refused(ask):
    """An old backup restored: the log's newest checkpoint is smaller than what was seen."""
    ask(body(0, 9))
    assert ask(body(0, 5)) == (409, "text/x.tlog.size", "9\n")
    assert ask(body(9, 5))[0] == 400


def test_another_history_is_refused_whatever_is_claimed(ask):
    ask(body(0, 5))
    assert ask(body(5, 9, FORKED))[0] == 422
    assert ask(body(5, 9, proof=[]))[0] == 422
    assert ask(body(5, 9, proof=HASHES[:3]))[0] == 422
    assert ask(body(5, 9))[0] == 200


def test_another_root_at_the_same_size_is_refused_and_kept_as_proof_against_the_log(ask, state):
    ask(body(0, 5))
    status, kind, _ = ask(body(5, 5, FORKED))
    assert (status, kind) == (409, "text/plain; charset=utf-8")
    kept = [note for _, size, note, _ in Witness(state).seen() if size == -1]
    assert kept == [checkpoint(5, FORKED)]


def test_a_log_it_does_not_know_and_one_that_did_not_sign_are_told_apart(ask):
    assert ask(body(0, 5, note=checkpoint(5, signing=OTHER_LOG)))[0] == 404
    forged = checkpoint(5, signing=SigningKey(LOG.origin, b"x" * 32))
    assert ask(body(0, 5, note=forged))[0] == 403
    wrong = checkpoint(5, FORKED).replace(checkpoint(5, FORKED).split("\n")[2], checkpoint(5).split("\n")[2])
    assert ask(body(0, 5, note=wrong))[0] == 403


def test_an_empty_log_is_cosigned_with_the_empty_root_only(ask):
    assert ask(body(0, 0))[0] == 200
    other = sign(Checkpoint(LOG.origin, 0, HASHES[0]), LOG)
    assert ask(body(0, 0, note=other))[0] == 422
    assert ask(body(0, 5))[0] == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"old 0\n\n",
        b"\xff" * 40,
        body(0, 5).replace(b"old 0", b"old 00"),
        body(0, 5).replace(b"old 0", b"old -1"),
        body(0, 5).replace(b"old 0", b"old 99999999999999999999"),
        body(0, 5).replace(b"\n", b"\r\n"),
        body(0, 5) + b"\n",
        body(0, 5)[:-1],
        body(1, 5, proof=[b"short"]),
        body(1, 5, proof=HASHES[:64]),
        body(0, 5).replace(b"\n5\n", b"\n05\n"),
        body(9, 5, proof=[]),
        # What some call the end of a line, and the format does not.
        body(0, 5) + "— a\u2028b AAAAAAAA\n".encode(),
        body(0, 5) + "— a\x85 AAAAAAAA\n".encode(),
        body(5, 6).replace(b"=\n", "=\u2028".encode(), 1),
    ],
)
def test_what_is_no_request_is_answered_with_400(ask, content):
    assert ask(content)[0] == 400


def test_a_body_that_is_too_long_is_refused_before_it_is_read(ask):
    assert ask(b"x" * 70_000)[0] == 400


def test_other_addresses_are_not_there(ask):
    assert ask(body(0, 5), path="/")[0] == 404
    assert ask(None, path="/nothing/checkpoint", method="GET")[0] == 404


def test_whoever_compares_is_given_the_last_checkpoint_that_was_seen(ask):
    ask(body(0, 5))
    path = f"/{sha256(LOG.origin.encode()).hexdigest()}/checkpoint"
    assert ask(None, path=path, method="GET") == (200, "text/plain; charset=utf-8", checkpoint(5))


# Anybody may compare, without a key: nobody can keep a log from being co-signed by asking again and again, since
# reading takes no turn among those who write.
def test_whoever_compares_takes_no_turn_among_those_who_write(ask, state):
    ask(body(0, 5))
    path = f"/{sha256(LOG.origin.encode()).hexdigest()}/checkpoint"
    with contextlib.closing(sqlite3.connect(state, isolation_level=None)) as rows:
        rows.execute("BEGIN IMMEDIATE")
        assert ask(None, path=path, method="GET")[2] == checkpoint(5)


def test_a_first_checkpoint_takes_no_proof(ask):
    assert ask(body(0, 5, proof=HASHES[:2]))[0] == 422
    assert ask(body(0, 5))[0] == 200


# Signatures of others are on a note that went round; they neither help nor harm, up to a number.
def test_of_many_signatures_the_logs_own_counts(ask):
    strange = "".join(f"— w{number}.example {base64.b64encode(bytes(40)).decode()}\n" for number in range(64)).encode()
    assert ask(body(0, 5) + strange)[0] == 400
    assert ask(body(0, 5) + strange.split(b"\n", 1)[1])[0] == 200
    forged = f"— {LOG.origin} {base64.b64encode(key_of(LOG).id + bytes(64)).decode()}\n".encode()
    assert ask(body(5, 9) + forged)[0] == 403


# Two that are alike and come at once: each is answered, by a co-signature or by the size that is known now.
def test_the_same_submission_twice_at_once_is_one_step(ask):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _number: ask(body(0, 5))[:2], range(4)))
    assert sorted(status for status, _kind in answers) == [200, 409, 409, 409]


def test_of_two_histories_that_race_one_alone_is_cosigned(state):
    """Looking and keeping are one transaction: else two requests could both see size 0 and both be co-signed."""
    witness, start, answers = Witness(state), threading.Barrier(16), []

    def submit(hashes):
        start.wait()
        try:
            witness.add_checkpoint(body(0, 7, hashes))
            answers.append(200)
        except Refused as refused:
            answers.append(refused.status)

    threads = [threading.Thread(target=submit, args=[[HASHES, FORKED][number % 2]]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 15


def test_it_does_not_forget_when_it_is_started_again(ask, state):
    ask(body(0, 9))
    with pytest.raises(Refused) as refused:
        Witness(state).add_checkpoint(body(0, 5))
    assert (refused.value.status, refused.value.known) == (409, 9)


def test_a_lost_file_is_never_made_anew_by_serving(tmp_path):
    with pytest.raises(SystemExit):
        main(["serve", str(tmp_path / "lost.sqlite")])
    assert not (tmp_path / "lost.sqlite").exists()


def test_a_file_that_is_there_is_never_written_over(state):
    with pytest.raises(SystemExit):
        main(["init", str(state), "--name", "again.example"])


def test_only_its_owner_may_read_the_key(state):
    assert stat.S_IMODE(os.stat(state).st_mode) == 0o600


def test_a_known_log_is_not_given_another_key(state):
    with pytest.raises(Refused):
        Witness(state).add_log(vkey_of(key_of(SigningKey(LOG.origin, b"x" * 32))))
    with sqlite3.connect(state) as rows:
        assert rows.execute("SELECT count(*) FROM log").fetchone() == (1,)
    rows.close()


def test_every_true_proof_is_taken_and_every_other_one_refused():
    sizes = range(1, 41)
    for old, new in product(sizes, sizes):
        if old > new:
            continue
        roots = [root(size, nodes_over(HASHES[:size])) for size in (old, new)]
        proof = consistency_proof(old, new, nodes_over(HASHES[:new])) if old < new else []
        assert is_continued(old, new, *roots, proof)
        assert not is_continued(old, new, *roots, [*proof, HASHES[0]])
        assert not is_continued(old, new, HASHES[1], roots[1], proof)
        if proof:
            assert not is_continued(old, new, *roots, proof[:-1])
            assert not is_continued(old, new, *roots, [*proof[1:], proof[0]]) or len(set(proof)) == 1


@given(content=st.binary(max_size=600) | st.text(max_size=600).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_anything_is_parsed_or_refused(content):
    with contextlib.suppress(Refused):
        assert parse(content).note.encode() in content

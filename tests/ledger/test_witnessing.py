"""The log and its witnesses: it asks, keeps what is theirs, believes nothing else, and says how it stands."""

import contextlib
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from config.roles import as_owner
from ledger import notes, published, sequencer, witnesses, witnessing
from ledger.models import Asked, Checkpoint, Cosignature, Event
from ledger.witnesses import Answer
from ledger.witnessing import Standing, State, state_of
from tests.ledger.test_sequencer import record_many
from vault.signing import SigningKey, log_key
from witness.readback_witness import Witness, init, server

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def serve(serving):
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    return thread


@pytest.fixture
def witness_at(tmp_path, settings):
    """witness_at(name): a real witness of that name on loopback, which the settings name. Gives it and its state."""
    running = []

    def give(name="witness.partner.example", *, knows=None):
        state = tmp_path / f"{name}.sqlite"
        init(state, name)
        witness = Witness(state)
        witness.add_log(knows or notes.vkey_of(notes.key_of(log_key())))
        serving = server(witness, ("127.0.0.1", 0))
        running.append((serving, serve(serving)))
        url = f"http://127.0.0.1:{serving.server_address[1]}"
        settings.LOG_WITNESSES = [*settings.LOG_WITNESSES, [url, witness.vkey]]
        return witness

    settings.LOG_WITNESSES = []
    yield give
    for serving, thread in running:
        serving.shutdown()
        serving.server_close()
        thread.join()


def ask_now():
    """As if the pause were over."""
    Asked.objects.update(next=NOW - timedelta(days=999))
    witnessing.ask_all()


def answer_of(name="witness.partner.example"):
    return Asked.objects.get(pk=name).answer


@pytest.fixture
def log(nurse):
    record_many(nurse, 300)
    sequencer.sequence()
    return published.newest_checkpoint()


def test_the_newest_checkpoint_is_cosigned_and_anybody_can_check_it(log, witness_at):
    key = notes.parse_vkey(witness_at().vkey)
    witnessing.ask_all()
    seen = notes.signers(notes.parse_note(witnessing.cosigned(log)), [notes.key_of(log_key()), key])
    assert set(seen) == {notes.key_of(log_key()), key}
    assert answer_of() == Answer.COSIGNED


def test_what_follows_is_shown_to_continue_what_was_seen(log, witness_at, nurse):
    witness = witness_at()
    witnessing.ask_all()
    record_many(nurse, 700)
    sequencer.sequence()
    ask_now()
    newest = published.newest_checkpoint()
    assert [row.size for row in Cosignature.objects.filter(witness=witness.name).order_by("size")] == [
        log.size,
        newest.size,
    ]


def test_a_witness_is_not_asked_again_before_it_is_due(log, witness_at, nurse):
    witness_at()
    witnessing.ask_all()
    record_many(nurse, 1)
    sequencer.sequence()
    witnessing.ask_all()
    assert Cosignature.objects.filter(size__gt=log.size).count() == 0


def test_an_answer_that_was_lost_is_made_good(log, witness_at, nurse):
    """The witness co-signed, and the line did not arrive: it says what it knows, and the proof starts from there."""
    witness = witness_at()
    witness.add_checkpoint(f"old 0\n\n{log.note}".encode())
    record_many(nurse, 10)
    sequencer.sequence()
    witnessing.ask_all()
    assert answer_of() == Answer.COSIGNED


def set_back(*, to):
    """The database as an old backup of it had been: what came later is gone. As a superuser."""
    with as_owner(), connection.cursor() as cursor:
        for table, condition in {
            "ledger_cosignature": "size > %s",
            "ledger_checkpoint": "size > %s",
            "ledger_leaf": "place >= %s",
        }.items():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"DELETE FROM {table} WHERE {condition}", [to])
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_is_append_only")


# An old backup, restored, verifies in itself: every root and signature in it is good. Only somebody else's memory of
# what came later shows that something is gone.
def test_a_log_that_was_set_back_is_found_by_its_witness(log, witness_at, nurse):
    witness_at()
    record_many(nurse, 10)
    sequencer.sequence()
    later = published.newest_checkpoint()
    witnessing.ask_all()
    set_back(to=log.size)
    ask_now()
    assert answer_of() == Answer.AHEAD
    assert Asked.objects.get().known == later.size
    found, _ = state_of(witnessing.standings(), quorum=1, unseen_since=None, at=NOW)
    assert found == State.CONTRADICTED
    events = Event.objects.filter(event="ledger.witness_answered", reason="ahead", outcome="failed")
    assert events.latest("pk").detail["known"] == later.size


# The thief of the log's key can sign another history; the witness has seen the first one and co-signs no other.
def test_another_history_of_the_same_key_is_contradicted(log, witness_at):
    witness = witness_at()
    other = notes.sign(notes.Checkpoint(log_key().origin, log.size, b"x" * 32), log_key())
    witness.add_checkpoint(f"old 0\n\n{other}".encode())
    witnessing.ask_all()
    assert answer_of() == Answer.CONTRADICTED
    assert Cosignature.objects.filter(witness=witness.name).count() == 0


def test_a_witness_that_does_not_know_the_log_is_said_to(log, witness_at):
    witness_at(knows=notes.vkey_of(notes.key_of(SigningKey("elsewhere.example/log", b"e" * 32))))
    witnessing.ask_all()
    assert answer_of() == Answer.UNKNOWN_LOG


class Liar(BaseHTTPRequestHandler):
    """Answers as it was told to."""

    timeout, status, kind, words = 10, 200, "text/plain", b""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.end_headers()
        self.wfile.write(self.words)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def liar(settings):
    """liar(status, words, kind): a server that answers so, under a witness's name and key."""
    running = []

    def give(status, words, kind="text/plain", *, of=Liar, **more):
        told = {"status": status, "words": words, "kind": kind, **more}
        serving = ThreadingHTTPServer(("127.0.0.1", 0), type("Told", (of,), told))
        running.append((serving, serve(serving)))
        key = notes.Key("liar.example", SigningKey("liar.example", b"k" * 32).public, notes.COSIGNATURE)
        settings.LOG_WITNESSES = [[f"http://127.0.0.1:{serving.server_address[1]}", notes.vkey_of(key)]]

    yield give
    for serving, thread in running:
        serving.shutdown()
        serving.server_close()
        thread.join()


# Whoever stands between the log and its witness, or in its place, can keep an answer back and nothing more: a line is
# kept only if the witness's key made it over this checkpoint.
@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (200, b"", "text/plain"),
        (200, b"x" * 100_000, "text/plain"),
        (200, b"\xff\xff", "text/plain"),
        (200, "— liar.example AAAA\n".encode(), "text/plain"),
        (409, b"-1\n", "text/x.tlog.size"),
        (409, b"99999999999999999999999\n", "text/x.tlog.size"),
        (302, b"", "text/plain"),
        (500, b"", "text/plain"),
    ],
)
def test_an_answer_that_is_none_is_not_believed(log, liar, status, words, kind):
    liar(status, words, kind)
    witnessing.ask_all()
    assert answer_of("liar.example") == Answer.UNREACHABLE
    assert not Cosignature.objects.filter(witness="liar.example").exists()


@pytest.mark.parametrize("seed", [b"j" * 32, b"k" * 32], ids=["another's key", "over another checkpoint"])
def test_a_line_that_is_not_the_witnesss_own_over_this_checkpoint_is_not_kept(log, liar, seed):
    other = notes.sign(notes.Checkpoint(log_key().origin, log.size, b"x" * 32), log_key())
    told = other if seed == b"k" * 32 else log.note
    liar(200, notes.cosign(told, SigningKey("liar.example", seed), seconds=1).removeprefix(told).encode())
    witnessing.ask_all()
    assert answer_of("liar.example") == Answer.UNREACHABLE
    assert not Cosignature.objects.filter(witness="liar.example").exists()


def cosigned_by_liar(log, *, seconds=1):
    return notes.cosign(log.note, SigningKey("liar.example", b"k" * 32), seconds=seconds).removeprefix(log.note)


# A partner that is broken, or hostile, must not be able to have the hospital's own log called tampered with: of an
# answer the one line is kept that its key has made, and not another under the same name.
def test_of_several_lines_of_one_name_the_one_is_kept_that_its_key_made(log, liar):
    strange = notes.with_signature("", notes.Key("liar.example", b"s" * 32, notes.COSIGNATURE), b"x" * 72)
    liar(200, (strange + cosigned_by_liar(log)).encode())
    witnessing.ask_all()
    assert answer_of("liar.example") == Answer.COSIGNED
    assert Cosignature.objects.get(witness="liar.example").line == cosigned_by_liar(log)
    call_command("ledger", "verify")


# The property: what one witness answers keeps no other from being asked. A time that no calendar has would end the look
# at every witness behind it, again and again.
def test_a_time_that_no_calendar_has_keeps_no_other_witness_from_being_asked(log, liar, witness_at, settings):
    liar(200, cosigned_by_liar(log, seconds=2**62).encode())
    witness_at()
    witnessing.ask_all()
    assert answer_of("liar.example") == Answer.UNREACHABLE
    assert answer_of() == Answer.COSIGNED


class Dripping(Liar):
    """Never ends its answer: a byte now and then, each within any time-out that counts from the last one."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        with contextlib.suppress(OSError):
            for byte in b"HTTP/1.0 200 OK\r\nX: " + b"x" * 4000:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if self.over.wait(0.02):
                    return
            self.whole.set()


# The property: a witness holds a thread of the pool, which wards are served from, for a bounded time.
def test_a_witness_that_drips_its_answer_is_left_when_the_time_is_over(log, liar, monkeypatch):
    monkeypatch.setattr(witnesses, "SECONDS", 0.2)
    over, whole = threading.Event(), threading.Event()
    liar(200, b"", of=Dripping, over=over, whole=whole)
    try:
        witnessing.ask_all()
    finally:
        over.set()
    assert not whole.is_set()
    assert answer_of("liar.example") == Answer.UNREACHABLE


def test_a_witness_that_is_away_is_asked_later_and_later(log, liar):
    liar(500, b"")
    for failures in (1, 2):
        ask_now()
        row = Asked.objects.get(pk="liar.example")
        assert row.failures == failures
    pause = row.next - row.answered
    assert timedelta(seconds=5) < pause < timedelta(seconds=15)


def test_what_was_cosigned_is_never_changed(log, witness_at):
    witness_at()
    witnessing.ask_all()
    for statement in ("UPDATE ledger_cosignature SET line = ''", "DELETE FROM ledger_cosignature"):
        with pytest.raises(Exception, match="permission denied|append-only"), transaction.atomic():
            connection.cursor().execute(statement)


@pytest.mark.parametrize("wrong", [["http://w"], ["ftp://w", "x"], ["http://w", "not+a+key"]])
def test_a_setting_that_names_no_witness_is_said_so(settings, wrong):
    settings.LOG_WITNESSES = [wrong]
    with pytest.raises(ImproperlyConfigured, match="READBACK_WITNESSES"):
        witnesses.configured()


def standing(size, answer=Answer.COSIGNED):
    return Standing("w", size, NOW, answer)


@pytest.mark.parametrize(
    ("several", "quorum", "unseen", "expected"),
    [
        ([], 1, None, (State.NOBODY, 0)),
        ([standing(9)], 2, None, (State.NOBODY, 0)),
        ([standing(9)], 1, None, (State.WITNESSED, 9)),
        ([standing(9), standing(5)], 2, NOW - timedelta(seconds=30), (State.WITNESSED, 5)),
        ([standing(9), standing(5)], 2, NOW - timedelta(minutes=3), (State.BEHIND, 5)),
        ([standing(0, Answer.UNREACHABLE)], 1, NOW - timedelta(minutes=3), (State.BEHIND, 0)),
        # Two that agree do not outvote one that has seen something else.
        ([standing(9), standing(9), standing(3, Answer.CONTRADICTED)], 2, None, (State.CONTRADICTED, 9)),
        ([standing(9), standing(3, Answer.AHEAD)], 1, None, (State.CONTRADICTED, 9)),
    ],
)
def test_the_state_is_what_the_witnesses_say(several, quorum, unseen, expected):
    assert state_of(several, quorum=quorum, unseen_since=unseen, at=NOW) == expected


def test_verify_says_how_far_witnesses_have_seen(log, witness_at, nurse, capsys):
    witness_at()
    witnessing.ask_all()
    record_many(nurse, 2)
    sequencer.sequence()
    call_command("ledger", "verify")
    said = capsys.readouterr().out
    assert f"Witnessed up to place {log.size - 1}." in said
    assert f"{Checkpoint.objects.latest('size').size - log.size} places after it are not." in said


def test_verify_without_a_witness_says_that_there_is_none(log, settings, capsys):
    settings.LOG_WITNESSES = []
    call_command("ledger", "verify")
    assert "Nobody outside has co-signed this log" in capsys.readouterr().out


def test_verify_does_not_prove_what_too_few_have_seen(log, witness_at):
    witness_at()
    with pytest.raises(CommandError, match="NOT PROVABLE.*Fewer than 1"):
        call_command("ledger", "verify")


def test_a_forged_cosignature_is_found(log, witness_at):
    witness = witness_at()
    Cosignature.objects.bulk_create(
        [Cosignature(witness=witness.name, size=log.size, line="— witness.partner.example AAAAAAAA\n", seen=NOW)]
    )
    with pytest.raises(CommandError, match="TAMPERED.*co-signature of witness.partner.example"):
        call_command("ledger", "verify")


def test_verify_believes_a_witness_that_has_seen_another_history(log, witness_at):
    witness_at()
    witnessing.ask_all()
    Asked.objects.update(answer=Answer.AHEAD, known=99_999)
    with pytest.raises(CommandError, match="TAMPERED.*99999 places.*First bad place: 99999"):
        call_command("ledger", "verify")

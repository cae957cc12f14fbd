"""`ledger verify`: what it says of a good log, of one that cannot be proved, and of what nobody can know.

What an owner or a superuser does to the log is in test_tampering.py.
"""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from ledger import chunks, counting, notes, sequencer
from ledger.merkle import leaf_hash
from ledger.models import Checkpoint, Event, Leaf
from ledger.verifying import NotProvable, Tampered, verify
from tests.guards import guard_the_log, tables_of_the_log
from tests.ledger.marking import mark
from tests.ledger.test_sequencer import record_many
from vault.signing import SigningKey, log_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def start(nurse):
    """A log of a few hundred events more, in batches. Gives the place of the first of them."""
    sequencer.sequence()
    place = Leaf.objects.count()
    record_many(nurse, 520)
    sequencer.sequence(batch=130)
    return place


def key():
    return notes.key_of(log_key())


def test_a_good_log_is_good(start):
    verdict = verify(key())
    assert verdict.places == Leaf.objects.count()
    assert verdict.checkpoints == Checkpoint.objects.count()
    assert verdict.last.size == verdict.places


def test_events_that_have_just_come_do_not_spoil_it(start, nurse):
    record_many(nurse, 3)
    assert verify(key()).places == start + 520


def unguarded(sql):
    with connection.cursor() as cursor:
        for table in tables_of_the_log(cursor):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        cursor.execute(sql)
        guard_the_log(cursor)


def test_a_kept_checkpoint_with_another_root_is_the_proof_of_two_histories(start):
    other = notes.Checkpoint(log_key().origin, start + 130, leaf_hash(b"another history"))
    with pytest.raises(Tampered, match="another root"):
        verify(key(), known=[other])


def test_the_checkpoint_of_another_log_proves_nothing(start):
    with pytest.raises(NotProvable, match="another log"):
        verify(key(), known=[notes.Checkpoint("other.example/log", 5, b"r" * 32)])


def test_another_key_proves_nothing(start):
    with pytest.raises(NotProvable, match="right key"):
        verify(notes.key_of(SigningKey("other.example/log", b"o" * 32)))


@pytest.mark.usefixtures("as_owner")
def test_an_event_that_waits_for_too_long_is_said(start):
    unguarded(
        "INSERT INTO ledger_event (event, outcome, purpose, recorded) "
        "VALUES ('patient.read', 'success', 'TREAT', now() - interval '2 minutes') RETURNING id"
    )
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_waiting SELECT id, recorded FROM ledger_event ORDER BY id DESC LIMIT 1")
    with pytest.raises(NotProvable, match="waited"):
        verify(key())


@pytest.mark.usefixtures("as_owner")
def test_a_long_silence_is_a_remark(start, nurse):
    unguarded(
        "INSERT INTO ledger_event (event, outcome, purpose, recorded, process_id, process_n) VALUES "
        "('patient.read', 'success', 'TREAT', now() + interval '10 minutes', gen_random_uuid(), 1);"
        "INSERT INTO ledger_waiting SELECT id, recorded FROM ledger_event ORDER BY id DESC LIMIT 1"
    )
    sequencer.sequence()
    assert any(f"before place {start + 520}" in remark for remark in verify(key()).remarks)


@pytest.mark.usefixtures("as_owner")
def test_a_clock_that_was_set_back_is_a_remark(start, nurse):
    # The attack: the machine's clock goes back for as long as it takes to do something yesterday.
    unguarded(
        "INSERT INTO ledger_event (event, outcome, purpose, recorded, process_id, process_n) VALUES "
        "('patient.read', 'success', 'TREAT', now() - interval '1 day', gen_random_uuid(), 1);"
        "INSERT INTO ledger_waiting SELECT id, recorded FROM ledger_event ORDER BY id DESC LIMIT 1"
    )
    sequencer.sequence()
    (remark,) = [one for one in verify(key()).remarks if "clock" in one]
    assert f"before place {start + 520}" in remark


# -- the command --


def run(*arguments):
    out = StringIO()
    call_command("ledger", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_good(start):
    assert f"GOOD. {start + 520} places" in run("verify")
    assert "GOOD." in run("verify", "--vkey", run("key").strip())


@pytest.mark.usefixtures("as_owner")
def test_the_command_names_the_first_bad_place_and_ends_with_1(start):
    unguarded(f"DELETE FROM ledger_leaf WHERE place = {start} + 9")
    with pytest.raises(CommandError, match=f"TAMPERED.*First bad place: {start + 9}") as ended:
        run("verify")
    assert ended.value.returncode == 1


def test_the_command_ends_with_2_where_nothing_can_be_proved(start, tmp_path):
    other = notes.vkey_of(notes.key_of(SigningKey("other.example/log", b"o" * 32)))
    (tmp_path / "kept").write_text("no checkpoint")
    for arguments in (["--vkey", other], ["--known", str(tmp_path / "kept")]):
        with pytest.raises(CommandError, match="NOT PROVABLE") as ended:
            run("verify", *arguments)
        assert ended.value.returncode == 2


def test_the_command_ends_with_3_for_a_wrong_call(start, tmp_path, capsys):
    for arguments in (["--vkey", "nonsense"], ["--known", str(tmp_path / "gone")]):
        with pytest.raises(CommandError) as ended:
            run("verify", *arguments)
        assert ended.value.returncode == 3
    from ledger.management.commands.ledger import Command

    for arguments in ([], ["nonsense"], ["verify", "--nonsense"]):
        with pytest.raises(SystemExit) as left:
            Command().run_from_argv(["manage.py", "ledger", *arguments])
        assert left.value.code == 3


def test_once_gives_what_waits_its_place(start, nurse):
    record_many(nurse, 4)
    assert "4 events" in run("sequence", "--once")


def test_the_log_gets_no_second_key(start, settings, tmp_path):
    settings.LOG_KEY_FILE = tmp_path / "log.json"
    with pytest.raises(CommandError, match="signed already"):
        run("init")
    assert not (tmp_path / "log.json").exists()


# -- what each process counted --


@pytest.fixture
def counted(start, nurse):
    """A process of its own has written ten events, one of them rolled back, and has marked them. Nothing is placed."""
    counter = counting.begin_anew()
    record_many(nurse, 4)
    counter.take(1)
    record_many(nurse, 5)
    # Inside a test's transaction nothing is committed.
    counter.confirm([1, 2, 3, 4, *range(6, 11)])
    mark()
    assert Event.objects.get(process_id=counter.process_id, event="ledger.counted").detail["void"] == ["5"]
    return counter


def numbered(counter, number):
    return f"process_id = '{counter.process_id}' AND process_n = {number}"


def taken_away(condition):
    """A superuser takes events away before the sequencer has seen them, so that no tree ever held them."""
    ids = f"(SELECT id FROM ledger_event WHERE {condition})"
    unguarded(f"DELETE FROM ledger_waiting WHERE event_id IN {ids}; DELETE FROM ledger_event WHERE {condition}")


def test_a_process_that_has_counted_all_its_events_is_good(counted):
    sequencer.sequence()
    assert not any(counted.process_id in remark for remark in verify(key()).remarks)


@pytest.mark.usefixtures("as_owner")
def test_what_is_missing_after_the_last_mark_is_not_covered_and_no_tampering(counted, nurse):
    # kill -9: what the process had open went with it, and nobody can tell that from a deletion.
    record_many(nurse, 3)
    taken_away(numbered(counted, 13))
    counting.begin_anew()
    unguarded(
        "INSERT INTO ledger_event (event, outcome, purpose, recorded, process_id, process_n) VALUES "
        "('patient.read', 'success', 'TREAT', now() + interval '5 minutes', gen_random_uuid(), 1);"
        "INSERT INTO ledger_waiting SELECT id, recorded FROM ledger_event ORDER BY id DESC LIMIT 1"
    )
    sequencer.sequence()
    (remark,) = [one for one in verify(key()).remarks if "without saying" in one]
    assert f"{counted.process_id} (from its event 11 on, 2 are there)" in remark


@pytest.mark.usefixtures("as_owner")
def test_the_mark_of_one_process_excuses_nothing_of_another(counted):
    # The attack: another process's signed mark, or an older one, in the place of this one's.
    mine = Event.objects.get(process_id=counted.process_id, process_n=11)
    taken_away(numbered(counted, 3))
    unguarded(f"UPDATE ledger_event SET process_n = 12 WHERE id = {mine.pk}")
    sequencer.sequence()
    with pytest.raises(Tampered, match="not signed"):
        verify(key())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rows", [50, 256, 10_000])
def test_a_log_that_is_read_ahead_in_pieces_is_the_same(monkeypatch, nurse, rows):
    # Outside of a test's transaction: by connections of their own, which must see what the verifier's sees.
    counting.begin_anew()
    record_many(nurse, 600)
    sequencer.sequence(batch=170)
    monkeypatch.setattr(chunks, "ROWS", rows)
    seen = []
    verdict = verify(key(), progress=seen.append)
    assert verdict.places == Leaf.objects.count() == seen[-1]
    assert len(seen) == -(-verdict.places // rows)

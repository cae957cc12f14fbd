"""The order of the log: every event gets one place, without a gap, under a checkpoint that anybody can check.

The tables are never emptied, so a test finds what earlier ones committed, and looks at what is new.
"""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction

from ledger import leaves, logins, merkle, notes, sequencer, tiles
from ledger.logins import as_sequencer
from ledger.models import Checkpoint, Event, Leaf, Tile, Waiting
from ledger.services import Noted, record, record_all, record_read
from vault.signing import SigningKey, log_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def log():
    """The log with everything in it that was there before this test."""
    sequencer.sequence()
    return newest()


def newest():
    return Checkpoint.objects.order_by("-size").first()


def record_many(nurse, several):
    record_all([Noted(event="patient.read", agent=nurse, patient_id=uuid4()) for _ in range(several)])


def kept_hashes():
    return [bytes(hashed) for hashed in Leaf.objects.order_by("place").values_list("hash", flat=True)]


def row_of(event_id):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {leaves.SELECTED} FROM ledger_event AS event WHERE id = %s", [event_id])
        return cursor.fetchone()


def test_what_waits_gets_contiguous_places_under_one_checkpoint(log, nurse):
    record_many(nurse, 3)
    assert Waiting.objects.count() == 3
    assert sequencer.sequence() == 3
    ids = list(Event.objects.filter(agent_id=nurse.person_id).order_by("id").values_list("id", flat=True))
    new = Leaf.objects.filter(place__gte=log.size).order_by("place")
    assert list(new.values_list("place", "event_id")) == list(enumerate(ids, log.size))
    assert Waiting.objects.count() == 0
    assert newest().size == log.size + 3


def test_a_checkpoint_has_the_root_of_all_leaves_and_the_logs_signature(log, nurse):
    record_many(nurse, 5)
    sequencer.sequence()
    checkpoint, hashes = newest(), kept_hashes()
    opened = notes.open_checkpoint(checkpoint.note, notes.key_of(log_key()))
    assert opened.root == bytes(checkpoint.root) == merkle.root(len(hashes), merkle.nodes_over(hashes))
    path = merkle.consistency_proof(log.size, opened.size, merkle.nodes_over(hashes))
    merkle.verify_consistency(old=log.size, new=opened.size, old_root=bytes(log.root), new_root=opened.root, path=path)


def test_each_leaf_has_a_salt_of_its_own(log, nurse):
    # The attack: a witness that holds hashes guesses "Lee read Odalys' record" and hashes it.
    record_many(nurse, 4)
    sequencer.sequence()
    salts = {bytes(salt) for salt in Leaf.objects.filter(place__gte=log.size).values_list("salt", flat=True)}
    assert [len(salt) for salt in salts] == [32] * 4


def test_a_full_tile_is_kept_and_the_partial_ones_continue_it(log, nurse):
    record_many(nurse, 600)
    sequencer.sequence()
    record_many(nurse, 300)
    assert sequencer.sequence(batch=70) == 300
    hashes = kept_hashes()
    full = Tile.objects.filter(level=0)
    assert full.count() == len(hashes) // 256
    for tile in full:
        expected = hashes[256 * tile.index : 256 * tile.index + 256]
        assert tiles.decode_tile(bytes(tile.content), width=256) == expected
        assert bytes(tile.root) == tiles.tile_root(expected)
    assert bytes(newest().root) == merkle.root(len(hashes), merkle.nodes_over(hashes))


def test_nothing_to_do_is_nothing_done(log):
    assert sequencer.sequence() == 0
    assert newest() == log


def test_a_silent_minute_is_itself_an_entry(log):
    assert sequencer.sequence(heartbeat_after=timedelta()) == 1
    leaf = Leaf.objects.order_by("-place").first()
    assert Event.objects.get(pk=leaf.event_id).event == "ledger.heartbeat"
    assert newest().size == log.size + 1


def test_no_heartbeat_is_added_to_events(log, nurse):
    record_many(nurse, 2)
    assert sequencer.sequence(heartbeat_after=timedelta()) == 2


def test_an_event_that_is_rolled_back_waits_for_nothing(log, nurse):
    with transaction.atomic():
        record("patient.read", agent=nurse)
        transaction.set_rollback(True)
    assert Waiting.objects.count() == 0


def test_how_long_the_oldest_waits_is_told(log, nurse):
    assert sequencer.longest_wait() == timedelta()
    record_many(nurse, 1)
    assert timedelta() <= sequencer.longest_wait() < timedelta(minutes=1)


def test_a_server_ends_its_round_however_much_waits(log, nurse):
    record_many(nurse, 9)
    assert sequencer.sequence(batch=2, batches=3) == 6
    assert sequencer.sequence() == 3


def test_what_waits_for_longer_than_a_minute_is_an_alarm(log, nurse, monkeypatch, caplog):
    monkeypatch.setattr(sequencer, "ALARM_AFTER", timedelta())
    monkeypatch.setattr(sequencer, "BATCHES_A_ROUND", 0)
    record_many(nurse, 1)
    sequencer.run_round()
    assert "ledger.behind" in caplog.text


@pytest.fixture
def without_a_login():
    """This process serves, and nobody gave it the login that orders the log."""
    (way,) = logins._ways
    logins.set_way(logins.own_connection)
    yield
    logins.set_way(way)


def test_a_server_that_may_not_order_the_log_says_so_when_nobody_else_does(
    log, nurse, monkeypatch, caplog, without_a_login
):
    record_many(nurse, 1)
    sequencer.run_round()
    assert caplog.text == ""
    monkeypatch.setattr(sequencer, "ALARM_AFTER", timedelta())
    sequencer.run_round()
    assert "ledger.nobody_sequences" in caplog.text
    with pytest.raises(logins.NoSequencer, match="READBACK_SEQUENCER_URL"):
        sequencer.sequence()
    with pytest.raises(CommandError, match="READBACK_SEQUENCER_URL"):
        call_command("ledger", "sequence", "--once")


def test_it_signs_nothing_with_another_logs_key(log, nurse, monkeypatch):
    # The mistake: a key file made anew after the old one was lost. Under it this would be another log.
    monkeypatch.setattr(sequencer, "log_key", lambda: SigningKey("other.example/log", b"o" * 32))
    record_many(nurse, 1)
    with pytest.raises(sequencer.LogBroken, match="not this log's"):
        sequencer.sequence()
    assert newest() == log


@pytest.mark.usefixtures("as_owner")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_leaf SET hash = salt WHERE place = (SELECT max(place) FROM ledger_leaf)",
        "DELETE FROM ledger_leaf WHERE place = (SELECT max(place) FROM ledger_leaf)",
        "UPDATE ledger_tile SET root = (SELECT salt FROM ledger_leaf LIMIT 1) WHERE level = 0",
        "UPDATE ledger_checkpoint SET root = (SELECT salt FROM ledger_leaf LIMIT 1)",
    ],
)
def test_it_signs_nothing_on_top_of_a_log_that_was_changed(log, nurse, change):
    # The attack: the owner changes the log's end and lets the next checkpoint vouch for it.
    record_many(nurse, 300)
    sequencer.sequence()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_leaf DISABLE TRIGGER ALL; ALTER TABLE ledger_tile DISABLE TRIGGER ALL")
        cursor.execute("ALTER TABLE ledger_checkpoint DISABLE TRIGGER ALL")
        cursor.execute(change)
    record_many(nurse, 1)
    with pytest.raises(sequencer.LogBroken):
        sequencer.sequence()


# -- the database's own part --


def attempt(sql, *parameters):
    with as_sequencer(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def put(sql, *parameters):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def test_no_event_can_be_kept_from_the_log(log, nurse):
    # The attack: SQL as the sequencer takes an event off the list of those that wait.
    record_many(nurse, 1)
    with pytest.raises(IntegrityError, match="until it has a place"):
        attempt("DELETE FROM ledger_waiting")
    assert sequencer.sequence() == 1


@pytest.mark.parametrize("places", [[1], [0, 2], [-1], [1, 2]])
def test_the_database_takes_no_gap(log, places):
    values = ", ".join(
        f"({log.size + place}, {-1 - number}, now(), sha256('a'), sha256('b'))" for number, place in enumerate(places)
    )
    with pytest.raises(IntegrityError):
        attempt(f"INSERT INTO ledger_leaf (place, event_id, recorded, salt, hash) VALUES {values}")


@pytest.mark.parametrize("size", [-1, 0, 1])
def test_the_database_takes_no_checkpoint_of_a_part(log, size):
    with pytest.raises(IntegrityError):
        attempt("INSERT INTO ledger_checkpoint VALUES (%s, sha256('a'), 'note')", log.size + size)


@pytest.mark.usefixtures("as_owner")
@pytest.mark.parametrize("table", ["leaf", "tile", "checkpoint"])
@pytest.mark.parametrize("mode", ["origin", "replica"])
@pytest.mark.parametrize("change", ["UPDATE ledger_{} SET {} = {}", "DELETE FROM ledger_{}", "TRUNCATE ledger_{}"])
def test_the_log_refuses_every_change_to_its_owner_too(log, table, mode, change):
    column = {"leaf": "salt", "tile": "root", "checkpoint": "note"}[table]
    with pytest.raises(Exception, match=f"ledger_{table} is append-only"):
        put(f"SET LOCAL session_replication_role = {mode}; {change.format(table, column, column)}")


# -- the bytes of a leaf --


def test_a_leaf_is_the_canonical_json_of_the_row_and_the_salt(nurse):
    patients = [uuid4(), uuid4()]
    record_read("patient.listed", agent=nurse, patient_ids=patients, relationship_ids=[uuid4()], detail={"rows": 2})
    event = Event.objects.get(agent_id=nurse.person_id)
    content = leaves.leaf_bytes(row_of(event.pk), b"s" * 32)
    facts = json.loads(content)
    assert content == json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert facts["format"] == "readback-event/1"
    assert facts["salt"] == (b"s" * 32).hex()
    assert facts["recorded"] == event.recorded.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert facts["patient_ids"] == [str(patient) for patient in patients]
    assert (facts["patient_id"], facts["detail"], facts["device"]) == (None, {"rows": 2}, "Ward phone 3")
    assert set(facts) == {field.column for field in Event._meta.fields} | {"salt", "format"}


def test_the_database_writes_text_as_every_other_writer_of_canonical_json():
    text = "".join(map(chr, [*range(1, 0x300), 0x2028, 0x202E, 0xFFFD, 0x1F600]))
    put("INSERT INTO ledger_event (event, outcome, purpose, device) VALUES ('a.b', 'success', '', %s)", text)
    content = leaves.leaf_bytes(row_of(Event.objects.latest("id").pk), b"s" * 32)
    facts = json.loads(content)
    assert facts["device"] == text
    assert content == json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.usefixtures("as_owner")
@pytest.mark.parametrize(
    ("detail", "kept"),
    [
        ("{}", {}),
        ('{"n": 9007199254740991}', {"n": 9007199254740991}),
        ('{"n": 9007199254740993}', {"n": "9007199254740993"}),
        ('{"n": 1.50}', {"n": "1.50"}),
        ('{"n": 1e6000}', {"n": "1" + "0" * 6000}),
        ('{"b": true, "a": [null, "\\u00e9\\u2028\\"\\\\"]}', {"a": [None, 'é\u2028"\\'], "b": True}),
    ],
)
def test_every_row_that_the_table_can_hold_has_a_leaf(log, detail, kept):
    # The attack: one row, written past ledger.record(), of which no leaf can be made: the log would stand still.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_event (event, outcome, purpose, detail) VALUES ('a.b', 'success', '', %s) RETURNING id",
            [detail],
        )
        (event_id,) = cursor.fetchone()
    assert json.loads(leaves.leaf_bytes(row_of(event_id), b"s" * 32))["detail"] == kept
    assert sequencer.sequence() == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("device", "repeat('x', 70000)"),
        ("device", "E'\\u0001\\u202e\\\\'"),
        ("detail", "(repeat('[', 4000) || repeat(']', 4000))::jsonb"),
    ],
)
def test_not_even_an_absurd_row_stops_the_log(log, column, value):
    put(f"INSERT INTO ledger_event (event, outcome, purpose, {column}) VALUES ('a.b', 'success', '', {value})")
    assert sequencer.sequence() == 1
    leaf = Leaf.objects.order_by("-place").first()
    content = leaves.leaf_bytes(row_of(leaf.event_id), bytes(leaf.salt))
    assert len(content) <= tiles.LONGEST_ENTRY
    assert merkle.leaf_hash(content) == bytes(leaf.hash)

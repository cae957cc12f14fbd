"""`ledger verify` against the tables' owner and a superuser: whatever they change is found, and the place is named."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from ledger import counting, marks, notes, sequencer
from ledger.merkle import leaf_hash
from ledger.models import Checkpoint, Event, Leaf
from ledger.verifying import NotProvable, Tampered, verify
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


PLACE = "(SELECT event_id FROM ledger_leaf WHERE place = {start} + 7)"
# What is done to the log -> the first bad place after `start`, None where there is no place to name.
TAMPERINGS = [
    (f"UPDATE ledger_event SET agent_id = gen_random_uuid() WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET patient_id = NULL WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET recorded = recorded - interval '1 microsecond' WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET recorded = recorded + interval '1 year' WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET outcome = 'refused' WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET reason = 'x' WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET event = 'patient.listed' WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET agent_role = 'physician' WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET session_id = NULL WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET device = device || ' ' WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET unit_id = gen_random_uuid() WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET relationship_ids = ARRAY[]::uuid[] WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET entity_kind = 'handover' WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET entity_id = gen_random_uuid() WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET entity_version = 'ab' WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET purpose = 'BTG' WHERE id = {PLACE}", 7),
    (f"UPDATE ledger_event SET request_id = '' WHERE id = {PLACE}", 7),
    (f"""UPDATE ledger_event SET detail = '{{"n": 1}}' WHERE id = {PLACE}""", 7),
    (f"DELETE FROM ledger_event WHERE id = {PLACE}", 7),
    ("UPDATE ledger_event SET reason = reason || '.'", -1),
    ("DELETE FROM ledger_event WHERE id IN (SELECT event_id FROM ledger_leaf WHERE place >= {start} + 100)", 100),
    ("UPDATE ledger_leaf SET salt = hash WHERE place = {start} + 9", 9),
    ("UPDATE ledger_leaf SET hash = salt WHERE place = {start} + 9", 9),
    ("UPDATE ledger_leaf SET event_id = -1 WHERE place = {start} + 9", 9),
    ("DELETE FROM ledger_leaf WHERE place = {start} + 9", 9),
    ("DELETE FROM ledger_leaf WHERE place >= {start} + 500", 500),
    ("DELETE FROM ledger_leaf WHERE place >= {start} + 390", 390),
    ("UPDATE ledger_leaf SET place = place + 1000000 WHERE place = {start} + 519", 519),
    ("UPDATE ledger_leaf SET place = place + 1000000 WHERE place >= {start} + 9", 9),
    ("DELETE FROM ledger_tile WHERE level = 0 AND index = ({start} + 255) / 256", "tile"),
    ("UPDATE ledger_tile SET root = sha256('a') WHERE level = 0 AND index = ({start} + 255) / 256", "tile"),
    ("UPDATE ledger_tile SET content = content || '' WHERE false; INSERT INTO ledger_tile "
     "SELECT level, index + 1000, content, root FROM ledger_tile WHERE level = 0 LIMIT 1", "end"),
    ("UPDATE ledger_checkpoint SET root = sha256('a') WHERE size = {start} + 260", 259),
    ("UPDATE ledger_checkpoint SET note = 'x' WHERE size = {start} + 260", 259),
    ("UPDATE ledger_checkpoint SET note = replace(note, '— ', '- ') WHERE size = {start} + 260", 259),
    ("UPDATE ledger_checkpoint SET note = (SELECT note FROM ledger_checkpoint WHERE size = {start} + 130) "
     "WHERE size = {start} + 260", 259),
    ("DELETE FROM ledger_checkpoint WHERE size = {start} + 520", 390),
    ("INSERT INTO ledger_event (event, outcome, purpose) VALUES ('patient.read', 'success', 'TREAT'); "
     "DELETE FROM ledger_waiting", None),
    ("INSERT INTO ledger_waiting VALUES (-5)", None),
]  # fmt: skip


@pytest.mark.usefixtures("as_owner")
@pytest.mark.parametrize(("change", "bad"), TAMPERINGS)
def test_what_a_superuser_changes_is_found_and_its_place_is_named(start, change, bad):
    unguarded(change.replace("{start}", str(start)))
    with pytest.raises(Tampered) as found:
        verify(key())
    if bad in ("tile", "end"):
        assert found.value.place is not None
    elif bad == -1:
        assert found.value.place == 0
    else:
        assert found.value.place == (None if bad is None else start + bad)


def unguarded(sql):
    with connection.cursor() as cursor:
        for table in ("event", "leaf", "tile", "checkpoint", "waiting"):
            cursor.execute(f"ALTER TABLE ledger_{table} DISABLE TRIGGER ALL")
        cursor.execute(sql)


@pytest.mark.usefixtures("as_owner")
def test_two_events_that_change_places_are_found(start):
    unguarded(
        f"UPDATE ledger_leaf SET event_id = -event_id WHERE place IN ({start} + 3, {start} + 5);"
        "UPDATE ledger_leaf AS one SET event_id = -other.event_id FROM ledger_leaf AS other "
        f"WHERE one.place + other.place = 2 * {start} + 8 AND one.place IN ({start} + 3, {start} + 5)"
    )
    with pytest.raises(Tampered) as found:
        verify(key())
    assert found.value.place == start + 3


@pytest.mark.usefixtures("as_owner")
def test_a_leaf_that_was_changed_with_its_event_is_found_by_its_tile_or_its_checkpoint(start):
    # The careful attack: the event, its leaf's hash, everything but what was signed.
    from ledger import leaves
    from tests.ledger.test_sequencer import row_of

    leaf = Leaf.objects.get(place=start + 515)
    unguarded(f"UPDATE ledger_event SET agent_role = 'physician' WHERE id = {leaf.event_id}")
    forged = leaf_hash(leaves.leaf_bytes(row_of(leaf.event_id), bytes(leaf.salt)))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_leaf SET hash = %s WHERE place = %s", [forged, leaf.place])
    with pytest.raises(Tampered) as found:
        verify(key())
    # A checkpoint or a tile vouches for many places at once: the first of them is named.
    assert start <= found.value.place <= leaf.place


@pytest.mark.usefixtures("as_owner")
def test_a_checkpoint_that_another_key_signed_is_found(start):
    last = Checkpoint.objects.order_by("-size").first()
    other = SigningKey(log_key().origin, b"o" * 32)
    forged = notes.sign(notes.Checkpoint(other.origin, last.size, bytes(last.root)), other)
    first = Checkpoint.objects.filter(size__gt=start).order_by("size").first()
    unguarded(f"UPDATE ledger_checkpoint SET note = '{forged}' WHERE size = {first.size}")
    with pytest.raises(Tampered, match="not signed by this log's key"):
        verify(key())


@pytest.mark.usefixtures("as_owner")
def test_a_tail_that_was_cut_with_its_checkpoints_is_found_by_one_that_was_kept(start):
    last = Checkpoint.objects.order_by("-size").first()
    kept = notes.open_checkpoint(last.note, key())
    assert verify(key(), known=[kept]).places == last.size
    unguarded(
        f"DELETE FROM ledger_checkpoint WHERE size > {start} + 130;"
        f"DELETE FROM ledger_event WHERE id IN (SELECT event_id FROM ledger_leaf WHERE place >= {start} + 130);"
        f"DELETE FROM ledger_leaf WHERE place >= {start} + 130;"
        f"DELETE FROM ledger_tile WHERE (index + 1) << (8 * (level + 1)) > {start} + 130"
    )
    # Without somebody else's memory this is a good, shorter log. It is said so in the module.
    assert verify(key()).places == start + 130
    with pytest.raises(Tampered) as found:
        verify(key(), known=[kept])
    assert found.value.place == start + 130


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
        cursor.execute("INSERT INTO ledger_waiting SELECT max(id) FROM ledger_event")
    with pytest.raises(NotProvable, match="waited"):
        verify(key())


@pytest.mark.usefixtures("as_owner")
def test_a_long_silence_is_a_remark(start, nurse):
    unguarded(
        "INSERT INTO ledger_event (event, outcome, purpose, recorded, process_id, process_n) VALUES "
        "('patient.read', 'success', 'TREAT', now() + interval '10 minutes', gen_random_uuid(), 1);"
        "INSERT INTO ledger_waiting SELECT max(id) FROM ledger_event"
    )
    sequencer.sequence()
    assert any(f"before place {start + 520}" in remark for remark in verify(key()).remarks)


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
    for _ in range(2):
        marks.of_this_process().round()
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
@pytest.mark.parametrize("number", [1, 3, 6, 10])
def test_an_event_that_was_taken_away_before_it_had_a_place_is_missed(start, counted, number):
    taken_away(numbered(counted, number))
    sequencer.sequence()
    with pytest.raises(Tampered, match=f"The event {number} of the process {counted.process_id} is gone") as found:
        verify(key())
    # The mark's own place: it follows the eight events that are left.
    assert found.value.place == start + 520 + 8


@pytest.mark.usefixtures("as_owner")
def test_what_is_missing_after_the_last_mark_is_not_covered_and_no_tampering(counted, nurse):
    # kill -9: what the process had open went with it, and nobody can tell that from a deletion.
    record_many(nurse, 3)
    taken_away(numbered(counted, 13))
    counting.begin_anew()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_event (event, outcome, purpose, recorded, process_id, process_n) VALUES "
            "('patient.read', 'success', 'TREAT', now() + interval '5 minutes', gen_random_uuid(), 1);"
            "INSERT INTO ledger_waiting SELECT max(id) FROM ledger_event"
        )
    sequencer.sequence()
    (remark,) = [one for one in verify(key()).remarks if "without saying" in one]
    assert f"{counted.process_id} (from its event 11 on, 2 are there)" in remark


FORGERIES = [
    # The careful ones excuse what they took away.
    ("UPDATE ledger_event SET detail = jsonb_set(detail, '{void}', '[\"3\", \"5\"]') WHERE {mark}", "not signed"),
    ("UPDATE ledger_event SET detail = jsonb_set(detail, '{through}', '2') WHERE {mark}", "not signed"),
    ("UPDATE ledger_event SET detail = '{}' WHERE {mark}", "form of a mark"),
    ("UPDATE ledger_event SET event = 'patient.read' WHERE {mark}", "event 5 of the process"),
    # Numbers that are used again.
    ("UPDATE ledger_event SET process_n = 4 WHERE {third}", "counted its event 4 already"),
    ("UPDATE ledger_event SET process_n = 5 WHERE {third}", "void, but it is there"),
    ("UPDATE ledger_event SET process_id = gen_random_uuid() WHERE {third}", "event 3 of the process"),
    ("UPDATE ledger_event SET process_id = NULL, process_n = NULL WHERE {third}", "written past the product"),
    ("UPDATE ledger_event SET process_n = 30 WHERE {third}", "event 3 of the process"),
]


@pytest.mark.usefixtures("as_owner")
@pytest.mark.parametrize(("change", "words"), FORGERIES)
def test_a_count_that_was_forged_before_it_had_a_place_is_found(counted, nurse, change, words):
    unguarded(change.replace("{mark}", numbered(counted, 11)).replace("{third}", numbered(counted, 3)))
    # The process goes on, and marks again.
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_event ENABLE TRIGGER ledger_event_waits_for_a_place")
    record_many(nurse, 1)
    counted.confirm(range(11, 13))
    marks.of_this_process().round()
    sequencer.sequence()
    with pytest.raises(Tampered, match=words):
        verify(key())


@pytest.mark.usefixtures("as_owner")
def test_the_mark_of_one_process_excuses_nothing_of_another(counted):
    # The attack: another process's signed mark, or an older one, in the place of this one's.
    mine = Event.objects.get(process_id=counted.process_id, process_n=11)
    taken_away(numbered(counted, 3))
    unguarded(f"UPDATE ledger_event SET process_n = 12 WHERE id = {mine.pk}")
    sequencer.sequence()
    with pytest.raises(Tampered, match="not signed"):
        verify(key())


@pytest.mark.usefixtures("as_owner")
def test_an_event_that_was_put_in_past_the_product_is_found(start, counted):
    unguarded("INSERT INTO ledger_event (event, outcome, purpose) VALUES ('patient.read', 'success', 'TREAT')")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_waiting SELECT max(id) FROM ledger_event")
    sequencer.sequence()
    with pytest.raises(Tampered, match="written past the product") as found:
        verify(key())
    assert found.value.place == start + 520 + 10

"""The tamper matrix: all of tests/ledger/tamperings.py, by the owner of the tables and by a superuser, is found."""

from io import StringIO
from pathlib import Path

import pytest
from django.db import connection

from ledger import counting, leaves, notes, sequencer
from ledger.merkle import leaf_hash
from ledger.models import Checkpoint, Event, Leaf, Tile
from ledger.tiles import TILE_WIDTH, decode_tile, encode_tile, tile_root
from ledger.verifying import Tampered, verify
from tests.guards import guard_the_log, tables_of_the_log
from tests.ledger import tamperings
from tests.ledger.marking import mark
from tests.ledger.tamperings import OWNER, TAMPERINGS, WAITING
from tests.ledger.test_sequencer import record_many, row_of
from vault.signing import SigningKey, log_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_owner")]
EVERY = [
    pytest.param(one, who, id=f"{number}-{one.name}-{who}".replace(" ", "_"))
    for number, one in enumerate(TAMPERINGS, 1)
    for who in one.by
]


def key():
    return notes.key_of(log_key())


@pytest.fixture
def start(nurse):
    """The place of the first of 520 events more, in four batches."""
    sequencer.sequence()
    place = Leaf.objects.count()
    record_many(nurse, 520)
    sequencer.sequence(batch=130)
    return place


@pytest.fixture
def process(start, nurse):
    """A process of its own has written its events 1 to 4 and 6 to 10, and has marked them. Nothing of it is placed."""
    counter = counting.begin_anew()
    record_many(nurse, 4)
    counter.take(1)
    record_many(nurse, 5)
    # Inside a test's transaction nothing is committed.
    counter.confirm([*range(1, 5), *range(6, 11)])
    mark()
    said = Event.objects.get(process_id=counter.process_id, event="ledger.counted")
    assert (said.process_n, said.detail["through"], said.detail["void"]) == (11, 10, ["5"])
    return counter


def write_on(counter, nurse):
    """One event more, and a mark."""
    record_many(nurse, 1)
    counter.confirm([11, 12])
    mark()


def tampered(sql, who):
    """Does it, with no trigger to hear it; then all is as it was before, for the server to go on."""
    with connection.cursor() as cursor:
        tables = tables_of_the_log(cursor)
        if who == OWNER:
            cursor.execute("CREATE ROLE tamperer")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} OWNER TO tamperer; ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute("SET LOCAL ROLE tamperer")
            cursor.execute(sql)
            cursor.execute("SET LOCAL ROLE NONE")
            guard_the_log(cursor)
        else:
            names = ", ".join(f"'{table}'::regclass" for table in tables)
            cursor.execute(f"UPDATE pg_class SET relhastriggers = false WHERE oid IN ({names})")
            cursor.execute(sql)
            cursor.execute(f"UPDATE pg_class SET relhastriggers = true WHERE oid IN ({names})")


def spelled(sql, start, counter):
    """The statement, with the places, hashes and forged notes of this log."""
    found = sql.replace("{start}", str(start)).replace("{tile}", str(first_tile(start)))
    if "{month}" in found:
        found = found.replace("{month}", month_of(start))
    if counter is not None:
        mine = f"process_id = '{counter.process_id}'"
        found = found.replace("{mine}", mine)
        found = found.replace("{mark}", f"{mine} AND process_n = 11").replace("{third}", f"{mine} AND process_n = 3")
    for name, forge in FORGED.items():
        if f"{{{name}}}" in found:
            found = found.replace(f"{{{name}}}", forge(start))
    return found


def month_of(place):
    """The part of the record in which the event of this place lies."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event.tableoid::regclass::text FROM ledger_event AS event "
            "JOIN ledger_leaf AS leaf ON leaf.event_id = event.id WHERE place = %s",
            [place],
        )
        return cursor.fetchone()[0]


def first_tile(start):
    """The first tile whose places are all among the 520, so that the next one is full too."""
    return start // TILE_WIDTH


def _of_another_key(start):
    size = start + 260
    other = SigningKey("other.example/log", b"o" * 32)
    return _text(notes.sign(notes.Checkpoint(other.origin, size, _root_at(size)), other))


def _resigned(start):
    size = start + 260
    other = SigningKey(log_key().origin, b"o" * 32)
    return _text(notes.sign(notes.Checkpoint(other.origin, size, _root_at(size)), other))


def _extended(start):
    note = Checkpoint.objects.get(size=start + 260).note
    return _text(note.replace("\n\n", "\none line more\n\n", 1))


def _leaf_hash(start):
    """As it will be once the event is changed: the careful attacker computes it."""
    leaf = Leaf.objects.get(place=start + 515)
    changed = [
        part.replace('"nurse"', '"physician"') if isinstance(part, str) else part for part in row_of(leaf.event_id)
    ]
    return _bytes(leaf_hash(leaves.leaf_bytes(changed, bytes(leaf.salt))))


def _tile(start):
    content = bytes(Tile.objects.get(level=0, index=first_tile(start)).content)
    return [leaf_hash(b"forged"), *decode_tile(content, width=TILE_WIDTH)[1:]]


def _root_at(size):
    return bytes(Checkpoint.objects.get(size=size).root)


def _text(note):
    return "'" + note.replace("'", "''") + "'"


def _bytes(content):
    return f"'\\x{content.hex()}'::bytea"


FORGED = {
    "other_key": _of_another_key,
    "resigned": _resigned,
    "extended": _extended,
    "leaf_hash": _leaf_hash,
    "tile_content": lambda start: _bytes(encode_tile(_tile(start))),
    "tile_root": lambda start: _bytes(tile_root(_tile(start))),
}


@pytest.mark.parametrize(("one", "who"), EVERY)
def test_it_is_found_and_its_place_is_named(one, who, start, nurse, request):
    counter = request.getfixturevalue("process") if one.when == WAITING else None
    last = Checkpoint.objects.order_by("-size").first()
    kept = [notes.open_checkpoint(last.note, key())] if one.needs_memory else []
    assert verify(key(), known=kept).places == start + 520
    tampered(spelled(one.sql, start, counter), who)
    if one.needs_memory:
        # Without somebody else's memory this is a good log. ledger/verifying.py says so.
        assert verify(key()).places == start + 130
    if "write on" in one.sql:
        record_many(nurse, 390)
        sequencer.sequence()
    if counter is not None:
        write_on(counter, nurse)
        sequencer.sequence()
    with pytest.raises(Tampered, match=one.words) as found:
        verify(key(), known=kept)
    require_place(found.value.place, one, start)


def require_place(found, one, start):
    if one.place == tamperings.FIRST:
        assert found == 0
    elif one.place == tamperings.TILE:
        assert found == first_tile(start) * TILE_WIDTH
    elif one.place == tamperings.END:
        assert found == start + 520
    elif one.is_among:
        assert start + one.place - TILE_WIDTH < found <= start + one.place
    else:
        assert found == (None if one.place is None else start + one.place)


def test_rows_that_a_superuser_copies_in_are_found(start):
    # COPY and the mode of a replica, which put ordinary triggers to sleep: these put the row on the list of those that
    # wait, with the database's own time, and its place shows that no process of the product has counted it.
    rows = StringIO("-7\ta.b\tsuccess\tTREAT\n")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.copy_expert("COPY ledger_event (id, event, outcome, purpose) FROM STDIN", rows)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert Event.objects.get(pk=-7).recorded.year > 2020
    sequencer.sequence()
    with pytest.raises(Tampered, match="written past the product") as found:
        verify(key())
    assert found.value.place == start + 520


def test_there_are_sixty_and_more_and_no_two_alike():
    assert len(TAMPERINGS) >= 60
    assert len({one.name for one in TAMPERINGS}) == len({one.sql for one in TAMPERINGS}) == len(TAMPERINGS)


def test_the_page_shows_this_table():
    page = Path(__file__).parents[2] / "docs" / "tampering.md"
    assert page.read_text() == tamperings.page()

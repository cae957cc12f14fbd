"""What somebody may do to the log with a database's full rights: more than sixty ways, each with what must be found.

docs/tampering.md is this table, as page() writes it; tests/ledger/test_tampering.py does each to a log and verifies it.
"""

from dataclasses import dataclass

# Who does it. The owner of the tables switches their triggers off. A superuser tells the catalogue that there are none;
# it is done both ways where the statement writes rows, and by the owner alone where it makes no difference.
OWNER, SUPERUSER = "owner", "superuser"
BOTH = (OWNER, SUPERUSER)
# The log's state: its newest 520 events have places, under checkpoints at 130, 260, 390 and 520. WAITING: besides, one
# process has written its events 1 to 4 and 6 to 10, and a mark, its 11th, which says that 5 is void; none has a place.
PLACED, WAITING = "placed", "waiting"
# The place of the log's very first event, that of a tile's places, and behind the last.
FIRST, TILE, END = "the log's first", "the tile's first", "the end"


@dataclass(frozen=True)
class Tampering:
    """One of them. `place` is the first bad place after the start of the 520; None where what is gone never had one."""

    name: str
    sql: str
    place: int | str | None
    words: str
    by: tuple[str, ...] = (OWNER,)
    when: str = PLACED
    # Found by a checkpoint that somebody kept, and by nothing else: what is left is a good log, shorter or another.
    needs_memory: bool = False
    # A checkpoint or a tile vouches for many places at once: the first of them is named.
    is_among: bool = False


EVENT = "id = (SELECT event_id FROM ledger_leaf WHERE place = {start} + 7)"
PAIR = "IN ({start} + 3, {start} + 5)"
COPIED = "event, outcome, purpose, agent_id, patient_id, process_id, process_n"
CUT = (
    "DELETE FROM ledger_checkpoint WHERE size > {start} + 130;"
    "DELETE FROM ledger_event WHERE id IN (SELECT event_id FROM ledger_leaf WHERE place >= {start} + 130);"
    "DELETE FROM ledger_leaf WHERE place >= {start} + 130;"
    "DELETE FROM ledger_tile WHERE (index + 1) << (8 * (level + 1)) > {start} + 130;"
)
NOW_WAITS = "INSERT INTO ledger_waiting SELECT id, recorded FROM ledger_event ORDER BY id DESC LIMIT 1"


def edit(what: str, change: str, by: tuple[str, ...] = (OWNER,)) -> Tampering:
    return Tampering(f"edit an event: {what}", f"UPDATE ledger_event SET {change} WHERE {EVENT}", 7, "was changed", by)


def leaf(what: str, change: str, where: str, place: int, words: str = "was changed, or its leaf was") -> Tampering:
    return Tampering(f"leaf: {what}", f"{change} WHERE {where}", place, words)


def tile(what: str, change: str) -> Tampering:
    return Tampering(f"tile: {what}", f"{change} WHERE level = 0 AND index = {{tile}}", TILE, "tile .* is not that")


def checkpoint(what: str, change: str, words: str, place: int = 259) -> Tampering:
    changed = f"UPDATE ledger_checkpoint SET {change} WHERE size = {{start}} + 260"
    return Tampering(f"checkpoint: {what}", changed, place, words)


def early(what: str, sql: str, place: int | None, words: str, by: tuple[str, ...] = (OWNER,)) -> Tampering:
    return Tampering(f"before it has a place: {what}", sql, place, words, by, WAITING)


TAMPERINGS = [
    edit("who", "agent_id = gen_random_uuid()", BOTH),
    edit("which patient", "patient_id = NULL"),
    edit("a patient into a list", "patient_id = NULL, patient_ids = ARRAY[gen_random_uuid(), gen_random_uuid()]"),
    edit("when, by a microsecond", "recorded = recorded - interval '1 microsecond'", BOTH),
    edit("when, by a year", "recorded = recorded + interval '1 year'"),
    edit("what", "event = 'patient.listed'"),
    edit("a success into a refusal", "outcome = 'refused'"),
    edit("its reason", "reason = 'x'"),
    edit("the role", "agent_role = 'physician'"),
    edit("the session", "session_id = NULL"),
    edit("the device, by a space", "device = device || ' '"),
    edit("the unit", "unit_id = gen_random_uuid()"),
    edit("what allowed it", "relationship_ids = ARRAY[]::uuid[]"),
    edit("the kind of thing", "entity_kind = 'handover'"),
    edit("the thing", "entity_id = gen_random_uuid()"),
    edit("the version", "entity_version = 'ab'"),
    edit("the purpose", "purpose = 'BTG'"),
    edit("the request", "request_id = ''"),
    edit("the detail", """detail = '{"n": 1}'"""),
    edit("the process", "process_id = gen_random_uuid()"),
    edit("its number", "process_n = process_n + 1000000"),
    Tampering("edit every event", "UPDATE ledger_event SET reason = reason || '.'", FIRST, "was changed", BOTH),
    Tampering("delete an event", f"DELETE FROM ledger_event WHERE {EVENT}", 7, "is gone", BOTH),
    Tampering(
        "delete the newest events",
        "DELETE FROM ledger_event WHERE id IN (SELECT event_id FROM ledger_leaf WHERE place >= {start} + 100)",
        100,
        "is gone",
    ),
    Tampering(
        "delete one person's events",
        f"DELETE FROM ledger_event WHERE agent_id = (SELECT agent_id FROM ledger_event WHERE {EVENT})",
        0,
        "is gone",
        BOTH,
    ),
    Tampering(
        "two events change their ids",
        "ALTER TABLE ledger_event ALTER COLUMN id SET GENERATED BY DEFAULT;"
        f"UPDATE ledger_event SET id = -id WHERE id IN (SELECT event_id FROM ledger_leaf WHERE place {PAIR});"
        "UPDATE ledger_event AS event SET id = other.event_id FROM ledger_leaf AS mine, ledger_leaf AS other "
        f"WHERE event.id = -mine.event_id AND mine.place {PAIR} AND other.place = 2 * {{start}} + 8 - mine.place",
        3,
        "was changed",
    ),
    Tampering(
        "put a copy of an event in",
        f"INSERT INTO ledger_event ({COPIED}) SELECT {COPIED} FROM ledger_event WHERE {EVENT}",
        None,
        "kept from the log",
        BOTH,
    ),
    Tampering(
        "put an event in under an id of one's choice",
        "INSERT INTO ledger_event (id, event, outcome, purpose) OVERRIDING SYSTEM VALUE "
        "VALUES (-7, 'patient.read', 'success', 'TREAT')",
        None,
        "kept from the log",
        BOTH,
    ),
    Tampering(
        "an event's id given to another, in another month",
        f"INSERT INTO ledger_event (id, recorded, {COPIED}) OVERRIDING SYSTEM VALUE "
        f"SELECT id, recorded - interval '2 months', {COPIED} FROM ledger_event WHERE {EVENT}",
        None,
        "kept from the log",
        BOTH,
    ),
    Tampering("a month detached", "ALTER TABLE ledger_event DETACH PARTITION {month}", FIRST, "gone.*detached"),
    Tampering("a month dropped", "DROP TABLE {month}", FIRST, "is gone"),
    leaf("another time", "UPDATE ledger_leaf SET recorded = now()", "place = {start} + 9", 9),
    leaf("a time that no month has", "UPDATE ledger_leaf SET recorded = 'infinity'", "place = {start} + 9", 9),
    leaf("another salt", "UPDATE ledger_leaf SET salt = hash", "place = {start} + 9", 9),
    leaf("another hash", "UPDATE ledger_leaf SET hash = salt", "place = {start} + 9", 9),
    leaf("of no event", "UPDATE ledger_leaf SET event_id = -1", "place = {start} + 9", 9, "is gone"),
    leaf("deleted", "DELETE FROM ledger_leaf", "place = {start} + 9", 9, "is missing"),
    leaf(
        "deleted with its event",
        f"DELETE FROM ledger_event WHERE {EVENT}; DELETE FROM ledger_leaf",
        "place = {start} + 7",
        7,
        "is missing",
    ),
    leaf("the last ones cut off", "DELETE FROM ledger_leaf", "place >= {start} + 500", 500, "is missing"),
    leaf("the last batch cut off", "DELETE FROM ledger_leaf", "place >= {start} + 390", 390, "is missing"),
    leaf("the last moved on", "UPDATE ledger_leaf SET place = place + 9999", "place = {start} + 519", 519, "missing"),
    leaf("all moved on", "UPDATE ledger_leaf SET place = place + 999999", "place >= {start} + 9", 9, "missing"),
    Tampering(
        "leaf: two change places",
        f"UPDATE ledger_leaf SET place = place + 999999 WHERE place {PAIR};"
        "UPDATE ledger_leaf SET place = 2 * {start} + 8 - (place - 999999) WHERE place > 999999",
        3,
        "root that was signed|is not that of the leaves",
        is_among=True,
    ),
    leaf(
        "two change their events",
        f"UPDATE ledger_leaf SET event_id = -event_id WHERE place {PAIR};"
        "UPDATE ledger_leaf AS one SET event_id = -other.event_id FROM ledger_leaf AS other",
        f"one.place + other.place = 2 * {{start}} + 8 AND one.place {PAIR}",
        3,
    ),
    leaf(
        "two change their salts",
        "UPDATE ledger_leaf AS one SET salt = other.salt FROM ledger_leaf AS other",
        f"one.place + other.place = 2 * {{start}} + 8 AND one.place {PAIR}",
        3,
    ),
    Tampering(
        "leaf: changed with its event, hash and all",
        "UPDATE ledger_event SET agent_role = 'physician' "
        "WHERE id = (SELECT event_id FROM ledger_leaf WHERE place = {start} + 515);"
        "UPDATE ledger_leaf SET hash = {leaf_hash} WHERE place = {start} + 515",
        515,
        "root that was signed|is not that of the leaves",
        BOTH,
        is_among=True,
    ),
    leaf(
        "one more at the end",
        "INSERT INTO ledger_leaf (place, event_id, recorded, salt, hash) "
        "SELECT {start} + 520, -1, recorded, salt, hash FROM ledger_leaf",
        "place = {start}",
        520,
        "is gone",
    ),
    tile("deleted", "DELETE FROM ledger_tile"),
    tile("another root", "UPDATE ledger_tile SET root = sha256('a')"),
    tile("one of its hashes", "UPDATE ledger_tile SET content = overlay(content placing sha256('a') from 33)"),
    tile("forged, hash and root", "UPDATE ledger_tile SET content = {tile_content}, root = {tile_root}"),
    Tampering(
        "tile: two change places",
        "UPDATE ledger_tile AS one SET content = other.content, root = other.root FROM ledger_tile AS other "
        "WHERE one.level = 0 AND other.level = 0 AND one.index + other.index = 2 * {tile} + 1 "
        "AND one.index IN ({tile}, {tile} + 1)",
        TILE,
        "tile .* is not that",
    ),
    Tampering(
        "tile: one too many",
        "INSERT INTO ledger_tile SELECT level, index + 1000, content, root FROM ledger_tile WHERE level = 0 LIMIT 1",
        END,
        "other tiles",
    ),
    checkpoint("another root", "root = sha256('a')", "is not what was signed"),
    checkpoint("another size", "size = {start} + 259", "is not what was signed", 258),
    checkpoint("no note at all", "note = 'x'", "not signed by this log's key"),
    checkpoint("without its signature", "note = split_part(note, E'\\n\\n', 1) || E'\\n\\n'", "not signed by this"),
    checkpoint(
        "an older one's note",
        "note = (SELECT note FROM ledger_checkpoint WHERE size = {start} + 130)",
        "is not what was signed",
    ),
    checkpoint("forged, signed with another key", "note = {other_key}", "not signed by this log's key"),
    checkpoint("re-signed, by a key of the same name", "note = {resigned}", "not signed by this log's key"),
    checkpoint("a line more under the old signature", "note = {extended}", "not signed by this log's key"),
    Tampering(
        "checkpoint: the last one deleted",
        "DELETE FROM ledger_checkpoint WHERE size = {start} + 520",
        390,
        "under no checkpoint",
    ),
    Tampering(
        "checkpoint: one for a part of a batch",
        "INSERT INTO ledger_checkpoint (size, root, note) "
        "SELECT {start} + 200, root, note FROM ledger_checkpoint WHERE size = {start} + 260",
        199,
        "is not what was signed",
    ),
    Tampering("cut the tail off, with all that signed it", CUT, 130, "was kept", BOTH, needs_memory=True),
    Tampering(
        "restore an old backup, and let the server write on",
        f"{CUT} /* and write on */",
        519,
        "another root",
        needs_memory=True,
    ),
    early(
        "kept from the log",
        "DELETE FROM ledger_waiting WHERE event_id = (SELECT id FROM ledger_event WHERE {third})",
        528,
        "event 3 of the process .* is gone",
        BOTH,
    ),
    early(
        "a place asked for nothing",
        "INSERT INTO ledger_waiting VALUES (-5, now())",
        None,
        "gone before they had a place",
    ),
    early("deleted", "DELETE FROM ledger_event WHERE {third}", 528, "event 3 of the process .* is gone", BOTH),
    early(
        "deleted without a trace",
        "DELETE FROM ledger_waiting WHERE event_id = (SELECT id FROM ledger_event WHERE {third});"
        "DELETE FROM ledger_event WHERE {third}",
        528,
        "event 3 of the process .* is gone",
        BOTH,
    ),
    early(
        "the newest deleted without a trace",
        "DELETE FROM ledger_waiting "
        "WHERE event_id IN (SELECT id FROM ledger_event WHERE {mine} AND process_n IN (9, 10));"
        "DELETE FROM ledger_event WHERE {mine} AND process_n IN (9, 10)",
        527,
        "event 9 of the process .* is gone",
    ),
    early(
        "a mark forged, that excuses it",
        "DELETE FROM ledger_waiting WHERE event_id = (SELECT id FROM ledger_event WHERE {third});"
        "DELETE FROM ledger_event WHERE {third};"
        "UPDATE ledger_event SET detail = jsonb_set(detail, '{void}', '[\"3\", \"5\"]') WHERE {mark}",
        528,
        "not signed by the log's key",
        BOTH,
    ),
    early(
        "the mark ends earlier",
        "UPDATE ledger_event SET detail = jsonb_set(detail, '{through}', '2') WHERE {mark}",
        529,
        "not signed by the log's key",
    ),
    early("the mark emptied", "UPDATE ledger_event SET detail = '{}' WHERE {mark}", 529, "form of a mark"),
    early(
        "the mark made another event",
        "UPDATE ledger_event SET event = 'patient.read' WHERE {mark}",
        531,
        "event 5 of the process .* is gone",
    ),
    early(
        "the mark put under another number",
        "UPDATE ledger_event SET process_n = 40 WHERE {mark}",
        529,
        "not signed by the log's key",
    ),
    early("a number reused", "UPDATE ledger_event SET process_n = 4 WHERE {third}", 523, "counted its event 4 already"),
    early("a void number used", "UPDATE ledger_event SET process_n = 5 WHERE {third}", 529, "void, but it is there"),
    early(
        "given to another process",
        "UPDATE ledger_event SET process_id = gen_random_uuid() WHERE {third}",
        529,
        "event 3 of the process .* is gone",
    ),
    early(
        "given to no process",
        "UPDATE ledger_event SET process_id = NULL, process_n = NULL WHERE {third}",
        522,
        "written past the product",
    ),
    early(
        "numbered beyond what is counted",
        "UPDATE ledger_event SET process_n = 30 WHERE {third}",
        529,
        "event 3 of the process .* is gone",
    ),
    early(
        "one put in, of no process",
        f"INSERT INTO ledger_event (event, outcome, purpose) VALUES ('a.b', 'success', 'TREAT'); {NOW_WAITS}",
        530,
        "written past the product",
        BOTH,
    ),
    early(
        "one put in, as one of the process's own",
        f"INSERT INTO ledger_event ({COPIED}) SELECT {COPIED} FROM ledger_event WHERE {{third}}; {NOW_WAITS}",
        530,
        "counted its event 3 already",
        BOTH,
    ),
    early(
        "one put in, under an id of another month",
        f"INSERT INTO ledger_event (id, recorded, {COPIED}) OVERRIDING SYSTEM VALUE "
        "SELECT id, recorded - interval '2 months', event, outcome, purpose, agent_id, patient_id, "
        f"gen_random_uuid(), 1 FROM ledger_event WHERE {EVENT};"
        f"INSERT INTO ledger_waiting SELECT id, recorded FROM ledger_event WHERE {EVENT} ORDER BY recorded LIMIT 1",
        520,
        "is there twice",
        BOTH,
    ),
]
PAGE_HEAD = """\
# What is done to the log, and where it is found

Each line was done to a log of several hundred events by somebody with a database's full rights, and `manage.py ledger
verify` found it and named the first bad place. *Owner*: the owner of the tables, who switched their triggers off.
*Superuser*: who told the catalogue that there are no triggers. Places are counted from the first of 520 events under
four checkpoints; "kept" says that it takes a checkpoint that somebody else has kept (`--known`, or a witness).
The tests are `tests/ledger/test_tampering.py`; this page is their table.

| | What is done | By | First bad place | What is said |
|--:|---|---|---|---|
"""


def page() -> str:
    """docs/tampering.md."""
    return PAGE_HEAD + "".join(_line(number, one) for number, one in enumerate(TAMPERINGS, 1))


def _line(number: int, one: Tampering) -> str:
    place = "none: it never had one" if one.place is None else str(one.place)
    place = f"the first that is signed with {place}" if one.is_among else place
    place += ", kept" if one.needs_memory else ""
    words = one.words.replace(".*", "...").replace("|", " or ")
    return f"| {number} | {one.name} | {', '.join(one.by)} | {place} | {words} |\n"

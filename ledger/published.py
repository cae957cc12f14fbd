"""The log as others read it: checkpoint, tiles and entry bundles by their path, and the proofs that are made of them.

What is given belongs to a signed checkpoint: nothing that lies behind the last one is shown.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from ledger import merkle
from ledger.leaves import SELECTED, event_of, leaf_bytes
from ledger.models import Checkpoint, Leaf
from ledger.models import Tile as StoredTile
from ledger.tiles import TILE_WIDTH, Bundle, Tile, decode_tile, encode_bundle, encode_tile, parse_path
from live.refusals import NotFound

_ENTRIES = f"""
SELECT leaf.salt, {SELECTED} FROM ledger_leaf AS leaf, {event_of("leaf")}
WHERE leaf.place >= %s AND leaf.place < %s ORDER BY leaf.place
"""  # noqa: S608 - columns of ledger/leaves.py

_TIMES_OF_PLACES = "SELECT min(recorded)::text, max(recorded)::text FROM ledger_leaf WHERE place >= %s AND place < %s"
_TIMES_OF_EVENTS = "SELECT min(recorded)::text, max(recorded)::text FROM ledger_leaf WHERE event_id = ANY(%s)"
_PLACED = f"""
SELECT leaf.place, leaf.salt, {SELECTED} FROM ledger_leaf AS leaf, {event_of("leaf")}
WHERE leaf.event_id = ANY(%s) ORDER BY leaf.place
"""  # noqa: S608 - columns of ledger/leaves.py


class Placed(NamedTuple):
    """An event that has its place in the log, and the bytes of its leaf."""

    place: int
    event_id: int
    leaf: bytes


class Inclusion(NamedTuple):
    """Where an event stands, its leaf, and the path from there to the root of the checkpoint."""

    place: int
    leaf: bytes
    path: list[bytes]
    checkpoint: Checkpoint


def newest_checkpoint() -> Checkpoint:
    """The last checkpoint. Raises NotFound where nothing is signed yet."""
    found = Checkpoint.objects.order_by("-size").first()
    if found is None:
        raise NotFound
    return found


def resource(path: str) -> bytes:
    """What lies at this path of the log: "checkpoint", or that of a tile or a bundle, full or partial.

    Raises TileRefused for what is no such path, NotFound for what no checkpoint covers.
    """
    checkpoint = newest_checkpoint()
    if path == "checkpoint":
        return checkpoint.note.encode()
    asked = parse_path(path)
    if isinstance(asked, Bundle):
        return encode_bundle(entries(asked.index * TILE_WIDTH, asked.width, size=checkpoint.size))
    return encode_tile(_hashes(asked, size=checkpoint.size))


def entries(start: int, count: int, *, size: int) -> list[bytes]:
    """The leaves of these places. Raises NotFound where they are not all below `size`, or an event is gone."""
    if start + count > size:
        raise NotFound
    with connection.cursor() as cursor:
        cursor.execute(_TIMES_OF_PLACES, [start, start + count])
        cursor.execute(_ENTRIES, [*cursor.fetchone(), start, start + count])
        found = [leaf_bytes(row, bytes(salt)) for salt, *row in cursor.fetchall()]
    if len(found) != count:
        raise NotFound
    return found


def placed(event_ids: Sequence[int]) -> list[Placed]:
    """Those of these events that have a place, in the order of the log."""
    with connection.cursor() as cursor:
        cursor.execute(_TIMES_OF_EVENTS, [list(event_ids)])
        cursor.execute(_PLACED, [*cursor.fetchone(), list(event_ids)])
        return [Placed(place, row[0], leaf_bytes(row, bytes(salt))) for place, salt, *row in cursor.fetchall()]


def _hashes(tile: Tile, *, size: int) -> list[bytes]:
    if tile.index * TILE_WIDTH + tile.width > size >> 8 * tile.level:
        raise NotFound
    stored = StoredTile.objects.filter(level=tile.level, index=tile.index).values_list("content", flat=True).first()
    if stored is not None:
        return decode_tile(bytes(stored), width=TILE_WIDTH)[: tile.width]
    # A partial tile: the newest leaves, or the roots of the newest tiles below.
    start = tile.index * TILE_WIDTH
    if tile.level == 0:
        rows = Leaf.objects.filter(place__gte=start, place__lt=start + tile.width).order_by("place")
        return [bytes(hashed) for hashed in rows.values_list("hash", flat=True)]
    below = StoredTile.objects.filter(level=tile.level - 1, index__gte=start, index__lt=start + tile.width)
    return [bytes(root) for root in below.order_by("index").values_list("root", flat=True)]


def nodes(size: int) -> Callable[[int, int], bytes]:
    """The nodes of the tree of `size` leaves, read from its tiles, each tile once."""

    @lru_cache(maxsize=64)
    def hashes_of(level: int, index: int) -> list[bytes]:
        width = min(TILE_WIDTH, (size >> 8 * level) - index * TILE_WIDTH)
        return _hashes(Tile(level, index, width), size=size)

    def node_at(level: int, index: int) -> bytes:
        tile_level, above = divmod(level, 8)
        first = index << above
        hashes = hashes_of(tile_level, first // TILE_WIDTH)[first % TILE_WIDTH :]
        return merkle.nodes_over(hashes)(above, 0)

    return node_at


def inclusion_of(event_id: int) -> Inclusion:
    """The proof that this event is in the log, under its newest checkpoint. Raises NotFound while it waits."""
    place = Leaf.objects.filter(event_id=event_id).order_by("place").values_list("place", flat=True).first()
    if place is None:
        raise NotFound
    checkpoint = newest_checkpoint()
    (leaf,) = entries(place, 1, size=checkpoint.size)
    path = merkle.inclusion_proof(place, checkpoint.size, nodes(checkpoint.size))
    return Inclusion(place, leaf, path, checkpoint)


def consistency(old: int, new: int) -> list[bytes]:
    """The proof that the log at `new` places continues the one at `old`. Raises NotFound beyond what is signed."""
    if not 0 < old <= new <= newest_checkpoint().size:
        raise NotFound
    return merkle.consistency_proof(old, new, nodes(new))

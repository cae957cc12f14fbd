"""Tiles and entry bundles of C2SP tlog-tiles: how a log of any size is published as files that never change.

A tile holds up to 256 hashes of every eighth level of the tree, a bundle the bytes of the entries below a tile of level
0. A full one never changes; a partial one is named with its width. Pure: where tiles are kept is not known here.
Source: c2sp.org/tlog-tiles.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from ledger.merkle import HASH_BYTES, LARGEST_SIZE, Frontier, node_hash

TILE_WIDTH = 256
LEVELS_PER_TILE = 8
# A tree of 2**63 leaves has eight levels of tiles.
LARGEST_LEVEL = 63
LONGEST_ENTRY = 65_535

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[0-9]+))?"
)
_WIDTH = re.compile(r"[1-9][0-9]{0,2}")


class TileRefused(Exception):
    """Not a path, a tile or a bundle of these formats. The message says what is wrong with it."""


@dataclass(frozen=True)
class Tile:
    """Which tile: its level, its index in the level, and how many hashes it holds, 256 when it is full."""

    level: int
    index: int
    width: int = TILE_WIDTH


@dataclass(frozen=True)
class FullTile:
    """A tile that will never change: its content, and the hash that stands for it in the tile above."""

    level: int
    index: int
    content: bytes
    root: bytes


@dataclass(frozen=True)
class Bundle:
    """Which bundle of entries: the tile of level 0 that it lies below, and its width."""

    index: int
    width: int = TILE_WIDTH


def path_of(what: Tile | Bundle) -> str:
    """Its path below the log's prefix, without a slash in front: "tile/0/x001/234.p/7"."""
    level = str(what.level) if isinstance(what, Tile) else "entries"
    partial = "" if what.width == TILE_WIDTH else f".p/{what.width}"
    return f"tile/{level}/{_index_path(what.index)}{partial}"


def _index_path(index: int) -> str:
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03}")
    return "/".join(reversed(groups))


def parse_path(path: str) -> Tile | Bundle:
    """What the path names. Raises TileRefused for every other way to write it, so that each has one name."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise TileRefused("Not the path of a tile.")
    # No tree has an index of more than 19 digits; a longer one is not even computed.
    digits = found["index"].replace("x", "").replace("/", "")
    index = int(digits) if len(digits) <= 21 else LARGEST_SIZE + 1
    width = TILE_WIDTH
    if found["width"] is not None:
        if not _WIDTH.fullmatch(found["width"]) or int(found["width"]) >= TILE_WIDTH:
            raise TileRefused("A partial tile holds 1 to 255.")
        width = int(found["width"])
    if index > LARGEST_SIZE or _index_path(index) != found["index"]:
        raise TileRefused("Not the index of a tile.")
    if found["level"] == "entries":
        return Bundle(index, width)
    if int(found["level"]) > LARGEST_LEVEL:
        raise TileRefused("Not the level of a tile.")
    return Tile(int(found["level"]), index, width)


def tiles_of(size: int) -> Iterator[Tile]:
    """The last tile of each level of a tree of this size, where it is partial: the full ones lie before it."""
    level, count = 0, size
    while count:
        if count % TILE_WIDTH:
            yield Tile(level, count // TILE_WIDTH, count % TILE_WIDTH)
        level, count = level + 1, count // TILE_WIDTH


def encode_tile(hashes: Sequence[bytes]) -> bytes:
    """The bytes of a tile. Raises ValueError for a number or a length of hashes that no tile has."""
    if not 0 < len(hashes) <= TILE_WIDTH or any(len(one) != HASH_BYTES for one in hashes):
        raise ValueError("A tile holds 1 to 256 hashes of 32 bytes.")
    return b"".join(hashes)


def decode_tile(content: bytes, *, width: int) -> list[bytes]:
    """The hashes of a tile of this width. Raises TileRefused."""
    if not 0 < width <= TILE_WIDTH or len(content) != width * HASH_BYTES:
        raise TileRefused(f"The tile does not hold {width} hashes.")
    return [content[start : start + HASH_BYTES] for start in range(0, len(content), HASH_BYTES)]


def tile_root(hashes: Sequence[bytes]) -> bytes:
    """The root of a full tile, which is one hash of the tile above."""
    if len(hashes) != TILE_WIDTH:
        raise ValueError("Only a full tile has a hash in the tile above.")
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def complete_subtrees(hashes: Sequence[bytes]) -> list[bytes]:
    """The complete subtrees that a tile's hashes form, largest first: this tile's part of a frontier."""
    found, start = [], 0
    for bit in reversed(range(LEVELS_PER_TILE + 1)):
        count = 1 << bit
        if len(hashes) & count:
            row = list(hashes[start : start + count])
            while len(row) > 1:
                row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
            found.append(row[0])
            start += count
    return found


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """The bytes of a bundle: each entry behind its length, big-endian, in two bytes. Raises ValueError."""
    if not 0 < len(entries) <= TILE_WIDTH or any(len(entry) > LONGEST_ENTRY for entry in entries):
        raise ValueError("A bundle holds 1 to 256 entries of 65,535 bytes at most.")
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def decode_bundle(content: bytes, *, width: int) -> list[bytes]:
    """The entries of a bundle of this width. Raises TileRefused where it is cut short, or holds more or fewer."""
    entries, start = [], 0
    while start < len(content):
        end = start + 2 + int.from_bytes(content[start : start + 2])
        if start + 2 > len(content) or end > len(content):
            raise TileRefused("The bundle is cut short.")
        entries.append(content[start + 2 : end])
        start = end
    if not 0 < width <= TILE_WIDTH or len(entries) != width:
        raise TileRefused(f"The bundle does not hold {width} entries.")
    return entries


class Edge:
    """The right edge of a tree, level by level of tiles: what a log needs at hand to grow and to say its root.

    `pending[0]` are the leaf hashes that fill no tile yet, `pending[1]` the roots of full tiles that fill none above,
    and so on: at most 255 hashes a level.
    """

    def __init__(self, size: int = 0, pending: Sequence[Sequence[bytes]] = ()) -> None:
        self.size = size
        self._pending = [list(hashes) for hashes in pending]
        if any(len(hashes) != size // TILE_WIDTH**level % TILE_WIDTH for level, hashes in enumerate(self._pending)):
            raise ValueError(f"These are not the partial tiles of a tree of {size} leaves.")
        # One for each bit that is set in the size, the largest first, as in merkle.Frontier.
        self._subtrees = [one for hashes in reversed(self._pending) for one in complete_subtrees(hashes)]

    def append(self, leaf: bytes) -> list[FullTile]:
        """One leaf more, by its hash; gives the tiles that are full with it, the lowest first."""
        roots = self._grow(leaf)
        self._put(0, leaf)
        filled: list[FullTile] = []
        for level, tile in enumerate(roots):
            index = self.size // TILE_WIDTH ** (level + 1) - 1
            filled.append(FullTile(level, index, encode_tile(self._pending[level]), tile))
            self._pending[level] = []
            self._put(level + 1, tile)
        return filled

    def _grow(self, leaf: bytes) -> list[bytes]:
        """Joins subtrees of one size, as when counting in binary. Gives the roots of the tiles that it fills."""
        subtrees, carry, level, roots = self._subtrees, self.size, 0, []
        while carry & 1:
            leaf = sha256(b"\x01" + subtrees.pop() + leaf).digest()
            carry >>= 1
            level += 1
            if level % LEVELS_PER_TILE == 0:
                roots.append(leaf)
        subtrees.append(leaf)
        self.size += 1
        return roots

    def _put(self, level: int, hashed: bytes) -> None:
        if level == len(self._pending):
            self._pending.append([])
        self._pending[level].append(hashed)

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        return Frontier(self.size, self._subtrees).root()

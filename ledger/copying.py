"""Writes the log as the files of C2SP tlog-tiles: checkpoint, tile/L/N, tile/entries/N.

Any reader of that format derives the root from them, and sees by the whole log whether an evidence pack left something
out. What is written ends at one checkpoint, however the log grows meanwhile. Entries hold ids and codes, no words: but
the ids are those of patients and of staff. Source: c2sp.org/tlog-tiles.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from ledger import published
from ledger.tiles import TILE_WIDTH, Bundle, Tile, path_of
from ledger.witnessing import cosigned


def export_log(directory: Path, *, progress: Callable[[int], None]) -> int:
    """How many entries there are now in the directory. Raises FileExistsError where it is not empty, NotFound where
    nothing is signed yet. The checkpoint is written last: a copy without one was broken off.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise FileExistsError(directory)
    newest = published.newest_checkpoint()
    for what in files_of(newest.size):
        path = directory / path_of(what)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(published.resource(path_of(what)))
        if isinstance(what, Bundle):
            progress(what.index * TILE_WIDTH + what.width)
    (directory / "checkpoint").write_text(cosigned(newest))
    return newest.size


def files_of(size: int) -> Iterator[Tile | Bundle]:
    """The tiles and the bundles of a tree of this size: the full ones, and at the right edge the partial ones."""
    level, count = 0, size
    while count:
        for index in range(-(-count // TILE_WIDTH)):
            width = min(TILE_WIDTH, count - index * TILE_WIDTH)
            yield Tile(level, index, width)
            if level == 0:
                yield Bundle(index, width)
        level, count = level + 1, count // TILE_WIDTH

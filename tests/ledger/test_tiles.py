"""Tiles, bundles and their paths: one way to write each, and everything else refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ledger import merkle, tiles
from ledger.tiles import Bundle, Tile, TileRefused, parse_path, path_of

HASHES = [merkle.leaf_hash(b"%d" % number) for number in range(256)]


@pytest.mark.parametrize(
    ("what", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 0, 7), "tile/0/000.p/7"),
        (Tile(1, 1234067), "tile/1/x001/x234/067"),
        (Tile(63, 999, 255), "tile/63/999.p/255"),
        (Tile(2, 1000), "tile/2/x001/000"),
        (Bundle(1234067), "tile/entries/x001/x234/067"),
        (Bundle(5, 1), "tile/entries/005.p/1"),
    ],
)
def test_a_tile_has_the_path_of_the_specification(what, path):
    assert path_of(what) == path
    assert parse_path(path) == what


@given(some.integers(0, 63), some.integers(0, merkle.LARGEST_SIZE), some.integers(1, 256))
def test_every_path_leads_back_to_its_tile(level, index, width):
    assert parse_path(path_of(Tile(level, index, width))) == Tile(level, index, width)
    assert parse_path(path_of(Bundle(index, width))) == Bundle(index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/100/000",
        "tile/-1/000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1/2",
        "tile/0/000\n",
        "/tile/0/000",
        "tile/0/../0/000",
        "tile/entry/000",
        "tile/0/٠٠٠",  # digits, but not ASCII's
        "tile/0/" + "x999/" * 400 + "999",
        "tile/0/x009/x223/x372/x036/x854/x775/808",
    ],
)
def test_there_is_no_second_way_to_write_a_path(path):
    with pytest.raises(TileRefused):
        parse_path(path)


@given(some.text() | some.from_regex(r"tile/[0-9entris]{1,7}/[x0-9/]*(\.p/[0-9]*)?", fullmatch=True))
def test_what_parses_as_a_path_is_written_so(path):
    try:
        what = parse_path(path)
    except TileRefused:
        return
    assert path_of(what) == path


def test_the_partial_tiles_are_those_of_the_specification():
    assert list(tiles.tiles_of(70_000)) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(tiles.tiles_of(256)) == [Tile(1, 0, 1)]
    assert list(tiles.tiles_of(0)) == []


def test_a_full_tile_is_one_hash_of_the_next():
    assert tiles.tile_root(HASHES) == merkle.root(256, merkle.nodes_over(HASHES))
    with pytest.raises(ValueError, match="full tile"):
        tiles.tile_root(HASHES[:255])


@pytest.mark.parametrize("width", range(257))
def test_a_partial_tile_gives_its_part_of_the_frontier(width):
    frontier = merkle.Frontier()
    for leaf in HASHES[:width]:
        frontier.append(leaf)
    assert tiles.complete_subtrees(HASHES[:width]) == list(frontier.hashes)


@given(some.integers(1, 256))
def test_a_tile_comes_back_as_it_was(width):
    content = tiles.encode_tile(HASHES[:width])
    assert len(content) == 32 * width
    assert tiles.decode_tile(content, width=width) == HASHES[:width]


@pytest.mark.parametrize("hashes", [[], [*HASHES, HASHES[0]], [b"short"]])
def test_no_tile_is_made_of_something_else(hashes):
    with pytest.raises(ValueError, match="A tile holds"):
        tiles.encode_tile(hashes)


@given(some.binary(max_size=300), some.integers(-2, 300))
def test_a_tile_of_another_length_is_refused(content, width):
    if 0 < width <= 256 and len(content) == 32 * width:
        return
    with pytest.raises(TileRefused):
        tiles.decode_tile(content, width=width)


@given(some.lists(some.binary(max_size=70), min_size=1, max_size=256))
def test_a_bundle_comes_back_as_it_was(entries):
    assert tiles.decode_bundle(tiles.encode_bundle(entries), width=len(entries)) == entries


def test_a_bundle_holds_entries_up_to_65535_bytes():
    longest = b"e" * 65_535
    assert tiles.decode_bundle(tiles.encode_bundle([longest, b""]), width=2) == [longest, b""]
    for entries in ([], [longest + b"e"], [b""] * 257):
        with pytest.raises(ValueError, match="A bundle holds"):
            tiles.encode_bundle(entries)


@given(some.binary(max_size=200), some.integers(-1, 300))
def test_whatever_parses_as_a_bundle_is_written_so(content, width):
    try:
        entries = tiles.decode_bundle(content, width=width)
    except TileRefused:
        return
    assert len(entries) == width
    assert tiles.encode_bundle(entries) == content


@given(some.lists(some.binary(max_size=9), min_size=1, max_size=9), some.data())
def test_a_bundle_that_is_cut_short_is_refused(entries, data):
    content = tiles.encode_bundle(entries)
    cut = data.draw(some.integers(0, len(content) - 1))
    with pytest.raises(TileRefused):
        tiles.decode_bundle(content[:cut], width=len(entries))

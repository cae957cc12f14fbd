"""The log as a stranger reads it: from its checkpoint, tiles and bundles alone, and by the proofs of an event."""

import pytest

from ledger import merkle, notes, published, sequencer, tiles
from ledger.models import Checkpoint, Event
from ledger.services import record
from ledger.tiles import Bundle, Tile, TileRefused, path_of
from live.refusals import NotFound
from tests.ledger.test_sequencer import record_many
from vault.signing import log_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def size(nurse):
    record_many(nurse, 700)
    sequencer.sequence(batch=300)
    return published.newest_checkpoint().size


def read_by_a_stranger():
    """The root, computed from what lies at the log's paths and nothing else."""
    signed = notes.open_checkpoint(published.resource("checkpoint"), notes.key_of(log_key()))
    frontier, hashes = merkle.Frontier(), []
    for index in range(-(-signed.size // 256)):
        width = min(256, signed.size - 256 * index)
        hashes = tiles.decode_tile(published.resource(path_of(Tile(0, index, width))), width=width)
        entries = tiles.decode_bundle(published.resource(path_of(Bundle(index, width))), width=width)
        assert [merkle.leaf_hash(entry) for entry in entries] == hashes
        for hashed in hashes:
            frontier.append(hashed)
    return signed, frontier.root()


def test_a_stranger_derives_the_root_that_was_signed(size):
    signed, root = read_by_a_stranger()
    assert signed.size == size
    assert signed.root == root


def test_every_tile_of_the_next_level_holds_the_roots_of_the_full_ones(size):
    width = size // 256
    above = tiles.decode_tile(published.resource(path_of(Tile(1, 0, width))), width=width)
    below = [tiles.decode_tile(published.resource(path_of(Tile(0, index))), width=256) for index in range(width)]
    assert above == [tiles.tile_root(hashes) for hashes in below]


def test_a_tile_that_has_filled_meanwhile_still_answers_as_a_partial_one(size):
    full = published.resource(path_of(Tile(0, 0)))
    assert published.resource(path_of(Tile(0, 0, 9))) == full[: 9 * 32]


def test_an_event_is_proved_to_be_in_the_log(size, nurse):
    key = notes.key_of(log_key())
    for event_id in Event.objects.filter(agent_id=nurse.person_id).order_by("id").values_list("id", flat=True)[::97]:
        found = published.inclusion_of(event_id)
        signed = notes.open_checkpoint(found.checkpoint.note, key)
        hashed = merkle.leaf_hash(found.leaf)
        merkle.verify_inclusion(index=found.place, size=signed.size, leaf=hashed, path=found.path, root=signed.root)


def test_each_checkpoint_is_proved_to_continue_the_one_before(size):
    roots = dict(Checkpoint.objects.order_by("-size").values_list("size", "root")[:3])
    new = max(roots)
    for old, root in roots.items():
        path = published.consistency(old, new)
        merkle.verify_consistency(old=old, new=new, old_root=bytes(root), new_root=bytes(roots[new]), path=path)


@pytest.mark.parametrize("more", [1, 256, 256_000_000])
def test_nothing_is_shown_beyond_the_last_checkpoint(size, more):
    index, width = divmod(size + more, 256)
    for what in (Tile(0, index, width or 256), Bundle(index, width or 256)):
        with pytest.raises(NotFound):
            published.resource(path_of(what))
    with pytest.raises(NotFound):
        published.consistency(size, size + more)


def test_an_event_that_waits_is_not_proved_yet(size, nurse):
    record("patient.read", agent=nurse)
    with pytest.raises(NotFound):
        published.inclusion_of(Event.objects.latest("id").pk)


def test_what_is_no_path_is_refused(size):
    with pytest.raises(TileRefused):
        published.resource("tile/0/../../keys")

"""Trees and their proofs: known answers, every tree up to 1,000 leaves, and proofs that prove nothing."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ledger import merkle
from ledger.merkle import Frontier, ProofRefused, verify_consistency, verify_inclusion
from tests.ledger.naive_tree import NaiveTree

KNOWN_LEAVES = [b"", b"\x00", b"\x10", b"\x20\x21"]
KNOWN_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
LARGEST = 1000
NAIVE = NaiveTree([b"entry %d" % number for number in range(LARGEST)])
LEAVES = [merkle.leaf_hash(entry) for entry in NAIVE.entries]
NODE_AT = cache(merkle.nodes_over(LEAVES))
ROOTS = [NAIVE.mth(0, size) for size in range(LARGEST + 1)]


@pytest.mark.parametrize(("size", "expected"), list(enumerate(KNOWN_ROOTS)))
def test_a_tree_has_the_root_that_others_found(size, expected):
    leaves = [merkle.leaf_hash(leaf) for leaf in KNOWN_LEAVES[:size]]
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    assert merkle.root(size, merkle.nodes_over(leaves)).hex() == expected
    assert frontier.root().hex() == expected


def test_a_leaf_has_the_hash_that_others_found():
    assert merkle.leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"


def test_every_tree_to_a_thousand_leaves_has_the_root_of_the_rfc():
    frontier = Frontier()
    for size in range(LARGEST + 1):
        assert merkle.root(size, NODE_AT) == frontier.root() == ROOTS[size]
        assert Frontier(size, frontier.hashes).root() == ROOTS[size]
        if size < LARGEST:
            frontier.append(LEAVES[size])


def test_every_leaf_of_every_tree_to_a_thousand_is_proved_as_the_rfc_says():
    for size in range(1, LARGEST + 1):
        for index in range(size):
            path = merkle.inclusion_proof(index, size, NODE_AT)
            assert path == NAIVE.path(index, 0, size)
            verify_inclusion(index=index, size=size, leaf=LEAVES[index], path=path, root=ROOTS[size])


def test_every_tree_to_a_thousand_is_proved_to_continue_every_smaller_one():
    for new in range(1, LARGEST + 1):
        for old in range(1, new + 1):
            path = merkle.consistency_proof(old, new, NODE_AT)
            assert path == NAIVE.proof(old, new)
            verify_consistency(old=old, new=new, old_root=ROOTS[old], new_root=ROOTS[new], path=path)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3), (5, 3)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index, size):
    with pytest.raises(ValueError, match="has none"):
        merkle.inclusion_proof(index, size, NODE_AT)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 3), (4, 3), (-1, 3)])
def test_there_is_no_proof_from_an_empty_tree_nor_to_a_smaller_one(old, new):
    with pytest.raises(ValueError, match="no proof"):
        merkle.consistency_proof(old, new, NODE_AT)


def test_a_frontier_must_fit_its_size():
    with pytest.raises(ValueError, match="complete subtrees"):
        Frontier(3, [LEAVES[0]])


# -- what must be refused: each a proof of something true, changed in one place --

sizes = some.integers(1, LARGEST)
HASH = some.binary(min_size=32, max_size=32)


@some.composite
def inclusions(draw):
    size = draw(sizes)
    index = draw(some.integers(0, size - 1))
    path = merkle.inclusion_proof(index, size, NODE_AT)
    return {"index": index, "size": size, "leaf": LEAVES[index], "path": path, "root": ROOTS[size]}


@some.composite
def consistencies(draw):
    new = draw(sizes)
    old = draw(some.integers(1, new))
    path = merkle.consistency_proof(old, new, NODE_AT)
    return {"old": old, "new": new, "old_root": ROOTS[old], "new_root": ROOTS[new], "path": path}


@some.composite
def changed_paths(draw, path):
    """The path with a hash more, less, changed, cut, or moved."""
    kind = draw(some.sampled_from(["more", "less", "bit", "short", "long", "swap"]))
    place = draw(some.integers(0, max(len(path) - 1, 0)))
    if kind == "more" or not path:
        return [*path[:place], draw(HASH), *path[place:]]
    one = path[place]
    if kind == "less":
        return [*path[:place], *path[place + 1 :]]
    if kind == "bit":
        bit = draw(some.integers(0, 255))
        one = bytes(byte ^ (1 << bit % 8 if number == bit // 8 else 0) for number, byte in enumerate(one))
    if kind == "short":
        one = one[:-1]
    if kind == "long":
        one += b"\x00"
    if kind == "swap":
        return (
            [*path[place + 1 :], *path[: place + 1]] if len(set(path)) > 1 and place + 1 < len(path) else [*path, one]
        )
    return [*path[:place], one, *path[place + 1 :]]


@given(some.data(), inclusions())
def test_a_changed_path_of_a_leaf_proves_nothing(data, proof):
    proof["path"] = data.draw(changed_paths(proof["path"]))
    with pytest.raises(ProofRefused):
        verify_inclusion(**proof)


@given(some.data(), consistencies())
def test_a_changed_path_between_trees_proves_nothing(data, proof):
    proof["path"] = data.draw(changed_paths(proof["path"]))
    with pytest.raises(ProofRefused):
        verify_consistency(**proof)


@given(inclusions(), some.sampled_from(["leaf", "root"]), some.binary(max_size=40))
def test_another_leaf_or_root_is_not_proved(proof, name, content):
    if content == proof[name]:
        return
    with pytest.raises(ProofRefused):
        verify_inclusion(**{**proof, name: content})


@given(inclusions(), some.integers(-3, LARGEST + 3) | some.integers())
def test_another_place_is_not_proved(proof, index):
    if index == proof["index"]:
        return
    with pytest.raises(ProofRefused):
        verify_inclusion(**{**proof, "index": index})


@given(consistencies(), some.sampled_from(["old_root", "new_root"]), HASH)
def test_another_root_is_not_proved_to_continue(proof, name, content):
    if content == proof[name]:
        return
    with pytest.raises(ProofRefused):
        verify_consistency(**{**proof, name: content})


@given(some.integers(), some.integers(), some.binary(max_size=33), some.lists(some.binary(max_size=33), max_size=70))
def test_whatever_a_stranger_sends_is_refused_and_nothing_else_happens(one, two, content, path):
    with pytest.raises(ProofRefused):
        verify_inclusion(index=one, size=two, leaf=content, path=path, root=b"r" * 32)
    with pytest.raises(ProofRefused):
        verify_consistency(old=one, new=two, old_root=content, new_root=b"r" * 32, path=path)


def test_size_zero_is_refused_whatever_it_is_shown_with():
    # The attack: "your log was empty when you last looked, and here is a new one": everything continues an empty tree.
    empty = merkle.EMPTY_ROOT
    for new, new_root in ((0, empty), (5, ROOTS[5])):
        with pytest.raises(ProofRefused):
            verify_consistency(old=0, new=new, old_root=empty, new_root=new_root, path=[])
    with pytest.raises(ProofRefused):
        verify_inclusion(index=0, size=0, leaf=empty, path=[], root=empty)


def test_a_node_cannot_be_shown_as_a_leaf():
    # The attack: the bytes of a node's two hashes, presented as an entry. The prefixes keep the two apart.
    forged = merkle.leaf_hash(LEAVES[0] + LEAVES[1])
    with pytest.raises(ProofRefused):
        verify_inclusion(index=0, size=1, leaf=forged, path=[], root=ROOTS[2])
    assert forged != ROOTS[2]

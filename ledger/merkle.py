"""Merkle trees of RFC 6962: hashes, roots, and proofs that a leaf is in a tree and that one tree continues another.

Pure: no database, no clock. Proofs are made from the hashes of complete subtrees, which `NodeAt` finds: level 0 are the
leaves, and the node at (level, index) covers the leaves from index * 2**level on, 2**level of them. What checks a proof
takes it from a stranger: it raises ProofRefused for everything that is not exactly the proof, and returns nothing.
Source: RFC 6962 section 2.1; the checks are the algorithms of RFC 9162 sections 2.1.3.2 and 2.1.4.2.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
# The sizes of a checkpoint are 63-bit in the formats of C2SP. No proof is longer than one hash for each of the bits.
LARGEST_SIZE = (1 << 63) - 1

NodeAt = Callable[[int, int], bytes]


class ProofRefused(Exception):
    """The proof does not prove what it was shown for. The message says which part of it is wrong."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's bytes. Its prefix keeps a leaf from being shown as a node (second preimage)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two hashes of the level below."""
    return sha256(b"\x01" + left + right).digest()


def nodes_over(hashes: Sequence[bytes]) -> NodeAt:
    """The nodes of a tree of which all leaf hashes are at hand, each computed when it is asked for."""

    def node_at(level: int, index: int) -> bytes:
        if level == 0:
            return hashes[index]
        return node_hash(node_at(level - 1, 2 * index), node_at(level - 1, 2 * index + 1))

    return node_at


def root(size: int, node_at: NodeAt) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return _root_of(0, size, node_at) if size else EMPTY_ROOT


def _root_of(start: int, end: int, node_at: NodeAt) -> bytes:
    """MTH(D[start:end]). Every range that is asked for begins at a multiple of the power of two that covers it."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node_at(level, start >> level)
    middle = start + _split(count)
    return node_hash(_root_of(start, middle, node_at), _root_of(middle, end, node_at))


def _split(count: int) -> int:
    """The largest power of two below `count`, which is 2 at least."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, node_at: NodeAt) -> list[bytes]:
    """PATH(index, D[size]), from the leaf upwards. Raises ValueError where there is no such leaf."""
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has none at {index}.")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_root_of(middle, end, node_at))
            end = middle
        else:
            path.append(_root_of(start, middle, node_at))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, node_at: NodeAt) -> list[bytes]:
    """PROOF(old, D[new]): empty for a tree and itself. Raises ValueError for an empty or a larger old tree."""
    if not 0 < old <= new:
        raise ValueError(f"There is no proof from a tree of {old} leaves to one of {new}.")
    start, end, path = 0, new, []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_root_of(middle, end, node_at))
            end = middle
        else:
            path.append(_root_of(start, middle, node_at))
            start = middle
    if start:
        # The old tree is no complete subtree of the new one: its last part has to be said, too.
        path.append(_root_of(start, end, node_at))
    return path[::-1]


def verify_inclusion(*, index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """The leaf of this hash is at `index` in the tree of this size and root. Raises ProofRefused.

    Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size <= LARGEST_SIZE:
        raise ProofRefused(f"A tree of {size} leaves has none at {index}.")
    _require_hashes((leaf, root, *path))
    position, last, computed = index, size - 1, leaf
    for hashed in path:
        if last == 0:
            raise ProofRefused("The proof is too long.")
        if position & 1 or position == last:
            computed = node_hash(hashed, computed)
            position, last = _while_alone(position, last)
        else:
            computed = node_hash(computed, hashed)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofRefused("The proof is too short.")
    if computed != root:
        raise ProofRefused("The proof leads to another root.")


def verify_consistency(*, old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """The tree of `old` leaves and `old_root` is the beginning of the other. Raises ProofRefused, for size 0 as well.

    Of an empty tree everything is a continuation: who is shown a proof from there has been shown nothing.
    Source: RFC 9162 section 2.1.4.2.
    """
    if not 0 < old <= new <= LARGEST_SIZE:
        raise ProofRefused(f"A tree of {new} leaves cannot be proved to continue one of {old}.")
    _require_hashes((old_root, new_root, *path))
    if old == new:
        if path:
            raise ProofRefused("The proof is too long.")
        if old_root != new_root:
            raise ProofRefused("Two roots for trees of one size.")
        return
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        raise ProofRefused("The proof is too short.")
    _follow(steps, old=old, new=new, roots=(old_root, new_root))


def _follow(steps: Sequence[bytes], *, old: int, new: int, roots: tuple[bytes, bytes]) -> None:
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    of_old = of_new = steps[0]
    for hashed in steps[1:]:
        if last == 0:
            raise ProofRefused("The proof is too long.")
        if position & 1 or position == last:
            of_old, of_new = node_hash(hashed, of_old), node_hash(hashed, of_new)
            position, last = _while_alone(position, last)
        else:
            of_new = node_hash(of_new, hashed)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofRefused("The proof is too short.")
    if of_old != roots[0]:
        raise ProofRefused("The proof leads to another old root.")
    if of_new != roots[1]:
        raise ProofRefused("The proof leads to another new root.")


def _while_alone(position: int, last: int) -> tuple[int, int]:
    """Up past the levels where the node has no sibling: the tree's last one, on the left."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _require_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ProofRefused("A hash is not of 32 bytes.")


class Frontier:
    """The complete subtrees that a tree consists of, largest first: all that is needed to go on and to tell the root.

    A tree of `size` leaves has one for each bit that is set in its size.
    """

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self._hashes = list(hashes)
        if size < 0 or len(self._hashes) != size.bit_count():
            raise ValueError(f"A tree of {size} leaves has not {len(self._hashes)} complete subtrees.")

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The hashes of the subtrees, the largest first."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> None:
        """One leaf more, by its hash: two subtrees of one size become one, as when counting in binary."""
        hashes, carry = self._hashes, self.size
        while carry & 1:
            leaf = sha256(b"\x01" + hashes.pop() + leaf).digest()
            carry >>= 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self._hashes:
            return EMPTY_ROOT
        computed = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            computed = node_hash(left, computed)
        return computed

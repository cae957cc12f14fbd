"""RFC 6962 section 2.1 word for word, from the RFC alone: slow, recursive, and nothing of the product in it."""

import hashlib
from functools import cache


class NaiveTree:
    """MTH, PATH and PROOF over the entries D, as the RFC defines them. Ranges stand for lists: D[start:end]."""

    def __init__(self, entries):
        self.entries = entries
        self.mth = cache(self._mth)

    def _mth(self, start, end):
        n = end - start
        if n == 0:
            return hashlib.sha256(b"").digest()
        if n == 1:
            return hashlib.sha256(bytes([0]) + self.entries[start]).digest()
        k = largest_power_of_two_below(n)
        left, right = self.mth(start, start + k), self.mth(start + k, end)
        return hashlib.sha256(bytes([1]) + left + right).digest()

    def path(self, m, start, end):
        n = end - start
        if n == 1:
            return []
        k = largest_power_of_two_below(n)
        if m < k:
            return [*self.path(m, start, start + k), self.mth(start + k, end)]
        return [*self.path(m - k, start + k, end), self.mth(start, start + k)]

    def proof(self, m, n):
        return self.subproof(m, 0, n, True)

    def subproof(self, m, start, end, known):
        n = end - start
        if m == n:
            return [] if known else [self.mth(start, end)]
        k = largest_power_of_two_below(n)
        if m <= k:
            return [*self.subproof(m, start, start + k, known), self.mth(start + k, end)]
        return [*self.subproof(m - k, start + k, end, False), self.mth(start, start + k)]


@cache
def largest_power_of_two_below(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k

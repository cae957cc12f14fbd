"""Argon2id with the cost that a sign-in may have: 46 MiB of memory, one pass, about 65 ms.

Source: OWASP password storage, the second of its equivalent settings. Memory times concurrency is what an attacker
could exhaust, so accounts/authentication.py bounds how many run at once.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    """m = 47,104 KiB, t = 1, p = 1."""

    time_cost = 1
    memory_cost = 47_104
    parallelism = 1

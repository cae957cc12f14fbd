"""What the witnesses are asked, and what they answer: c2sp.org/tlog-witness, seen from the log.

A witness is somebody else's program (witness/readback_witness.py, or any other of that format). It keeps the last
checkpoint it saw and co-signs only what continues it. This module speaks to one; ledger/witnessing.py says when.
"""

import asyncio
import re
from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum

import httpx2
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ledger.notes import COSIGNATURE, Key, NoteRefused, parse_note, parse_vkey, signers

# For the whole of an answer, however slowly it comes: a thread waits for it that wards are served from.
SECONDS = 5.0
LONGEST_ANSWER = 4096
# The end of the year 9999: what a co-signature says beyond it is no time.
LATEST_SECONDS = 253_402_300_799
SIZE_KIND = "text/x.tlog.size"


class Answer(StrEnum):
    """What a witness said last."""

    COSIGNED = "cosigned"
    AHEAD = "ahead"
    CONTRADICTED = "contradicted"
    UNKNOWN_LOG = "unknown_log"
    NOT_OURS = "not_ours"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Witness:
    """Where a witness is asked, and the key it co-signs with."""

    url: str
    key: Key

    @property
    def name(self) -> str:
        """The name of its key."""
        return self.key.name


@dataclass(frozen=True)
class Answered:
    """The answer; for COSIGNED the line and its POSIX time, for a stale size the one that the witness knows."""

    answer: Answer | None
    line: str = ""
    seconds: int = 0
    known: int | None = None


def configured() -> list[Witness]:
    """The witnesses of the settings. Raises ImproperlyConfigured for what is none."""
    found = []
    for parts in settings.LOG_WITNESSES:
        try:
            url, vkey = parts
            key = parse_vkey(vkey)
        except (ValueError, NoteRefused) as exc:
            raise ImproperlyConfigured("READBACK_WITNESSES is: URL VKEY, URL VKEY. A VKEY is name+id+base64.") from exc
        # The name goes on the record, which takes codes only.
        is_code = re.fullmatch(r"[A-Za-z0-9_.:/@-]{1,128}", key.name)
        if key.kind != COSIGNATURE or not is_code or not url.startswith(("https://", "http://")):
            raise ImproperlyConfigured(f"READBACK_WITNESSES: {key.name} is no witness's address and key.")
        found.append(Witness(url.rstrip("/"), key))
    return found


def ask(witness: Witness, note: str, *, old: int, proof: list[bytes]) -> Answered:
    """What the witness says to this checkpoint, which continues the one of `old` leaves by `proof`.

    Its answer is believed in one case only: a co-signature that its key has made over this very checkpoint.
    """
    lines = "".join(f"{b64encode(each).decode()}\n" for each in proof)
    try:
        asked = _post(f"{witness.url}/add-checkpoint", f"old {old}\n{lines}\n{note}".encode())
        status, kind, words = asyncio.run(asked)
    except (httpx2.HTTPError, TimeoutError, ValueError):
        return Answered(Answer.UNREACHABLE)
    if status == 200:
        return _cosigned(witness, note, words)
    if status == 409 and kind == SIZE_KIND:
        size = words.removesuffix("\n")
        is_size = size.isascii() and size.isdigit() and len(size) <= 18
        return Answered(None, known=int(size)) if is_size else Answered(Answer.UNREACHABLE)
    refusals = {
        403: Answer.NOT_OURS,
        404: Answer.UNKNOWN_LOG,
        409: Answer.CONTRADICTED,
        422: Answer.CONTRADICTED,
    }
    return Answered(refusals.get(status, Answer.UNREACHABLE))


async def _post(url: str, content: bytes) -> tuple[int, str, str]:
    async with (
        asyncio.timeout(SECONDS),
        httpx2.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False) as client,
        client.stream("POST", url, content=content) as response,
    ):
        taken = b""
        async for piece in response.aiter_raw():
            taken += piece
            if len(taken) > LONGEST_ANSWER:
                raise ValueError("A witness's answer is a few lines.")
        return response.status_code, response.headers.get("Content-Type", ""), taken.decode()


def _cosigned(witness: Witness, note: str, words: str) -> Answered:
    key = witness.key
    try:
        signed = parse_note(note + words)
        (seconds,) = signers(signed, [key]).values()
    except (NoteRefused, ValueError):
        return Answered(Answer.UNREACHABLE)
    if seconds is None or seconds > LATEST_SECONDS:
        return Answered(Answer.UNREACHABLE)
    # The first of its key is the one that was verified. Whatever else stands under its name is nobody's word.
    own = next(line for line in signed.signatures if (line.name, line.key_id) == (key.name, key.id))
    line = f"— {witness.name} {b64encode(own.key_id + own.signature).decode()}\n"
    return Answered(Answer.COSIGNED, line=line, seconds=seconds)

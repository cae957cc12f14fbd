"""Checks what witnesses have co-signed, for `ledger verify`: that each line is theirs, and how far they have seen."""

from collections.abc import Sequence

from ledger.models import Asked, Checkpoint, Cosignature
from ledger.notes import Key, NoteRefused, parse_note, signers
from ledger.verifying import NotProvable, Tampered
from ledger.witnessing import IN_CONTRADICTION

# Each line vouches for all that lies before it; the newest are looked at, not those of years.
LOOKED_AT = 1_000


def check_cosignatures(keys: Sequence[Key], *, quorum: int, size: int) -> list[str]:
    """What a reader should know of a log of `size` places that is good in itself.

    Raises Tampered where a line is not the witness's, or a witness has seen another history; NotProvable where fewer
    than `quorum` of these witnesses have co-signed anything.
    """
    if not keys:
        return ["Nobody outside has co-signed this log: whoever holds its key and the database could write another."]
    sizes = sorted((_last_of(key) for key in keys), reverse=True)
    for asked in Asked.objects.filter(witness__in=[key.name for key in keys], answer__in=IN_CONTRADICTION):
        known = f" It knows {asked.known} places." if asked.known else ""
        raise Tampered(f"The witness {asked.witness} has seen another history of this log.{known}", place=asked.known)
    covered = sizes[quorum - 1] if len(sizes) >= quorum else 0
    if not covered:
        raise NotProvable(f"Fewer than {quorum} of these witnesses have co-signed this log.")
    return [f"Witnessed up to place {covered - 1}."] + (
        [f"{size - covered} places after it are not."] * (size > covered)
    )


def _last_of(key: Key) -> int:
    rows = list(Cosignature.objects.filter(witness=key.name).order_by("-size")[:LOOKED_AT])
    notes = dict(Checkpoint.objects.filter(size__in=[row.size for row in rows]).values_list("size", "note"))
    for row in rows:
        try:
            signers(parse_note(notes.get(row.size, "") + row.line), [key])
        except NoteRefused as exc:
            words = f"What stands as the co-signature of {key.name} at {row.size} places is not its own. {exc}"
            raise Tampered(words, place=row.size - 1) from exc
    return rows[0].size if rows else 0

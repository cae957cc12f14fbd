"""The evidence pack: one file by which somebody who trusts none of us sees that events are in the signed log.

It holds each event's leaf with the proof of its place, the checkpoint with every signature on it, the public keys, and
whatever files the caller adds. The manifest lists all of it by digest; the export itself is an event of the log that
holds the manifest's digest, recorded before anything leaves, and its own proof is in the pack as well. So one signature
covers the whole file. What that proves and what it does not: docs/log-format.md, and verifier/README.txt.
Its readers are verifier/verify_evidence.py and verifier/verify.html, which share no code with this.
"""

import io
import time
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from ledger import merkle, published, sequencer, witnesses, witnessing
from ledger.agents import Agent, Entity
from ledger.leaves import canonical
from ledger.logins import may_sequence
from ledger.models import Checkpoint, Cosignature, Event, Leaf
from ledger.notes import key_of, vkey_of
from ledger.services import Noted, record_all
from live.refusals import Conflict
from vault.errors import VaultError
from vault.signing import log_key

EXPORTED = "evidence.exported"
FORMAT = "readback-evidence/1"
PROOF = "c2sp.org/tlog-proof@v1"
# An export of more asks for a second person (PROTECTION 3.7), and is not made here.
MOST_EVENTS = 500
LONGEST_PACK = 64 << 20
COVERED_WITHIN_SECONDS = 10.0
SEEN_WITHIN_SECONDS = 7.0
_LOOK_SECONDS = 0.1
SHIPPED = {
    "README.txt": "what this is, how it is verified, and what that shows and does not show",
    "verify.html": "a verifier for a browser, without a network; take a copy from somebody you trust",
    "verify_evidence.py": "a verifier for a command line; take a copy from somebody you trust",
}


@dataclass(frozen=True)
class Added:
    """A file beside the log's own: its bytes, and what it is, for a person."""

    content: bytes
    what: str


@dataclass(frozen=True)
class Export:
    """Who takes what out, and why: `about` is the kind and the id of what it is about, `purpose` and `reason` codes."""

    agent: Agent
    about: tuple[str, str]
    reason: str
    purpose: str = "HOPERAT"
    patient_id: UUID | None = None
    has_content: bool = False


def shipped_file(name: str) -> bytes:
    """The bytes of one of SHIPPED, as they lie in the repository."""
    return (Path(settings.BASE_DIR) / "verifier" / name).read_bytes()


def make_pack(export: Export, event_ids: Iterable[int], added: Mapping[str, Added]) -> bytes:
    """The pack of these events, a zip file. The export is on record, durably, before this returns.

    Raises Conflict where the log cannot prove them now, or where they are too many for one person. Not within a
    transaction: what is proved must be committed, and so must the export.
    """
    wanted = sorted({*event_ids})
    if not 0 < len(wanted) <= MOST_EVENTS:
        words = _("One person may take out %(most)d events at most. Narrow it down, or let two people export the log.")
        raise Conflict(words % {"most": MOST_EVENTS}, code="too_many", act=EXPORTED, patient_id=export.patient_id)
    try:
        return _made(export, wanted, added)
    except (VaultError, sequencer.LogBroken) as exc:
        words = _("The log cannot sign or show its key now, so nothing was exported. The operator has to look at it.")
        raise Conflict(words, code="log_unable", act=EXPORTED, patient_id=export.patient_id) from exc


def _made(export: Export, wanted: Sequence[int], added: Mapping[str, Added]) -> bytes:
    _wait_until_covered(wanted)
    entries = [_entry(each) for each in published.placed(wanted)]
    listed = _listed(added)
    manifest = _manifest(export, listed, [facts for facts, _leaf in entries])
    proved = {f"entries/{facts['event']}": (int(str(facts["place"])), leaf) for facts, leaf in entries}
    files = {name: one.content for name, one in listed.items()}
    return _zipped({**files, "manifest.json": manifest, **_proved({**proved, "export": _recorded(export, manifest)})})


def _entry(placed: published.Placed) -> tuple[dict[str, int | str], bytes]:
    digest = sha256(placed.leaf).hexdigest()
    return {"event": placed.event_id, "place": placed.place, "sha256": digest}, placed.leaf


def _listed(added: Mapping[str, Added]) -> dict[str, Added]:
    keys = [key_of(log_key()), *(witness.key for witness in witnesses.configured())]
    vkeys = "".join(f"{vkey_of(key)}\n" for key in keys).encode()
    own = {
        "keys.txt": Added(vkeys, "public keys: the log's, then its witnesses'"),
        **{name: Added(shipped_file(name), what) for name, what in SHIPPED.items()},
    }
    return {**own, **added}


def _manifest(export: Export, listed: Mapping[str, Added], entries: Sequence[Mapping[str, int | str]]) -> bytes:
    kind, about_id = export.about
    files = {
        name: {"bytes": len(one.content), "sha256": sha256(one.content).hexdigest(), "what": one.what}
        for name, one in listed.items()
    }
    facts = {
        "about": {"id": about_id, "kind": kind},
        "content": "included" if export.has_content else "redacted",
        "entries": list(entries),
        "files": files,
        "format": FORMAT,
        "made": _database_time().isoformat(timespec="microseconds"),
        "pack": str(uuid4()),
        "reason": export.reason,
    }
    return canonical(facts).encode()


def _recorded(export: Export, manifest: bytes) -> tuple[int, bytes]:
    """The place and the leaf of the event by which the log holds the manifest's digest."""
    digest, before = sha256(manifest).hexdigest(), _database_time()
    kind, about_id = export.about
    detail: dict[str, int | str | list[str]] = {"about": kind, "about_id": about_id}
    noted = Noted(
        event=EXPORTED,
        agent=export.agent,
        reason=export.reason,
        patient_id=export.patient_id,
        entity=Entity("evidence_pack", uuid4(), version=digest),
        purpose=export.purpose,
        detail=detail | {"content": int(export.has_content)},
    )
    record_all([noted])
    mine = Event.objects.filter(recorded__gte=before, event=EXPORTED, entity_version=digest)
    event_id = mine.values_list("id", flat=True).get()
    _wait_until_covered([event_id])
    (placed,) = published.placed([event_id])
    return placed.place, placed.leaf


def _proved(leaves: Mapping[str, tuple[int, bytes]]) -> dict[str, bytes]:
    """The checkpoint, and each leaf with its proof under it, by their names in the pack."""
    checkpoint = _checkpoint_over(max(place for place, _leaf in leaves.values()))
    note = witnessing.cosigned(checkpoint)
    files, node_at = {"checkpoint": note.encode()}, published.nodes(checkpoint.size)
    for name, (place, leaf) in leaves.items():
        path = merkle.inclusion_proof(place, checkpoint.size, node_at)
        files[f"{name}.json"] = leaf
        files[f"{name}.tlog-proof"] = proof_text(place, path, note).encode()
    return files


def proof_text(place: int, path: Sequence[bytes], note: str) -> str:
    """The proof of a place under a checkpoint. Source: c2sp.org/tlog-proof."""
    hashes = "".join(f"{b64encode(each).decode()}\n" for each in path)
    return f"{PROOF}\nindex {place}\n{hashes}\n{note}"


def _wait_until_covered(event_ids: Sequence[int]) -> None:
    """Returns when a checkpoint is over all of them. Raises Conflict where that takes too long."""
    deadline = time.monotonic() + COVERED_WITHIN_SECONDS
    while Leaf.objects.filter(event_id__in=event_ids).count() < len(event_ids):
        # Whoever orders the log does it; this process, if it may and nobody does just now.
        if not may_sequence() or sequencer.sequence() == 0:
            time.sleep(_LOOK_SECONDS)
        if time.monotonic() > deadline:
            words = _("The log has not signed these events yet, so nothing was exported. Try again in a minute.")
            raise Conflict(words, code="not_covered", act=EXPORTED)


def _checkpoint_over(place: int) -> Checkpoint:
    """The newest checkpoint over this place that a witness has co-signed; soon the newest of all, if none does."""
    deadline = time.monotonic() + (SEEN_WITHIN_SECONDS if witnesses.configured() else 0)
    while True:
        seen = Cosignature.objects.filter(size__gt=place).order_by("-size").values_list("size", flat=True).first()
        if seen is not None:
            return Checkpoint.objects.get(size=seen)
        if time.monotonic() >= deadline:
            return published.newest_checkpoint()
        time.sleep(_LOOK_SECONDS)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """One form for the same files: stored, in the order of their names, without a time. The verifiers read no other."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_STORED) as pack:
        for name, content in sorted(files.items()):
            facts = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            facts.create_system, facts.external_attr = 3, 0o100644 << 16
            pack.writestr(facts, content)
    if kept.tell() > LONGEST_PACK:
        raise Conflict(_("This is too much for one pack. Narrow it down."), code="too_long", act=EXPORTED)
    return kept.getvalue()


def _database_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found

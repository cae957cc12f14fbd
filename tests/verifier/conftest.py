"""A pack of seven events of a nurse, with content beside it, and the key by which it is verified."""

import json
import shutil
import subprocess
import tempfile
from base64 import b64encode
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from ledger import evidence, sequencer
from ledger.agents import Agent, Entity
from ledger.leaves import canonical
from ledger.models import Event
from ledger.notes import key_of, vkey_of
from ledger.services import record
from vault.signing import log_key

VERSION = UUID("0b8f7c52-3f0e-4c8e-9d5c-7d8a6d6c1f01")
LETTER = b"%PDF the letter"
CONTENT = canonical(
    {
        "files": [{"kind": "pdf", "sha256": evidence.sha256(LETTER).hexdigest()}],
        "ipass": {"illness_severity": "watcher"},
        "salt": "00",
    }
).encode()


@pytest.fixture
def nurse():
    return Agent(person_id=uuid4(), role="nurse", session_id=uuid4(), device="Ward phone 3", request_id="r-1")


@pytest.fixture
def event_ids(db, nurse):
    """A version that was sent, and six acts on it."""
    digest = evidence.sha256(CONTENT).hexdigest()
    for event in ("handover.sent", *["handover.opened", "handover.read", "handover.accepted"] * 2):
        record(event, agent=nurse, patient_id=uuid4(), entity=Entity("handover_version", VERSION, version=digest))
    record("patient.read", agent=nurse)
    sequencer.sequence()
    mine = Event.objects.filter(agent_id=nurse.person_id, event__startswith="handover.")
    return list(mine.order_by("id").values_list("id", flat=True))


@pytest.fixture
def added():
    digest = evidence.sha256(CONTENT).hexdigest()
    record_json = canonical({"versions": [{"digest": digest, "id": str(VERSION), "number": 1}]}).encode()
    letter = canonical({"base64": b64encode(LETTER).decode(), "type": "application/pdf"}).encode()
    return {
        "record.json": evidence.Added(record_json, "what the database says"),
        "content/pdf-1.json": evidence.Added(letter, "a file, as it was sent"),
        "content/version-1.json": evidence.Added(CONTENT, "version 1, as it was sent"),
    }


@pytest.fixture
def make(nurse, event_ids, added):
    """make(event_ids=..., added=...): the pack, exported by the nurse."""

    def made(several=None, files=None):
        export = evidence.Export(agent=nurse, about=("transfer", str(uuid4())), reason="court")
        return evidence.make_pack(export, several or event_ids, added if files is None else files)

    return made


@pytest.fixture
def pack(make):
    return make()


@pytest.fixture
def vkey(db):
    return vkey_of(key_of(log_key()))


@pytest.fixture(scope="session")
def page():
    """page(packs, vkey=...): what the verifier of verify.html finds of each, by node. Skips, visibly, without node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node was found: the page's verifier is tried in Chromium only")
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as directory:
        command = [node, str(here / "in_node.mjs"), str(here.parent.parent / "verifier" / "verify.html")]

        def asked(packs, *, vkey="", **more):
            lines = []
            for number, content in enumerate(packs):
                path = Path(directory) / f"{number}.zip"
                path.write_bytes(content)
                lines.append(json.dumps({"pack": str(path), "vkey": vkey, **more}))
            done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True)
            return [json.loads(line) for line in done.stdout.splitlines()]

        yield asked

"""A real server and a real witness: what is recorded is signed and co-signed, and an officer verifies all of it."""

import threading
import time

import pytest

from ledger import notes
from ledger.models import Checkpoint, Cosignature, Verification
from tests.processes.test_live_product import Browser
from vault.signing import log_key
from witness.readback_witness import Witness, init, server

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
PATIENCE_SECONDS = 60


@pytest.fixture
def witness(tmp_path):
    """A partner's witness that knows this log, and where it is asked."""
    state = tmp_path / "witness.sqlite"
    init(state, "witness.partner.example")
    made = Witness(state)
    made.add_log(notes.vkey_of(notes.key_of(log_key())))
    serving = server(made, ("127.0.0.1", 0))
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made, f"http://127.0.0.1:{serving.server_address[1]}"
    serving.shutdown()
    serving.server_close()
    thread.join()


def wait_for(rows):
    """The first of these rows, as soon as there is one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = rows.first()
        if found is not None:
            return found
        threading.Event().wait(0.1)
    raise AssertionError(f"There was no {rows.model.__name__} after {PATIENCE_SECONDS} s.")


def test_what_is_recorded_is_signed_cosigned_and_verified_from_the_officers_page(rig, witness, officer, sign_in):
    made, url = witness
    browser = Browser(sign_in, officer)
    (house,) = rig.start(1, extra={"READBACK_WITNESSES": f"{url} {made.vkey}"})
    cosigned = wait_for(Cosignature.objects.filter(witness=made.name))
    note = Checkpoint.objects.get(size=cosigned.size).note + cosigned.line
    keys = [notes.key_of(log_key()), notes.parse_vkey(made.vkey)]
    assert set(notes.signers(notes.parse_note(note), keys)) == set(keys)
    assert browser.post(house, "/audit/integrity/") == 303
    verified = wait_for(Verification.objects.filter(ended__isnull=False))
    assert (verified.outcome, verified.bad_place) == ("good", None), verified.words
    assert "Witnessed up to place" in verified.words

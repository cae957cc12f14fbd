"""J13: an officer proves what happened in one transfer; somebody without an account verifies it offline.

At most five clicks and a minute from the search to the file in hand, and half a minute to the verdict. Then one byte is
changed, and the verifier names the entry. The figures are printed: run with -s.
"""

import time
from pathlib import Path
from uuid import uuid4

import pytest

from audit.evidence.exporting import export_transfer
from handover.patients.sealed import identity_of
from handover.transfers import services
from ledger.models import Event
from ledger.notes import key_of, vkey_of
from tests.journeys.conftest import DESK, PHONE
from vault.signing import log_key
from verifier.verify_evidence import files_of

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

PAGE = Path(__file__).resolve().parent.parent.parent / "verifier" / "verify.html"
MOST_CLICKS, MOST_SECONDS, MOST_SECONDS_TO_VERIFY = 5, 60, 30


@pytest.fixture
def reader(chromium):
    """reader(**how): the browser of somebody with no account and no network, with the verifier open from their disk."""
    contexts = []

    def opened(**how):
        context = chromium.new_context(**how, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.asked_for = []
        page.on("request", lambda request: page.asked_for.append(request.url))
        page.goto(PAGE.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def say(words):
    print(f"\nJ13: {words}")  # noqa: T201 - the figures are what the journey is for


def verdict(page, pack, words):
    """Seconds from dropping the file to the verdict in these words."""
    began = time.monotonic()
    page.locator("#pack").set_input_files({"name": "pack.zip", "mimeType": "application/zip", "buffer": pack})
    page.locator("#verdict h1", has_text=words).wait_for()
    return time.monotonic() - began


def test_an_officer_proves_a_transfer_and_a_stranger_verifies_it_offline(
    phone_of, reader, officer, actor, amara, lee, accepted_handover
):
    services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    services.arrive(actor(lee), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    desk = phone_of(officer, how=DESK)
    desk.open("/audit/")
    desk.start_counting()
    desk.type("#id_record_number", identity_of(accepted_handover.patient).record_number)
    desk.tap(".record-filters button", text="Search")
    desk.see("All about record number")
    desk.tap("tr:has-text('handover.accepted') a", text="Evidence")
    desk.see("What happened in one transfer")
    vkey = desk.page.locator("#log-key").inner_text()
    with desk.page.expect_download() as downloaded:
        desk.tap("form button", text="Export the evidence")
    pack = Path(downloaded.value.path()).read_bytes()
    clicks, seconds = desk.taps, desk.seconds()

    stranger = reader(**DESK)
    stranger.locator("#vkey").fill(vkey)
    to_verify = verdict(stranger, pack, "Proven. Nothing in this file was changed.")
    several = stranger.locator("#entries tbody tr").count()
    say(f"{clicks} clicks, {seconds:.1f} s to the file; green offline in {to_verify:.2f} s, {several} entries")
    assert clicks <= MOST_CLICKS
    assert seconds <= MOST_SECONDS
    assert to_verify <= MOST_SECONDS_TO_VERIFY
    assert several > 10

    event = Event.objects.get(event="handover.accepted", patient_id=accepted_handover.patient_id)
    name = f"entries/{event.pk}.json"
    content = files_of(pack)[0][name]
    at = pack.index(content) + content.index(b"handover.accepted") + len("handover.")
    broken = pack[:at] + b"A" + pack[at + 1 :]
    seconds = verdict(stranger, broken, "Broken. This file is not what was signed.")
    say(f"one byte changed, named after {seconds:.2f} s: {stranger.locator('#verdict p').inner_text()}")
    assert f"{name} (event {event.pk}, place " in stranger.locator("#verdict p").inner_text()
    assert stranger.locator("#entries tr.broken").count() == 1
    # Nothing was asked of anybody: the page itself was the only thing that was loaded.
    assert stranger.asked_for == [PAGE.as_uri()]

    # Without a key of their own they are told so, and compare fingerprints; on a phone as well.
    other = reader(**PHONE)
    verdict(other, pack, "Not proven yet: whose key is it?")
    fingerprint = other.locator("#checks .hash").inner_text()
    assert fingerprint == desk.page.locator("#log-fingerprint").inner_text()
    other.locator("#compared").click()
    other.locator("#verdict h1", has_text="Proven.").wait_for()
    assert desk.errors == []


# The property: a green verdict is never shown beside a file or a key that it is not about. Attacked by a key that is
# broken after the verdict, by a file that changes on the disk, and by one that is dropped while another is checked.
def test_no_verdict_outlives_the_file_or_the_key_that_it_is_about(reader, actor, officer, accepted_handover, tmp_path):
    vkey = vkey_of(key_of(log_key()))
    pack = export_transfer(actor(officer), accepted_handover.transfer_id, reason="", has_content=False)
    other = pack.replace(b"handover.accepted", b"handover.Accepted")
    page = reader(**DESK)
    page.locator("#vkey").fill(vkey)
    verdict(page, pack, "Proven. Nothing in this file was changed.")
    page.locator("#vkey").fill("not a key")
    page.locator("#vkey").blur()
    page.locator("#vkey-wrong", has_text="no public key").wait_for()
    assert page.locator("#verdict").is_hidden()
    assert page.locator("#found").is_hidden()

    page.locator("#vkey").fill(vkey)
    kept = tmp_path / "pack.zip"
    kept.write_bytes(pack)
    page.locator("#pack").set_input_files(kept)
    page.locator("#verdict h1", has_text="Proven. Nothing in this file was changed.").wait_for()
    kept.write_bytes(other + b"longer")
    page.locator("summary", has_text="Witnesses").click()
    page.locator("#quorum").fill("0")
    page.locator("#quorum").blur()
    page.locator("#verdict h1", has_text="Not checked.").wait_for()

    # The first of two takes its time, and is done when the second was found broken.
    page.evaluate(
        """() => {
          const verify = Evidence.verify;
          let go;
          const slow = new Promise((resolve) => { go = resolve; });
          window.go = go;
          Evidence.verify = async (...asked) => { Evidence.verify = verify; await slow; return verify(...asked); };
        }"""
    )
    give = page.locator("#pack").set_input_files
    give({"name": "good.zip", "mimeType": "application/zip", "buffer": pack})
    page.locator("#chosen", has_text="good.zip").wait_for()
    give({"name": "changed.zip", "mimeType": "application/zip", "buffer": other})
    page.evaluate("() => window.go()")
    page.locator("#chosen", has_text="changed.zip").wait_for()
    page.locator("#verdict h1", has_text="Broken.").wait_for()
    assert page.locator("#verdict h1").inner_text() == "Broken. This file is not what was signed."
    assert page.locator("#chosen").inner_text().startswith("changed.zip")

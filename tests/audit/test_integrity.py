"""Is the record what it was: the verdict in words, the officer's page, and the button that verifies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from audit import integrity as rules
from audit.integrity import Integrity, findings
from ledger import sequencer
from ledger.models import Asked, Checkpoint, Event, Verification
from ledger.notes import COSIGNATURE, Key, vkey_of
from ledger.witnessing import Standing, State
from tests.ledger.test_sequencer import record_many

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
VERIFIED = Verification(outcome="good", started=NOW, looked=NOW, ended=NOW, places=9, expected=9)
GOOD = Integrity(
    checkpoint=Checkpoint(size=9, root=b"", note="", made=NOW),
    waiting=0,
    longest_wait=timedelta(),
    witnesses=[Standing("w", 9, NOW, "cosigned")],
    quorum=1,
    state=State.WITNESSED,
    witnessed=9,
    verification=VERIFIED,
    is_silent=False,
    last_good=VERIFIED,
    at=NOW,
)


def test_a_good_log_is_said_to_be_unchanged_as_far_as_checked():
    assert findings(GOOD) == [rules.GOOD]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"verification": Verification(outcome="tampered")}, rules.TAMPERED),
        ({"verification": Verification(outcome="not_provable")}, rules.NOT_PROVABLE),
        ({"state": State.CONTRADICTED}, rules.CONTRADICTED),
        ({"state": State.NOBODY}, rules.NOBODY),
        ({"state": State.BEHIND}, rules.BEHIND),
        ({"longest_wait": timedelta(seconds=61)}, rules.LATE),
        ({"longest_wait": timedelta(seconds=61), "may_sequence": False}, rules.NOBODY_ORDERS),
        ({"last_good": None}, rules.UNVERIFIED),
        ({"at": NOW + timedelta(days=8)}, rules.UNVERIFIED),
    ],
)
def test_each_thing_that_is_wrong_is_said_and_what_to_do(changed, expected):
    assert findings(replace(GOOD, **changed)) == [expected]


def test_a_change_comes_before_everything_else():
    worst = replace(GOOD, verification=Verification(outcome="tampered"), state=State.NOBODY, last_good=None)
    assert [finding.tone for finding in findings(worst)] == ["bad", "bad", "odd"]
    assert findings(worst)[0] == rules.TAMPERED


@pytest.fixture
def log(amara, actor, settings):
    settings.LOG_WITNESSES = []
    record_many(actor(amara).agent, 3)
    sequencer.sequence()


def test_without_a_witness_the_page_says_so_in_red(desk, log):
    page = desk.get("/audit/integrity/").content.decode()
    assert 'class="verdict bad" role="alert"' in page
    assert "Nobody outside remembers this log" in page


def test_a_witness_that_has_seen_another_history_is_red(desk, log, settings):
    settings.LOG_WITNESSES = [["http://127.0.0.1:9", vkey_of(Key("w.example", b"k" * 32, COSIGNATURE))]]
    Asked.objects.create(witness="w.example", answer="ahead", known=999_999)
    page = desk.get("/audit/integrity/").content.decode()
    assert "No. A witness has seen another history" in page
    assert "Has seen another history" in page


def test_that_an_officer_looked_is_on_record_and_that_the_page_asks_how_far_it_is_is_not(desk, log, officer):
    looked = Event.objects.filter(event="audit.integrity_read", agent_id=officer.pk)
    desk.get("/audit/integrity/_progress/")
    assert looked.count() == 0
    desk.get("/audit/integrity/")
    assert looked.count() == 1


def test_a_verification_that_runs_is_shown_with_how_far_it_is(desk, log):
    Verification.objects.create(asked_by=uuid4(), expected=200, places=130)
    part = desk.get("/audit/integrity/_progress/").content.decode()
    assert '<progress max="100" value="65"' in part
    assert "data-running" in part


def test_the_button_begins_one_and_a_second_tap_is_told_that_one_runs(desk, log):
    assert desk.post("/audit/integrity/").status_code == 303
    assert Verification.objects.filter(ended=None).count() == 1
    again = desk.post("/audit/integrity/")
    assert again.status_code == 409
    assert "being verified at this moment" in again.content.decode()


def test_one_that_found_a_change_names_the_place(desk, log):
    told = {"outcome": "tampered", "words": "The places 5 to 9 differ.", "bad_place": 5}
    Verification.objects.create(asked_by=uuid4(), expected=9, ended=NOW, **told)
    page = desk.get("/audit/integrity/").content.decode()
    assert "No. The last verification found a change" in page
    assert 'First bad place: <b class="num">5</b>' in page


def test_a_checkpoint_is_printed_with_a_code_that_holds_the_same_text(desk, log, officer):
    page = desk.get("/audit/integrity/checkpoint/").content.decode()
    newest = Checkpoint.objects.latest("size")
    assert newest.note.split("\n")[2] in page
    assert 'class="qr"' in page
    printed = Event.objects.get(event="audit.checkpoint_printed", agent_id=officer.pk)
    assert printed.detail == {"size": newest.size}

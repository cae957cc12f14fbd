"""The officer's evidence of a transfer: what the page shows and hides, and the file that proves it to somebody else."""

import json
from datetime import timedelta
from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import pytest
import time_machine
from django.utils import timezone

from accounts.factors.models import FactorReset
from handover.patients.sealed import identity_of
from handover.transfers import services
from handover.transfers.sealed import document_of
from ledger import sequencer
from ledger.models import Event
from ledger.notes import key_of, parse_vkey, vkey_of
from tests.audit.test_events_page import without_tokens
from vault.signing import log_key
from verifier import verify_evidence as stranger

pytestmark = pytest.mark.django_db

WHY = "Worse in the corridor; the ward waits with a monitored bed"


@pytest.fixture
def moved(actor, amara, lee, accepted_handover):
    """A transfer with everything in it: edited after the acceptance, reminded, overridden, departed, arrived."""
    handover = accepted_handover
    services.depart(actor(amara), key=uuid4(), transfer_id=handover.transfer_id)
    services.arrive(actor(lee), key=uuid4(), transfer_id=handover.transfer_id)
    handover.refresh_from_db()
    sequencer.sequence()
    return handover


@pytest.fixture
def overridden(actor, amara, sent_handover):
    told = {"key": uuid4(), "transfer_id": sent_handover.transfer_id, "reason": WHY, "is_emergency": True}
    services.request_override(actor(amara), **told)
    services.depart(actor(amara), key=uuid4(), transfer_id=sent_handover.transfer_id)
    return sent_handover


def address(handover):
    return f"/audit/transfers/{handover.transfer_id}/"


COURT = {"reason": "court", "recipient": "District Court of Port Meadow", "address": "1 Court Street"}


def export(desk, handover, **told):
    return desk.post(f"{address(handover)}evidence/", told)


def opened(response):
    assert response.status_code == 200, response.content.decode()[:2000]
    with ZipFile(BytesIO(response.content)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def verified(response):
    """What the stranger's program says, which knows the log's key and nothing else."""
    return stranger.verify(response.content, stranger.parse_vkey(vkey_of(key_of(log_key()))), [], 0)


def clinical_words(handover):
    identity = identity_of(handover.patient)
    ipass = document_of(handover.current, patient_id=handover.patient_id).ipass
    summary = ipass.patient_summary
    return [identity.family, identity.given, summary.statement, summary.plan, ipass.situation_awareness]


def test_the_page_shows_who_when_and_by_which_act_and_nothing_clinical(desk, moved):
    page = desk.get(address(moved)).content.decode()
    number = identity_of(moved.patient).record_number
    digest = bytes(moved.current.digest).hex()[:16]
    for words in ("Emergency Department to 7 East", number, "Lee Sparrowhawk, version 1", "Said back", digest):
        assert words in page
    assert "left with the gate open" in page
    for hidden in clinical_words(moved):
        assert hidden.casefold() not in page.casefold()


def test_the_look_is_on_record_before_it_is_given(desk, officer, moved):
    desk.get(address(moved))
    event = Event.objects.get(event="audit.transfer_read")
    assert (event.agent_id, event.patient_id, event.entity_id) == (officer.pk, moved.patient_id, moved.transfer_id)


def test_an_override_is_shown_and_its_reason_is_not(desk, overridden):
    page = desk.get(address(overridden)).content.decode()
    assert "left with the gate locked" in page
    assert "nobody had accepted" in page
    assert WHY not in page


def test_the_file_is_good_for_a_stranger_and_holds_no_word_of_the_patient(desk, moved):
    response = export(desk, moved)
    said = "\n".join(verified(response))
    for event in ("transfer.planned", "handover.sent", "handover.opened", "handover.said_back", "handover.accepted"):
        assert event in said
    for event in ("transfer.departed", "transfer.arrived", "responsibility.passed", "transfer.checklist_set"):
        assert event in said
    files = opened(response)
    assert not [name for name in files if name.startswith("content/")]
    for hidden in [*clinical_words(moved), "Sparrowhawk"]:
        assert not [name for name, content in files.items() if hidden.encode().lower() in content.lower()], hidden


def test_what_the_database_says_is_in_it_with_ids_and_times(desk, overridden):
    record = json.loads(opened(export(desk, overridden))["record.json"])
    assert record["transfer"]["id"] == str(overridden.transfer_id)
    (version,) = record["versions"]
    assert version["digest"] == bytes(overridden.current.digest).hex()
    (override,) = record["overrides"]
    assert override["is_emergency"] is True
    assert override["locks"]
    assert {rung["name"] for rung in record["ladder"]} >= {"stored"}


def test_with_content_each_version_is_the_one_that_the_log_holds(desk, moved):
    response = export(desk, moved, content="included", **COURT)
    verified(response)
    files = opened(response)
    assert "75, pneumonia with sepsis" in files["content/version-1.json"].decode()
    words = json.loads(files["content/words.json"])
    assert "Septic chest" in json.dumps(words)
    assert {person["name"] for person in words["people"].values()} >= {"Amara Thistledown", "Lee Sparrowhawk"}


def test_content_needs_a_reason(desk, moved):
    response = export(desk, moved, content="included")
    assert response.status_code == 422
    assert "with content it needs a reason" in response.content.decode()
    assert not Event.objects.filter(event="evidence.exported", patient_id=moved.patient_id, outcome="success").exists()


def test_the_export_is_on_record_and_on_the_page_the_next_time(desk, officer, moved):
    export(desk, moved, content="included", **COURT)
    event = Event.objects.get(event="evidence.exported", patient_id=moved.patient_id)
    assert (event.agent_id, event.reason, event.purpose) == (officer.pk, "court", "HLEGAL")
    assert (event.detail["about_id"], event.detail["content"]) == (str(moved.transfer_id), 1)
    page = desk.get(address(moved)).content.decode()
    assert "Taken out before" in page
    assert "with content" in page


# Step-up: what leaves the hospital asks for a factor that was just shown (ASVS 7.5.3).
def test_who_has_shown_no_factor_lately_shows_one_first(client, officer, sign_in, moved):
    with time_machine.travel(timezone.now() - timedelta(minutes=6), tick=True):
        sign_in(client, officer)
    response = export(client, moved, back=address(moved))
    assert response.status_code == 302
    assert "confirm" in response["Location"]
    assert not Event.objects.filter(event="evidence.exported", patient_id=moved.patient_id).exists()


def test_whoever_had_their_factors_reset_takes_nothing_out_for_a_day(desk, officer, admin_person, make_person, moved):
    second = make_person("second@readback.example", "Sunniva Oakhanger", "administrator")
    FactorReset.objects.create(person=officer, asked_by=admin_person, done_by=second, done=timezone.now())
    assert export(desk, moved).status_code == 403
    assert not Event.objects.filter(event="evidence.exported", patient_id=moved.patient_id, outcome="success").exists()


def test_after_an_erasure_it_still_proves_and_there_is_no_content(desk, moved, without_key):
    without_key(moved.patient)
    verified(export(desk, moved))
    refused = export(desk, moved, content="included", **COURT)
    assert refused.status_code == 409
    assert "was erased" in refused.content.decode()


def test_an_event_leads_to_the_evidence_of_its_transfer(desk, moved):
    event = Event.objects.filter(event="handover.accepted", patient_id=moved.patient_id).latest("id")
    assert desk.get(f"/audit/events/{event.pk}/")["Location"] == address(moved)
    page = desk.get(f"/audit/?patient={moved.patient_id}").content.decode()
    assert f'href="/audit/events/{event.pk}/"' in page


def test_any_other_event_is_proved_by_itself(desk, did, amara, patient):
    did(amara, "patient.read", patient=patient)
    event = Event.objects.filter(agent_id=amara.pk, event="patient.read").latest("id")
    page = desk.get(f"/audit/events/{event.pk}/").content.decode()
    assert "Opened a patient" in page
    response = desk.post(f"/audit/events/{event.pk}/evidence/", {"reason": "patient"})
    assert "GOOD. 1 entries" in verified(response)[0]


def test_the_verifier_is_a_file_to_keep(desk):
    response = desk.get("/audit/verifier/")
    assert response["Content-Disposition"] == 'attachment; filename="readback-verifier.html"'
    assert b"Readback verifier" in response.content


@pytest.mark.parametrize("who", ["amara", "lee", "noor", "agent_person", "admin_person"])
def test_nobody_else_learns_that_there_is_such_a_page(client, sign_in, request, who, moved):
    sign_in(client, request.getfixturevalue(who))
    nothing = without_tokens(client.get("/nothing-here/"))
    for there in (address(moved), f"/audit/transfers/{uuid4()}/", "/audit/events/1/", "/audit/verifier/"):
        refused = client.get(there)
        assert refused.status_code == 404
        assert without_tokens(refused) == nothing
    assert export(client, moved).status_code == 404


def test_what_is_not_there_is_answered_as_what_is_not_yours(desk):
    assert desk.get(f"/audit/transfers/{uuid4()}/").status_code == 404
    assert desk.get("/audit/events/9999999999/").status_code == 404
    assert desk.post(f"/audit/transfers/{uuid4()}/evidence/").status_code == 404


def test_a_key_line_is_compared_by_the_fingerprint_that_the_page_shows(desk, moved):
    from audit.evidence.fingerprints import fingerprint

    vkey = vkey_of(key_of(log_key()))
    assert parse_vkey(vkey)
    page = desk.get(address(moved)).content.decode()
    assert vkey in page
    assert fingerprint(vkey) in page

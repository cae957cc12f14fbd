"""The officer's page of overrides: what waits, oldest first, one whole with its reason, and a verdict that stays."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from handover.patients.sealed import identity_of
from handover.transfers import services
from ledger.models import Event
from tests.audit.test_events_page import without_tokens
from tests.guards import unguarded

pytestmark = pytest.mark.django_db

WHY = "Worse in the corridor; the ward waits with a monitored bed"


@pytest.fixture
def left_under(actor, amara, sent_handover):
    told = {"key": uuid4(), "transfer_id": sent_handover.transfer_id, "reason": WHY, "is_emergency": True}
    row = services.request_override(actor(amara), **told)
    services.depart(actor(amara), key=uuid4(), transfer_id=sent_handover.transfer_id)
    return row


def test_the_list_says_who_where_which_locks_and_no_name_of_the_patient(desk, patient, left_under):
    page = desk.get("/audit/overrides/").content.decode()
    identity = identity_of(patient)
    for words in ("Amara Thistledown", "Emergency Department to 7 East", "nobody had accepted", identity.record_number):
        assert words in page
    for hidden in (identity.family, str(identity.birth_date), WHY):
        assert hidden.casefold() not in page.casefold()


def test_the_look_names_the_patients_whose_numbers_were_shown(desk, officer, patient, left_under):
    desk.get("/audit/overrides/")
    event = Event.objects.filter(event="audit.searched", agent_id=officer.pk).latest("id")
    assert (event.patient_id, event.detail) == (patient.pk, {"what": "overrides"})


def test_the_reason_is_read_one_by_one_and_each_reading_is_on_record(desk, officer, patient, left_under):
    page = desk.get(f"/audit/overrides/{left_under.pk}/").content.decode()
    assert WHY in page
    assert identity_of(patient).family.casefold() not in page.casefold()
    event = Event.objects.get(event="audit.override_read")
    assert (event.agent_id, event.patient_id, event.entity_id) == (officer.pk, patient.pk, left_under.pk)


def test_a_verdict_is_kept_and_leaves_the_list(desk, left_under):
    address = f"/audit/overrides/{left_under.pk}/"
    refused = desk.post(address, {"key": uuid4(), "verdict": "not_justified"})
    assert refused.status_code == 422
    assert "Say why in a sentence" in refused.content.decode()
    told = {"key": uuid4(), "verdict": "not_justified", "note": "Nobody was asked, and two were there."}
    assert desk.post(address, told)["Location"] == "/audit/overrides/"
    # The same form sent twice is one review.
    assert desk.post(address, told).status_code == 303
    left_under.refresh_from_db()
    assert left_under.verdict == "not_justified"
    page = desk.get("/audit/overrides/").content.decode()
    assert "Nothing waits" in page
    assert "Reviewed by Ingrid Larkspur" in page
    assert "Nobody was asked, and two were there." in desk.get(address).content.decode()


def test_the_oldest_is_first_and_what_is_overdue_says_so(
    desk, actor, amara, make_person, left_under, write_draft, send, make_patient, emergency, ward
):
    bo = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    with time_machine.travel(timezone.now() - timedelta(hours=80)):
        handover = send(write_draft(amara, make_patient(emergency)), to=ward, destination=ward, address="unit")
        told = {"key": uuid4(), "transfer_id": handover.transfer_id, "reason": WHY}
        old = services.request_override(actor(amara), **told)
        services.approve_override(actor(bo), key=uuid4(), override_id=old.pk)
        services.depart(actor(amara), key=uuid4(), transfer_id=handover.transfer_id)
    page = desk.get("/audit/overrides/").content.decode()
    assert page.index(str(old.pk)) < page.index(str(left_under.pk))
    assert page.count("overdue") == 1


def test_what_only_waits_for_a_second_person_is_not_listed(desk, actor, amara, sent_handover):
    told = {"key": uuid4(), "transfer_id": sent_handover.transfer_id, "reason": WHY}
    services.request_override(actor(amara), **told)
    assert "Nothing waits" in desk.get("/audit/overrides/").content.decode()


def test_an_erased_patients_override_can_still_be_judged(desk, patient, left_under, without_key):
    without_key(patient)
    page = desk.get(f"/audit/overrides/{left_under.pk}/").content.decode()
    assert "It can no longer be read" in page
    told = {"key": uuid4(), "verdict": "justified"}
    assert desk.post(f"/audit/overrides/{left_under.pk}/", told).status_code == 303


@pytest.mark.parametrize("who", ["amara", "lee", "noor", "agent_person", "admin_person"])
def test_nobody_else_learns_that_there_is_such_a_page(client, sign_in, request, who, left_under):
    sign_in(client, request.getfixturevalue(who))
    nothing = without_tokens(client.get("/nothing-here/"))
    for address in ("/audit/overrides/", f"/audit/overrides/{left_under.pk}/", f"/audit/overrides/{uuid4()}/"):
        refused = client.get(address)
        assert refused.status_code == 404
        assert without_tokens(refused) == nothing
    told = {"key": uuid4(), "verdict": "justified"}
    assert client.post(f"/audit/overrides/{left_under.pk}/", told).status_code == 404
    left_under.refresh_from_db()
    assert left_under.reviewed is None


# The property: nobody judges their own act. A role can change: whoever asked for an override as a nurse, or was the
# second person, may be an officer when it is reviewed. They find it in no list, and nothing at its address.
@pytest.mark.parametrize("whose", ["requested_by", "second_person"])
def test_an_officer_neither_reads_nor_reviews_an_override_of_their_own(desk, officer, left_under, whose):
    more = {"approved": timezone.now(), "is_emergency": False} if whose == "second_person" else {}
    with unguarded("transfers_override"):
        type(left_under).objects.filter(pk=left_under.pk).update(**{whose: officer, **more})
    assert str(left_under.pk) not in desk.get("/audit/overrides/").content.decode()
    address = f"/audit/overrides/{left_under.pk}/"
    assert desk.get(address).status_code == 404
    assert desk.post(address, {"key": uuid4(), "verdict": "justified"}).status_code == 404
    left_under.refresh_from_db()
    assert left_under.reviewed is None

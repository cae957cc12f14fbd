"""Statements that are written by hand say what the ORM says, and an act takes no more of them than it needs."""

from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.forms import model_to_dict
from django.utils import timezone

from accounts import directory
from handover.patients import access
from handover.patients.models import CareRelationship, SummaryVersion
from handover.patients.sealed import summary_in, summary_of
from handover.transfers import facts, positions, services
from handover.transfers.models import Handover, Responsibility
from ledger.models import Event
from live.statements import run_together
from tests.transfers.test_pages_compose import typed

pytestmark = pytest.mark.django_db

# With the request's two look-ups of who acts, BEGIN and COMMIT.
MOST_OF_A_SEND = 20
MOST_OF_A_RUNG = 8


def test_an_act_finds_the_handover_as_a_query_set_would(actor, lee, sent_handover):
    whole = Handover.objects.select_related("current", "transfer").get(pk=sent_handover.pk)
    found, _standing = positions.find(actor(lee), sent_handover.pk, now=timezone.now())
    for mine, theirs in ((found, whole), (found.current, whole.current), (found.transfer, whole.transfer)):
        assert type(mine) is type(theirs)
        assert model_to_dict(mine) == model_to_dict(theirs)
        assert (mine.pk, mine._state.adding, mine._state.db) == (theirs.pk, False, theirs._state.db)


def test_of_a_draft_there_is_no_version_and_no_move(actor, amara, draft):
    found, standing = positions.find(actor(amara), draft.pk, now=timezone.now())
    assert (found.current, found.transfer, standing.status, standing.transfer) == (None, None, "draft", "")
    assert positions.find(actor(amara), uuid4(), now=timezone.now()) is None


def test_the_names_of_a_handover_are_fetched_by_two_queries(actor, lee, sent_handover, django_assert_num_queries):
    seen = facts.seen_by(actor(lee), sent_handover.pk, now=timezone.now())
    with django_assert_num_queries(2):
        facts.with_names(seen)
    with django_assert_num_queries(0):
        names = [seen.handover.author, seen.handover.current.author, seen.handover.to_person, seen.handover.author_unit]
        assert [str(name) for name in names] == [
            "Amara Thistledown",
            "Amara Thistledown",
            "None",
            "Emergency Department",
        ]
        assert seen.handover.transfer.to_unit.name == "7 East"


def test_what_was_accepted_last_is_found_as_a_query_set_would(actor, amara, patient, accepted_handover, write_draft):
    rows = Handover.objects.filter(patient=patient, status="accepted").select_related("current").order_by("-accepted")
    draft = write_draft(amara, patient)
    found = facts.last_accepted(patient.pk, beside=draft.pk)
    assert (found, model_to_dict(found)) == (rows[0].current, model_to_dict(rows[0].current))
    assert facts.last_accepted(patient.pk, beside=accepted_handover.pk) is None


def test_the_current_summary_is_the_one_of_the_highest_number(patient, put_vitals, make_patient, emergency):
    put_vitals(patient)
    newest = SummaryVersion.objects.filter(patient=patient).latest("number")
    assert summary_of(patient) == (newest.number, summary_in(newest))
    assert newest.number == 2


def test_the_clinicians_of_a_unit_are_those_of_its_people(make_person, ward, lee):
    make_person("isa@readback.example", "Isa Thornapple", "physician", unit=ward, on_duty=False)
    make_person("cy@readback.example", "Cy Marrowfat", "call_agent", unit=ward)
    gone = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=ward)
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    now = timezone.now()
    for found, at in ((directory.persons_of(ward), None), (directory.on_duty(ward, at=now), now)):
        wanted = [person.pk for person in found if person.is_clinician]
        assert directory.clinicians_of(ward, on_duty_at=at) == wanted


def test_many_doors_open_as_one_by_one_would_and_none_is_doubled(lee, noor, ward, patient):
    reason, source = CareRelationship.Reason.HANDOVER_ADDRESSED, uuid4()
    doors = [
        access.Door(patient.pk, reason, person_id=lee.pk, source_id=source),
        access.Door(patient.pk, reason, unit_id=ward.pk, source_id=source),
        access.Door(patient.pk, reason, unit_id=ward.pk, role="nurse"),
    ]
    first = access.grant(patient.pk, reason=reason, person_id=lee.pk, source_id=source)
    run_together(access.granting([*doors, doors[1]]))
    run_together(access.granting(doors))
    run_together(access.granting([]))
    rows = CareRelationship.objects.filter(patient=patient, reason=reason, ends__isnull=True)
    assert {(row.person_id, row.unit_id, row.role, row.source_id) for row in rows} == {
        (door.person_id, door.unit_id, door.role, door.source_id) for door in doors
    }
    assert rows.count() == 3
    assert rows.get(person=lee) == first
    access.end(patient.pk, reason=reason, person_id=lee.pk)
    run_together(access.granting(doors))
    assert rows.get(person=lee) != first


def test_who_has_the_patient_already_keeps_them(send, lee, patient, sent_handover):
    held = Responsibility.objects.get(patient=patient, until__isnull=True)
    send(sent_handover, to=lee)
    assert Responsibility.objects.get(patient=patient, until__isnull=True) == held
    assert Event.objects.filter(event="responsibility.passed", patient_id=patient.pk).count() == 1


def test_a_send_takes_few_statements(browser, amara, lee, ward, draft, django_assert_max_num_queries):
    client = browser(amara)
    fields = {**typed(draft), "key": str(uuid4()), "to_unit": str(ward.pk), "to": "on_duty"}
    with django_assert_max_num_queries(MOST_OF_A_SEND):
        response = client.post(
            f"/handovers/{draft.pk}/send/", urlencode(fields), content_type="application/x-www-form-urlencoded"
        )
    assert response.status_code == 303


def test_a_rung_takes_few_statements(actor, lee, sent_handover, django_assert_max_num_queries):
    who = actor(lee)
    with django_assert_max_num_queries(MOST_OF_A_RUNG):
        services.open_handover(who, key=uuid4(), handover_id=sent_handover.pk, version_id=sent_handover.current_id)

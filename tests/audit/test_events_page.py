"""The officer's page: who did what, to whom, and when; for the officer alone, and never without a trace."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.utils import timezone

from audit.find import EVENTS_ON_A_PAGE, events_page
from audit.searches import Mark, Search
from audit.times import day_of
from handover.patients.sealed import identity_of
from ledger.agents import Agent, Entity
from ledger.models import Event
from ledger.services import record, record_read
from vault.models import DataKey

pytestmark = pytest.mark.django_db


def searches_by(person):
    return list(Event.objects.filter(event="audit.searched", agent_id=person.pk).order_by("id"))


def test_an_officer_sees_who_did_what_to_which_patient(desk, did, amara, patient):
    did(amara, "handover.sent", patient=patient, entity=Entity("handover", uuid4(), "ab" * 32))
    page = desk.get(f"/audit/?patient={patient.pk}").content.decode()
    assert "Amara Thistledown" in page
    assert "Sent a handover<small>" in page
    assert "handover.sent" in page
    assert identity_of(patient).record_number in page


def test_a_patients_name_and_birth_date_are_not_on_the_page(desk, did, amara, patient):
    # The officer answers who did what; who the patient is stays with those who treat them.
    did(amara, patient=patient)
    event = Event.objects.filter(patient_id=patient.pk).latest("id")
    page = desk.get(f"/audit/?patient={patient.pk}&event={event.pk}").content.decode().casefold()
    identity = identity_of(patient)
    assert identity.family.casefold() not in page
    assert str(identity.birth_date) not in page


def without_tokens(response):
    """The page without what is drawn at random for each answer."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())


@pytest.mark.parametrize("who", ["amara", "noor", "agent_person", "admin_person"])
@pytest.mark.parametrize("address", ["/audit/", f"/audit/?patient={uuid4()}", "/audit/?older=1-1"])
def test_nobody_else_learns_that_there_is_such_a_page(client, sign_in, request, who, address):
    sign_in(client, request.getfixturevalue(who))
    refused = client.get(address)
    assert refused.status_code == 404
    assert without_tokens(refused) == without_tokens(client.get("/nothing-here/"))


def test_nobody_else_may_post_a_search_either(client, sign_in, amara, patient):
    sign_in(client, amara)
    answer = client.post("/audit/", {"record_number": identity_of(patient).record_number})
    assert answer.status_code == 404


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in(client):
    assert client.get("/audit/").status_code == 302


def test_the_look_itself_is_on_record_before_the_page_is_given(desk, officer, did, amara, patient):
    did(amara, "handover.read", patient=patient)
    desk.get(f"/audit/?patient={patient.pk}&person={amara.pk}&day={timezone.localdate()}")
    (search,) = searches_by(officer)
    assert search.patient_id == patient.pk
    assert search.detail.pop("found") >= 1
    since, until = (f"{moment:%Y-%m-%dT%H:%M}Z" for moment in day_of(timezone.localdate()))
    by = ["patient", "person", "time"]
    assert search.detail == {"by": by, "person": str(amara.pk), "since": since, "until": until}
    assert search.purpose == "HOPERAT"


def test_every_patient_whose_number_was_shown_is_named_in_the_record_of_the_search(
    desk, officer, did, amara, patient, make_patient, emergency
):
    other = make_patient(emergency)
    did(amara, patient=patient)
    did(amara, patient=other)
    desk.get(f"/audit/?person={amara.pk}")
    (search,) = searches_by(officer)
    assert {patient.pk, other.pk} <= set(search.patient_ids)
    assert search.detail["person"] == str(amara.pk)


def test_a_record_number_is_looked_up_and_never_put_into_an_address(desk, patient):
    number = identity_of(patient).record_number
    answer = desk.post("/audit/", {"record_number": f" {number.lower()} "})
    assert answer.status_code == 303
    assert answer["Location"] == f"/audit/?patient={patient.pk}"


def test_a_record_number_that_nobody_has_is_said_and_recorded_without_the_number(desk, officer):
    answer = desk.post("/audit/", {"record_number": "no-such-number"})
    assert answer.status_code == 422
    assert "No patient has this record number" in answer.content.decode()
    (search,) = searches_by(officer)
    assert search.detail == {"by": ["patient"], "found": 0}


def test_a_person_is_found_by_address_or_by_name(desk, amara):
    for words in ("AMARA@readback.example", "thistledown"):
        assert desk.post("/audit/", {"person": words})["Location"] == f"/audit/?person={amara.pk}"


def test_a_name_of_several_people_offers_them(desk, amara, make_person):
    make_person("other@readback.example", "Aldous Thistledown", "nurse")
    answer = desk.post(
        "/audit/", {"person": "thistledown", "unit": amara.memberships.get().unit_id, "outcome": "refused"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    unit = amara.memberships.get().unit_id
    assert f"/audit/?person={amara.pk}&amp;unit={unit}&amp;outcome=refused" in page
    assert "Aldous Thistledown" in page


# Which people a name may mean, and whether a number is some patient's, is an answer out of the directory and the
# record, though no page of events follows it.
def test_people_who_are_offered_were_looked_for_on_record(desk, officer, amara, make_person, patient):
    make_person("other@readback.example", "Aldous Thistledown", "nurse")
    number = identity_of(patient).record_number
    desk.post("/audit/", {"person": "thistledown", "record_number": number})
    desk.post("/audit/", {"person": "nobody at all", "record_number": number})
    looks = [(look.detail["by"], look.detail["found"], look.patient_id) for look in searches_by(officer)]
    assert sorted(looks, key=lambda look: look[1]) == [(["person"], 0, patient.pk), (["person"], 2, patient.pk)]


def test_a_day_is_the_wards_day(desk, did, amara, patient):
    did(amara, patient=patient)
    today = timezone.localdate()
    assert "Opened a patient<small>" in desk.get(f"/audit/?person={amara.pk}&day={today}").content.decode()
    assert "No event fits" in desk.get(f"/audit/?person={amara.pk}&day={today - timedelta(days=1)}").content.decode()


def test_the_day_on_which_the_clocks_change_has_25_hours(settings):
    settings.TIME_ZONE = "Europe/London"
    begin, end = day_of(datetime(2026, 10, 25, tzinfo=UTC).date())
    assert end - begin == timedelta(hours=25)


def test_refusals_can_be_read_alone(desk, did, amara, patient):
    did(amara, "patient.read", patient=patient)
    did(amara, "transfer.departed", patient=patient, outcome="refused", reason="gate_closed")
    page = desk.get(f"/audit/?person={amara.pk}&outcome=refused").content.decode()
    assert "gate_closed" in page
    assert "Opened a patient<small>" not in page


def test_a_patient_in_a_list_that_was_read_is_found_too(desk, actor, amara, patient):
    others = [uuid4() for _ in range(27)]
    record_read("patient.listed", agent=actor(amara).agent, patient_ids=[*others, patient.pk], relationship_ids=[])
    page = desk.get(f"/audit/?patient={patient.pk}").content.decode()
    assert "Saw a list of patients<small>" in page
    assert "28 patients, with this one" in page


def test_the_relationship_that_allowed_a_read_is_in_words(desk, did, amara, patient):
    relationship = patient.relationships.get()
    did(amara, patient=patient, relationship_id=relationship.pk)
    assert "Unit has the patient" in desk.get(f"/audit/?person={amara.pk}").content.decode()


def test_paging_back_and_forth_shows_every_event_once_and_in_order(actor, officer, amara, patient):
    # Two branches (a patient alone, and in lists) with many events in one transaction's few microseconds.
    agent, other = actor(amara).agent, uuid4()
    for number in range(130):
        ids = [patient.pk, other] if number % 3 == 0 else [patient.pk]
        record_read("patient.read", agent=agent, patient_ids=ids, relationship_ids=[])
    read = Event.objects.filter(agent_id=amara.pk, event="patient.read").order_by("-recorded", "-id")
    made = list(read.values_list("pk", flat=True))
    search = Search(patient_ids=(patient.pk,), person_id=amara.pk)
    forward, pages = [], []
    while True:
        page = events_page(actor(officer), search)
        pages.append([row.event.pk for row in page.rows])
        forward += pages[-1]
        if not page.older:
            break
        search = address_to_search(page.older)
    assert forward == made
    assert [len(one) for one in pages] == [EVENTS_ON_A_PAGE, EVENTS_ON_A_PAGE, 30]
    back = [pages[-1]]
    while page.newer:
        page = events_page(actor(officer), address_to_search(page.newer))
        back.insert(0, [row.event.pk for row in page.rows])
    assert back == pages


def test_what_is_recorded_meanwhile_does_not_move_the_older_pages(actor, officer, did, amara, patient):
    for _ in range(60):
        did(amara, patient=patient)
    first = events_page(actor(officer), Search(person_id=amara.pk))
    for _ in range(10):
        did(amara, patient=patient)
    second = events_page(actor(officer), address_to_search(first.older))
    shown = {row.event.pk for row in first.rows} & {row.event.pk for row in second.rows}
    assert (shown, len(second.rows)) == (set(), 10)


def address_to_search(address):
    return Search.parse(QueryDict(address.lstrip("?")))


def test_a_mark_survives_the_address_to_the_microsecond():
    mark = Mark(datetime(2026, 3, 4, 2, 56, 11, 123456, tzinfo=UTC), 5_104_071)
    assert Mark.parse(str(mark)) == mark


@pytest.mark.parametrize(
    "query",
    [
        "older=x",
        "older=1",
        "newer=1-x",
        f"older={'9' * 40}-1",
        "patient=1",
        "person=x",
        "day=yesterday",
        "outcome=odd",
        "ip=here",
        "unit=7e",
        "act=made.up",
        "relationship=friend",
        "since=2026-11-24",
        "until=2026-11-24T10:00",
        f"device={'x' * 65}",
        "device=%00",
    ],
)
def test_an_address_that_no_page_links_to_is_nothing(desk, query):
    assert desk.get(f"/audit/?{query}").status_code == 404


def test_an_erased_patients_events_stay_and_the_number_is_gone(desk, did, amara, patient, without_key):
    number = identity_of(patient).record_number
    did(amara, patient=patient)
    without_key(patient)
    page = desk.get(f"/audit/?patient={patient.pk}").content.decode()
    assert "Opened a patient<small>" in page
    assert "erased" in page
    assert number not in page


def test_a_tampered_identity_hides_no_event_and_is_said(desk, did, amara, patient):
    did(amara, patient=patient)
    type(patient).objects.filter(pk=patient.pk).update(sealed_identity=b"plain text in the column")
    page = desk.get(f"/audit/?patient={patient.pk}").content.decode()
    assert "Opened a patient<small>" in page
    assert "does not open" in page
    assert Event.objects.filter(event="vault.failed", patient_id=patient.pk, reason="not_sealed").exists()


def test_an_event_can_be_opened_whole(desk, did, amara, patient):
    handover = uuid4()
    did(
        amara,
        "handover.accepted",
        patient=patient,
        entity=Entity("handover", handover, "cd" * 32),
        detail={"version": 2},
    )
    event = Event.objects.get(entity_id=handover)
    page = desk.get(f"/audit/?person={amara.pk}&event={event.pk}").content.decode()
    assert str(handover) in page
    assert "cd" * 32 in page
    assert 'aria-current="true"' in page
    assert "Treatment (TREAT)" in page


def test_a_page_costs_the_same_few_queries_however_many_events(
    desk, did, amara, patient, make_patient, emergency, django_assert_max_num_queries
):
    patients = [patient, *(make_patient(emergency) for _ in range(5))]
    for number in range(50):
        did(amara, patient=patients[number % 6])
    with django_assert_max_num_queries(14):
        desk.get(f"/audit/?person={amara.pk}")
    assert DataKey.objects.filter(scope_kind="patient").count() >= 6


def test_a_name_that_nobody_has_is_said_and_recorded_without_the_name(desk, officer):
    answer = desk.post("/audit/", {"person": "nobody at all"})
    assert answer.status_code == 422
    assert "Nobody has this name" in answer.content.decode()
    (search,) = searches_by(officer)
    assert search.detail == {"by": ["person"], "found": 0}


def test_a_day_that_is_none_is_said_beside_the_field(desk, officer):
    assert desk.post("/audit/", {"when": "yesterday"}).status_code == 422
    assert searches_by(officer) == []


def test_somebody_who_left_and_a_relationship_that_is_gone_hide_no_event(desk, patient):
    agent = Agent(uuid4(), "nurse")
    record("patient.read", agent=agent, patient_id=patient.pk, relationship_id=uuid4())
    page = desk.get(f"/audit/?person={agent.person_id}").content.decode()
    assert "No longer in the directory" in page
    assert "A row that is no longer there" in page

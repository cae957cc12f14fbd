"""My patients, and the search: the most urgent first, nobody hidden, and no name in an address."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from handover.patients import panels, services
from handover.patients.documents import IllnessSeverity
from handover.patients.models import CareRelationship
from ledger.models import Event


def words_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.fixture
def listed(client, amara, sign_in):
    """listed(): what Amara's list says."""
    sign_in(client, amara)

    def read(**query):
        response = client.get(reverse("patients:list"), query)
        assert response.status_code == 200
        return response.content.decode()

    return read


def test_the_most_urgent_stand_first_under_their_severity(listed, make_patient, emergency):
    for family, severity in (("Aldertree", "stable"), ("Birchwood", "unstable"), ("Cedarlane", "watcher")):
        patient = make_patient(emergency, family=family)
        services.set_severity(patient, severity=IllnessSeverity(severity), at=timezone.now())
    words = words_of(listed())
    assert words.index("BIRCHWOOD") < words.index("CEDARLANE") < words.index("ALDERTREE")
    assert "Unstable 1 patient" in words


def test_a_row_says_why_what_is_dangerous_and_what_is_due(listed, patient):
    words = words_of(listed())
    for said in ("FENWICKLE, Odalys", "4471 0893", "Pneumonia with sepsis", "Penicillin (anaphylaxis)", "Meropenem"):
        assert said in words


def test_allergies_that_nobody_asked_for_are_said(listed, make_patient, emergency):
    make_patient(emergency)
    assert "Allergies not asked" in words_of(listed())


def test_names_that_are_easily_confused_are_marked(listed, make_patient, emergency):
    make_patient(emergency, family="Marroway", given="Jory", bed="6")
    make_patient(emergency, family="Marloway", given="Jory", bed="9")
    html = listed()
    assert "MAR<mark>L</mark>OWAY" in html
    assert "MAR<mark>R</mark>OWAY" in html


def test_mine_are_those_whom_i_am_responsible_for(listed, patient, make_patient, emergency, amara):
    make_patient(emergency, family="Elsewhere")
    CareRelationship.objects.create(
        patient=patient, person=amara, reason=CareRelationship.Reason.RESPONSIBLE, source_id=uuid4()
    )
    words = words_of(listed())
    assert "Mine 1" in words
    assert "FENWICKLE" in words
    assert "ELSEWHERE" not in words
    assert "ELSEWHERE" in words_of(listed(list="all"))


def test_somebody_elses_patients_are_not_listed(client, noor, sign_in, patient):
    sign_in(client, noor)
    html = client.get(reverse("patients:list")).content.decode()
    assert "FENWICKLE" not in html
    assert "No patients here" in html


def test_a_long_list_says_how_many_it_does_not_show(listed, make_patient, emergency, monkeypatch, client):
    monkeypatch.setattr("handover.patients.views.lists.FIRST_SHOWN", 2)
    for bed in range(3):
        make_patient(emergency, bed=str(bed))
    html = listed()
    assert html.count('class="prow"') == 2
    assert "Show 1 more" in words_of(html)
    everybody = client.get(reverse("patients:rows"), {"list": "all", "all": "1"}).content.decode()
    assert everybody.count('class="prow"') == 3


def test_a_list_needs_no_more_queries_for_more_patients(
    listed, make_patient, emergency, django_assert_max_num_queries, summary
):
    make_patient(emergency, summary=summary)
    with django_assert_max_num_queries(60) as one:
        listed()
    few = len(one.captured_queries)
    for _count in range(8):
        make_patient(emergency, summary=summary)
    with django_assert_max_num_queries(few):
        listed()


def test_a_room_above_marks_rows(listed, patient, monkeypatch):
    monkeypatch.setattr(panels, "_marks", [])
    panels.register_marks(lambda actor, ids: {each: [panels.Mark("For you to accept", tone="in")] for each in ids})
    assert "For you to accept" in listed()


@pytest.mark.parametrize("name", ["list", "rows", "search", "new"])
def test_who_is_no_clinician_is_refused(client, officer, sign_in, name):
    sign_in(client, officer)
    assert client.get(reverse(f"patients:{name}")).status_code == 403


def test_who_is_not_signed_in_is_sent_to_sign_in(client, db):
    assert client.get(reverse("patients:list")).status_code == 302
    assert client.get(reverse("patients:rows")).status_code == 401


# The search


@pytest.fixture
def search(client, amara, sign_in):
    sign_in(client, amara)
    return lambda **typed: client.post(reverse("patients:search"), typed)


def test_a_record_number_finds_with_or_without_spaces(search, patient):
    for typed in ("4471 0893", "44710893"):
        assert "FENWICKLE" in search(record_number=typed).content.decode()


def test_a_family_name_with_a_birth_date_finds(search, patient):
    found = search(family="fenwickle", birth_date_day="4", birth_date_month="3", birth_date_year="1951")
    assert "4471 0893" in found.content.decode()


def test_a_name_alone_finds_nobody_and_says_what_is_missing(search, patient):
    response = search(family="Fenwickle")
    assert response.status_code == 422
    assert "with a date of birth" in response.content.decode()
    assert 'value="Fenwickle"' in response.content.decode()


def test_not_yours_and_not_there_are_the_same_answer(client, noor, sign_in, patient):
    sign_in(client, noor)
    answers = [client.post(reverse("patients:search"), {"record_number": number}) for number in ("44710893", "99")]
    pages = [re.sub(r'value="[^"]*"', "", answer.content.decode()) for answer in answers]
    assert "Nobody found for you" in pages[0]
    assert pages[0] == pages[1]


def test_a_search_is_on_the_record(search, patient, amara):
    search(record_number="nothing")
    assert Event.objects.filter(event="patient.searched", agent_id=amara.pk).exists()


def test_vital_signs_that_are_late_are_counted_above_the_list(listed, make_patient, emergency):
    from handover.patients.documents import Section, SectionState, Summary, VitalSigns

    vitals = VitalSigns(taken=timezone.now() - timedelta(hours=5), pulse_per_min=80)
    make_patient(
        emergency, summary=Summary(vital_signs=Section[VitalSigns](state=SectionState.FILLED, entries=(vitals,)))
    )
    assert "1 set of vital signs late" in words_of(listed())

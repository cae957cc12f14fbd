"""A patient is registered by hand, and who they are is corrected."""

from uuid import uuid4

import pytest
from django.urls import reverse

from handover.patients import selectors
from handover.patients.models import Patient

TYPED = {"record_number": "7713 6048", "family": "Brackenridge", "given": "Otis", "sex": "male", "bed": "4"}
BORN = {"birth_date_day": "22", "birth_date_month": "2", "birth_date_year": "1959"}


@pytest.fixture
def register(client, amara, sign_in, emergency):
    sign_in(client, amara)
    return lambda **typed: client.post(
        reverse("patients:new"), {"key": uuid4(), "unit": emergency.pk, **TYPED, **BORN, **typed}
    )


def test_a_patient_is_registered_and_the_summary_opens(client, register):
    response = register()
    patient = Patient.objects.get()
    identity = selectors.identity_of(patient)
    assert response.status_code == 303
    assert response["Location"] == reverse("patients:summary", args=[patient.pk])
    assert (identity.family, identity.birth_date, identity.sex) == ("Brackenridge", "1959-02-22", "male")
    assert "BRACKENRIDGE, Otis" in client.get(response["Location"]).content.decode()


def test_somebody_who_cannot_say_their_name_is_registered_by_number_alone(register):
    assert register(family="", given="", birth_date_day="", birth_date_month="", birth_date_year="").status_code == 303
    assert selectors.identity_of(Patient.objects.get()).family == ""


def test_a_birth_date_may_be_a_year_alone(register):
    register(birth_date_day="", birth_date_month="")
    assert selectors.identity_of(Patient.objects.get()).birth_date == "1959"


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("birth_date_day", "31", "There is no such day"),
        ("birth_date_year", "59", "four digits"),
        ("birth_date_year", "2999", "not come yet"),
        ("birth_date_month", "Feb", "numbers"),
        ("birth_date_month", "", "only with its month"),
    ],
)
def test_a_date_that_cannot_be_is_refused_in_words(register, part, value, words):
    response = register(**{part: value})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Patient.objects.exists()


def test_a_record_number_that_is_known_is_refused_and_what_was_typed_stays(register, patient):
    response = register(record_number="4471 0893")
    assert response.status_code == 409
    assert "already has a patient with that record number" in response.content.decode()
    assert 'value="Brackenridge"' in response.content.decode()


def test_nobody_registers_into_a_unit_they_do_not_work_in(register, ward):
    assert register(unit=ward.pk).status_code == 422
    assert not Patient.objects.exists()


def test_an_identity_is_corrected_and_found_anew(client, amara, sign_in, patient):
    sign_in(client, amara)
    url = reverse("patients:identity", args=[patient.pk])
    assert 'value="Fenwickle"' in client.get(url).content.decode()
    typed = {"key": uuid4(), "record_number": "4471 0893", "family": "Fennwickle", "given": "Odalys", "sex": "female"}
    typed |= {"birth_date_day": "4", "birth_date_month": "3", "birth_date_year": "1951"}
    assert client.post(url, typed).status_code == 303
    found = client.post(
        reverse("patients:search"),
        {"family": "Fennwickle", "birth_date_day": "4", "birth_date_month": "3", "birth_date_year": "1951"},
    )
    assert "FENNWICKLE, Odalys" in found.content.decode()


def test_no_address_of_this_room_takes_a_name_or_a_number(client, amara, sign_in, patient):
    sign_in(client, amara)
    page = client.get(reverse("patients:search"), {"record_number": "44710893"})
    assert "FENWICKLE" not in page.content.decode()

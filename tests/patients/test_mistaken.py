"""A patient who is easily taken for another: who that is, and the year of birth that an act then asks for."""

import pytest

from handover.patients.lookalikes import has_year
from handover.patients.mistaken import lookalikes_of, require_year_of_birth
from ledger.models import Event
from live.refusals import Invalid

pytestmark = pytest.mark.django_db
SENT = "paging.sent"


@pytest.fixture
def twin(make_patient, emergency):
    """Ada FENWICKE, one letter away from Odalys FENWICKLE, in the same unit."""
    return make_patient(emergency, family="Fenwicke", given="Ada", birth_date="1949-12-01")


def asks(actor, person, patient, typed=""):
    """What the act is refused for, or nothing."""
    try:
        require_year_of_birth(actor(person), patient.pk, typed, act=SENT)
    except Invalid as refusal:
        return refusal.code if set(refusal.fields) == {"year_of_birth"} else "at another field"
    return ""


@pytest.mark.parametrize(
    ("born", "typed", "is_it"),
    [
        ("1951-03-04", "1951", True),
        ("1951-03", "1951", True),
        ("1951", "1951", True),
        ("1951-03-04", "١٩٥١", True),
        ("1951-03-04", "1952", False),
        ("1951-03-04", "51", False),
        ("1951-03-04", "04.03.1951", False),
        ("1951-03-04", "19 1", False),
        ("1951-03-04", "²⁰¹⁹", False),
    ],
)
def test_a_year_is_four_digits_of_whatever_script(born, typed, is_it):
    assert has_year(born, typed) is is_it


def test_nobody_is_asked_where_no_name_is_near(actor, amara, patient, make_patient, emergency):
    make_patient(emergency, family="Marroway")
    assert asks(actor, amara, patient) == ""


def test_with_a_namesake_in_the_unit_the_year_is_asked_and_the_right_one_taken(
    actor, amara, patient, make_patient, emergency
):
    make_patient(emergency, family="FENWICKLE", given="Ada", birth_date="1949-12-01")
    assert asks(actor, amara, patient) == "year_of_birth"
    assert asks(actor, amara, patient, "1949") == "wrong_year_of_birth"
    assert asks(actor, amara, patient, " 1951 ") == ""


def test_a_wrong_year_stops_the_act_whoever_lies_beside_the_patient(actor, amara, patient):
    assert asks(actor, amara, patient, "1949") == "wrong_year_of_birth"
    assert asks(actor, amara, patient, "1951") == ""


def test_a_namesake_of_another_unit_is_nobody_to_be_taken_for(actor, amara, patient, make_patient, ward):
    make_patient(ward, family="Fenwickle", given="Ada")
    assert asks(actor, amara, patient) == ""


def test_without_a_birth_date_on_record_there_is_nothing_to_ask(actor, amara, make_patient, emergency):
    unknown = [make_patient(emergency, family="Unknownsen", birth_date="") for _ in range(2)]
    assert asks(actor, amara, unknown[0]) == ""
    assert asks(actor, amara, unknown[0], "1951") == ""


def test_who_is_shown_is_on_the_record_and_who_only_led_to_the_question_is_not(actor, amara, patient, twin):
    before = Event.objects.filter(event="patient.listed").count()
    asks(actor, amara, patient)
    assert Event.objects.filter(event="patient.listed").count() == before
    (words,) = lookalikes_of(actor(amara), patient.pk)
    assert "FENWICKE," in words
    assert "1949" in words
    listed = Event.objects.filter(event="patient.listed").latest("pk")
    assert (listed.patient_id, listed.detail) == (twin.pk, {"by": "lookalikes"})


def test_nobody_is_shown_who_is_not_theirs_to_see(actor, amara, noor, patient, twin):
    assert lookalikes_of(actor(noor), patient.pk) == []

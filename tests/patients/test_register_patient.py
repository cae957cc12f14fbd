"""Registering a patient, and correcting who they are."""

from uuid import uuid4

import pytest

from handover.patients import access, sealed, selectors, services
from handover.patients.documents import Identity
from handover.patients.models import Encounter, Patient
from ledger.models import Event
from live.refusals import Conflict, Denied, NotFound

MARCHBANK = Identity(family="Marchbank", given="Ottoline", birth_date="1938-12-01", record_number="7710 2219")


def register(actor, unit, identity=MARCHBANK, **more):
    return services.register_patient(actor, key=more.pop("key", uuid4()), unit=unit, identity=identity, **more)


def test_it_makes_a_patient_in_a_stay_whom_the_unit_may_see(amara, emergency, actor):
    patient = register(actor(amara), emergency, bed="Resus 2")
    assert Encounter.objects.get(patient=patient).unit == emergency
    granted = access.patient_for(actor(amara), patient.pk)
    assert selectors.identity_of(granted.patient) == MARCHBANK
    headline = selectors.headline_of(granted.patient)
    assert (headline.family, headline.bed, headline.code_status) == ("Marchbank", "Resus 2", "not recorded")
    event = Event.objects.get(patient_id=patient.pk, event="patient.created")
    assert (event.agent_id, event.outcome) == (amara.pk, "success")
    assert event.relationship_ids == [granted.relationship.pk]


def test_nothing_of_the_patient_lies_readable_in_the_row(amara, emergency, actor):
    patient = register(actor(amara), emergency)
    stored = bytes(patient.sealed_identity) + bytes(patient.sealed_headline)
    for words in (b"Marchbank", b"Ottoline", b"7710", b"1938"):
        assert words not in stored


def test_it_gives_the_first_answer_again_for_the_same_key(amara, emergency, actor):
    key = uuid4()
    first = register(actor(amara), emergency, key=key)
    assert register(actor(amara), emergency, key=key) == first
    assert Event.objects.filter(patient_id=first.pk, event="patient.created").count() == 1


@pytest.mark.parametrize("number", ["7710 2219", "77102219", "7710-2219", " 7710 2219 "])
def test_it_refuses_a_record_number_that_the_hospital_has_however_it_is_written(amara, emergency, actor, number):
    first = register(actor(amara), emergency)
    with pytest.raises(Conflict, match="already has a patient"):
        register(actor(amara), emergency, MARCHBANK.model_copy(update={"record_number": number, "family": "Other"}))
    assert list(Patient.objects.all()) == [first]
    assert Encounter.objects.count() == 1


def test_two_hospitals_may_have_the_same_record_number(amara, emergency, actor, make_patient):
    from accounts.models import Facility, Unit

    elsewhere = Unit.objects.create(
        facility=Facility.objects.create(name="Saint Swithun"), name="Day ward", short_name="D"
    )
    register(actor(amara), emergency)
    assert make_patient(elsewhere, record_number=MARCHBANK.record_number).facility == elsewhere.facility


def test_it_refuses_whoever_does_not_work_in_the_unit(lee, agent_person, emergency, actor):
    for person in (lee, agent_person):
        with pytest.raises(Denied):
            register(actor(person), emergency)
    assert not Patient.objects.exists()


def test_correcting_the_identity_moves_what_they_are_found_by(amara, actor, patient):
    corrected = sealed.identity_of(patient).model_copy(update={"family": "Fenwick", "record_number": "4471 0894"})
    services.correct_identity(actor(amara), key=uuid4(), patient_id=patient.pk, identity=corrected)
    patient.refresh_from_db()
    assert sealed.identity_of(patient) == corrected
    headline = sealed.headline_of(patient)
    assert (headline.family, headline.bed, headline.why_here) == ("Fenwick", "AMU 12", "Pneumonia with sepsis")
    found = selectors.patient_by_record_number_without_audit
    assert found(patient.facility_id, "4471 0894") == patient
    assert found(patient.facility_id, "4471 0893") is None
    assert Event.objects.filter(patient_id=patient.pk, event="identity.corrected", agent_id=amara.pk).count() == 1


def test_a_correction_cannot_take_another_patients_number(amara, actor, patient, make_patient, emergency):
    make_patient(emergency, record_number="9999 0001")
    stolen = sealed.identity_of(patient).model_copy(update={"record_number": "99990001"})
    with pytest.raises(Conflict):
        services.correct_identity(actor(amara), key=uuid4(), patient_id=patient.pk, identity=stolen)
    patient.refresh_from_db()
    assert sealed.identity_of(patient).record_number == "4471 0893"


def test_nobody_else_can_correct_an_identity(lee, actor, patient):
    with pytest.raises(NotFound):
        services.correct_identity(actor(lee), key=uuid4(), patient_id=patient.pk, identity=sealed.identity_of(patient))

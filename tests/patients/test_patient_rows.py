"""The list of patients: whom it shows, in which order, at what cost, and what it leaves on the record."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.patients import access, sealed, selectors, services
from handover.patients.documents import IllnessSeverity, Medication, Section, SectionState, Summary, VitalSigns
from handover.patients.models import CareRelationship
from ledger.models import Event
from live.refusals import Invalid
from tests.fixtures_patients import make_vitals
from vault import keys


def rows(actor, unit=None):
    return selectors.patient_rows(actor, unit=unit, at=timezone.now())


def families(found):
    return [row.headline.family for row in found]


def listed_by(person, event="patient.listed"):
    return Event.objects.filter(agent_id=person.pk, event=event).order_by("pk")


def test_a_nurse_sees_her_units_patients_and_no_others(amara, lee, emergency, ward, actor, patient, make_patient):
    make_patient(ward, family="Elsewhere")
    assert families(rows(actor(amara))) == ["Fenwickle"]
    assert rows(actor(amara), emergency)[0].unit == emergency
    assert rows(actor(amara), ward) == []
    assert families(rows(actor(lee))) == ["Elsewhere"]


def test_who_is_no_clinician_has_an_empty_list_and_that_is_recorded(
    agent_person, officer, admin_person, actor, patient
):
    for person in (agent_person, officer, admin_person):
        assert rows(actor(person)) == []
        assert listed_by(person).get().patient_ids is None


def test_a_patient_by_two_relationships_is_one_row_naming_the_plainest(amara, actor, patient):
    access.grant(patient.pk, reason=CareRelationship.Reason.HANDOVER_AUTHOR, person_id=amara.pk)
    found = rows(actor(amara))
    units_row = CareRelationship.objects.get(patient=patient, reason=CareRelationship.Reason.UNIT_HAS_PATIENT)
    assert [row.relationship_id for row in found] == [units_row.pk]
    event = listed_by(amara).get()
    assert (event.patient_id, event.relationship_ids) == (patient.pk, [units_row.pk])


def test_the_most_urgent_comes_first(amara, emergency, actor, make_patient):
    now = timezone.now()

    def filled(kind, *entries):
        return Section[kind](state=SectionState.FILLED, entries=entries)

    def with_vitals(**changes):
        return Summary(vital_signs=filled(VitalSigns, make_vitals(now, **changes)))

    late = filled(Medication, Medication(name="Insulin", next_due=now - timedelta(minutes=5)))
    make_patient(emergency, family="Bed two", bed="2")
    make_patient(emergency, family="Bed one", bed="1")
    make_patient(emergency, family="Overdue", bed="3", summary=Summary(medications=late))
    make_patient(emergency, family="Score 3", summary=with_vitals(consciousness="C"))
    watcher = make_patient(emergency, family="Watcher")
    unstable = make_patient(emergency, family="Unstable")
    make_patient(emergency, family="Floor 5", summary=with_vitals(on_oxygen=True, consciousness="P", spo2_percent=None))
    services.set_severity(watcher, severity=IllnessSeverity.WATCHER, at=now)
    services.set_severity(unstable, severity=IllnessSeverity.UNSTABLE, at=now)
    assert families(rows(actor(amara))) == [
        "Unstable",
        "Watcher",
        "Floor 5",
        "Score 3",
        "Overdue",
        "Bed one",
        "Bed two",
    ]


@pytest.mark.parametrize("patients", [2, 12])
def test_the_number_of_queries_does_not_grow_with_the_list(
    amara, emergency, actor, make_patient, patients, django_assert_num_queries
):
    for _number in range(patients):
        make_patient(emergency)
    acting = actor(amara)
    keys.RING.forget_all()
    # The rows, the event, the data keys and the units, between the savepoint's two ends.
    with django_assert_num_queries(6):
        assert len(rows(acting)) == patients


def test_one_event_names_every_patient_that_was_listed(amara, emergency, actor, make_patient):
    made = {make_patient(emergency).pk for _number in range(3)}
    rows(actor(amara))
    event = listed_by(amara).get()
    assert set(event.patient_ids) == made
    assert len(event.relationship_ids) == 3


def test_it_moves_with_the_patient(amara, lee, emergency, ward, actor, patient):
    services.move_patient(patient, to_unit=ward, bed="7E 14")
    assert rows(actor(amara)) == []
    (row,) = rows(actor(lee), ward)
    assert (row.unit, row.headline.bed) == (ward, "7E 14")
    services.move_patient(patient, to_unit=emergency, bed="AMU 12")
    assert families(rows(actor(amara))) == ["Fenwickle"]
    assert rows(actor(lee)) == []


def search(actor, **wanted):
    return selectors.search(actor, at=timezone.now(), **wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        {"record_number": "4471 0893"},
        {"record_number": "44710893"},
        {"family": "FENWICKLE", "birth_date": "1951-03-04"},
        {"family": " fenwicklé ", "birth_date": "1951-03-04"},
    ],
)
def test_a_search_finds_by_number_or_by_name_and_birth_date(amara, actor, patient, wanted):
    assert [row.id for row in search(actor(amara), **wanted)] == [patient.pk]
    event = listed_by(amara, "patient.searched").get()
    assert event.patient_id == patient.pk


def test_nothing_found_and_not_yours_look_the_same_and_are_both_recorded(lee, actor, patient):
    absent = search(actor(lee), record_number="0000 0000 0000")
    not_yours = search(actor(lee), record_number="4471 0893")
    assert absent == not_yours == []
    told = [(event.outcome, event.patient_id, event.patient_ids) for event in listed_by(lee, "patient.searched")]
    assert told == [("success", None, None)] * 2


@pytest.mark.parametrize("wanted", [{}, {"family": "Fenwickle"}, {"birth_date": "1951-03-04"}, {"record_number": "  "}])
def test_a_search_needs_a_number_or_both_name_and_birth_date(amara, actor, patient, wanted):
    with pytest.raises(Invalid):
        search(actor(amara), **wanted)


def test_a_patients_page_is_whole_and_on_record(amara, emergency, actor, patient, summary):
    page = selectors.patient_page(actor(amara), patient.pk)
    assert (page.identity.family, page.summary_number, page.unit) == ("Fenwickle", 1, emergency)
    assert page.summary.weight == summary.weight
    event = Event.objects.get(patient_id=patient.pk, event="patient.read")
    assert (event.agent_id, event.relationship_ids) == (amara.pk, [page.relationship.pk])


def test_a_patient_without_a_summary_has_a_page_of_not_asked(amara, emergency, actor, make_patient):
    page = selectors.patient_page(actor(amara), make_patient(emergency).pk)
    assert (page.summary_number, page.summary) == (0, Summary())
    assert page.headline.code_status == "not recorded"


def test_one_patients_headline_does_not_open_in_anothers_row(amara, emergency, actor, patient, make_patient):
    from vault.errors import VaultError

    other = make_patient(emergency)
    type(other).objects.filter(pk=other.pk).update(sealed_headline=patient.sealed_headline)
    other.refresh_from_db()
    with pytest.raises(VaultError):
        sealed.headline_of(other)
    with pytest.raises(VaultError):
        rows(actor(amara))


def test_an_unknown_patient_has_no_timeline(amara, actor, patient):
    from live.refusals import NotFound

    with pytest.raises(NotFound):
        selectors.timeline(actor(amara), uuid4())

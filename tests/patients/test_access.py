"""Who may see a patient: only by a live row of care relationship, and only a clinician."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import CLINICAL_ROLES, Duty, Membership, Role
from handover.patients import access
from handover.patients.models import CareRelationship
from live.refusals import NotFound

Reason = CareRelationship.Reason


def test_a_nurse_of_the_unit_sees_its_patient_by_the_units_row(amara, actor, patient):
    granted = access.patient_for(actor(amara), patient.pk)
    assert granted.patient == patient
    assert granted.relationship.reason == Reason.UNIT_HAS_PATIENT
    assert access.relationship_for(actor(amara), patient.pk) == granted.relationship
    assert list(access.visible_to(actor(amara))) == [patient]


def test_it_takes_one_query_whether_the_patient_is_theirs_or_not(amara, lee, actor, patient, django_assert_num_queries):
    theirs, not_theirs = actor(amara), actor(lee)
    with django_assert_num_queries(1):
        access.patient_for(theirs, patient.pk)
    for person, patient_id in [(not_theirs, patient.pk), (theirs, uuid4())]:
        with django_assert_num_queries(1), pytest.raises(NotFound):
            access.patient_for(person, patient_id)


def test_it_answers_the_same_for_absent_and_for_not_yours(lee, actor, patient):
    answers = []
    for patient_id in (patient.pk, uuid4()):
        with pytest.raises(NotFound) as refusal:
            access.patient_for(actor(lee), patient_id)
        answers.append((refusal.value.status, refusal.value.code, refusal.value.message, str(refusal.value)))
    assert answers[0] == answers[1]


def test_it_refuses_a_nurse_from_another_ward(lee, noor, actor, patient):
    for person in (lee, noor):
        assert access.relationship_for(actor(person), patient.pk) is None
        assert not access.visible_to(actor(person)).exists()


@pytest.mark.parametrize("role", ["call_agent", "compliance_officer", "administrator"])
def test_it_refuses_who_is_no_clinician_though_a_member_and_on_duty(make_person, emergency, actor, patient, role):
    person = make_person(f"{role}@readback.example", "Piet Lanternlight", role, unit=emergency)
    access.grant(patient.pk, reason=Reason.HANDOVER_ADDRESSED, person_id=person.pk)
    with pytest.raises(NotFound):
        access.patient_for(actor(person), patient.pk)
    assert not access.visible_to(actor(person)).exists()


def test_an_account_that_was_closed_sees_nothing_from_a_session_that_is_still_open(amara, actor, patient):
    stale = actor(amara)
    type(amara).objects.filter(pk=amara.pk).update(is_active=False)
    assert stale.person.is_active
    with pytest.raises(NotFound):
        access.patient_for(stale, patient.pk)


def test_a_role_that_was_taken_away_counts_at_once(amara, actor, patient):
    stale = actor(amara)
    type(amara).objects.filter(pk=amara.pk).update(role="administrator")
    with pytest.raises(NotFound):
        access.patient_for(stale, patient.pk)


def test_it_refuses_by_a_relationship_that_has_ended_or_has_not_begun(lee, actor, patient):
    now = timezone.now()
    for begins, ends in [(now - timedelta(days=1), now - timedelta(seconds=1)), (now + timedelta(hours=1), None)]:
        CareRelationship.objects.create(
            patient=patient, person=lee, reason=Reason.HANDOVER_ADDRESSED, begins=begins, ends=ends
        )
    with pytest.raises(NotFound):
        access.patient_for(actor(lee), patient.pk)


def test_ending_a_row_closes_the_patient_with_the_same_transaction(amara, emergency, actor, patient):
    assert access.end(patient.pk, reason=Reason.UNIT_HAS_PATIENT, unit_id=emergency.pk) == 1
    with pytest.raises(NotFound):
        access.patient_for(actor(amara), patient.pk)


def test_on_duty_in_a_unit_counts_without_membership_and_only_while_it_runs(lee, emergency, actor, patient):
    now = timezone.now()
    duty = Duty.objects.create(person=lee, unit=emergency, starts=now - timedelta(hours=9), ends=now)
    with pytest.raises(NotFound):
        access.patient_for(actor(lee), patient.pk)
    Duty.objects.filter(pk=duty.pk).update(ends=now + timedelta(hours=1))
    assert access.patient_for(actor(lee), patient.pk).patient == patient


def test_a_membership_that_is_gone_counts_no_longer(amara, emergency, actor, patient):
    Membership.objects.filter(person=amara).delete()
    Duty.objects.filter(person=amara).update(ends=timezone.now())
    with pytest.raises(NotFound):
        access.patient_for(actor(amara), patient.pk)


def test_a_row_narrowed_to_a_role_is_for_that_role_of_that_unit_only(lee, noor, make_person, ward, actor, patient):
    access.grant(patient.pk, reason=Reason.HANDOVER_ADDRESSED, unit_id=ward.pk, role="physician")
    physician = make_person("sabine@readback.example", "Sabine Foxglove", "physician", unit=ward)
    assert access.patient_for(actor(physician), patient.pk).patient == patient
    for person in (lee, noor):  # a nurse of the unit; a physician of another
        with pytest.raises(NotFound):
            access.patient_for(actor(person), patient.pk)


def test_a_persons_own_row_is_for_that_person_only(lee, noor, actor, patient):
    row = access.grant(patient.pk, reason=Reason.HANDOVER_ADDRESSED, person_id=lee.pk, source_id=uuid4())
    assert access.patient_for(actor(lee), patient.pk).relationship == row
    with pytest.raises(NotFound):
        access.patient_for(actor(noor), patient.pk)


def test_a_row_for_one_patient_opens_no_other(amara, lee, actor, patient, make_patient, emergency):
    other = make_patient(emergency)
    access.grant(patient.pk, reason=Reason.HANDOVER_ADDRESSED, person_id=lee.pk)
    with pytest.raises(NotFound):
        access.patient_for(actor(lee), other.pk)


def test_granting_the_same_twice_keeps_one_row_and_ending_it_lets_it_be_granted_anew(lee, patient):
    said = {"reason": Reason.HANDOVER_ADDRESSED, "person_id": lee.pk, "source_id": uuid4()}
    first = access.grant(patient.pk, **said)
    assert access.grant(patient.pk, **said) == first
    assert access.end(patient.pk, **said) == 1
    assert access.grant(patient.pk, **said) != first


def test_the_plainest_of_several_rows_is_named(amara, actor, patient):
    access.grant(patient.pk, reason=Reason.HANDOVER_AUTHOR, person_id=amara.pk, source_id=uuid4())
    assert access.relationship_for(actor(amara), patient.pk).reason == Reason.UNIT_HAS_PATIENT


def test_where_a_person_works_is_membership_or_duty_of_a_clinician(amara, lee, agent_person, emergency, actor):
    Membership.objects.create(person=agent_person, unit=emergency)
    assert access.works_in(actor(amara), emergency.pk)
    assert not access.works_in(actor(lee), emergency.pk)
    assert not access.works_in(actor(agent_person), emergency.pk)


def test_for_many_at_once_the_rule_is_the_same_as_for_one(
    amara, lee, noor, agent_person, actor, patient, make_patient, ward, make_person, django_assert_num_queries
):
    other = make_patient(ward)
    access.grant(patient.pk, reason=Reason.HANDOVER_ADDRESSED, unit_id=ward.pk, role="physician")
    access.grant(other.pk, reason=Reason.HANDOVER_ADDRESSED, person_id=noor.pk)
    access.grant(other.pk, reason=Reason.HANDOVER_ADDRESSED, person_id=agent_person.pk)
    physician = make_person("sabine@readback.example", "Sabine Foxglove", "physician", unit=ward)
    gone = make_person("gone@readback.example", "Gone Away", "nurse", unit=ward)
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    people = [amara, lee, noor, agent_person, physician, gone]
    pairs = {(person.pk, each) for person in people for each in (patient.pk, other.pk, uuid4())}
    with django_assert_num_queries(1):
        found = access.rows_allowing(pairs)
    for person in people:
        for each in (patient, other):
            row = access.relationship_for(actor(person), each.pk)
            assert found.get((person.pk, each.pk)) == (row.pk if row else None)
    assert len(found) == 5
    assert access.rows_allowing([]) == {}


def test_the_rule_in_the_database_knows_the_same_clinical_roles(actor, make_person, emergency, patient):
    for number, role in enumerate(Role.values):
        person = make_person(f"role{number}@readback.example", "Somebody Here", role, unit=emergency)
        assert access.visible_to(actor(person)).exists() == (role in CLINICAL_ROLES)


def test_a_patient_comes_as_a_query_would_make_them(amara, actor, patient, django_assert_num_queries):
    granted = access.patient_for(actor(amara), patient.pk)
    with django_assert_num_queries(0):
        assert granted.relationship.patient is granted.patient
    for field in type(patient)._meta.concrete_fields:
        assert getattr(granted.patient, field.attname) == getattr(patient, field.attname), field
    granted.patient.save(update_fields=["sealed_headline"])

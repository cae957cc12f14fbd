"""What the database itself holds, whoever writes to it: evidence is not rewritten."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from handover.patients.models import CareRelationship, Encounter, SummaryVersion

# As the owner of the tables: the server's role is refused already for want of a grant.
pytestmark = pytest.mark.usefixtures("as_owner")


def refused(act):
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


def test_a_version_of_a_summary_can_be_neither_changed_nor_deleted(patient):
    rows = SummaryVersion.objects.filter(patient=patient)
    refused(lambda: rows.update(sealed=b"something else"))
    refused(lambda: rows.delete())
    assert rows.count() == 1


def test_a_relationship_can_end_and_nothing_else(patient, lee, ward):
    rows = CareRelationship.objects.filter(patient=patient)
    refused(lambda: rows.delete())
    refused(lambda: rows.update(unit=ward))
    refused(lambda: rows.update(begins=timezone.now() - timedelta(days=9)))
    assert rows.update(ends=timezone.now() + timedelta(hours=1)) == 1
    assert rows.update(ends=timezone.now()) == 1


def test_a_relationship_that_has_ended_is_not_opened_again(patient):
    rows = CareRelationship.objects.filter(patient=patient)
    rows.update(ends=timezone.now())
    refused(lambda: rows.update(ends=None))


def test_a_patient_has_one_stay_and_one_unit_at_a_time(patient, ward):
    refused(lambda: Encounter.objects.create(patient=patient, unit=ward))
    refused(
        lambda: CareRelationship.objects.create(
            patient=patient,
            unit=Encounter.objects.get(patient=patient).unit,
            reason=CareRelationship.Reason.UNIT_HAS_PATIENT,
        )
    )


def test_a_relationship_is_of_one_person_or_one_unit_never_of_nobody(patient, lee, ward):
    reason = CareRelationship.Reason.HANDOVER_ADDRESSED
    for who in ({}, {"person": lee, "unit": ward}, {"role": "nurse"}, {"person": lee, "role": "nurse"}):
        refused(lambda who=who: CareRelationship.objects.create(patient=patient, reason=reason, **who))

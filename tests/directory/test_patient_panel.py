"""Whom to reach for this patient stands on the patient's page: two taps to a phone that rings."""

import pytest
from django.urls import reverse
from django.utils import timezone

from handover.patients.models import Encounter

pytestmark = pytest.mark.django_db


def page_of(client, patient):
    return client.get(reverse("patients:page", args=[patient.pk])).content.decode()


def test_the_roles_of_the_unit_stand_on_the_patients_page_with_their_phones(
    client, sign_in, patient, role, hold, amara, lee
):
    hold(role, lee)
    sign_in(client, amara)
    page = page_of(client, patient)
    assert "Whom to reach" in page
    assert "Charge nurse" in page
    assert 'href="tel:02079460122"' in page
    # The third tap at most: the page is written to this role and about this patient.
    assert f'href="{reverse("paging:new", args=[patient.pk])}?role={role.pk}"' in page


def test_whoever_has_the_patient_stands_first(client, sign_in, actor, patient, role, amara, lee, together):
    from handover.transfers.models import Responsibility

    Responsibility.objects.filter(patient=patient, until__isnull=True).update(until=timezone.now())
    Responsibility.objects.create(patient=patient, person=lee, unit=together)
    sign_in(client, amara)
    page = page_of(client, patient)
    assert page.index("has this patient") < page.index("Charge nurse")


def test_a_patient_who_is_nowhere_has_nobody_to_be_reached(client, sign_in, patient, role, amara):
    Encounter.objects.filter(patient=patient).update(status="finished", ended=timezone.now())
    sign_in(client, amara)
    assert "Whom to reach" not in page_of(client, patient)

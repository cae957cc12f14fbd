"""To whom something went is kept for the six years in which the patient may ask: 45 CFR 164.528(d), 164.530(j)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.disclosures.bases import Basis
from audit.disclosures.documents import Words
from audit.disclosures.services import What, disclose
from audit.retention.due import is_due
from tests.audit.retention.conftest import years_ago

pytestmark = pytest.mark.django_db
TO_COURT = Words(recipient="District Court", what="The handover", purpose="A hearing")


@pytest.fixture
def old(patient, house_keeps):
    house_keeps(5)
    years_ago(patient)
    return patient


def gave(actor, officer, patient, *, days, basis):
    on = timezone.localdate() - timedelta(days=days)
    disclose(actor(officer), patient.pk, TO_COURT, basis=basis, what=What.BY_HAND, on=on)


def test_a_disclosure_of_the_last_six_years_keeps_the_patient(actor, officer, old):
    assert is_due(old.pk)
    gave(actor, officer, old, days=6 * 365 - 3, basis=Basis.COURT)
    assert not is_due(old.pk)


def test_an_older_one_does_not_and_neither_does_one_that_no_accounting_tells(actor, officer, old):
    gave(actor, officer, old, days=6 * 366, basis=Basis.COURT)
    gave(actor, officer, old, days=1, basis=Basis.TREATMENT)
    assert is_due(old.pk)

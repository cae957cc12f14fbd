"""Accepting: exactly the version that was read, by who said it back; then the patient is theirs."""

from uuid import uuid4

import pytest

from handover.transfers import services
from handover.transfers.models import Acceptance, Handover, OpenAction, Responsibility
from live.refusals import Conflict, Denied, NotFound

pytestmark = pytest.mark.django_db


def test_the_patient_and_the_open_actions_are_lees_from_the_acceptance_on(accepted_handover, patient, lee, amara):
    assert accepted_handover.status == Handover.Status.ACCEPTED
    rows = Responsibility.objects.filter(patient=patient).order_by("since")
    assert [row.person for row in rows] == [amara, lee]
    assert rows[0].until == rows[1].since
    assert {action.owner for action in OpenAction.objects.filter(patient=patient)} == {lee}
    assert OpenAction.objects.filter(patient=patient).count() == 2

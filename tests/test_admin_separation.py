"""Who runs the hospital's machines and lists of staff, who takes calls and who judges: none of them reads a patient.

T34 and T36: every address that the product has is opened as each of these roles, with a care relationship of every kind
written for them by mistake, and nothing of a patient may come back: no name, no number, no word of the summary.
"""

import pytest
from django.apps import apps
from django.conf import settings

from accounts.models import Membership
from handover.patients.models import CareRelationship, Patient
from handover.patients.sealed import identity_of, summary_of
from tests.test_access_matrix import ADDRESSES, METHODS, answer_to, filled, world  # noqa: F401 -- a fixture


def canaries():
    """What would be seen of the patients: family names as they are written and shown, numbers, the problem's words."""
    found = set()
    for patient in Patient.objects.all():
        who = identity_of(patient)
        found |= {who.family, who.family.upper(), who.given, who.record_number, who.birth_date}
        found |= {problem.text for problem in summary_of(patient)[1].problems.entries}
    return {word.encode() for word in found if len(word) > 3}


@pytest.mark.parametrize("role", ["admin_person", "agent_person"])
def test_no_address_gives_them_anything_of_a_patient(request, client, sign_in, world, emergency, role):  # noqa: F811
    person = request.getfixturevalue(role)
    Membership.objects.create(person=person, unit=emergency)
    for patient in Patient.objects.all():
        CareRelationship.objects.create(patient=patient, person=person, reason="responsible")
    sign_in(client, person)
    secret, leaks = canaries(), []
    for name, pattern in ADDRESSES:
        if name in {"accounts:sign_out", "accounts:end_session", "accounts:end_others", "accounts:lock"}:
            continue
        for method in METHODS:
            body = answer_to(client, method, name, filled(pattern, world), world).content
            leaks += [(name, method, word) for word in secret if word in body]
    assert leaks == []
    assert client.get("/me/").status_code == 200  # signed in to the end, so that it was the role that was refused


def test_there_is_no_way_to_rows_beside_the_pages():
    """Django's own administration would show every row to whoever may open it: it is not there at all."""
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert not apps.is_installed("django.contrib.admin")

"""Where a directory has no say: people of a role that it may not give, whoever answers for it, and an end that was set.

Whoever holds a directory's token, or rules the directory, must gain no administrator's or officer's power by it: not by
a role, and not by the address, the unit or the return of somebody who has it.
"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Person
from accounts.people import services as people
from accounts.people.models import Engagement
from accounts.scim.models import DirectoryEntry
from accounts.scim.tokens import make_token
from ledger.models import Event
from tests.scim.test_scim import GROUPS, USERS, Directory

pytestmark = pytest.mark.django_db
POWERFUL = ["administrator", "compliance_officer"]
CHANGES = [
    ("userName", "mallory@x.example"),
    ("displayName", "Mallory"),
    ("title", "MD"),
    ("externalId", "dir-9"),
    ("phoneNumbers", [{"value": "020 7946 0999"}]),
    ("roles", [{"value": "nurse"}]),
    ("active", False),
]


@pytest.fixture
def directory(admin_person):
    return Directory(Client(enforce_csrf_checks=True), make_token(admin_person)[1])


def facts_of(person):
    entry = DirectoryEntry.objects.filter(person=person).values_list("external_id", flat=True).first()
    found = Person.objects.get(pk=person.pk)
    return found.email, found.display_name, found.credentials, found.phone, found.role, found.is_active, entry


def is_refused(answer, person, *, reason, event="person.changed"):
    """Answered in SCIM's words, and on the record."""
    said = answer.json()
    recorded = Event.objects.filter(event=event, outcome="refused", reason=reason, entity_id=person.pk)
    return (answer.status_code, said["status"]) == (403, "403") and recorded.exists()


@pytest.mark.parametrize(("path", "value"), CHANGES, ids=lambda value: str(value)[:20])
@pytest.mark.parametrize("role", POWERFUL)
def test_a_directory_changes_nothing_of_whoever_gives_access_or_reads_the_record(
    directory, make_person, role, path, value
):
    # By their address alone somebody else would sign in as them: at the provider, where addresses link (0055).
    tove = make_person("tove@readback.example", "Tove Alderwick", role)
    before = facts_of(tove)
    answer = directory.patch(f"{USERS}/{tove.pk}", {"op": "replace", "path": path, "value": value})
    assert is_refused(answer, tove, reason="scim_reach"), answer.content
    assert facts_of(tove) == before


@pytest.mark.parametrize(("path", "value"), CHANGES, ids=lambda value: str(value)[:20])
def test_a_directory_changes_nothing_of_whoever_answers_for_it(directory, admin_person, settings, path, value):
    # Also where the operator lets directories make administrators: nobody changes themselves, by no way.
    settings.SCIM_ROLES = frozenset({"nurse", "administrator"})
    before = facts_of(admin_person)
    answer = directory.patch(f"{USERS}/{admin_person.pk}", {"op": "replace", "path": path, "value": value})
    assert is_refused(answer, admin_person, reason="scim_reach"), answer.content
    assert facts_of(admin_person) == before


@pytest.mark.parametrize("role", POWERFUL)
def test_a_directory_brings_back_nobody_who_gives_access_or_reads_the_record(directory, make_person, role):
    gone = make_person("gone@readback.example", "Gone Away", role)
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    answer = directory.patch(f"{USERS}/{gone.pk}", {"op": "replace", "path": "active", "value": True})
    assert is_refused(answer, gone, reason="scim_reach")
    # Nor by two steps: first a nurse, then back.
    made_nurse = {"op": "replace", "path": "roles", "value": [{"value": "nurse"}]}
    assert directory.patch(f"{USERS}/{gone.pk}", made_nurse).status_code == 403
    assert facts_of(gone)[4:6] == (role, False)


def test_a_directory_brings_back_nobody_whose_engagement_is_over(directory, lee):
    # An administrator said until when: the directory, which may not know, does not say otherwise.
    Engagement.objects.create(person=lee, ends=timezone.now() - timedelta(days=1))
    people.engagement_over(lee.pk)
    back = {"op": "replace", "path": "active", "value": True}
    answer = directory.patch(f"{USERS}/{lee.pk}", back, {"op": "replace", "path": "displayName", "value": "Lee S."})
    assert is_refused(answer, lee, reason="engagement_over", event="person.enabled")
    assert (facts_of(lee)[1], facts_of(lee)[5]) == ("Lee Sparrowhawk", False)  # all of it, or none
    Engagement.objects.filter(person=lee).update(ends=timezone.now() + timedelta(days=1))
    assert directory.patch(f"{USERS}/{lee.pk}", back).json()["active"] is True


@pytest.mark.parametrize("role", POWERFUL)
def test_a_directory_puts_nobody_of_them_into_a_unit_or_out_of_one(directory, make_person, ward, lee, role):
    # In a unit an administrator would be one of those whose patients are theirs to see, were they a clinician one day.
    tove = make_person("tove@readback.example", "Tove Alderwick", role)
    url = f"{GROUPS}/{ward.pk}"
    put_in = {"op": "add", "path": "members", "value": [{"value": str(tove.pk)}]}
    assert is_refused(directory.patch(url, put_in), tove, reason="scim_reach")
    Membership.objects.create(person=tove, unit=ward)
    assert is_refused(directory.patch(url, {"op": "remove", "path": "members"}), tove, reason="scim_reach")
    assert set(Membership.objects.filter(unit=ward).values_list("person_id", flat=True)) == {tove.pk, lee.pk}

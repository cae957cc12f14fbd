"""A directory may link whom it makes with the account at the provider, where the operator said so; nobody else."""

import pytest

from accounts.models import Person
from accounts.sso.models import Identity
from accounts.sso.services import link
from ledger.models import Event
from tests.scim.test_scim import USERS, directory, new  # noqa: F401 -- a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def provider(settings):
    settings.OIDC_ISSUER, settings.SCIM_SUBJECT = "https://id.hospital.example", "externalId"


def links():
    return {row.subject: row.person.email for row in Identity.objects.select_related("person")}


def test_whom_the_directory_makes_is_linked_by_the_external_id(directory, admin_person):  # noqa: F811
    assert directory.send("POST", USERS, new()).status_code == 201
    assert links() == {"dir-7": "sol@readback.example"}
    event = Event.objects.get(event="person.linked")
    assert (event.reason, event.agent_id) == ("directory", admin_person.pk)


@pytest.mark.parametrize(
    "changed", [{"SCIM_SUBJECT": ""}, {"SCIM_SUBJECT": "userName"}, {"OIDC_ISSUER": ""}], ids=lambda one: str(one)
)
def test_nobody_is_linked_unless_the_operator_turned_it_on(directory, settings, changed):  # noqa: F811
    for name, value in changed.items():
        setattr(settings, name, value)
    assert directory.send("POST", USERS, new()).status_code == 201
    assert links() == {}


def test_nobody_is_linked_by_an_address(directory):  # noqa: F811
    told = new()
    del told["externalId"]
    assert directory.send("POST", USERS, told).status_code == 201
    assert links() == {}


def test_a_subject_that_is_somebodys_stays_theirs_and_nobody_is_made(directory, lee):  # noqa: F811
    # Else a directory that was taken over signs in at the provider as itself, and here as Lee, or takes Lee's way in.
    link(lee, subject="dir-7", agent=None, reason="operator")
    assert directory.send("POST", USERS, new()).status_code == 409
    assert links() == {"dir-7": lee.email}
    assert not Person.objects.filter(email="sol@readback.example").exists()


@pytest.mark.parametrize("somebody", ["amara", "admin_person", "officer"])
def test_somebody_who_is_here_is_never_linked_by_a_directory(request, directory, somebody):  # noqa: F811
    # A nurse whose externalId becomes the attacker's subject would be the attacker's to sign in as.
    person = request.getfixturevalue(somebody)
    directory.patch(f"{USERS}/{person.pk}", {"op": "replace", "path": "externalId", "value": "attackers-own"})
    told = new(userName=person.email, externalId="attackers-own")
    directory.send("PUT", f"{USERS}/{person.pk}", told)
    directory.send("POST", USERS, told)
    assert links() == {}


def test_an_administrator_is_neither_made_nor_linked(directory):  # noqa: F811
    assert directory.send("POST", USERS, new(roles=[{"value": "administrator"}])).status_code == 400
    assert links() == {}


def test_another_external_id_moves_no_link(directory):  # noqa: F811
    made = directory.send("POST", USERS, new()).json()
    url = f"{USERS}/{made['id']}"
    assert directory.patch(url, {"op": "replace", "path": "externalId", "value": "other"}).status_code == 200
    assert links() == {"dir-7": "sol@readback.example"}

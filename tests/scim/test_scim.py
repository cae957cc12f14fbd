"""A directory makes people, changes them and lets them go; it needs a token, and reaches no patient."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import DeviceSession, Membership, Person
from accounts.scim.models import Token
from accounts.scim.tokens import make_token
from ledger.models import Event

pytestmark = pytest.mark.django_db
USERS, GROUPS = "/scim/v2/Users", "/scim/v2/Groups"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class Directory:
    """The hospital's directory, with its token."""

    def __init__(self, client, text):
        self.client, self.head = client, {"Authorization": f"Bearer {text}"}

    def get(self, url, **query):
        return self.client.get(url, query, headers=self.head)

    def send(self, method, url, body=None, **head):
        names = {name.replace("_", "-"): value for name, value in head.items()}
        text = body if isinstance(body, str) else json.dumps(body)
        return self.client.generic(method, url, text, "application/scim+json", headers={**self.head, **names})

    def patch(self, url, *operations, **head):
        return self.send("PATCH", url, {"schemas": [PATCH], "Operations": list(operations)}, **head)


@pytest.fixture
def directory(admin_person):
    return Directory(Client(enforce_csrf_checks=True), make_token(admin_person)[1])


def new(**more):
    return {
        "schemas": [USER],
        "userName": "Sol@Readback.example",
        "externalId": "dir-7",
        "name": {"givenName": "Sol", "familyName": "Marigold"},
        "roles": [{"value": "nurse"}],
        "active": True,
        **more,
    }


def test_a_name_keeps_no_mark_that_makes_it_look_like_another(directory):
    # The attack: "Lee" behind a mark that turns the line round reads as somebody else on the ward's screens.
    marked = new(displayName="Sol \u202eeeL\u202c Mari\u200bgold\x07")
    made = directory.send("POST", USERS, marked).json()
    assert Person.objects.get(pk=made["id"]).display_name == "Sol eeL Marigold"
    nothing = {"op": "replace", "path": "displayName", "value": "\u202e\u200b"}
    directory.patch(f"{USERS}/{made['id']}", nothing)
    assert Person.objects.get(pk=made["id"]).display_name == "sol@readback.example"


@pytest.mark.parametrize("head", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}])
def test_without_a_good_token_nothing_is_there(client, amara, head):
    for url in (USERS, f"{USERS}/{amara.pk}", f"{USERS}/{uuid.uuid4()}", GROUPS, "/scim/v2/Schemas"):
        answer = client.get(url, headers=head)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert str(amara.email) not in answer.content.decode()


def test_a_token_ends_by_age_by_hand_and_with_whoever_answers_for_it(directory, admin_person):
    assert directory.get(USERS).status_code == 200
    Token.objects.update(expires=F("made") + timedelta(microseconds=1))
    assert directory.get(USERS).status_code == 401
    Token.objects.update(expires=timezone.now() + timedelta(days=1))
    Person.objects.filter(pk=admin_person.pk).update(is_active=False)
    assert directory.get(USERS).status_code == 401
    Person.objects.filter(pk=admin_person.pk).update(is_active=True, role="nurse")
    assert directory.get(USERS).status_code == 401
    Person.objects.filter(pk=admin_person.pk).update(role="administrator")
    assert directory.get(USERS).status_code == 200
    call_command("scim_token", admin_person.email, "--end")
    assert directory.get(USERS).status_code == 401


def test_a_token_opens_scim_and_nothing_else(directory, amara):
    for url in ("/me/", "/patients/", "/directory/", "/api/v1/session"):
        assert directory.get(url).status_code in {302, 401, 404}, url


def test_the_session_of_an_administrator_is_no_token(client, admin_person, sign_in):
    # Else a page elsewhere could have their browser change people, for these addresses ask for no form's token.
    sign_in(client, admin_person)
    assert client.get(USERS).status_code == 401


def test_only_the_digest_of_a_token_is_kept(admin_person, amara):
    token, text = make_token(admin_person)
    assert text.encode() not in bytes(Token.objects.get(pk=token.pk).digest)
    assert token.expires - token.made == timedelta(days=90)
    assert Event.objects.filter(event="scim.token_made", entity_id=token.pk).count() == 1


def test_a_new_person_comes_from_the_directory_without_a_password(directory, admin_person):
    answer = directory.send("POST", USERS, new(password="from the directory"))
    assert answer.status_code == 201, answer.content
    person = Person.objects.get(email="sol@readback.example")
    assert (person.display_name, person.role, person.has_usable_password()) == ("Sol Marigold", "nurse", False)
    assert answer["Location"].endswith(str(person.pk))
    assert answer["Content-Type"] == "application/scim+json"
    assert "password" not in answer.content.decode()
    event = Event.objects.get(event="person.created")
    assert (event.entity_id, event.agent_id, event.device) == (person.pk, admin_person.pk, "SCIM")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (new(roles=[]), 400, "invalidValue"),
        (new(roles=[{"value": "king"}]), 400, "invalidValue"),
        (new(roles=[{"value": "nurse"}, {"value": "administrator"}]), 400, "invalidValue"),
        (new(roles=[{"value": "administrator"}]), 400, "invalidValue"),
        (new(userName="no address"), 400, "invalidValue"),
        (new(userName="AMARA@readback.example"), 409, "uniqueness"),
        (new(displayName="x" * 500), 400, "invalidValue"),
        (new(externalId="x" * 500), 400, "invalidValue"),
        ({"schemas": [USER]}, 400, None),
        ("{", 400, "invalidSyntax"),
        ("[]", 400, "invalidSyntax"),
        ("[" * 50_000, 400, "invalidSyntax"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_is_answered_in_scims_own_words(directory, amara, body, status, kind):
    answer = directory.send("POST", USERS, body)
    assert answer.status_code == status, answer.content
    said = answer.json()
    assert said["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert said["status"] == str(status)
    assert kind in {None, said.get("scimType")}
    assert Person.objects.filter(role="nurse").count() == 1


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "active", "value": False},
        {"op": "Replace", "path": "active", "value": "False"},  # Entra ID
        {"op": "replace", "value": {"active": False}},  # Okta
        {"op": "replace", "value": {"active": "False"}},
    ],
    ids=str,
)
def test_whoever_is_let_go_is_signed_out_everywhere_and_stays_on_the_record(directory, amara, actor, operation):
    actor(amara)
    answer = directory.patch(f"{USERS}/{amara.pk}", operation)
    assert (answer.status_code, answer.json()["active"]) == (200, False), answer.content
    assert Person.objects.get(pk=amara.pk).is_active is False
    assert DeviceSession.objects.filter(person=amara, ended__isnull=True).count() == 0
    assert Event.objects.filter(event="person.disabled", entity_id=amara.pk).count() == 1
    again = directory.patch(f"{USERS}/{amara.pk}", {"op": "replace", "path": "active", "value": True})
    assert again.json()["active"] is True


def test_a_person_is_never_deleted(directory, amara):
    assert directory.send("DELETE", f"{USERS}/{amara.pk}").status_code == 204
    assert Person.objects.get(pk=amara.pk).is_active is False
    assert directory.get(f"{USERS}/{amara.pk}").json()["active"] is False


def test_the_administrator_who_answers_for_the_token_is_not_changed_by_it(directory, admin_person):
    assert directory.send("DELETE", f"{USERS}/{admin_person.pk}").status_code == 403
    assert Person.objects.get(pk=admin_person.pk).is_active


def test_a_role_is_changed_and_the_person_signs_in_anew(directory, amara, actor):
    actor(amara)
    change = {"op": "replace", "path": "roles", "value": [{"value": "physician"}]}
    assert directory.patch(f"{USERS}/{amara.pk}", change).status_code == 200
    assert Person.objects.get(pk=amara.pk).role == "physician"
    assert not DeviceSession.objects.filter(person=amara, ended__isnull=True).exists()


@pytest.mark.parametrize("role", ["administrator", "compliance_officer"])
def test_a_directory_makes_nobody_an_administrator_or_an_officer(directory, amara, role):
    # Else whoever takes over the directory reads the record, and gives access to whom they like.
    change = {"op": "replace", "path": "roles", "value": [{"value": role}]}
    assert directory.patch(f"{USERS}/{amara.pk}", change).status_code == 400
    assert Person.objects.get(pk=amara.pk).role == "nurse"


def test_what_the_directory_says_again_of_an_officer_changes_nothing(directory, officer):
    # Directories send everybody at every turn: what is so already is no change, and no refusal.
    said = directory.get(f"{USERS}/{officer.pk}").json()
    assert directory.send("PUT", f"{USERS}/{officer.pk}", said).status_code == 200
    assert directory.send("PUT", f"{USERS}/{officer.pk}", {**said, "title": "DPO"}).status_code == 403
    officer.refresh_from_db()
    assert (officer.role, officer.credentials) == ("compliance_officer", "")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ('userName eq "AMARA@readback.example"', {"amara"}),
        ('userName eq "nobody@readback.example"', set()),
        ('userName sw "lee" or displayName co "Thistle"', {"amara", "lee"}),
        ('active eq true and userName co "lee"', {"lee"}),
        ("externalId pr", set()),
        ('not (userName co "o")', set()),
    ],
)
def test_people_are_found_by_a_filter(directory, amara, lee, words, found):
    said = directory.get(USERS, filter=words).json()
    assert {one["userName"].partition("@")[0] for one in said["Resources"]} == found or words.startswith("not")
    assert said["totalResults"] == len(said["Resources"])


@pytest.mark.parametrize("words", ["userName eq", "((", "nothing eq 1", 'password eq "x" \'', "x" * 3000, "(" * 900])
def test_a_filter_that_is_none_is_said_so(directory, words):
    assert directory.get(USERS, filter=words).status_code == 400


def test_pages_start_at_one_and_are_counted(directory, amara, lee, noor):
    first = directory.get(USERS, startIndex="1", count="2").json()
    rest = directory.get(USERS, startIndex="3", count="2").json()
    assert (first["totalResults"], first["itemsPerPage"], rest["startIndex"]) == (4, 2, 3)
    assert len({one["id"] for one in first["Resources"] + rest["Resources"]}) == 4
    assert directory.get(USERS, count="0").json()["Resources"] == []
    assert directory.get(USERS, startIndex="-7").json()["startIndex"] == 1


def test_a_change_to_another_version_is_refused(directory, amara):
    version = directory.get(f"{USERS}/{amara.pk}")["ETag"]
    change = {"op": "replace", "path": "displayName", "value": "Amara T."}
    assert directory.patch(f"{USERS}/{amara.pk}", change, If_Match='W/"other"').status_code == 412
    changed = directory.patch(f"{USERS}/{amara.pk}", change, If_Match=version)
    assert (changed.status_code, changed.json()["displayName"]) == (200, "Amara T.")
    assert changed["ETag"] != version


def test_a_unit_is_a_group_and_its_members_are_the_directorys_to_say(directory, amara, lee, ward, emergency, actor):
    actor(amara)
    url = f"{GROUPS}/{ward.pk}"
    assert (
        directory.patch(url, {"op": "add", "path": "members", "value": [{"value": str(amara.pk)}]}).status_code == 200
    )
    assert set(Membership.objects.filter(person=amara).values_list("unit_id", flat=True)) == {ward.pk, emergency.pk}
    assert not DeviceSession.objects.filter(person=amara, ended__isnull=True).exists()
    gone = directory.patch(url, {"op": "remove", "path": f'members[value eq "{lee.pk}"]'})
    assert [one["value"] for one in gone.json()["members"]] == [str(amara.pk)]
    assert not Membership.objects.filter(person=lee).exists()
    stranger = {"op": "add", "path": "members", "value": [{"value": str(uuid.uuid4())}]}
    assert directory.patch(url, stranger).status_code == 400
    assert directory.patch(url, {"op": "replace", "path": "displayName", "value": "x"}).status_code == 400
    assert directory.send("DELETE", url).status_code == 405
    assert directory.send("POST", GROUPS, {}).status_code == 405


def test_what_is_not_here_is_404_in_scims_words(directory):
    answer = directory.get(f"{USERS}/{uuid.uuid4()}")
    assert (answer.status_code, answer.json()["status"]) == (404, "404")


def test_the_service_describes_itself(directory):
    config = directory.get("/scim/v2/ServiceProviderConfig").json()
    assert (config["patch"]["supported"], config["bulk"]["supported"]) == (True, False)
    assert {one["name"] for one in directory.get("/scim/v2/ResourceTypes").json()["Resources"]} == {"User", "Group"}
    assert directory.get("/scim/v2/Schemas").json()["totalResults"] == 2


def test_a_directory_reads_nothing_of_any_patient(directory, amara, make_patient, emergency):
    make_patient(emergency, family="Thornapple")
    for url in (USERS, GROUPS, "/scim/v2/Schemas", f"{GROUPS}/{emergency.pk}", f"{USERS}/{amara.pk}"):
        said = directory.get(url).content.decode()
        assert "Thornapple" not in said
        assert "patient" not in said.lower()

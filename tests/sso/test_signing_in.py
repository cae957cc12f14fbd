"""Signing in by a real provider, and every way in which what comes back is not the answer to what was asked."""

import base64
import json

import pytest
from django.test import Client
from django.urls import reverse
from joserfc.jwk import OctKey, RSAKey

from accounts.models import DeviceSession, Person
from accounts.scim.tokens import make_token
from accounts.sso.models import Attempt, Identity, ProviderSession
from accounts.sso.provider import BACK
from ledger.models import Event
from tests.conftest import PASSWORD
from tests.scim.test_scim import USERS, Directory
from tests.sso.conftest import begun

pytestmark = pytest.mark.django_db


def sessions():
    return DeviceSession.objects.filter(ended__isnull=True).count()


def refused_as(reason):
    return Event.objects.filter(event="session.refused", outcome="refused", reason=reason).count()


def test_a_linked_person_signs_in_by_the_real_provider_and_lands_where_they_wanted(
    client, idp_here, amara, linked, settings
):
    settings.OIDC_AMR_VALUES = ["pwd"]  # what the real provider says of a password alone
    linked(amara, "amara")
    away = client.get("/sign-in/sso/", {"next": "/directory/"})["Location"]
    home = idp_here.sign_in(away, "amara").removeprefix("http://testserver")
    answer = client.get(home)
    assert (answer.status_code, answer["Location"]) == (303, "/directory/")
    assert sessions() == 1
    assert ProviderSession.objects.get().subject == "amara"
    assert Event.objects.filter(event="session.started", agent_id=amara.pk).count() == 1


def test_whoever_showed_one_factor_at_the_real_provider_shows_one_of_ours_after_it(client, idp_here, amara, linked):
    linked(amara, "amara")
    away = client.get("/sign-in/sso/", {"next": "/directory/"})["Location"]
    answer = client.get(idp_here.sign_in(away, "amara").removeprefix("http://testserver"))
    assert answer["Location"] == reverse("factors:second") + "?next=%2Fdirectory%2F"
    assert DeviceSession.objects.get().factor == ""
    assert client.get("/directory/").status_code in {302, 303}


@pytest.mark.parametrize(
    ("claims", "factor"),
    [
        ({"amr": ["pwd", "mfa"]}, "sso"),
        ({"amr": ["pwd"]}, ""),
        ({"amr": None}, ""),
        ({"amr": []}, ""),
        ({"amr": None, "acr": "two"}, "sso"),
        ({"amr": None, "acr": "one"}, ""),
        ({"amr": None, "acr": ["two"]}, ""),
        ({"amr": [["mfa"]]}, ""),
    ],
    ids=str,
)
def test_only_what_the_operator_named_counts_as_two_factors(client, forged, amara, linked, settings, claims, factor):
    # A provider that says nothing of how somebody signed in has not said that they showed two factors.
    settings.OIDC_ACR_VALUES = ["two"]
    linked(amara, "amara")
    assert forged.comes_back(client, **claims).status_code == 303
    session = DeviceSession.objects.get()
    assert (session.factor, session.verified is not None) == (factor, bool(factor))


def test_what_is_sent_to_the_provider_is_a_code_request_with_pkce_state_and_nonce(client, idp_here):
    asked = begun(client)
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert min(len(asked["state"]), len(asked["nonce"])) == 43  # 256 bits
    assert (asked["prompt"], asked["max_age"]) == ("login", "60")


def test_the_real_providers_answer_counts_once(client, idp_here, amara, linked):
    # The attempt is taken before the code is sent on: a copied address of the way back opens nothing a second time.
    linked(amara, "amara")
    home = idp_here.sign_in(client.get("/sign-in/sso/")["Location"], "amara").removeprefix("http://testserver")
    assert client.get(home).status_code == 303
    again = client.get(home)
    assert again.status_code == 422
    assert refused_as("state") == 1


def test_an_answer_is_for_the_browser_that_asked(client, idp_here, amara, linked):
    # Without this an attacker signs a victim in as the attacker, and reads what the victim writes.
    linked(amara, "amara")
    home = idp_here.sign_in(client.get("/sign-in/sso/")["Location"], "amara").removeprefix("http://testserver")
    assert Client().get(home).status_code == 422
    assert sessions() == 0
    assert client.get(home).status_code == 303


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": ["readback", "another"]}, "azp"),
        ({"aud": ["readback", "another"], "azp": "another"}, "azp"),
        ({"nonce": "of another sign-in"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"exp": 1_000_000_000}, "exp"),
        ({"exp": None}, "exp"),
        ({"iat": None}, "iat"),
        ({"auth_time": None}, "no_auth_time"),
        ({"auth_time": 1_000_000_000}, "not_fresh"),
    ],
    ids=str,
)
def test_a_token_with_one_wrong_claim_signs_nobody_in(client, forged, amara, linked, changed, reason):
    linked(amara, "amara")
    answer = forged.comes_back(client, **changed)
    assert answer.status_code == 422
    assert sessions() == 0
    assert refused_as(reason) == 1, list(Event.objects.values_list("event", "reason"))
    assert "Start again" in answer.content.decode()


def test_the_same_token_with_every_claim_right_signs_in(client, forged, amara, linked):
    # Else the test above would show nothing.
    linked(amara, "amara")
    assert forged.comes_back(client).status_code == 303
    assert sessions() == 1


def test_a_token_without_a_signature_is_no_token(client, forged, amara, linked):
    linked(amara, "amara")

    def unsigned(nonce):
        parts = ({"alg": "none"}, forged.claims(nonce))
        texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
        return ".".join([*texts, ""])

    assert forged.comes_back(client, make=unsigned).status_code == 422
    assert refused_as("signature") == 1
    assert sessions() == 0


def test_the_public_key_is_never_taken_for_a_secret(client, forged, amara, linked, signed_by_the_public_key):
    # HS256 with the public key as its secret: whoever can read the key set could sign, if a token chose its algorithm.
    linked(amara, "amara")
    assert forged.comes_back(client, make=signed_by_the_public_key).status_code == 422
    assert refused_as("signature") == 1


def test_a_secret_in_the_key_set_signs_nothing(client, forged, amara, linked):
    # A set that shows a symmetric key shows it to everybody.
    linked(amara, "amara")
    secret = OctKey.generate_key(256, auto_kid=True)
    forged.forger.says("/jwks", {"keys": [forged.key.as_dict(private=False), secret.as_dict(private=True)]})
    answer = forged.comes_back(client, make=lambda nonce: forged.signs(forged.claims(nonce), key=secret, alg="HS256"))
    assert answer.status_code == 422
    assert sessions() == 0


def test_a_key_of_nobody_signs_nothing_and_a_new_key_of_the_provider_does(client, forged, amara, linked):
    linked(amara, "amara")
    assert forged.comes_back(client).status_code == 303
    new = RSAKey.generate_key(2048, auto_kid=True)
    forged.shows(forged.key, new)  # the provider turns its keys; ours are an hour old at most
    assert forged.comes_back(client, make=lambda nonce: forged.signs(forged.claims(nonce), key=new)).status_code == 303
    foreign = RSAKey.generate_key(2048, auto_kid=True)
    before = forged.forger.asked.count("/jwks")
    answer = forged.comes_back(client, make=lambda nonce: forged.signs(forged.claims(nonce), key=foreign))
    assert answer.status_code == 422
    assert forged.forger.asked.count("/jwks") == before  # made-up keys do not make this server ask and ask


@pytest.mark.parametrize("state", ["", "x", "x" * 5000])
def test_a_state_that_was_not_given_opens_nothing(client, forged, state):
    assert forged.comes_back(client, state=state).status_code == 422
    assert "/token" not in forged.forger.asked


def test_the_way_back_without_a_beginning_opens_nothing(client, forged):
    assert client.get(BACK, {"code": "c", "state": "s"}).status_code == 422


def test_an_attempt_waits_ten_minutes_and_no_longer(client, forged, amara, linked):
    linked(amara, "amara")
    asked = begun(client)
    Attempt.objects.update(started="2026-01-01T00:00Z")
    assert client.get(BACK, {"code": "c", "state": asked["state"]}).status_code == 422
    begun(client)
    assert Attempt.objects.count() == 1  # the old one was put away by the next


def test_the_word_of_another_provider_is_not_taken(client, forged):
    asked = begun(client)
    answer = client.get(BACK, {"code": "c", "state": asked["state"], "iss": "https://evil.example"})
    assert answer.status_code == 422
    assert refused_as("mixed_up") == 1


def test_whoever_turns_back_at_the_provider_reads_what_to_do(client, forged):
    asked = begun(client)
    answer = client.get(BACK, {"error": "access_denied", "error_description": "<b>x", "state": asked["state"]})
    assert answer.status_code == 422
    assert "turned back" in answer.content.decode()
    assert "<b>x" not in answer.content.decode()


def test_unknown_unlinked_and_disabled_read_the_same_words(client, forged, amara, noor, linked):
    # Else an account at the provider would tell who works here, and who was let go.
    linked(amara, "amara")
    Person.objects.filter(pk=amara.pk).update(is_active=False)
    answers = [forged.comes_back(client, sub=sub, email=noor.email, email_verified=True) for sub in ("amara", "nobody")]
    bodies = {answer.content for answer in answers}
    assert [answer.status_code for answer in answers] == [422, 422]
    assert len(bodies) == 1
    assert sessions() == 0
    assert (refused_as("sso_inactive"), refused_as("sso_unlinked")) == (1, 1)


def test_nobody_is_created_by_a_sign_in(client, forged, settings):
    settings.OIDC_LINK_BY_EMAIL = True
    assert forged.comes_back(client, sub="new", email="new@readback.example", email_verified=True).status_code == 422
    assert not Person.objects.exists()


def test_an_address_links_only_where_it_is_allowed_verified_and_free(client, forged, settings, amara, linked):
    told = {"sub": "a-1", "email": "Amara@Readback.example"}
    assert forged.comes_back(client, **told, email_verified=True).status_code == 422  # the setting is off
    settings.OIDC_LINK_BY_EMAIL = True
    assert forged.comes_back(client, **told).status_code == 422
    assert forged.comes_back(client, **told, email_verified="true").status_code == 422  # a word is no yes
    assert forged.comes_back(client, **told, email_verified=True).status_code == 303
    assert Identity.objects.get().person == amara
    assert Event.objects.get(event="person.linked").reason == "verified_address"
    # The address may go to somebody else at the provider: the person here has their subject already.
    assert forged.comes_back(client, **{**told, "sub": "a-2"}, email_verified=True).status_code == 422


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"])
def test_the_way_back_leads_to_our_own_pages_only(client, forged, amara, linked, wanted):
    linked(amara, "amara")
    assert forged.comes_back(client, wanted=wanted)["Location"] == "/"


def test_a_key_that_was_planted_before_opens_nothing_after(client, forged, amara, linked):
    linked(amara, "amara")
    begun(client)
    planted = client.session.session_key
    forged.comes_back(client)
    assert client.session.session_key != planted
    other = Client()
    other.cookies[client.cookies["readback"].key] = planted
    assert other.get("/me/").status_code == 302


def test_without_a_provider_nothing_of_it_shows(client, settings):
    settings.OIDC_ISSUER = ""
    assert b"/sign-in/sso/" not in client.get("/sign-in/").content
    assert [client.get(reverse(f"sso:{name}")).status_code for name in ("start", "back")] == [404, 404]
    assert client.post(reverse("sso:logout")).status_code == 404


def test_with_a_provider_a_local_password_is_for_those_the_operator_named(client, forged, settings, amara, lee):
    settings.LOCAL_SIGN_IN = frozenset({lee.email})
    form = {"email": amara.email, "password": PASSWORD}
    wrong = client.post("/sign-in/", {**form, "password": "wrong wrong wrong"})
    right = client.post("/sign-in/", form)
    assert (wrong.status_code, right.status_code) == (422, 422)
    assert refused_as("not_local") == 1
    assert client.post("/sign-in/", {**form, "email": lee.email}).status_code in {302, 303}


def test_a_code_that_the_provider_refuses_signs_nobody_in(client, forged):
    asked = begun(client)
    forged.forger.says("/token", {"error": "invalid_grant"}, status=400)
    assert client.get(BACK, {"code": "old", "state": asked["state"]}).status_code == 422
    assert refused_as("code_refused") == 1


def test_no_token_and_no_code_is_in_the_record(client, forged, amara, linked):
    linked(amara, "amara")
    forged.comes_back(client, code="very-secret-code")
    forged.comes_back(client, code="very-secret-code", iss="x")
    said = json.dumps(list(Event.objects.values("reason", "detail", "device")), default=str)
    assert "very-secret" not in said
    assert "eyJ" not in said


@pytest.mark.parametrize("role", ["administrator", "compliance_officer"])
def test_no_address_links_whoever_gives_access_or_reads_the_record(client, forged, settings, make_person, role):
    # An address is believed where a mistake, or a mailbox that got another owner, costs a ward and not the hospital.
    settings.OIDC_LINK_BY_EMAIL = True
    make_person("tove@readback.example", "Tove Alderwick", role)
    told = {"sub": "mallory", "email": "tove@readback.example", "email_verified": True}
    assert forged.comes_back(client, **told).status_code == 422
    assert refused_as("sso_unlinked") == 1
    assert (sessions(), Identity.objects.count()) == (0, 0)


def test_a_directorys_token_and_an_account_of_the_provider_make_no_administrator(
    client, forged, settings, admin_person, make_person
):
    # The two together were enough once: the token gave Tove the address of an account at the provider.
    settings.OIDC_LINK_BY_EMAIL = True
    tove = make_person("tove@readback.example", "Tove Alderwick", "administrator")
    directory = Directory(Client(), make_token(admin_person)[1])
    directory.patch(f"{USERS}/{tove.pk}", {"op": "replace", "path": "userName", "value": "mallory@x.example"})
    forged.comes_back(client, sub="mallory", email="mallory@x.example", email_verified=True)
    assert client.get("/people/").wsgi_request.actor is None
    assert sessions() == 0

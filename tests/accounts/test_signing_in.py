"""Signing in by password: what it starts, what it never tells, and what it records."""

import hashlib

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.urls import reverse

from accounts import passwords
from accounts.models import DeviceSession
from accounts.sessions import key_digest
from ledger.models import Event

PASSWORD = "correct horse battery"
ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36"


def sign_in_with(client, email, password, **more):
    return client.post(reverse("accounts:sign_in"), {"email": email, "password": password, **more})


def test_it_starts_a_session_on_a_device(client, amara, emergency):
    response = client.post(
        reverse("accounts:sign_in"), {"email": amara.email, "password": PASSWORD}, headers={"User-Agent": ANDROID}
    )
    session = DeviceSession.objects.get(person=amara)
    assert (response.status_code, response["Location"]) == (303, "/sign-in/second/?next=%2F")
    assert session.device == "Chrome on Android"
    assert session.unit_id == emergency.pk
    assert Event.objects.filter(event="session.started", agent_id=amara.pk, session_id=session.pk).count() == 1


def test_signing_in_again_on_top_of_ones_own_session_gives_a_new_key_and_ends_the_old(client, amara):
    sign_in_with(client, amara.email, PASSWORD)
    before = client.session.session_key
    assert sign_in_with(client, amara.email, PASSWORD).status_code == 303
    assert client.session.session_key != before
    assert DeviceSession.objects.filter(person=amara, ended__isnull=True).count() == 1


def test_it_takes_the_address_in_any_case(client, amara):
    assert sign_in_with(client, " Amara@Readback.Example ", PASSWORD).status_code == 303


def test_it_keeps_a_digest_of_the_key_and_never_the_key(client, amara):
    sign_in_with(client, amara.email, PASSWORD)
    key = client.session.session_key
    session = DeviceSession.objects.get(person=amara)
    assert bytes(session.key_digest) == key_digest(key) == hashlib.sha256(key.encode()).digest()


def test_it_gives_a_new_key_so_that_a_planted_one_opens_nothing(client, amara):
    client.get(reverse("accounts:sign_in"))
    planted = client.session.session_key
    sign_in_with(client, amara.email, PASSWORD)
    assert planted
    assert client.session.session_key != planted


def test_it_signs_out_whoever_had_the_device_before(client, amara, lee, sign_in):
    before = sign_in(client, amara)
    sign_in_with(client, lee.email, PASSWORD)
    before.refresh_from_db()
    assert before.ended is not None
    assert before.end_reason == "replaced"


@pytest.mark.parametrize("case", ["unknown", "wrong", "inactive", "no password", "too long"])
def test_it_says_the_same_whatever_is_wrong(client, amara, case):
    email, password = amara.email, PASSWORD
    if case == "unknown":
        email = "nobody@readback.example"
    elif case == "wrong":
        password = "incorrect horse battery"
    elif case == "too long":
        password = PASSWORD + "x" * 200
    elif case == "inactive":
        amara.is_active = False
        amara.save(update_fields=["is_active"])
    else:
        amara.set_unusable_password()
        amara.save(update_fields=["password"])
    response = sign_in_with(client, email, password)
    assert response.status_code == 422
    assert "E-mail address and password do not belong together" in response.content.decode()
    assert not DeviceSession.objects.exists()


class CountingHasher(MD5PasswordHasher):
    """Counts what would cost 65 ms each with the product's hasher."""

    verified = 0

    def verify(self, password, encoded):
        type(self).verified += 1
        return super().verify(password, encoded)


@pytest.mark.parametrize("case", ["right", "unknown", "wrong", "inactive", "no password"])
def test_it_costs_one_hash_whoever_asks(settings, make_person, case):
    # An attacker who measures the answer's time learns who works here, unless each costs the same one hash.
    settings.PASSWORD_HASHERS = ["tests.accounts.test_signing_in.CountingHasher"]
    passwords._nobodys_hash.cache_clear()
    person = make_person("kit@readback.example", "Kit Marram", "nurse")
    if case == "inactive":
        person.is_active = False
        person.save(update_fields=["is_active"])
    elif case == "no password":
        person.set_unusable_password()
        person.save(update_fields=["password"])
    email = "nobody@readback.example" if case == "unknown" else person.email
    CountingHasher.verified = 0
    found, why_not = passwords.check(email, "wrong" if case == "wrong" else PASSWORD)
    assert CountingHasher.verified == 1
    assert (why_not == "") == (case == "right")
    passwords._nobodys_hash.cache_clear()


def test_it_hashes_for_few_at_once_and_asks_the_others_to_wait(client, amara, monkeypatch):
    # Each hash takes 46 MiB: without a bound, a hundred sign-ins at once would take the server's memory.
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    for _ in range(passwords.HASHES_AT_ONCE):
        assert passwords._places.acquire(blocking=False)
    try:
        response = sign_in_with(client, amara.email, PASSWORD)
    finally:
        for _ in range(passwords.HASHES_AT_ONCE):
            passwords._places.release()
    assert response.status_code == 503
    assert "try again" in response.content.decode()


def test_it_records_what_it_refused_and_why(client, amara):
    sign_in_with(client, amara.email, "incorrect horse battery")
    event = Event.objects.get(event="session.refused", entity_id=amara.pk)
    assert (event.outcome, event.reason, event.agent_id) == ("refused", "wrong_password", None)


def test_it_goes_on_to_the_page_that_was_wanted(client, amara):
    assert (
        sign_in_with(client, amara.email, PASSWORD, next="/directory/")["Location"]
        == "/sign-in/second/?next=%2Fdirectory%2F"
    )


@pytest.mark.parametrize("bait", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", "x"])
def test_it_never_leads_elsewhere(client, amara, bait):
    assert sign_in_with(client, amara.email, PASSWORD, next=bait)["Location"] == "/sign-in/second/?next=%2F"


def test_it_shows_what_is_missing_at_the_field(client, db):
    page = client.post(reverse("accounts:sign_in"), {"email": "x", "password": ""}).content.decode()
    assert 'aria-invalid="true"' in page
    assert page.count('class="wrong" id="id_') == 2


def test_it_does_not_ask_a_signed_in_person_again(client, amara, sign_in):
    sign_in(client, amara)
    assert client.get(reverse("accounts:sign_in")).status_code == 303


def test_the_product_hashes_with_argon2id_at_the_cost_it_says():
    from accounts.hashers import Argon2idHasher

    hasher = Argon2idHasher()
    encoded = hasher.encode(PASSWORD, hasher.salt())
    assert encoded.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")
    assert hasher.verify(PASSWORD, encoded)


class TestDemonstration:
    """One tap as an invented person: only where there are nothing but invented people."""

    def test_it_does_not_exist_in_a_hospital(self, client, amara):
        assert client.post(reverse("accounts:demonstration"), {"email": amara.email}).status_code == 404
        assert client.get(reverse("accounts:demonstration")).status_code == 404
        assert "demonstration" not in client.get(reverse("accounts:sign_in")).content.decode().lower()

    def test_it_signs_in_one_of_the_seven(self, client, amara, settings):
        settings.DEMONSTRATION = True
        assert amara.display_name in client.get(reverse("accounts:sign_in")).content.decode()
        assert client.post(reverse("accounts:demonstration"), {"email": amara.email}).status_code == 303
        assert DeviceSession.objects.filter(person=amara, ended=None).count() == 1

    def test_it_signs_in_nobody_else(self, client, make_person, settings):
        settings.DEMONSTRATION = True
        make_person("chief@hospital.example", "Chief Somebody", "administrator")
        response = client.post(reverse("accounts:demonstration"), {"email": "chief@hospital.example"})
        assert response.status_code == 404
        assert not DeviceSession.objects.exists()

"""What a person enrols and removes: by themselves, freshly, never locking themselves out nor letting a thief in."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.factors import rules
from accounts.factors.models import TotpDevice
from accounts.models import Factor, Role
from ledger.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def passkey_of(db):
    """passkey_of(person, is_copied=False): one of theirs, as the database keeps it."""
    from django_otp_webauthn.models import WebAuthnCredential

    def make(person, *, is_copied=False, name="Phone"):
        number = uuid4()
        return WebAuthnCredential.objects.create(
            user=person,
            name=name,
            credential_id=number.bytes,
            credential_id_sha256=WebAuthnCredential.get_credential_id_sha256(number.bytes),
            public_key=b"key",
            aaguid=str(number),
            backup_eligible=is_copied,
        )

    return make


def test_a_first_sign_in_enrols_an_app_and_goes_on_to_recovery_codes(client, sign_in, amara, code_of):
    session = sign_in(client, amara, factor="")
    assert client.get(reverse("factors:second"))["Location"].startswith(reverse("factors:enrol"))
    page = client.get(reverse("factors:enrol_app")).content.decode()
    device = TotpDevice.objects.get(user=amara)
    assert not device.confirmed
    assert f'value="{device.pk}"' in page
    answer = client.post(reverse("factors:enrol_app"), {"device": device.pk, "code": code_of(device), "next": "/me/"})
    assert answer["Location"] == f"{reverse('factors:codes')}?next=%2Fme%2F"
    session.refresh_from_db()
    device.refresh_from_db()
    assert (session.factor, device.confirmed) == ("totp", True)
    assert Event.objects.filter(event="factor.added", reason="totp", entity_id=amara.pk).exists()


def test_a_key_that_was_shown_before_is_never_the_one_that_is_confirmed(client, sign_in, amara, code_of):
    """Whoever stole the password sees a key; when its owner enrols later, that key is worth nothing."""
    thief = Client()
    sign_in(thief, amara, factor="")
    thief.get(reverse("factors:enrol_app"))
    stolen = TotpDevice.objects.get(user=amara)
    stolen_code = code_of(stolen)
    sign_in(client, amara, factor="")
    client.get(reverse("factors:enrol_app"))
    answer = thief.post(reverse("factors:enrol_app"), {"device": stolen.pk, "code": stolen_code})
    assert answer.status_code == 422
    assert not TotpDevice.objects.filter(confirmed=True).exists()


def test_a_password_alone_adds_nothing_beside_what_is_there(client, sign_in, amara, enrol_app):
    enrol_app(amara)
    sign_in(client, amara, factor="")
    assert client.get(reverse("factors:enrol"))["Location"] == reverse("factors:second")
    assert client.get(reverse("factors:enrol_app")).status_code == 409
    assert client.post(reverse("factors:enrol_passkey_begin")).status_code == 409
    assert client.post(reverse("factors:enrol_passkey"), {}, "application/json").status_code == 409
    assert TotpDevice.objects.filter(user=amara).count() == 1


def test_another_app_takes_the_place_of_the_one_before_and_ends_the_other_devices(
    client, sign_in, amara, enrol_app, code_of
):
    before = enrol_app(amara)
    elsewhere = sign_in(Client(), amara)
    sign_in(client, amara)
    client.get(reverse("factors:add_app"))
    to_come = TotpDevice.objects.get(user=amara, confirmed=False)
    client.post(reverse("factors:add_app"), {"device": to_come.pk, "code": code_of(to_come)})
    assert list(TotpDevice.objects.filter(user=amara).values_list("pk", "confirmed")) == [(to_come.pk, True)]
    assert before.pk != to_come.pk
    elsewhere.refresh_from_db()
    assert elsewhere.end_reason == "factor_changed"


def test_the_last_way_in_is_not_removed(client, sign_in, amara, enrol_app, passkey_of):
    enrol_app(amara)
    sign_in(client, amara)
    assert client.post(reverse("factors:remove_app")).status_code == 409
    key = passkey_of(amara)
    assert client.post(reverse("factors:remove_app")).status_code == 303
    assert client.post(reverse("factors:remove_passkey", args=[key.pk])).status_code == 409
    assert not TotpDevice.objects.filter(user=amara).exists()


def test_a_passkey_is_renamed_and_removed_by_its_person_only(client, sign_in, amara, lee, enrol_app, passkey_of):
    enrol_app(amara)
    mine, theirs = passkey_of(amara), passkey_of(lee)
    sign_in(client, amara)
    assert client.post(reverse("factors:rename_passkey", args=[mine.pk]), {"name": "Ward phone"}).status_code == 303
    mine.refresh_from_db()
    assert mine.name == "Ward phone"
    for name in ("rename_passkey", "remove_passkey"):
        stranger = client.post(reverse(f"factors:{name}", args=[theirs.pk]), {"name": "Mine"})
        nobody = client.post(reverse(f"factors:{name}", args=[987_654]), {"name": "Mine"})
        assert stranger.status_code == nobody.status_code == 404
    assert client.post(reverse("factors:remove_passkey", args=[mine.pk])).status_code == 303
    assert theirs.__class__.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize("role", list(Role))
def test_which_factor_is_enough_for_whom(role):
    is_bound = role in {"administrator", "compliance_officer"}
    assert rules.is_enough(Factor.PASSKEY, role=role)
    assert rules.is_enough(Factor.PASSKEY, role=role, is_backup_eligible=True) != is_bound
    for factor in (Factor.TOTP, Factor.RECOVERY, Factor.PIN):
        assert rules.is_enough(factor, role=role) != is_bound
        assert not (is_bound and rules.may_enrol(factor, role=role))
    assert not rules.is_enough("", role=role)


def test_an_administrator_signs_in_by_no_code(client, sign_in, admin_person, enrol_app, code_of, passkey_of):
    app = enrol_app(admin_person)
    passkey_of(admin_person)
    sign_in(client, admin_person, factor="")
    page = client.get(reverse("factors:second")).content.decode()
    assert 'name="code"' not in page
    assert client.post(reverse("factors:second"), {"code": code_of(app)}).status_code == 422
    assert client.get(reverse("accounts:me")).status_code == 302


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", '{"id": 7}', '{"id": "x", "rawId": "x", "response": {}}', "9" * 20_000]
)
def test_an_answer_that_no_passkey_gave_is_refused_in_words_and_recorded(client, body):
    client.post(reverse("factors:passkey_begin"))
    answer = client.post(reverse("factors:passkey"), body, "application/json", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert "passkey was not recognised" in answer.json()["message"]
    assert Event.objects.filter(event="session.verified", outcome="refused", reason="passkey").exists()


def test_an_answer_to_no_question_is_refused(client, sign_in, amara, enrol_app):
    enrol_app(amara)
    assert client.post(reverse("factors:passkey"), "{}", "application/json").status_code == 422
    sign_in(client, amara)
    client.post(reverse("factors:add_passkey_begin"))
    assert client.post(reverse("factors:confirm_passkey"), "{}", "application/json").status_code == 422

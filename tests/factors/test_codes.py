"""An app's codes and recovery codes: each is good once, whatever comes at the same moment, and no key lies in clear."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.hashers import get_hasher, identify_hasher
from django.db import connection
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.factors import codes, services
from accounts.factors.models import RecoveryCode, TotpDevice
from accounts.models import DeviceSession
from accounts.waits.models import Guess
from accounts.waits.rules import CODE
from ledger.models import Event
from live.models import InboxItem

pytestmark = pytest.mark.django_db
THREADS = 50


def second_step(client, code):
    return client.post(reverse("factors:second"), {"code": code, "next": "/me/"})


def a_minute_passes():
    Guess.objects.update(made=F("made") - timedelta(seconds=61))


def test_a_code_of_the_app_signs_in_and_leads_on(client, sign_in, amara, enrol_app, code_of):
    session = sign_in(client, amara, factor="")
    app = enrol_app(amara)
    answer = second_step(client, f"{code_of(app)[:3]} {code_of(app)[3:]}")
    assert answer["Location"] == "/me/"
    session.refresh_from_db()
    assert (session.factor, session.ended) == ("totp", None)
    assert Event.objects.filter(event="session.verified", reason="totp", outcome="success").exists()


@pytest.mark.parametrize("typed", ["", "000000x", "12345", "1234567", "١٢٣٤٥٦", "A" * 4000])
def test_a_wrong_code_says_so_and_is_on_record(client, sign_in, amara, enrol_app, typed):
    session = sign_in(client, amara, factor="")
    enrol_app(amara)
    answer = second_step(client, typed)
    assert answer.status_code == 422
    assert "That code is not right" in answer.content.decode()
    session.refresh_from_db()
    assert session.verified is None
    assert Event.objects.filter(event="session.verified", outcome="refused", reason="wrong_code").exists()


def test_a_code_is_good_for_a_clock_that_is_half_a_minute_off_and_not_for_one_that_is_90_seconds_off(
    client, sign_in, amara, enrol_app, code_of
):
    sign_in(client, amara, factor="")
    app = enrol_app(amara)
    assert second_step(client, code_of(app, ago=90)).status_code == 422
    assert second_step(client, code_of(app, ago=30)).status_code == 303


def test_a_code_that_was_used_is_not_good_again(client, sign_in, amara, enrol_app, code_of):
    app = enrol_app(amara)
    code = code_of(app)
    for status in (303, 422):
        client.logout()
        sign_in(client, amara, factor="")
        assert second_step(client, code).status_code == status


def test_after_wrong_codes_a_right_one_waits_and_never_for_more_than_a_minute(
    client, sign_in, amara, enrol_app, code_of
):
    app = enrol_app(amara)
    sign_in(client, amara, factor="")
    for _ in range(3):
        second_step(client, "000000")
    assert second_step(client, code_of(app)).status_code == 422
    a_minute_passes()
    assert second_step(client, code_of(app)).status_code == 303


def test_whoever_knows_a_password_keeps_nobody_from_their_codes(client, sign_in, amara, enrol_app, code_of):
    # A wait of the device alone was a lock in the hands of a thief: one wrong code in five minutes, for ever.
    app, thief = enrol_app(amara), Client(REMOTE_ADDR="203.0.113.9")
    sign_in(client, amara, factor="")
    assert second_step(client, code_of(app)).status_code == 303  # the place that she signs in from is known
    sign_in(thief, amara, factor="")
    for _ in range(CODE.in_all + 5):
        second_step(thief, "000000")
        a_minute_passes()
    TotpDevice.objects.update(last_step=-1)
    client.logout()
    sign_in(client, amara, factor="")
    assert second_step(client, code_of(app)).status_code == 303


def test_from_elsewhere_ten_codes_an_hour_are_judged_and_no_more(sign_in, amara, enrol_app, code_of):
    # However many addresses a thief has: the number is the person's, over all of them.
    app = enrol_app(amara)
    for number in range(CODE.from_elsewhere):
        thief = Client(REMOTE_ADDR=f"203.0.113.{number}")
        sign_in(thief, amara, factor="")
        assert second_step(thief, "000000").status_code == 422
    assert second_step(thief, code_of(app)).status_code == 422
    other = Client(REMOTE_ADDR="203.0.113.200")
    sign_in(other, amara, factor="")
    assert second_step(other, code_of(app)).status_code == 422


def test_the_person_is_told_once_that_somebody_tries_codes(client, sign_in, amara, enrol_app):
    enrol_app(amara)
    sign_in(client, amara, factor="")
    for _ in range(8):
        second_step(client, "000000")
        a_minute_passes()
    assert InboxItem.objects.filter(person_id=amara.pk, event="factor.guessed").count() == 1
    assert Event.objects.filter(event="factor.guessed", entity_id=amara.pk).count() == 1


def test_tries_that_only_wait_tell_the_person_nothing(client, sign_in, amara, enrol_app):
    # They are not judged and not counted: at the brink of the fifth each of them would warn anew, for ever.
    enrol_app(amara)
    sign_in(client, amara, factor="")
    for _ in range(4):
        a_minute_passes()
        second_step(client, "000000")
    for _ in range(6):
        second_step(client, "000000")
    assert not InboxItem.objects.filter(person_id=amara.pk, event="factor.guessed").exists()


def test_a_code_of_somebody_elses_app_is_nothing(client, sign_in, amara, lee, enrol_app, code_of):
    sign_in(client, amara, factor="")
    enrol_app(amara)
    assert second_step(client, code_of(enrol_app(lee))).status_code == 422


def test_the_key_of_an_app_lies_sealed(amara, enrol_app):
    app = enrol_app(amara)
    row = next(iter(TotpDevice.objects.values()))
    assert app.key not in bytes(row["sealed_key"])
    assert app.key.hex() not in str(row)
    assert len(app.key) == 20


def test_ten_recovery_codes_are_shown_once_and_only_their_hashes_stay(client, sign_in, amara):
    sign_in(client, amara)
    shown = client.post(reverse("factors:codes")).content.decode()
    kept = list(RecoveryCode.objects.values_list("slot", "hashed"))
    assert sorted(slot for slot, _ in kept) == sorted(codes.SLOTS)
    assert {identify_hasher(hashed).algorithm for _, hashed in kept} == {get_hasher().algorithm}
    written = [line.partition("</li>")[0] for line in shown.split("<li>")[1:] if line[1] == "-"]
    assert len({*written}) == 10
    assert not any(code.replace("-", "")[1:] in str(kept) for code in written)
    again = client.get(reverse("factors:codes")).content.decode()
    assert not any(code in again for code in written)


def test_a_recovery_code_is_60_random_bits():
    made = {codes.new_recovery_code("A") for _ in range(500)}
    assert len(made) == 500
    assert len(codes.ALPHABET) ** codes.LENGTH == 2**60
    assert {len(code) for code in made} == {13}


def test_a_recovery_code_is_read_as_it_was_meant(client, sign_in, amara):
    session = sign_in(client, amara)
    code = services.make_recovery_codes(session)[0]
    client.logout()
    sign_in(client, amara, factor="")
    assert second_step(client, f" {code.lower().replace('-', ' ')} ").status_code == 303


def test_a_recovery_code_is_used_by_signing_in_and_the_other_devices_hear_of_it(client, sign_in, amara):
    from live.models import InboxItem

    code = services.make_recovery_codes(sign_in(Client(), amara))[3]
    for status in (303, 422):
        client.logout()
        sign_in(client, amara, factor="")
        assert second_step(client, code).status_code == status
    assert RecoveryCode.objects.filter(used__isnull=False).count() == 1
    assert InboxItem.objects.filter(person_id=amara.pk, event="factor.recovery_used").count() == 1


def test_new_codes_make_the_old_ones_void(client, sign_in, amara):
    session = sign_in(client, amara)
    old = services.make_recovery_codes(session)[0]
    services.make_recovery_codes(session)
    client.logout()
    sign_in(client, amara, factor="")
    assert second_step(client, old).status_code == 422


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_fifty_at_once_with_one_code_one_is_signed_in(kind, sign_in, amara, actor, enrol_app, code_of):
    """verify_token() holds the device's row while it looks: whoever comes second finds the code used."""
    if kind == "app":
        code = code_of(enrol_app(amara))
    else:
        session = DeviceSession.objects.get(pk=actor(amara).session_id)
        code = services.make_recovery_codes(session)[0]
    clients = [Client() for _ in range(THREADS)]
    for number, client in enumerate(clients):
        sign_in(client, amara, factor="", device=f"Phone {number}")
    barrier = Barrier(THREADS)

    def show(client):
        try:
            barrier.wait()
            return second_step(client, code).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        statuses = list(threads.map(show, clients))
    assert statuses.count(303) == 1
    assert set(statuses) <= {303, 422, 503}
    assert DeviceSession.objects.filter(person=amara, verified__isnull=False, device__startswith="Phone").count() == 1

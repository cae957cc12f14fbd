"""Whoever knows a password alone reaches nothing of the product: no address, no frame, no socket.

Security argument: a pending session is no Actor. The middleware gives views none, the socket's door lets none in, the
sweep drops it, and the pages of the second step are the only ones that are told of it. So the same refusal that meets a
stranger meets whoever stole a password.
"""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import DeviceSession
from accounts.sessions import find_session, live_at, live_session_ids
from accounts.sockets import authenticate_socket, usher_in
from live.door import Connected
from tests.access_policy import POLICY, To
from tests.test_access_matrix import ADDRESSES, METHODS, answer_to, filled, rows_of_everything, world  # noqa: F401

pytestmark = pytest.mark.django_db


def test_no_address_answers_a_session_of_one_factor(client, world, sign_in, amara):  # noqa: F811
    sign_in(client, amara, factor="")
    before = rows_of_everything()
    for name, pattern in ADDRESSES:
        if POLICY[name] in {To.ANYBODY, To.PENDING}:
            continue
        for method in METHODS:
            response = answer_to(client, method, name, filled(pattern, world), world)
            assert response.status_code in {302, 401, 405}, (method, name, response.status_code)
            if response.status_code == 302:
                assert response["Location"].startswith(reverse("factors:second")), name
            assert b"FENWICKLE" not in response.content, name
    assert rows_of_everything() == before


def test_no_page_of_the_second_step_answers_a_stranger_or_somebody_who_is_signed_in(client, sign_in, amara):
    for name in [name for name, to in POLICY.items() if to is To.PENDING]:
        for method in ("GET", "POST"):
            answer = client.generic(method, reverse(name))
            assert answer.status_code in {302, 401, 405}, (method, name)
            assert answer.get("Location", "/sign-in/").startswith("/sign-in/second") is False, name
    sign_in(client, amara)
    for name in [name for name, to in POLICY.items() if to is To.PENDING]:
        answer = client.get(reverse(name))
        assert answer.status_code == 405 or answer["Location"] == "/", name


def test_no_socket_is_opened_by_it_and_none_stays(client, settings, sign_in, amara):
    session = sign_in(client, amara, factor="")
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    assert authenticate_socket({"headers": [(b"cookie", cookie.encode())]}) is None
    assert usher_in(Connected(amara.pk, session.pk, "phone")) is None
    assert live_session_ids([session.pk]) == set()
    assert not DeviceSession.objects.filter(live_at(timezone.now())).exists()


def test_it_lasts_ten_minutes(client, settings, sign_in, amara):
    session = sign_in(client, amara, factor="")
    assert client.get("/sign-in/factor/").status_code == 200
    started = timezone.now() - settings.SECOND_FACTOR_WITHIN
    DeviceSession.objects.filter(pk=session.pk).update(started=started)
    answer = client.get("/sign-in/factor/")
    assert answer["Location"].startswith(reverse("accounts:sign_in"))
    session.refresh_from_db()
    assert session.end_reason == "no_factor"


def test_the_key_that_the_browser_had_before_the_factor_opens_nothing_after_it(
    client, settings, sign_in, amara, enrol_app, code_of
):
    """A key that was planted, or read, between the steps is worth nothing: each step gives a new one."""
    app = enrol_app(amara)
    sign_in(client, amara, factor="")
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post(reverse("factors:second"), {"code": code_of(app)})
    after = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert after != before
    assert client.get(reverse("accounts:me")).status_code == 200
    assert find_session(before, at=timezone.now()) is None
    client.cookies[settings.SESSION_COOKIE_NAME] = before
    assert client.get(reverse("accounts:me"))["Location"].startswith(reverse("accounts:sign_in"))

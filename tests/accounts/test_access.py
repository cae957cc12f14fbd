"""The decorator of every view: who is sent to sign in, who gets 401, and whose role does not fit."""

import json

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch

from accounts.access import signed_in
from live.refusals import Denied, NotFound


@signed_in
def any_page(request):
    return HttpResponse(f"seen by {request.actor.person}")


@pytest.fixture
def ask():
    factory = RequestFactory()

    def make(path="/thing/", *, actor=None, method="get", name="accounts:me", **headers):
        request = getattr(factory, method)(path, headers=headers)
        request.actor = actor
        request.resolver_match = ResolverMatch(
            any_page, (), {}, url_name=name.partition(":")[2], namespaces=["accounts"]
        )
        request.resolver_match.view_name = name
        return request

    return make


def test_a_page_sends_a_stranger_to_sign_in_and_back(ask):
    response = any_page(ask("/thing/?part=2"))
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=%2Fthing%2F%3Fpart%3D2")


def test_an_act_is_not_where_one_comes_back_to(ask):
    assert any_page(ask(method="post"))["Location"] == "/sign-in/"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/handovers/x/_gate/", {}),
        ("/api/v1/patients", {}),
        ("/thing/", {"Accept": "application/json"}),
        ("/thing/", {"X-Readback-Fragment": "1"}),
    ],
)
def test_a_script_is_told_401_in_json(ask, path, headers):
    response = any_page(ask(path, **headers))
    assert response.status_code == 401
    assert "Sign in again" in json.loads(response.content)["message"]


def test_a_signed_in_person_gets_the_page(ask, amara, actor):
    assert any_page(ask(actor=actor(amara))).content == b"seen by Amara Thistledown"


def test_a_role_that_fits_gets_the_page(ask, officer, actor):
    assert any_page(ask(actor=actor(officer), name="audit:events")).status_code == 200


def test_a_role_that_does_not_fit_is_refused(ask, officer, actor):
    with pytest.raises(Denied) as refused:
        any_page(ask(actor=actor(officer), name="patients:list"))
    assert (refused.value.status, refused.value.code) == (403, "role")


def test_what_is_about_one_patient_is_not_there_for_a_role_that_does_not_fit(ask, officer, actor):
    with pytest.raises(NotFound):
        any_page(ask(actor=actor(officer), name="patients:page"))


def test_an_address_without_a_row_is_nobodys(ask, amara, actor):
    """Whoever adds an address and forgets its row has closed a door, and not opened one."""
    with pytest.raises(Denied) as refused:
        any_page(ask(actor=actor(amara), name="patients:forgotten"))
    assert refused.value.code == "no_row"


def test_a_stranger_is_asked_to_sign_in_before_their_role_is_looked_at(ask):
    assert any_page(ask(name="audit:events")).status_code == 302

"""A notice that was tapped on a locked phone is opened when somebody has unlocked it; no other page is kept there."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.accounts.phones import on_shared_phone

pytestmark = pytest.mark.django_db
PIN = "480162"


@pytest.fixture
def locked(sign_in, amara):
    """A ward phone that Amara has chosen a PIN on and locked, and the address of her keypad."""
    client = Client()
    row = on_shared_phone(client, amara)
    sign_in(client, amara)
    client.post("/phone/pin/", {"key": uuid4(), "pin": PIN, "again": PIN})
    client.post("/phone/lock/")
    return client, reverse("accounts:unlock", args=[row.shifts.get(ended=None).pk])


def followed(client, path):
    """Where a tap on this address ends while the phone is locked, and the page there."""
    answer = client.get(path, follow=True)
    return answer.redirect_chain[-1][0], answer.content.decode()


def test_a_page_that_was_tapped_is_opened_after_the_pin(locked):
    client, keypad = locked
    wanted = f"/p/{uuid4()}/"
    ends, text = followed(client, wanted)
    assert ends.startswith("/phone/?next=")
    assert f"{keypad}?next={wanted}" in text.replace("%2F", "/")
    answer = client.post(f"{keypad}?next={wanted}", {"pin": PIN})
    assert (answer.status_code, answer["Location"]) == (303, wanted)


def test_where_the_last_person_was_is_not_where_the_next_one_goes_on(locked):
    # A shared phone leads nobody to the patient whom somebody else had open: only a notice is an address to keep.
    client, keypad = locked
    elsewhere = f"/patients/{uuid4()}/"
    ends, text = followed(client, elsewhere)
    assert ends == "/phone/"
    assert elsewhere not in text
    assert client.post(f"{keypad}?next={elsewhere}", {"pin": PIN})["Location"] == "/"


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example/p/", "//elsewhere.example", "/p/no-id/", "javascript:1"]
)
def test_no_other_address_is_taken_for_a_notice(locked, address):
    client, keypad = locked
    assert client.post(f"{keypad}?next={address}", {"pin": PIN})["Location"] == "/"

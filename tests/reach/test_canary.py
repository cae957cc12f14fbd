"""The canary: a page to nobody through every channel, the figures of it, and the administrators' page of them."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.db.models import F
from django.urls import reverse

from handover.reach import canary
from handover.reach.models import CANARY, Delivery
from handover.reach.push.models import Ring
from tests.reach.conftest import KIND, NUMBER, SMS, VOICE, pass_seconds
from tests.reach.phones import Browser

pytestmark = pytest.mark.django_db
CANARYS = "+442079460999"


@pytest.fixture
def sung(provider, settings):
    """Text messages have an address for it, and calls have none."""
    settings.CANARY = {"sms": CANARYS}


def older(**by):
    """Everything was made and sent so much earlier."""
    back = timedelta(**by)
    Delivery.objects.update(made=F("made") - back, due=F("due") - back, sent=F("sent") - back)


def of(channel):
    return next(row for row in canary.standing() if row.channel == channel)


def test_it_goes_the_way_of_every_page_and_says_that_it_is_a_test(sung, box, provider):
    assert canary.sing() == [SMS]
    box.drain()
    (body,) = provider.bodies()
    assert (body["to"], body["text"]) == (CANARYS, "Readback: a test of this channel. Nothing to do.")
    row = of(SMS)
    assert (row.canary.asked, row.canary.taken, row.canary.failed) == (1, 1, 0)
    assert row.last_taken is not None
    assert row.canary.median_seconds >= 0
    assert row.silent_since is None
    assert (of(VOICE).is_configured, of(VOICE).has_canary) == (True, False)


def test_it_goes_by_push_to_a_browser_of_nobodys_that_opens_it(provider, push, box, settings):
    browser = Browser(push)
    asked = browser.asked
    settings.CANARY = {"push": f"{asked.endpoint} {asked.point} {asked.secret}"}
    canary.sing()
    box.drain()
    # Opened by a library that is not ours with the browser's own key; the token is for that service (phones.py).
    (message,) = browser.messages()
    assert message["n"] == 0
    row = of("push")
    assert (row.canary.asked, row.canary.taken, row.has_canary, row.silent_since) == (1, 1, True, None)
    assert not Ring.objects.exists()


@pytest.mark.parametrize("address", ["x", "https://push.example/x point secret", "a b c d"])
def test_an_address_of_push_that_is_none_says_so_on_its_page(provider, push, box, settings, address):
    settings.CANARY = {"push": address}
    canary.sing()
    box.drain()
    row = of("push")
    assert (row.canary.failed, row.failure) == (1, "no_address")


def test_a_browser_that_its_service_has_forgotten_makes_push_silent(provider, push, box, settings):
    asked = Browser(push).asked
    settings.CANARY = {"push": f"{asked.endpoint} {asked.point} {asked.secret}"}
    push.statuses.append(410)
    canary.sing()
    box.drain()
    older(minutes=6)
    assert of("push").failure == "http_410"
    assert of("push").silent_since is not None


def test_the_seconds_are_from_when_it_was_due_until_its_gateway_had_it(sung, box):
    for _ in range(20):
        canary.sing()
    pass_seconds(4)
    box.drain()
    row = of(SMS)
    assert 4 <= row.canary.median_seconds <= row.canary.p95_seconds


def test_a_channel_that_takes_nothing_for_five_minutes_is_silent_and_says_why(sung, box, provider, settings):
    canary.sing()
    box.drain()
    older(minutes=6)
    settings.SMS_URL = "http://127.0.0.1:1/"
    canary.sing()
    box.drain()
    row = of(SMS)
    assert row.silent_since == row.last_taken
    assert row.failure == "unreachable"


def test_one_that_never_took_any_is_silent_since_the_first(sung, box, provider):
    provider.statuses = [400]
    canary.sing()
    box.drain()
    assert of(SMS).silent_since is None
    older(minutes=6)
    row = of(SMS)
    assert row.last_taken is None
    assert row.silent_since is not None
    assert row.canary.failed == 1


def test_what_people_were_sent_is_counted_apart(sung, amara, give, ask, box):
    give(amara, SMS)
    ask(amara)
    canary.sing()
    box.drain()
    row = of(SMS)
    assert (row.people.taken, row.canary.taken) == (1, 1)


def test_the_canarys_rows_go_after_two_days_and_no_persons_do(sung, amara, give, ask, box):
    give(amara, SMS)
    ask(amara)
    canary.sing()
    older(days=3)
    canary.sing()
    assert sorted(Delivery.objects.values_list("subject_kind", flat=True)) == sorted([CANARY, KIND])


def test_the_server_cannot_delete_what_was_tried_to_reach_somebody(amara, give, ask, provider):
    # The attack: whoever got SQL through to the server's connection hides that nobody was paged. The right to delete is
    # there for the canary's sake, so a trigger of the owner's stands behind it.
    give(amara, SMS)
    ask(amara)
    with pytest.raises(DatabaseError, match="a delivery to a person is kept"), transaction.atomic():
        Delivery.objects.all().delete()
    assert Delivery.objects.count() == 1


def test_the_command_sends_one_through_each_and_says_what_has_no_address(sung):
    said, warned = StringIO(), StringIO()
    call_command("canary", once=True, stdout=said, stderr=warned)
    assert said.getvalue() == "canary through sms\n"
    assert "voice" in warned.getvalue()
    assert Delivery.objects.get().subject_kind == CANARY


def test_without_any_address_the_command_says_so(provider, settings):
    settings.CANARY = {}
    with pytest.raises(CommandError, match="READBACK_CANARY"):
        call_command("canary", once=True, stderr=StringIO())


def test_an_administrator_sees_which_channels_there_are_and_which_are_silent(
    client, sign_in, admin_person, sung, box, provider
):
    sign_in(client, admin_person)
    provider.statuses = [503]
    canary.sing()
    box.drain()
    older(minutes=6)
    page = client.get(reverse("reach:status")).content.decode()
    assert "Silent: Text message" in page
    assert "Its gateway answered: http 503." in page
    assert "Nobody is offered this channel." in page  # the pager's
    assert CANARYS not in page
    assert NUMBER not in page


@pytest.mark.parametrize("who", ["amara", "officer", "agent_person"])
def test_nobody_else_opens_it(client, sign_in, request, who):
    sign_in(client, request.getfixturevalue(who))
    assert client.get(reverse("reach:status")).status_code == 403


def test_a_persons_row_is_no_canary(amara):
    with pytest.raises(DatabaseError), transaction.atomic():
        Delivery.objects.create(
            key=uuid4(),
            person=amara,
            channel=SMS,
            subject_kind=CANARY,
            subject_id=uuid4(),
            unless_on_device=False,
            due="2026-01-01T00:00Z",
        )

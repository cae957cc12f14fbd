"""A pager: the gateway takes a number to call back, and nothing else is on the air."""

import pytest

from handover.reach.channels import configured
from handover.reach.models import Channel, Delivery
from handover.reach.rules import Try
from tests.reach.conftest import NOW
from tests.reach.pagers import serving

pytestmark = pytest.mark.django_db
PAGER, CALL_BACK = Channel.PAGER, "020 7946 0100"


@pytest.fixture
def gateway(settings):
    with serving() as gateway:
        settings.PAGER_GATEWAY, settings.PAGER_CALL_BACK = gateway.address, CALL_BACK
        yield gateway


def page(amara, give, ask, box, to="5550142"):
    give(amara, PAGER, to)
    ask(amara, Try(PAGER, NOW))
    box.drain()
    return Delivery.objects.get()


def test_the_gateway_takes_the_pager_and_the_number_to_call_back(amara, give, ask, box, gateway):
    row = page(amara, give, ask, box)
    assert row.state == "sent"
    assert gateway.pages == [("5550142", CALL_BACK)]
    assert gateway.lines[:3] == ["PAGE 5550142", f"MESS {CALL_BACK}", "SEND"]


@pytest.mark.parametrize(
    ("command", "answer", "state", "failure"),
    [
        ("PAGE", "550 Error, Invalid Pager ID", "failed", "snpp_550"),
        ("SEND", "554 Error, failed", "waiting", "snpp_554"),
        ("", "421 Gateway Service Unavailable", "waiting", "snpp_421"),
        ("MESS", "what?", "waiting", "snpp_000"),
        ("SEND", None, "waiting", "unreachable"),
    ],
)
def test_a_gateway_that_refuses_is_tried_again_where_that_may_help(
    amara, give, ask, box, gateway, command, answer, state, failure
):
    gateway.refuses[command] = answer
    row = page(amara, give, ask, box)
    assert (row.state, row.failure) == (state, failure)
    assert gateway.pages == []


@pytest.mark.parametrize("address", ["5550142\r\nMESS ring the bank", "", "5" * 21, "55 50"])
def test_an_address_that_is_no_pager_sends_no_line(amara, give, ask, box, gateway, address):
    # The attack: a second command in what somebody says is their pager, so that the air carries words of theirs.
    row = page(amara, give, ask, box, to=address)
    assert (row.state, row.failure) == ("failed", "no_pager")
    assert gateway.lines == []


def test_a_gateway_that_is_not_there_is_a_failure_and_no_error(amara, give, ask, box, gateway, settings):
    settings.PAGER_GATEWAY = "127.0.0.1:1"
    assert page(amara, give, ask, box).failure == "unreachable"


@pytest.mark.parametrize(("address", "number"), [("", CALL_BACK), ("host", CALL_BACK), ("host:444", "call\r\nme")])
def test_without_a_gateway_or_a_number_it_is_not_offered(settings, address, number):
    settings.PAGER_GATEWAY, settings.PAGER_CALL_BACK = address, number
    assert PAGER not in configured()

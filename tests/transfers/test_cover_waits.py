"""A colleague's ask for cover stands in the inbox until it is answered: a notice alone is gone in some seconds."""

from uuid import uuid4

import pytest

from handover.duty import services
from handover.duty.models import CoverRequest
from handover.duty.services import Wanted
from handover.transfers import selectors
from tests.duty.conftest import hold, in_hours, make_role, role, together

__all__ = ["hold", "make_role", "role", "together"]
pytestmark = pytest.mark.django_db


def asked_lines(actor, person):
    return [line for line in selectors.inbox_page(actor(person)) if line.event == "cover.asked"]


def test_an_ask_waits_in_the_inbox_until_it_is_answered(actor, role, hold, amara, lee):
    change = hold(role, amara, starts=in_hours(24))
    wanted = Wanted(change.starts, change.ends, [lee.pk])
    services.ask_cover(actor(amara), key=uuid4(), role_id=role.pk, wanted=wanted)
    (line,) = asked_lines(actor, lee)
    assert line.needs_me
    assert asked_lines(actor, amara) == []
    services.decline_cover(actor(lee), key=uuid4(), request_id=CoverRequest.objects.get().pk)
    assert not any(line.needs_me for line in asked_lines(actor, lee))

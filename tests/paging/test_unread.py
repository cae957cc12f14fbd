"""A handover that nobody accepts is paged before the patient is to leave, once, and no longer when somebody has."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from handover.paging.models import Page
from handover.paging.sealed import sbar_of
from handover.paging.services import unread
from handover.transfers.models import HandoverVersion, Transfer
from live import timers
from tests.guards import unguarded
from tests.paging.conftest import asked, fresh, told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def leads(make_role, ward, lee, signed_in):
    """Lee leads the ward that the patient goes to."""
    signed_in(lee)
    return make_role(ward, "Charge nurse of the ward", lee, is_lead=True)


@pytest.fixture
def leaving(sent_handover):
    """leaving(minutes): the patient is to leave in so many minutes; the handover was sent a while ago."""

    def in_minutes(minutes, *, sent_ago=20):
        departure = timezone.now() + timedelta(minutes=minutes)
        Transfer.objects.filter(pk=sent_handover.transfer_id).update(expected_departure=departure)
        with unguarded("transfers_handoverversion"):
            HandoverVersion.objects.update(recorded=F("recorded") - timedelta(minutes=sent_ago))
        return sent_handover

    return in_minutes


def look():
    """What is found is done: how many timers fired."""
    unread.look()
    return timers.run_due()


def test_it_is_paged_a_quarter_of_an_hour_before_and_not_earlier(leaving, leads, amara, lee):
    leaving(16)
    assert (look(), Page.objects.count()) == (0, 0)
    Transfer.objects.update(expected_departure=F("expected_departure") - timedelta(minutes=2))
    assert look() == 1
    page = Page.objects.get()
    assert (page.cause, page.sent_by, asked(page)) == ("unread_handover", amara, [["Lee"]])
    assert "waits to be accepted" in sbar_of(page).situation
    assert told(lee, "paging.sent") == 1


def test_looked_at_again_it_is_still_one_page(leaving, leads):
    leaving(5)
    look()
    assert (look(), Page.objects.count()) == (0, 1)


def test_what_was_sent_a_moment_ago_is_left_to_be_read(leaving, leads):
    leaving(5, sent_ago=0)
    assert look() == 0


def test_accepted_it_calls_nobody_any_more(leaving, leads, accept, lee):
    handover = leaving(5)
    look()
    page = Page.objects.get()
    accept(handover, lee)
    assert (look(), fresh(page).state) == (1, "withdrawn")


def test_a_plan_of_yesterday_wakes_nobody(leaving, leads):
    leaving(-60 * 13)
    assert look() == 0


def test_of_a_unit_without_a_role_whoever_wrote_it_hears_that_nobody_was_reached(leaving, amara):
    leaving(5)
    assert look() == 1
    page = Page.objects.get()
    assert (page.state, page.sent_by, page.to_person) == ("nobody", amara, amara)
    assert told(amara, "paging.nobody") == 1
    assert (look(), Page.objects.count()) == (0, 1)


def test_two_who_look_at_the_same_time_page_it_once(leaving, leads):
    leaving(5)
    unread.look()
    unread.look()
    assert (timers.run_due(), Page.objects.count()) == (1, 1)


def test_what_was_accepted_between_the_look_and_the_timer_is_not_paged(leaving, leads, accept, lee):
    handover = leaving(5)
    unread.look()
    accept(handover, lee)
    timers.run_due()
    assert not Page.objects.exists()

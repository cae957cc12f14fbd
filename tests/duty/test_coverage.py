"""No minute of the next fourteen days of a role that may never be empty is uncovered without its lead knowing it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.people.models import Engagement
from accounts.people.services import engagement_over
from handover.duty import selectors, services
from handover.duty.models import CoverageGap
from handover.duty.services.coverage import AHEAD, GAP
from handover.duty.services.ground import LOOK
from live import timers
from live.models import InboxItem, Timer
from tests.duty.conftest import in_hours

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def critical(make_role):
    return make_role("Cardiac arrest team", is_safety_critical=True)


def told(person):
    return InboxItem.objects.filter(person_id=person.pk, event=GAP).count()


def a_day_passes():
    Timer.objects.filter(kind=LOOK).update(due=timezone.now())


def test_a_role_that_nobody_holds_is_a_gap_of_fourteen_days_that_the_lead_hears_of(
    make_role, hold, critical, together, amara
):
    hold(make_role("Lead nurse", is_lead=True), amara)
    assert timers.run_due() == 1
    (gap,) = selectors.gaps_of(together)
    assert gap.ends - gap.starts == AHEAD
    assert told(amara) == 1


def test_the_lead_hears_of_each_gap_once(make_role, hold, critical, amara):
    hold(make_role("Lead nurse", is_lead=True), amara)
    for _ in range(3):
        a_day_passes()
        timers.run_due()
    assert told(amara) == 1
    assert CoverageGap.objects.count() == 1


def test_where_nobody_leads_the_administrators_hear_of_it_and_the_lead_as_soon_as_there_is_one(
    make_role, hold, critical, admin_person, amara, lee
):
    for _ in range(2):
        a_day_passes()
        timers.run_due()
    assert (told(admin_person), told(amara)) == (1, 0)
    hold(make_role("Lead nurse", is_lead=True), amara, hours=48)
    for _ in range(2):
        timers.run_due()
        a_day_passes()
    assert (told(admin_person), told(amara), told(lee)) == (1, 1, 0)


def test_an_administrator_who_has_left_is_not_told(critical, admin_person):
    admin_person.is_active = False
    admin_person.save(update_fields=["is_active"])
    timers.run_due()
    assert not InboxItem.objects.filter(event=GAP).exists()
    # It is tried again, for whoever is there then.
    admin_person.is_active = True
    admin_person.save(update_fields=["is_active"])
    a_day_passes()
    timers.run_due()
    assert told(admin_person) == 1


def test_what_was_filled_before_anybody_heard_of_it_is_told_to_nobody(
    make_role, hold, critical, rotate, admin_person, amara, lee
):
    rotate(critical, lee)
    hold(make_role("Lead nurse", is_lead=True), amara)
    timers.run_due()
    assert (told(admin_person), told(amara)) == (0, 0)


def leaves_by_an_administrator(actor, admin_person, person):
    accounts.disable_person(actor(admin_person), key=uuid4(), person_id=person.pk)


def leaves_by_the_end_of_an_engagement(actor, admin_person, person):
    Engagement.objects.create(person=person, ends=timezone.now())
    with transaction.atomic():
        engagement_over(person.pk)


@pytest.mark.parametrize("leaves", [leaves_by_an_administrator, leaves_by_the_end_of_an_engagement])
def test_what_somebody_leaves_behind_is_looked_at_at_once(
    make_role, critical, hold, rotate, actor, admin_person, together, amara, lee, leaves
):
    rotate(critical, lee)
    hold(make_role("Lead nurse", is_lead=True), amara)
    timers.run_due()
    assert (selectors.gaps_of(together), told(amara)) == ([], 0)
    leaves(actor, admin_person, lee)
    timers.run_due()
    assert [gap.role_id for gap in selectors.gaps_of(together)] == [critical.pk]
    assert told(amara) == 1


def test_nothing_is_looked_at_for_whoever_held_nothing(critical, rotate, actor, admin_person, lee, noor):
    rotate(critical, lee)
    timers.run_due()
    leaves_by_an_administrator(actor, admin_person, noor)
    assert timers.run_due() == 0


def test_it_comes_again_every_day(critical):
    timers.run_due()
    due = Timer.objects.get(kind=LOOK).due
    assert timedelta(hours=23) < due - timezone.now() <= timedelta(days=1)


def test_what_was_filled_is_no_gap_any_more_and_what_is_left_of_it_is(make_role, critical, hold, rotate, together, lee):
    timers.run_due()
    rotate(critical, lee)
    timers.run_due()
    assert selectors.gaps_of(together) == []
    assert CoverageGap.objects.get().closed is not None


def test_a_minute_is_found(actor, admin_person, critical, rotate, together, lee, noor):
    row, starts = rotate(critical, lee), in_hours(30)
    services.set_holder(
        actor(admin_person),
        key=uuid4(),
        role_id=critical.pk,
        person_id=noor.pk,
        starts=starts,
        ends=starts + timedelta(minutes=1),
    )
    timers.run_due()
    assert selectors.gaps_of(together) == []
    noor.is_active = False
    noor.save(update_fields=["is_active"])
    a_day_passes()
    timers.run_due()
    (gap,) = selectors.gaps_of(together)
    assert (gap.starts, gap.ends, gap.role_id) == (starts, starts + timedelta(minutes=1), row.role_id)


def test_a_role_that_may_be_empty_has_no_gaps(role, together):
    assert timers.run_due() == 0
    assert selectors.gaps_of(together) == []

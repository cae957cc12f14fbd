"""Taking a role and leaving it: also in the middle of somebody's turn, and never so that a critical one is empty."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from handover.duty import services
from handover.duty.models import ScheduleChange
from handover.duty.selectors import schedule_of, schedules_of
from ledger.models import Event
from live.models import InboxItem
from live.refusals import Conflict, Invalid, NotFound
from tests.duty.conftest import holder, in_hours

pytestmark = pytest.mark.django_db


@pytest.fixture
def take(actor):
    def act(person, role, *, hours=6, key=None):
        return services.take_role(actor(person), key=key or uuid4(), role_id=role.pk, until=in_hours(hours))

    return act


@pytest.fixture
def leave(actor):
    def act(person, role):
        services.leave_role(actor(person), key=uuid4(), role_id=role.pk)

    return act


def told(person, event):
    return InboxItem.objects.filter(person_id=person.pk, event=event).count()


def test_a_role_that_nobody_held_is_taken_until_the_time_that_was_chosen(role, take, amara):
    assert holder(role) is None
    change = take(amara, role)
    assert holder(role) == amara.pk
    assert holder(role, at=change.ends) is None
    event = Event.objects.get(event="role.taken", agent_id=amara.pk)
    assert (event.entity_id, event.detail["ends"]) == (role.pk, change.ends.isoformat())


def test_a_running_turn_is_taken_over_and_whose_it_was_is_told(role, take, hold, amara, lee):
    hold(role, lee)
    take(amara, role, hours=2)
    assert holder(role) == amara.pk
    assert holder(role, at=in_hours(3)) == lee.pk
    assert told(lee, "role.taken") == 1
    assert told(amara, "role.taken") == 0


def test_the_same_tap_twice_takes_it_once(role, take, amara):
    key = uuid4()
    assert take(amara, role, key=key).pk == take(amara, role, key=key).pk
    assert ScheduleChange.objects.count() == 1


@pytest.mark.parametrize("hours", [-1, 0, 25])
def test_it_is_not_taken_for_no_time_or_for_longer_than_a_day(role, take, amara, hours):
    with pytest.raises(Invalid):
        take(amara, role, hours=hours)
    assert holder(role) is None


def test_nobody_takes_a_role_of_another_unit_or_profession(make_role, take, make_person, other_ward, amara):
    stranger = make_person("sol@readback.example", "Sol Fenwick", "nurse", unit=other_ward)
    physicians = make_role("Senior on call", profession="physician")
    for person, role in ((stranger, make_role("Nurse in charge")), (amara, physicians)):
        with pytest.raises(Invalid, match="profession fits"):
            take(person, role)
        assert holder(role) is None


def test_what_was_taken_falls_back_to_whose_turn_it_is(role, take, leave, hold, amara, lee):
    hold(role, lee)
    take(amara, role)
    leave(amara, role)
    assert holder(role) == lee.pk
    assert told(lee, "role.left") == 1


def test_leaving_ones_own_turn_leaves_nobody_until_its_end(role, leave, hold, amara):
    turn = hold(role, amara)
    leave(amara, role)
    assert holder(role) is None
    assert holder(role, at=turn.ends - timedelta(minutes=1)) is None


def test_a_role_that_may_never_be_empty_is_not_left(make_role, leave, hold, amara):
    critical = make_role("Cardiac arrest team", is_safety_critical=True)
    hold(critical, amara)
    with pytest.raises(Conflict, match="Nobody would hold"), transaction.atomic():
        leave(amara, critical)
    assert holder(critical) == amara.pk


def test_it_is_left_where_somebody_holds_it_then(make_role, take, leave, hold, amara, lee):
    critical = make_role("Cardiac arrest team", is_safety_critical=True)
    hold(critical, lee)
    take(amara, critical)
    leave(amara, critical)
    assert holder(critical) == lee.pk


def test_whoever_does_not_hold_it_cannot_leave_it(role, leave, hold, amara, lee):
    hold(role, lee)
    with pytest.raises(NotFound):
        leave(amara, role)
    assert holder(role) == lee.pk


def test_who_held_it_an_hour_ago_stays_so_whatever_happens_now(role, take, leave, amara):
    # The log names who was reached by a role; what the schedule says of that hour must not change under it.
    take(amara, role)
    before = timezone.now()
    leave(amara, role)
    (one,) = schedule_of(role.pk, starts=before - timedelta(microseconds=1), ends=before)
    assert one.person_id == amara.pk


def test_the_database_refuses_a_change_of_what_was(role, take, amara):
    # Whoever could write who was on call last night could write themselves out of it.
    change = take(amara, role)
    with pytest.raises(IntegrityError, match="what_was_is_not_changed"), transaction.atomic():
        ScheduleChange.objects.filter(pk=change.pk).update(starts=timezone.now() - timedelta(hours=5))


def test_somebody_who_left_holds_nothing_from_then_on_and_held_what_was_theirs(role, take, amara):
    change = take(amara, role)
    amara.is_active = False
    amara.save(update_fields=["is_active"])
    assert holder(role) is None
    now = timezone.now()
    was, is_now = schedule_of(role.pk, starts=change.starts, ends=change.ends, seen_at=now)
    assert (was.person_id, was.ends, is_now.person_id) == (amara.pk, now, None)


def test_a_schedule_costs_the_same_statements_for_one_role_and_for_many(
    make_role, rotate, amara, lee, django_assert_num_queries
):
    roles = [make_role(f"Nurse {number}") for number in range(8)]
    for one in roles:
        rotate(one, amara, lee)
    with django_assert_num_queries(4):
        schedules_of([roles[0].pk], starts=timezone.now(), ends=in_hours(24))
    with django_assert_num_queries(4):
        schedules_of([one.pk for one in roles], starts=timezone.now(), ends=in_hours(24))

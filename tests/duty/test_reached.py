"""Whoever holds a role is on duty for their devices as well, in whichever unit they have said that they work."""

import pytest
from django.utils import timezone

from accounts.models import Duty
from handover.reach.push.selectors import on_duty
from tests.duty.conftest import in_hours

pytestmark = pytest.mark.django_db


def test_whoever_holds_a_role_now_is_to_be_rung(role, hold, amara, lee, noor):
    Duty.objects.all().delete()
    hold(role, lee)
    everybody = [amara.pk, lee.pk, noor.pk]
    assert on_duty(everybody, at=timezone.now()) == {lee.pk}
    assert on_duty([amara.pk], at=timezone.now()) == set()
    assert on_duty([], at=timezone.now()) == set()


def test_nobody_before_their_turn_or_after_it(role, hold, lee):
    Duty.objects.all().delete()
    hold(role, lee)
    assert on_duty([lee.pk], at=in_hours(-1)) == set()
    assert on_duty([lee.pk], at=in_hours(24 * 40)) == set()

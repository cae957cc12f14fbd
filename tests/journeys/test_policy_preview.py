"""A unit's lead sees in words what will happen by the steps that they typed, and then keeps them."""

import pytest

from handover.paging.models import UnitPolicy
from tests.journeys.conftest import DESK, PHONE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("how", [PHONE, DESK], ids=["phone", "desk"])
def test_what_happens_is_shown_beside_what_was_typed_and_kept_afterwards(phone_of, admin_person, emergency, how):
    page = phone_of(admin_person, how=how).page
    page.goto(f"/units/{emergency.pk}/pages/policy/")
    urgent = page.locator("section[aria-labelledby=level-urgent]")
    step = urgent.locator("details").nth(1)
    step.locator("summary").click()
    step.get_by_label("Minutes until the next step").fill("7.5")
    urgent.get_by_role("button", name="Show what happens").click()
    told = urgent.get_by_role("status")
    told.get_by_text("After 12 min 30 s").first.wait_for()
    assert told.get_by_text("At once", exact=True).count() == 1
    # What was typed is as it was left, and nothing is kept before it is said.
    assert step.get_by_label("Minutes until the next step").input_value() == "7.5"
    assert step.get_attribute("open") is not None
    assert not UnitPolicy.objects.exists()
    urgent.get_by_role("button", name="Keep these steps").click()
    page.get_by_text("Pages that climb already keep the steps they began with.").wait_for()
    assert [each["wait_s"] for each in UnitPolicy.objects.get().steps] == [300, 450, 300, 300, 300]

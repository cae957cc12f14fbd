"""Leaving duty with patients: a watcher whom nobody has accepted forbids it, the others warn and leave the choice."""

from uuid import uuid4

import pytest

from accounts.leaving import tie_of
from accounts.models import Duty
from accounts.services import end_duty
from ledger.models import Event
from live.refusals import Conflict

pytestmark = pytest.mark.django_db


def is_on_duty(person):
    from django.utils import timezone

    return Duty.objects.at(timezone.now()).filter(person=person).exists()


@pytest.fixture
def leave(browser, press):
    """leave(person, unit, **fields): the button on their own page."""
    return lambda person, unit, **more: press(browser(person), "/me/duty/end/", unit=unit.pk, **more)


def test_a_watcher_whom_nobody_has_accepted_keeps_the_nurse_on_duty(
    browser, leave, amara, emergency, sent_handover, actor
):
    answer = leave(amara, emergency, warned="1")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "1 patient who is a watcher or unstable is still yours" in html
    assert "/handovers/shift/" in html
    assert "Fenwickle" not in html
    assert is_on_duty(amara)
    assert Event.objects.get(event="duty.ended").outcome == "refused"
    assert 'aria-disabled="true"' in browser(amara).get("/me/").content.decode()


def test_once_somebody_has_accepted_the_duty_ends(leave, amara, emergency, accepted_handover, actor):
    assert leave(amara, emergency).status_code == 303
    assert not is_on_duty(amara)


def test_a_stable_patient_warns_first_and_then_lets_go(browser, leave, amara, emergency, patient, give):
    give(amara, patient)
    answer = leave(amara, emergency)
    assert answer.status_code == 409
    assert "1 patient is still yours" in answer.content.decode()
    assert is_on_duty(amara)
    assert "Go off duty all the same" in browser(amara).get("/me/").content.decode()
    assert leave(amara, emergency, warned="1").status_code == 303
    assert not is_on_duty(amara)


def test_only_the_patients_of_the_unit_tie_while_another_duty_goes_on(amara, emergency, ward, patient, give, actor):
    from django.utils import timezone

    give(amara, patient)
    Duty.objects.create(person=amara, unit=ward, starts=timezone.now())
    assert tie_of(actor(amara), ward.pk) is None
    assert tie_of(actor(amara), emergency.pk).may_leave
    with pytest.raises(Conflict, match="still yours"):
        end_duty(actor(amara), key=uuid4(), unit_id=emergency.pk)


def test_whoever_has_nobody_goes_as_before(leave, noor, other_ward):
    assert leave(noor, other_ward).status_code == 303

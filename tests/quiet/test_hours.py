"""In quiet hours what can wait is held: its row is in the inbox at once, its alert rings when they end, never lost.

The hours lie around this moment by the ward's clock, so that no test needs to be run at night.
"""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from handover.messaging.models import Recipient
from handover.paging import services as paging
from handover.paging.quiet import services
from handover.paging.quiet.models import Interruption
from handover.paging.quiet.selectors import alerts_of, held_of, notices_of
from handover.patients.documents import IllnessSeverity
from handover.patients.services import say_severity
from handover.reach import channels
from handover.reach.models import Channel, Delivery
from live import timers
from live.acting import acting_as_system
from live.clock import database_now
from live.models import InboxItem, Timer
from tests.messaging.conftest import drawn_for, told
from tests.paging.conftest import WORDS
from tests.quiet.conftest import around_now, is_its_end

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def everybody_is_reached(monkeypatch):
    """Devices, text messages and calls are set up, and everybody has all of them."""

    class Anybody:
        def __init__(self, channel):
            self.channel = channel

        def reaches(self, person_ids):
            return set(person_ids)

        proves = reaches

    found = {each: Anybody(each) for each in (Channel.PUSH, Channel.SMS, Channel.VOICE)}
    monkeypatch.setattr(channels, "configured", lambda: found)


@pytest.fixture
def quiet_unit(actor, admin_person):
    def choose(unit):
        hours = around_now()
        services.set_unit_hours(actor(admin_person), key=uuid4(), unit_id=unit.pk, **hours)
        return hours

    return choose


def due(subject_id, person):
    """When each thing that is sent to them is due, by channel; what is due now as "now"."""
    rows = Delivery.objects.filter(subject_id=subject_id, person=person, state="waiting")
    now = database_now()
    return {row.channel: "now" if row.due <= now + timedelta(minutes=2) else row.due for row in rows}


def test_what_needs_action_is_in_the_inbox_at_once_and_rings_when_the_quiet_ends(say, quiet, amara, tove, between_two):
    hours = quiet(tove)
    message = say(amara, between_two, level="needs_action")
    assert told(tove)[-1] == "message.sent"
    assert drawn_for(tove)[-1]["tone"] == "quiet"
    (found,) = due(message.pk, tove).values()
    assert is_its_end(found, hours)
    with acting_as_system("test"):
        row = Interruption.objects.get()
    assert (row.held_until, row.is_break, row.level) == (found, False, "needs_action")


@pytest.mark.parametrize("level", ["urgent", "emergency"])
def test_what_is_urgent_breaks_into_it_and_that_is_counted(say, quiet, amara, tove, between_two, level):
    quiet(tove)
    message = say(amara, between_two, level=level)
    assert due(message.pk, tove) == {"push": "now", "sms": "now"}
    assert Interruption.objects.get().is_break
    assert drawn_for(tove)[-1]["tone"] == "alert"


def test_the_sender_may_say_that_it_rings_all_the_same(say, quiet, amara, tove, between_two):
    quiet(tove)
    message = say(amara, between_two, level="needs_action", is_raised=True)
    assert due(message.pk, tove) == {"push": "now"}
    assert Interruption.objects.get().is_break


@pytest.mark.parametrize(
    ("severity", "is_held"), [("stable", True), ("watcher", False), ("unstable", False), (None, False)]
)
def test_of_whom_somebody_watches_nothing_waits(say, quiet, actor, amara, tove, patient, of_patient, severity, is_held):
    # Of a patient of whom nobody has said how ill they are, nothing waits either.
    if severity:
        say_severity(actor(amara), key=uuid4(), patient_id=patient.pk, severity=IllnessSeverity(severity))
    quiet(tove)
    message = say(amara, of_patient, level="needs_action", people=[tove.pk])
    assert (due(message.pk, tove) != {"push": "now"}) is is_held
    assert (Interruption.objects.get().held_until is not None) is is_held


def test_each_of_several_goes_by_their_own_hours(say, quiet, amara, tove, noor, group):
    quiet(tove)
    message = say(amara, group, level="needs_action")
    assert due(message.pk, noor) == {"push": "now"}
    assert due(message.pk, tove) != {"push": "now"}
    assert set(held_of([message.pk])) == {(message.pk, tove.pk)}


def test_a_units_hours_count_for_who_is_at_work_there_and_a_persons_own_instead(
    say, actor, quiet_unit, emergency, amara, tove, between_two
):
    quiet_unit(emergency)
    assert due(say(amara, between_two, level="needs_action").pk, tove) != {"push": "now"}
    services.set_own_hours(actor(tove), key=uuid4(), is_own=True, starts=None, ends=None)
    assert due(say(amara, between_two, level="needs_action").pk, tove) == {"push": "now"}
    services.set_own_hours(actor(tove), key=uuid4(), is_own=False, starts=None, ends=None)
    assert due(say(amara, between_two, level="needs_action").pk, tove) != {"push": "now"}


def test_when_the_quiet_ends_it_is_told_on_an_open_page_unless_it_was_answered(
    say, answer, quiet, amara, tove, between_two
):
    quiet(tove)
    say(amara, between_two, level="needs_action")
    other = say(amara, between_two, level="needs_action")
    answer(tove, other)
    assert Timer.objects.filter(kind=services.OVER).count() == 2
    Timer.objects.filter(kind=services.OVER).update(due=database_now())
    timers.run_due()
    assert told(tove).count("message.let_go") == 1
    assert not Delivery.objects.filter(subject_id=other.pk, state="waiting").exists()


def test_what_is_for_information_alerts_nobody_and_is_no_interruption(say, quiet, amara, tove, between_two):
    quiet(tove)
    message = say(amara, between_two, level="fyi")
    assert (due(message.pk, tove), Interruption.objects.count()) == ({}, 0)
    assert Recipient.objects.filter(message=message).exists()


def test_who_writes_is_told_before_that_it_will_be_held_and_how_often_they_were_alerted(
    say, quiet, amara, tove, between_two
):
    say(amara, between_two, level="urgent")
    hours = quiet(tove)
    notice = notices_of([tove.pk])[tove.pk]
    assert (notice.alerts, notice.levels) == (1, ("needs_action", "fyi"))
    assert is_its_end(notice.quiet_until, hours)
    assert amara.pk not in notices_of([amara.pk])


def test_what_is_held_counts_when_it_is_let_go_and_not_before(say, quiet, amara, tove, between_two):
    quiet(tove)
    say(amara, between_two, level="needs_action")
    say(amara, between_two, level="emergency")
    now = database_now()
    assert alerts_of([tove.pk], at=now) == {tove.pk: 1}
    assert alerts_of([tove.pk], at=now + timedelta(hours=5, minutes=30)) == {tove.pk: 1}


def test_a_page_that_can_wait_holds_its_step_and_climbs_from_the_end_of_the_quiet(
    page_out, quiet, actor, noor, amara, patient
):
    say_severity(actor(amara), key=uuid4(), patient_id=patient.pk, severity=IllnessSeverity.STABLE)
    hours = quiet(noor)
    page = page_out("needs_action")
    assert InboxItem.objects.filter(person_id=noor.pk, event="paging.sent").count() == 1
    assert all(is_its_end(each, hours) or each > database_now() for each in due(page.pk, noor).values())
    assert is_its_end(due(page.pk, noor)["push"], hours)
    (timer,) = Timer.objects.filter(kind="paging.due")
    # Half an hour after the quiet ends, not half an hour after it was sent.
    assert (
        is_its_end(timer.due - timedelta(minutes=30), {"ends": hours["ends"]})
        or abs((timer.due - timedelta(minutes=30) - held_of([page.pk])[page.pk, noor.pk]).total_seconds()) < 5
    )
    # What fires at the time at which it would have been due without the quiet does nothing.
    assert page.climbed.count() == 1


@pytest.mark.parametrize("raised", [{"is_raised": True}, {}])
def test_a_page_about_whom_somebody_watches_or_that_is_raised_rings_now(
    page_out, quiet, actor, noor, amara, patient, on_call, raised
):
    say_severity(
        actor(amara), key=uuid4(), patient_id=patient.pk, severity=IllnessSeverity("stable" if raised else "watcher")
    )
    quiet(noor)
    wanted = paging.Wanted(level="needs_action", words=WORDS, role_id=on_call.pk, **raised)
    page = paging.send_page(actor(amara), key=uuid4(), patient_id=patient.pk, wanted=wanted)
    assert due(page.pk, noor) == {"push": "now", "sms": "now"}


def test_a_page_that_is_urgent_rings_in_any_hour(page_out, quiet, noor):
    quiet(noor)
    page = page_out("urgent")
    assert due(page.pk, noor)["push"] == "now"
    assert Interruption.objects.get(person=noor).is_break


def test_whoever_is_asked_in_quiet_is_told_when_it_ends(page_out, quiet, actor, noor, amara, patient):
    say_severity(actor(amara), key=uuid4(), patient_id=patient.pk, severity=IllnessSeverity.STABLE)
    quiet(noor)
    page_out("needs_action")
    Timer.objects.filter(kind=services.OVER).update(due=database_now())
    timers.run_due()
    assert InboxItem.objects.filter(person_id=noor.pk, event="paging.let_go").count() == 1


def test_the_same_occasion_alerts_once(tove):
    from live.inbox import Subject

    alerting = services.Alerting(uuid4(), Subject("message", uuid4()), services.Level.URGENT, None)
    with acting_as_system("test"), transaction.atomic():
        for _time in range(2):
            services.interrupt(alerting, [tove.pk], at=datetime.now(tz=timezone.get_default_timezone()))
    assert Interruption.objects.count() == 1

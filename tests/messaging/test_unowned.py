"""An emergency or urgent message that nobody owns in time dies not silently: its author is told, rung and led on."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from handover.messaging import services
from handover.messaging.rules.unowned import UNOWNED, UNOWNED_KIND
from handover.messaging.selectors.waiting import waiting_messages
from handover.messaging.services import unowned
from handover.paging.quiet.models import UnitLevel
from handover.reach import channels
from handover.reach.models import Channel, Delivery
from ledger.models import Event
from live import timers
from live.acting import acting_for
from live.models import Timer
from tests.messaging.conftest import drawn_for, told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def everybody_is_reached(monkeypatch, amara, tove, noor):
    """Devices and text messages are set up, and all three have both."""

    class Anybody:
        def __init__(self, channel):
            self.channel = channel

        def reaches(self, person_ids):
            return {each for each in person_ids if each in (amara.pk, tove.pk, noor.pk)}

        proves = reaches

    found = {each: Anybody(each) for each in (Channel.PUSH, Channel.SMS)}
    monkeypatch.setattr(channels, "configured", lambda: found)


def time_is_over():
    """In the rows: the timers of messages are due."""
    Timer.objects.filter(kind=UNOWNED).update(due=timezone.now() - timedelta(minutes=1))
    timers.run_due()


def rung(person):
    rows = Delivery.objects.filter(subject_kind=UNOWNED_KIND, person=person).order_by("channel")
    return list(rows.values_list("channel", "state"))


def waits(actor, person):
    with acting_for(person.pk):
        return [each.event for each in waiting_messages(actor(person))]


@pytest.mark.parametrize("level", ["emergency", "urgent"])
def test_nobody_owned_it_in_time_and_its_author_is_told_and_rung(say, between_two, amara, level):
    message = say(amara, between_two, level=level)
    time_is_over()
    assert told(amara) == [UNOWNED]
    assert drawn_for(amara)[-1]["title"] == "Nobody owns your message"
    assert rung(amara) == [("push", "waiting"), ("sms", "waiting")]
    event = Event.objects.get(event=UNOWNED, entity_id=message.pk)
    assert (event.outcome, event.detail["level"]) == ("failed", level)


@pytest.mark.parametrize("level", ["needs_action", "fyi"])
def test_nothing_looks_after_what_can_wait(say, between_two, amara, level):
    say(amara, between_two, level=level)
    assert not Timer.objects.filter(kind=UNOWNED).exists()


def test_owned_in_time_the_timer_finds_nothing_to_do(say, answer, between_two, amara, tove):
    message = say(amara, between_two, level="emergency")
    answer(tove, message)
    time_is_over()
    assert UNOWNED not in told(amara)
    assert rung(amara) == []
    assert not Timer.objects.filter(kind=UNOWNED).exists()


def test_nor_when_it_was_taken_back(say, actor, between_two, amara):
    message = say(amara, between_two, level="emergency")
    services.retract(actor(amara), key=uuid4(), message_id=message.pk)
    time_is_over()
    assert rung(amara) == []


def test_passed_on_by_everybody_nobody_owns_it_either(say, answer, between_two, amara, tove):
    answer(tove, say(amara, between_two, level="emergency"), "busy")
    time_is_over()
    assert UNOWNED in told(amara)


def test_the_time_is_that_of_the_unit_where_it_was_edited(say, between_two, emergency, amara):
    UnitLevel.objects.create(
        unit=emergency,
        level="emergency",
        acknowledge_within=timedelta(minutes=4),
        sound="repeated",
        breaks_quiet_hours=True,
        made_by=amara,
    )
    before = timezone.now()
    say(amara, between_two, level="emergency")
    assert Timer.objects.get(kind=UNOWNED).due - before >= timedelta(minutes=4)


def test_its_author_has_it_in_the_inbox_until_somebody_owns_it(say, answer, actor, between_two, amara, tove):
    message = say(amara, between_two, level="urgent")
    assert waits(actor, amara) == []
    time_is_over()
    assert waits(actor, amara) == [UNOWNED]
    answer(tove, message)
    assert waits(actor, amara) == []
    # What had not rung yet rings no more.
    assert {state for _channel, state in rung(amara)} == {"dropped"}


def test_from_the_thread_one_tap_leads_to_a_page_about_the_patient_at_this_level(
    client, sign_in, say, of_patient, patient, amara, tove
):
    say(amara, of_patient, level="emergency", people=[tove.pk])
    sign_in(client, amara)
    page = client.get(reverse("messaging:thread", args=[of_patient.pk])).content.decode()
    assert f"{reverse('paging:new', args=[patient.pk])}?level=emergency" in page


def test_and_of_no_patient_to_the_telephone_of_whom_it_went_to(client, sign_in, say, between_two, amara, tove):
    say(amara, between_two, level="urgent")
    sign_in(client, amara)
    page = client.get(reverse("messaging:thread", args=[between_two.pk])).content.decode()
    assert f"{reverse('directory:find')}?q=Tove%20Alderwick" in page
    client.logout()
    sign_in(client, tove)
    assert "Telephone of" not in client.get(reverse("messaging:thread", args=[between_two.pk])).content.decode()


def failed(message, person):
    Delivery.objects.filter(subject_id=message.pk, person=person).update(state=Delivery.State.FAILED)
    with transaction.atomic():
        return [each.event for each in unowned.failed(message.pk, person.pk, "sms")]


def test_where_every_way_to_everybody_has_failed_its_author_is_told_at_once_and_once(say, group, amara, tove, noor):
    message = say(amara, group, level="urgent")
    assert failed(message, tove) == []
    assert failed(message, noor) == [UNOWNED]
    assert failed(message, noor) == []
    time_is_over()
    assert Event.objects.filter(event=UNOWNED, entity_id=message.pk).count() == 1

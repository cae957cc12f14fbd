"""Reminding: whoever has not accepted hears of it again, at most once in two minutes, and both sides see it."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from handover.transfers import services
from handover.transfers.models import Reminder
from live.refusals import Conflict, Denied, NotFound
from tests.transfers.acts import logged, told

pytestmark = pytest.mark.django_db


def remind(actor, handover, person, key=None):
    return services.remind(actor(person), key=key or uuid4(), handover_id=handover.pk)


def test_the_receiver_hears_of_it_again_and_it_is_on_record(actor, amara, lee, patient, sent_handover):
    remind(actor, sent_handover, amara)
    assert told(lee) == ["handover.sent", "handover.reminded"]
    assert logged(patient)[-1] == "handover.reminded"


def test_whoever_came_on_duty_since_hears_of_it_too(actor, amara, make_person, ward, sent_handover):
    isa = make_person("isa@readback.example", "Isa Thornapple", "nurse", unit=ward)
    remind(actor, sent_handover, amara)
    assert told(isa) == ["handover.reminded"]


def test_a_colleague_of_the_unit_may_and_the_author_sees_that_they_did(
    actor, browser, amara, lee, make_person, emergency, sent_handover
):
    bo = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    remind(actor, sent_handover, bo)
    assert told(amara) == ["handover.reminded"]
    for person in (amara, lee):
        page = browser(person).get(f"/handovers/{sent_handover.pk}/").content.decode()
        assert "by Bo Candlewick" in page
    assert "from Bo Candlewick" in browser(lee).get("/inbox/").content.decode()


def test_not_twice_within_two_minutes_whoever_asks(actor, amara, make_person, emergency, lee, sent_handover):
    bo = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        remind(actor, sent_handover, amara)
        clock.shift(timedelta(seconds=50))
        with pytest.raises(Conflict, match="Wait 70 seconds, or call"):
            remind(actor, sent_handover, bo)
        clock.shift(timedelta(seconds=70))
        remind(actor, sent_handover, bo)
    assert Reminder.objects.count() == 2
    assert told(lee).count("handover.reminded") == 2


def test_one_press_sent_twice_reminds_once(actor, amara, lee, sent_handover):
    key = uuid4()
    assert remind(actor, sent_handover, amara, key) == remind(actor, sent_handover, amara, key)
    assert told(lee).count("handover.reminded") == 1


def test_the_receiver_and_strangers_do_not_remind_nor_is_what_was_accepted(
    actor, amara, lee, noor, sent_handover, accept
):
    for person, refusal in ((lee, Denied), (noor, NotFound)):
        with pytest.raises(refusal):
            remind(actor, sent_handover, person)
    accept(sent_handover, lee)
    with pytest.raises(Conflict, match="accepted already"):
        remind(actor, sent_handover, amara)


def test_it_is_one_tap_on_the_senders_page(browser, press, amara, lee, sent_handover):
    url = f"/handovers/{sent_handover.pk}/"
    sender = browser(amara)
    assert f"{url}remind/" in sender.get(url).content.decode()
    assert f"{url}remind/" not in browser(lee).get(url).content.decode()
    assert press(sender, f"{url}remind/")["Location"] == url
    assert "Remind again" in sender.get(url).content.decode()
    again = press(sender, f"{url}remind/")
    assert again.status_code == 409
    assert "reminded a moment ago" in again.content.decode()

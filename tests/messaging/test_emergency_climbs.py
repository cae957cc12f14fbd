"""An emergency about a patient that nobody owns in time is paged by no hand, and climbs until somebody owns it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from handover.duty.models import PractitionerRole
from handover.messaging import services
from handover.messaging.rules.unowned import UNOWNED
from handover.messaging.selectors.waiting import waiting_messages
from handover.paging.models import Page, PageAsk
from handover.paging.rules import Answer
from handover.paging.sealed import sbar_of
from handover.paging.services import answering
from ledger.models import Event
from live import timers
from live.acting import acting_for
from live.models import InboxItem, Timer
from tests.messaging.conftest import hold

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lead(emergency, lee, actor):
    """Lee leads the emergency department, and has Readback open."""
    actor(lee)
    row = PractitionerRole.objects.create(unit=emergency, name="Charge nurse", is_lead=True)
    now = timezone.now()
    hold(row, lee, now, now + timedelta(hours=8))
    return row


@pytest.fixture
def alarm(say, of_patient, amara, tove):
    """alarm(): Amara's emergency to Tove about Odalys FENWICKLE."""

    def send(text="She is grey and cold, come now", **more):
        return say(amara, of_patient, text, **{"level": "emergency", "people": [tove.pk], **more})

    return send


def time_is_over():
    """In the rows: the timers of messages are due."""
    Timer.objects.filter(kind=UNOWNED).update(due=timezone.now() - timedelta(minutes=1))
    timers.run_due()


def asked(page):
    return list(
        PageAsk.objects.filter(step__page=page).order_by("step__number").values_list("person__email", flat=True)
    )


def test_it_is_paged_with_its_words_to_whoever_leads_where_the_patient_lies(alarm, lead, lee, amara, emergency):
    message = alarm()
    time_is_over()
    page = Page.objects.get(cause="message", cause_id=message.pk)
    assert (page.level, page.role, page.unit, page.sent_by) == ("emergency", lead, emergency, amara)
    assert sbar_of(page).situation == "She is grey and cold, come now"
    assert asked(page) == [lee.email]
    assert InboxItem.objects.filter(person_id=lee.pk, event="paging.sent", subject_id=page.pk).exists()
    event = Event.objects.get(event="paging.sent", entity_id=page.pk)
    assert (event.detail["cause"], event.detail["message"]) == ("message", str(message.pk))


def test_it_goes_to_the_role_that_it_was_written_to(say, of_patient, amara, role, lead, tove, actor):
    actor(tove)
    say(amara, of_patient, "Come now", level="emergency", role_id=role.pk)
    time_is_over()
    page = Page.objects.get(cause="message")
    assert page.role == role
    assert asked(page) == [tove.email]


def test_its_author_is_not_asked_though_they_lead(alarm, amara, emergency):
    # They know that nobody owns it: to ask them would lose a step's time.
    row, now = PractitionerRole.objects.create(unit=emergency, name="Charge nurse", is_lead=True), timezone.now()
    hold(row, amara, now, now + timedelta(hours=8))
    alarm()
    time_is_over()
    assert amara.email not in asked(Page.objects.get(cause="message", role=row))


def test_a_long_message_is_cut_to_what_is_read_at_a_glance(alarm, lead):
    alarm("Grey and cold. " * 200)
    time_is_over()
    situation = sbar_of(Page.objects.get()).situation
    assert situation.startswith("Grey and cold.")
    assert situation.endswith("…")
    assert len(situation) <= 1000


def test_the_words_are_those_of_the_message_as_it_stands(alarm, lead, actor, amara):
    message = alarm()
    services.edit(actor(amara), key=uuid4(), message_id=message.pk, text="Bed 14, not 12", seen_revision=0)
    time_is_over()
    assert sbar_of(Page.objects.get()).situation == "Bed 14, not 12"


def test_it_is_paged_once_though_it_is_edited_and_nobody_owns_it_again(alarm, lead, actor, amara):
    message = alarm()
    time_is_over()
    services.edit(actor(amara), key=uuid4(), message_id=message.pk, text="Bed 14, not 12", seen_revision=0)
    time_is_over()
    assert Event.objects.filter(event=UNOWNED, entity_id=message.pk).count() == 2
    assert Page.objects.count() == 1


@pytest.mark.parametrize("level", ["urgent", "needs_action", "fyi"])
def test_what_is_no_emergency_climbs_not(alarm, lead, level):
    alarm(level=level)
    time_is_over()
    assert not Page.objects.exists()


def test_nor_does_one_of_no_patient(say, between_two, amara, lead):
    say(amara, between_two, level="emergency")
    time_is_over()
    assert Event.objects.filter(event=UNOWNED).exists()
    assert not Page.objects.exists()


def test_owned_in_time_there_is_no_page(alarm, lead, answer, tove):
    answer(tove, alarm())
    time_is_over()
    assert not Page.objects.exists()


def test_somebody_owns_the_message_after_all_and_the_page_is_withdrawn(alarm, lead, lee, answer, tove):
    message = alarm()
    time_is_over()
    answer(tove, message)
    page = Page.objects.get()
    assert (page.state, page.closed_by) == ("withdrawn", "settled")
    assert InboxItem.objects.filter(person_id=lee.pk, event="paging.withdrawn", subject_id=page.pk).exists()
    assert not Timer.objects.filter(kind="paging.due").exists()


def test_it_is_taken_back_and_the_page_is_withdrawn(alarm, lead, actor, amara):
    message = alarm()
    time_is_over()
    services.retract(actor(amara), key=uuid4(), message_id=message.pk)
    assert Page.objects.get().state == "withdrawn"


def test_an_owned_page_stays_owned_when_the_message_is_owned_too(alarm, lead, lee, actor, answer, tove):
    message = alarm()
    time_is_over()
    page = Page.objects.get()
    answering.answer_page(actor(lee), key=uuid4(), page_id=page.pk, said=Answer.OWNS)
    answer(tove, message)
    page.refresh_from_db()
    assert (page.state, page.owned_by) == ("owned", lee)


def test_whoever_owns_the_page_has_it_and_the_author_waits_no_more(alarm, lead, lee, actor, amara):
    alarm()
    time_is_over()
    with acting_for(amara.pk):
        assert [each.event for each in waiting_messages(actor(amara))] == [UNOWNED]
    answering.answer_page(actor(lee), key=uuid4(), page_id=Page.objects.get().pk, said=Answer.OWNS)
    with acting_for(amara.pk):
        assert waiting_messages(actor(amara)) == []


def test_from_the_message_its_author_goes_to_the_page(client, sign_in, alarm, lead, of_patient, amara):
    alarm()
    time_is_over()
    sign_in(client, amara)
    shown = client.get(reverse("messaging:thread", args=[of_patient.pk])).content.decode()
    assert f'href="{reverse("paging:page", args=[Page.objects.get().pk])}"' in shown
    assert "Page somebody about this patient" not in shown


def test_where_no_role_hears_its_author_is_told_all_the_same(alarm, amara):
    alarm()
    time_is_over()
    assert not Page.objects.exists()
    assert InboxItem.objects.filter(person_id=amara.pk, event=UNOWNED).exists()

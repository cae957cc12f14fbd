"""Two browsers side by side: a nurse asks about a patient, the doctor on call sees it at once and owns it.

Nothing is reloaded on either. The taps are counted and printed, beside the three that FIELD.md allows.
"""

import re
import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.messaging.models import Acknowledgement, Message
from ledger.models import Event
from live.models import Rung

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
THREAD_URL = re.compile(r"/messages/[0-9a-f-]{36}/$")


@pytest.fixture
def on_call(actor, admin_person, make_person, emergency):
    """Tove Alderwick is the doctor on call of the emergency department, until tomorrow."""
    from handover.duty import services

    tove = make_person("tove@readback.example", "Tove Alderwick", "physician", unit=emergency)
    role = services.make_role(
        actor(admin_person), key=uuid4(), unit_id=emergency.pk, new=services.NewRole("Doctor on call")
    )
    until = timezone.now() + timedelta(hours=8)
    services.take_role(actor(tove), key=uuid4(), role_id=role.pk, until=until)
    return tove


def test_a_message_is_seen_live_and_owned(phone_of, amara, on_call, patient, capsys):
    sender, receiver = phone_of(amara), phone_of(on_call)
    receiver.open("/patients/")
    sender.open(f"/patients/{patient.pk}/")
    sender.start_counting()
    sender.tap("a", text="Read and write about this patient")
    sender.tap("label.choice", text="Doctor on call")
    sender.tap("label.choice", text="Owned within 5 minutes")
    to_reach = sender.taps
    sender.type("#text", "NEWS2 is 7 since 03:10. Can you come?")
    sender.tap("#compose button", text="Send")
    sender.page.wait_for_url(THREAD_URL)
    sender.see("Waits for somebody to own it", within="#messages")

    receiver.start_counting()
    receiver.see("Urgent message", within="#toasts")
    receiver.tap("#toasts a, #toasts button", text="Open")
    receiver.page.wait_for_url(THREAD_URL)
    receiver.see("NEWS2 is 7 since 03:10. Can you come?", within="#messages")
    receiver.picture("message-phone-light")

    # Opened is a rung of the ladder, and no answer.
    sender.tap("#messages summary", text="Where it is")
    sender.page.locator("#messages [data-rung=opened][data-reached]").first.wait_for()
    assert not Acknowledgement.objects.exists()

    receiver.tap("#messages button", text="I own it")
    receiver.see("Owned", within="#messages")
    sender.see("Owned", within="#messages")
    assert sender.page.locator("#messages [data-rung=acknowledged]").first.is_visible()

    # What is typed goes out without leaving the page, and comes without a reload.
    receiver.tap("label.choice", text="Silent. Nobody has to answer.")
    receiver.type("#text", "On my way")
    receiver.tap("#compose button", text="Send")
    sender.see("On my way", within="#messages")
    receiver.tap("#messages button", text="Done")
    sender.page.locator("#messages [data-rung=done]").first.wait_for()
    message = Message.objects.get(number=1)
    rungs = Rung.objects.filter(subject_id=message.pk, person_id=on_call.pk)
    assert {"stored", "on_device", "opened", "acknowledged", "done"} <= set(rungs.values_list("name", flat=True))
    assert to_reach <= 3
    with capsys.disabled():
        sys.stderr.write(
            f"\n{to_reach} taps to the right person and urgency (3 allowed), {receiver.taps} on the other phone\n"
        )


def test_another_patients_name_is_asked_about_and_what_was_typed_stays(
    phone_of, amara, on_call, patient, make_patient, emergency
):
    make_patient(emergency, family="Larkspur", given="Ivo", record_number="5520 7781")
    sender = phone_of(amara)
    sender.open(f"/messages/patients/{patient.pk}/")
    sender.tap("label.choice", text="Doctor on call")
    sender.tap("label.choice", text="Silent. Nobody has to answer.")
    sender.type("#text", "Larkspur is worse")
    sender.tap("#compose button", text="Send")
    sender.see("LARKSPUR, Ivo", within="#compose")
    assert sender.page.locator("#text").input_value() == "Larkspur is worse"
    assert not Message.objects.exists()
    sender.tap("label.choice", text="I looked")
    sender.tap("#compose button", text="Send")
    sender.page.wait_for_url(THREAD_URL)
    assert Message.objects.count() == 1


def test_who_looks_and_who_types_is_seen_for_some_seconds_and_kept_nowhere(phone_of, actor, amara, on_call, patient):
    from handover.messaging import services

    between = services.Between(patient_id=patient.pk)
    thread = services.open_thread(actor(amara), key=uuid4(), between=between)
    first = services.Said("The bed is free", "fyi")
    services.send_message(actor(amara), key=uuid4(), thread_id=thread.pk, said=first, to=services.To([on_call.pk]))
    sender, receiver = phone_of(amara), phone_of(on_call)
    receiver.open(f"/messages/{thread.pk}/")
    sender.open(f"/messages/{thread.pk}/")
    sender.see("Here now: Tove Alderwick", within="#presence")
    # Key by key, as a thumb does.
    sender.page.locator("#text").press_sequentially("I am on my way", delay=60)
    receiver.see("Amara Thistledown is typing", within="#presence")
    receiver.picture("typing-phone")
    sender.tap("label.choice", text="Silent. Nobody has to answer.")
    sender.tap("#compose button", text="Send")
    receiver.see("I am on my way", within="#messages")
    receiver.see("Here now: Amara Thistledown", within="#presence")
    assert not Event.objects.filter(event__contains="present").exists()

"""J7: a physician accepts a patient from another facility, on the phone; and confirms them when they have changed.

The taps are counted and printed beside what the journey allows: seven, and one to confirm. Words are spoken or typed.
"""

import sys

import pytest

from accounts.models import Facility
from handover.transfers.models import Confirmation, Handover
from tests.journeys.conftest import HANDOVER_URL
from tests.journeys.test_handover import SAY_BACK_URL, begin, read_to_the_end, write_and_send

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def far_ward(other_ward, noor):
    """Noor's ward, in another facility than the emergency department."""
    other_ward.facility = Facility.objects.create(name="Larkmoor Hospital")
    other_ward.save(update_fields=["facility"])
    return other_ward


def ask_and_be_answered(noor_phone, sender):
    noor_phone.tap("#ask [name=quick]")
    sender.see("What was given last, and when?", within="#questions")
    sender.type("#questions textarea", "Meropenem at 23:40.")
    sender.tap("#questions button", text="Answer")
    noor_phone.see("Meropenem at 23:40.", within="#questions")


def say_back_and_accept(noor_phone):
    noor_phone.tap("#start button[value=watcher]")
    noor_phone.page.wait_for_url(SAY_BACK_URL)
    noor_phone.tap("label.choice:has([name=first])")
    noor_phone.type("#own_words", "Septic chest on oxygen; worse, and I call outreach")
    noor_phone.tap(".dock button[value=accept]")
    noor_phone.page.wait_for_url(HANDOVER_URL)


def test_a_physician_accepts_from_outside_and_confirms_when_the_patient_has_changed(
    phone_of, amara, noor, patient, far_ward, put_vitals, capsys
):
    sender, phone = phone_of(amara), phone_of(noor)
    phone.open("/patients/")
    begin(sender, patient)
    write_and_send(sender, far_ward.name)

    phone.start_counting()
    phone.see("New handover", within="#toasts")
    phone.tap("#toasts a, #toasts button", text="Open")
    phone.page.wait_for_url(HANDOVER_URL)
    phone.see("Brief")
    phone.tap(".dock a", text="Read it all")
    phone.see("Results", within="#whole")
    read_to_the_end(phone)
    ask_and_be_answered(phone, sender)
    say_back_and_accept(phone)
    phone.see("is responsible", within="#coming")
    taps, seconds = phone.taps, phone.seconds()
    assert Handover.objects.get().accepted_by == noor

    phone.open("/patients/")
    put_vitals(patient, respirations_per_min=30)
    phone.see("Gate locked: the vital signs changed", within="#toasts")
    phone.tap("#toasts a, #toasts button", text="Open")
    phone.page.wait_for_url(HANDOVER_URL)
    phone.see("The vital signs changed since", within="#dock")
    phone.picture("confirm-phone-light")
    night = phone_of(noor, scheme="dark", session=phone.session)
    night.open(phone.page.url)
    night.see("The vital signs changed since", within="#dock")
    night.picture("confirm-phone-dark")
    phone.start_counting()
    phone.tap(".dock button", text="Confirm")
    phone.page.locator("#dock", has_text="Open the patient").wait_for()
    assert Confirmation.objects.get().person == noor
    sender.page.locator("#gate", has_text="The vital signs changed").wait_for(state="detached")
    told = (
        f"\n  J7, physician: {taps} taps, {seconds:.1f} s of machine (at most 7, 120); to confirm: {phone.taps} (1)\n"
    )
    with capsys.disabled():
        sys.stdout.write(told)
    assert taps <= 7
    assert phone.taps == 1

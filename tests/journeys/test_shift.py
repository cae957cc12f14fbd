"""The end of a shift: five patients of a nurse, twenty of a physician, each handed over and followed without a reload.

The taps are counted and printed, beside what the journeys J1 and J8 allow (22 and 45).
"""

import sys
from uuid import uuid4

import pytest

from handover.transfers.models import Handover, Responsibility
from tests.fixtures_transfers import make_synthesis
from tests.journeys.conftest import DESK, HANDOVER_URL

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def tell(capsys, words):
    with capsys.disabled():  # The figures are read by people: they stand in the run's output.
        sys.stdout.write(f"\n  {words}\n")


def severity_of(phone, patient, severity):
    phone.tap(f"#card-{patient.pk} label.choice:has([value={severity}])")


def accept_from_there(receiver, actor, handover):
    """What the receiver's own journey shows elsewhere, by the acts themselves."""
    from handover.transfers import services

    about = {"handover_id": handover.pk, "version_id": handover.current_id}
    services.open_handover(actor(receiver), key=uuid4(), **about)
    services.read_handover(actor(receiver), key=uuid4(), **about)
    said = make_synthesis(handover.patient_severity)
    services.say_back(actor(receiver), key=uuid4(), synthesis=said, **about)
    services.accept(actor(receiver), key=uuid4(), digest=bytes(handover.current.digest).hex(), **about)


def test_a_nurse_hands_over_five_patients_and_sees_each_arrive(phone_of, amara, noah, shift_of, actor, capsys):
    patients = shift_of(amara, ["watcher", "stable", "stable", "stable", "stable"])
    nurse, incoming = phone_of(amara), phone_of(noah)
    nurse.open("/inbox/")
    incoming.open("/inbox/")
    nurse.start_counting()
    nurse.tap("a[href='/patients/']")
    nurse.page.wait_for_url("**/patients/")
    nurse.tap(".shift-way a")
    nurse.page.wait_for_url("**/handovers/shift/")
    nurse.see("Nothing has changed since")
    nurse.mark()
    nurse.tap("#recipients label:has([value^='person:'])", text="Noah Nightjar")
    severity_of(nurse, patients[0], "watcher")
    for patient in patients[1:]:
        severity_of(nurse, patient, "stable")
    nurse.see("Send the 5 that are ready")
    nurse.picture("shift-ready-phone-light")
    nurse.tap("[data-send]")
    nurse.page.locator("[data-sent]").nth(4).wait_for()
    taps, seconds = nurse.taps, nurse.seconds()
    assert set(Handover.objects.filter(author=amara).values_list("status", "to_person")) == {("sent", noah.pk)}
    incoming.see("5 patients from Amara Thistledown", within="#inbox")
    nurse.page.locator("[data-sent] [data-furthest]", has_text="On device").nth(4).wait_for()
    handover = Handover.objects.select_related("current").get(author=amara, patient=patients[0])
    handover.patient_severity = "watcher"
    accept_from_there(noah, actor, handover)
    nurse.see("Noah Nightjar has this patient since", within="#shift-sent")
    nurse.picture("shift-sent-phone-light")
    assert nurse.was_not_reloaded()
    tell(capsys, f"J1, five patients: {taps} taps, {seconds:.1f} s of machine (at most 22, 240)")
    assert taps <= 22
    assert Responsibility.objects.filter(person=amara, until=None).count() == 4


def test_the_receiver_goes_from_one_patient_to_the_next_of_the_same_sender(phone_of, amara, noah, shift_of):
    patients = shift_of(amara, ["watcher", "stable"])
    nurse, incoming = phone_of(amara), phone_of(noah)
    nurse.open("/handovers/shift/")
    nurse.tap("#recipients label:has([value^='person:'])", text="Noah Nightjar")
    severity_of(nurse, patients[0], "watcher")
    severity_of(nurse, patients[1], "stable")
    nurse.tap("[data-send]")
    nurse.page.locator("[data-sent]").nth(1).wait_for()
    incoming.open("/inbox/")
    incoming.tap("#inbox a", text="ASHGROVE")
    incoming.page.wait_for_url(HANDOVER_URL)
    incoming.scroll_to_the_end()
    incoming.see("You have read to the end.", within="#end")
    incoming.tap("#start button[value=watcher]")
    incoming.page.wait_for_url("**/say-back/")
    incoming.tap("label.choice:has([name=first])")
    incoming.type("#own_words", "Watch her oxygen, call the registrar below 92")
    incoming.tap(".dock button[value=accept]")
    incoming.page.wait_for_url(HANDOVER_URL)
    incoming.see("Next: bed", within=".dock")
    incoming.picture("shift-next-phone-light")
    incoming.tap(".dock a", text="Next: bed")
    incoming.page.wait_for_url(HANDOVER_URL)
    incoming.see("BIRCHALL", within=".identity")


def test_a_physician_signs_out_twenty_patients(phone_of, amara, noah, shift_of, make_person, emergency, capsys):
    doctor = make_person("ines@readback.example", "Ines Ravensworth", "physician", unit=emergency)
    patients = shift_of(doctor, ["watcher"] * 3 + ["stable"] * 17)
    phone = phone_of(doctor)
    phone.open("/patients/")
    phone.start_counting()
    phone.tap(".shift-way a")
    phone.page.wait_for_url("**/handovers/shift/")
    phone.tap("#recipients label:has([value^='person:'])", text="Noah Nightjar")
    for number, patient in enumerate(patients):
        severity_of(phone, patient, "watcher" if number < 3 else "stable")
        if 3 <= number < 6:  # Three have changed: how they are now is said anew, by the keyboard or by voice.
            phone.tap(f"#edit-{patient.pk} > summary")
            phone.type(
                f"#edit-{patient.pk} [name$=-summary-assessment]", "Worse on exertion since noon; lactate is back"
            )
    phone.tap("[data-send]")
    phone.page.locator("[data-sent]").nth(19).wait_for()
    tell(capsys, f"J8, twenty patients: {phone.taps} taps, {phone.seconds():.1f} s of machine (at most 45, 720)")
    assert phone.taps <= 45
    assert Handover.objects.filter(author=doctor, status=Handover.Status.SENT).count() == 20
    phone.open("/me/")
    phone.see("3 patients who are watchers or unstable are still yours")  # Nobody has accepted them: duty does not end.


def test_a_card_that_a_colleague_changed_asks_how_ill_anew(phone_of, amara, noah, shift_of, put_vitals):
    patient = shift_of(amara, ["stable"])[0]
    nurse = phone_of(amara, how=DESK)
    nurse.open("/handovers/shift/")
    nurse.tap("#recipients label:has([value^='person:'])", text="Noah Nightjar")
    severity_of(nurse, patient, "stable")
    put_vitals(patient, respirations_per_min=26)
    nurse.tap("[data-send]")
    nurse.see("The record has changed since you looked", within=f"#card-{patient.pk}")
    assert nurse.page.locator(f"#card-{patient.pk} [type=radio]:checked").count() == 0
    nurse.see("Changed since", within=f"#facts-{patient.pk}")
    severity_of(nurse, patient, "watcher")
    nurse.tap("[data-send]")
    nurse.page.locator("[data-sent]").first.wait_for()
    assert Handover.objects.get(author=amara).status == Handover.Status.SENT


def test_what_a_colleague_saves_reaches_an_open_page_without_a_reload(phone_of, amara, noah, patient, put_vitals):
    reader = phone_of(noah)
    reader.open(f"/patients/{patient.pk}/")
    reader.mark()
    put_vitals(patient, respirations_per_min=26, pulse_per_min=131)
    reader.see("How ill is she now?")
    reader.picture("news2-rose-phone-light")
    reader.tap(".rise button[value=unstable]")
    reader.page.locator(".state .severity[data-severity=unstable]").wait_for()
    assert reader.page.locator(".rise").count() == 0
    assert reader.was_not_reloaded()

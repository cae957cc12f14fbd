"""Two phones side by side: a nurse in the emergency department hands over, a nurse on the ward reads it back.

Nothing is reloaded on the sender's phone: the ladder climbs and the gate opens by themselves. The taps are counted and
printed, beside what the journeys J2 and J3 allow (12, and 6 with a question).
"""

import re
import sys
import time

import pytest

from handover.transfers.models import Handover, Question, Transfer
from tests.journeys.conftest import DESK, HANDOVER_URL

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

COMPOSE_URL = re.compile(r"/compose/$")
SAY_BACK_URL = re.compile(r"/say-back/$")


def rung(name):
    return f"#ladder [data-rung={name}][data-reached]"


def begin(sender, patient):
    """From the patient's page to the writing page."""
    sender.open(f"/patients/{patient.pk}/")
    sender.start_counting()
    sender.tap(".dock button", text="Hand over")
    sender.page.wait_for_url(COMPOSE_URL)


def write_and_send(sender, unit):
    """Severity, to whom, and send; what was pre-filled stands."""
    sender.tap("label", text="Watcher")
    sender.choose("#to_unit", unit)
    sender.page.locator("[name=to][value=on_duty]:checked").wait_for()
    sender.tap(".dock [data-send]")
    sender.page.wait_for_url(HANDOVER_URL)
    sender.mark()


def check_everything(sender):
    """Every required line of the checklist, one tap each."""
    for code in ("identity_band", "medication_chart", "provider_note", "lines_checked"):
        sender.tap(f"#checklist form[action$='/{code}/'] button[value=attached]")
        sender.page.locator(f"#change-{code}").wait_for()


def read_to_the_end(receiver):
    receiver.scroll_to_the_end()
    receiver.see("You have read to the end.", within="#end")


def fill_what_is_said_back(receiver, words="Septic chest on oxygen; worse, and I call outreach"):
    receiver.tap("#start button[value=watcher]")
    receiver.page.wait_for_url(SAY_BACK_URL)
    receiver.tap("label.choice:has([name=first])")
    receiver.type("#own_words", words)


def say_back_and_accept(receiver):
    fill_what_is_said_back(receiver)
    receiver.tap(".dock button[value=accept]")
    receiver.page.wait_for_url(HANDOVER_URL)


def test_a_handover_is_read_back_before_the_patient_leaves(phone_of, amara, lee, patient, ward, capsys):
    sender, receiver = phone_of(amara), phone_of(lee)
    receiver.open("/patients/")
    begin(sender, patient)
    sender.picture("compose-phone-light")
    write_and_send(sender, "7 East")
    sender.picture("sent-phone-light")

    receiver.start_counting()
    receiver.see("New handover", within="#toasts")
    receiver.picture("alert-phone-light")
    receiver.tap("#toasts a, #toasts button", text="Open")
    receiver.page.wait_for_url(HANDOVER_URL)
    receiver.see("Brief")
    receiver.picture("brief-phone-light")
    sender.page.locator(rung("opened")).wait_for()
    read_to_the_end(receiver)
    sender.page.locator(rung("read")).wait_for()
    receiver.tap("#ask [name=quick]")
    receiver.see("waits for an answer")

    sender.see("What was given last, and when?", within="#questions")
    sender.picture("question-phone-light")
    sender.type("#questions textarea", "Paracetamol at 14:38, nothing since.")
    sender.tap("#questions button", text="Answer")
    receiver.see("Paracetamol at 14:38, nothing since.", within="#questions")

    fill_what_is_said_back(receiver)
    pressed = time.monotonic()
    receiver.tap(".dock button[value=accept]")
    sender.page.locator(rung("accepted")).wait_for()
    on_screen_seconds = time.monotonic() - pressed
    receiver.see("is responsible", within="#coming")
    receiver_taps, receiver_seconds = receiver.taps, receiver.seconds()
    sender.see("Septic chest on oxygen", within="#synthesis")
    sender.page.evaluate("document.addEventListener('readback:gate-open', () => { window.heard = true; })")
    check_everything(sender)
    sender.page.locator("#gate[data-open]").wait_for()
    assert sender.page.evaluate("window.heard === true")
    sender.page.evaluate("window.scrollTo(0, 0)")
    sender.picture("gate-open-phone-light")
    assert sender.was_not_reloaded()

    sender.tap(".dock button", text="Depart now")
    receiver.page.locator(".dock button", has_text="Arrived").wait_for()
    sender_taps = sender.taps
    receiver.tap(".dock button", text="Arrived")
    sender.see("Arrived in 7 East", within="#status")
    assert Transfer.objects.get().status == Transfer.Status.ARRIVED
    told = (
        f"\n  J2, sender: {sender_taps} taps, two of them to answer a question (at most 12 and 2)\n"
        f"  J3, receiver with a question: {receiver_taps} taps, {receiver_seconds:.1f} s of machine (at most 6, 45)\n"
        f"  from the tap that accepts to the sender's screen: {on_screen_seconds:.2f} s (at most 1)\n"
    )
    with capsys.disabled():  # The figures are read by people: they stand in the run's output.
        sys.stdout.write(told)
    assert sender_taps - 2 <= 12
    assert receiver_taps <= 6


def test_an_edit_after_acceptance_closes_the_gate_and_shows_the_difference(phone_of, amara, lee, accepted_handover):
    sender, receiver = phone_of(amara), phone_of(lee)
    page = f"/handovers/{accepted_handover.pk}/"
    receiver.open(page)
    receiver.mark()
    sender.open(f"{page}edit/")
    sender.type("#summary-plan", "Antibiotics for seven days")
    sender.tap(".dock button", text="Send the new version")
    sender.page.wait_for_url(HANDOVER_URL)
    sender.see("Gate locked", within="#gate")
    receiver.see("Changed since it was accepted", within="#coming")
    receiver.see("seven", within="#changed")
    receiver.see("Antibiotics for seven days", within="#whole")
    receiver.picture("changed-phone-light")
    assert receiver.was_not_reloaded()
    sender.page.locator(rung("opened")).wait_for()
    assert sender.page.locator(rung("read")).count() == 0  # that the old words were read says nothing of the new ones
    read_to_the_end(receiver)
    say_back_and_accept(receiver)
    sender.page.locator("#gate[data-open]").wait_for()


def test_a_refusal_reaches_the_sender_with_its_reason(phone_of, amara, lee, sent_handover):
    sender, receiver = phone_of(amara), phone_of(lee)
    page = f"/handovers/{sent_handover.pk}/"
    sender.open(page)
    sender.mark()
    receiver.open(page)
    receiver.tap("a", text="Decline, with a reason")
    receiver.tap("label.choice", text="No bed")
    receiver.type("textarea", "Two beds open at six")
    receiver.picture("decline-phone-light")
    receiver.tap(".dock button", text="Decline")
    receiver.page.wait_for_url(re.compile("/inbox/"))
    sender.see("Two beds open at six", within="#status")
    sender.see("Send to somebody else", within="#dock")
    assert sender.was_not_reloaded()


def test_an_override_takes_a_second_person(phone_of, make_person, emergency, amara, lee, sent_handover):
    ida = make_person("ida@readback.example", "Ida Marlpit", "nurse", unit=emergency)
    sender, second = phone_of(amara), phone_of(ida)
    page = f"/handovers/{sent_handover.pk}/"
    second.open("/inbox/")
    sender.open(page)
    sender.tap(".dock a", text="Override")
    sender.type("#reason", "Ruptured spleen, theatre waits")
    sender.picture("override-phone-light")
    sender.tap(".dock button", text="Ask for the override")
    sender.page.wait_for_url(HANDOVER_URL)
    sender.mark()
    second.see("override", within="#inbox")
    second.open(page)
    second.tap(".dock a", text="Read the override")
    second.see("Ruptured spleen, theatre waits")
    second.tap(".dock button", text="Approve")
    sender.page.locator(".dock button", has_text="Depart now").wait_for()
    assert sender.was_not_reloaded()
    sender.tap(".dock button", text="Depart now")
    sender.see("On the way to 7 East", within="#status")


def test_what_is_sent_without_a_signal_goes_once_when_it_returns(phone_of, amara, lee, patient, ward):
    sender, receiver = phone_of(amara), phone_of(lee)
    receiver.open("/inbox/")
    begin(sender, patient)
    sender.tap("label", text="Watcher")
    sender.choose("#to_unit", "7 East")
    sender.page.locator("[name=to][value=on_duty]:checked").wait_for()
    sender.see("on the server", within="#save-state")
    sender.page.context.set_offline(True)
    sender.tap(".dock [data-send]")
    sender.see("sends itself when the signal returns")
    assert not Handover.objects.exclude(status="draft").exists()
    sender.page.context.set_offline(False)
    sender.page.wait_for_url(HANDOVER_URL)
    receiver.see("New handover", within="#inbox")
    assert Handover.objects.get().versions.count() == 1


def test_send_pressed_while_a_save_waits_for_the_signal_goes_too(phone_of, amara, lee, patient, ward):
    sender = phone_of(amara)
    begin(sender, patient)
    sender.tap("label", text="Watcher")
    sender.choose("#to_unit", "7 East")
    sender.page.locator("[name=to][value=on_duty]:checked").wait_for()
    sender.see("on the server", within="#save-state")
    sender.page.context.set_offline(True)
    sender.type("#summary-plan", "Antibiotics for five days")
    sender.see("No signal", within="#save-state")
    sender.tap(".dock [data-send]")
    sender.see("sends itself when the signal returns")
    sender.page.context.set_offline(False)
    sender.page.wait_for_url(HANDOVER_URL)
    sender.tap("#sent-text > summary")
    sender.see("Antibiotics for five days", within="#whole")


def test_what_was_typed_without_a_signal_is_saved_when_it_returns(phone_of, amara, patient):
    sender = phone_of(amara)
    begin(sender, patient)
    sender.page.context.set_offline(True)
    sender.type("#summary-plan", "Antibiotics for five days")
    sender.see("No signal", within="#save-state")
    sender.page.context.set_offline(False)
    sender.see("on the server", within="#save-state")
    sender.open(sender.page.url)
    assert sender.page.locator("#summary-plan").input_value() == "Antibiotics for five days"


def test_a_server_that_is_killed_loses_no_handover(phone_of, house, amara, lee, patient, ward):
    sender, receiver = phone_of(amara), phone_of(lee)
    receiver.open("/inbox/")
    receiver.mark()
    begin(sender, patient)
    write_and_send(sender, "7 East")
    house.kill()
    house.start()
    house.wait_until_healthy()
    receiver.see("New handover", within="#inbox")
    assert receiver.was_not_reloaded()


def test_a_page_whose_server_is_gone_does_not_say_that_it_is_live(phone_of, house, lee):
    # The browser's own line is up: only the server is away, and what is shown grows old.
    receiver = phone_of(lee)
    receiver.open("/inbox/")
    receiver.page.locator("[data-live-state][data-state=live]").wait_for()
    house.kill()
    receiver.page.locator("#offline", has_text="You are offline since").wait_for()
    assert receiver.page.locator("[data-live-state]").get_attribute("data-state") == "off"
    house.start()
    house.wait_until_healthy()
    receiver.page.locator("[data-live-state][data-state=live]").wait_for()
    assert receiver.page.locator("#offline").inner_text() == ""


def test_what_was_being_fetched_when_the_line_was_lost_is_fetched_when_it_is_back(
    phone_of, house, amara, lee, patient, ward
):
    # The event was taken and its number kept; the part of the page that it is about was lost with the server.
    sender, receiver = phone_of(amara), phone_of(lee)
    receiver.open("/inbox/")
    receiver.page.locator("[data-live-state][data-state=live]").wait_for()
    receiver.mark()
    asked, lost = [], re.compile(r"/inbox/(\?|_|$)")
    receiver.page.route(lost, lambda route: (asked.append(route), route.abort()))
    begin(sender, patient)
    write_and_send(sender, "7 East")
    receiver.page.wait_for_function("() => document.querySelector('[data-stale]')")
    assert asked
    receiver.page.unroute(lost)
    house.kill()
    house.start()
    house.wait_until_healthy()
    receiver.see("New handover", within="#inbox")
    assert receiver.was_not_reloaded()


def test_two_tabs_that_write_at_once_lose_neither(phone_of, amara, patient):
    first = phone_of(amara)
    begin(first, patient)
    second = phone_of(amara, session=first.session)
    second.open(first.page.url)
    first.type("#summary-plan", "Theirs: tablets tomorrow")
    first.see("on the server", within="#save-state")
    second.type("#summary-plan", "Ours: five days")
    second.see("Saved on another device meanwhile", within="#save-state")
    second.tap(".dock button", text="Show both versions")
    second.see("Theirs: tablets tomorrow")
    assert second.page.locator("#summary-plan").input_value() == "Ours: five days"
    second.tap("[data-take=summary-plan]")
    second.see("on the server", within="#save-state")
    assert second.page.locator("#summary-plan").input_value() == "Theirs: tablets tomorrow"


def test_by_the_keyboard_alone(phone_of, amara, lee, sent_handover, check_all):
    check_all(sent_handover)
    receiver = phone_of(lee, how=DESK)
    page = receiver.page
    receiver.open(f"/handovers/{sent_handover.pk}/")
    focus_and_press(page, "#ask-text")
    page.keyboard.type("Insulin at 22:00?")
    press_on(page, "#ask button:not([name])")
    receiver.see("waits for an answer", within="#questions")
    answer(sent_handover, amara)
    receiver.see("Held.", within="#questions")
    press_on(page, "#read button")
    receiver.see("You have read to the end.", within="#end")
    press_on(page, ".dock a.primary")
    page.wait_for_url(SAY_BACK_URL)
    tab_to(page, "[name=illness_severity]")
    page.keyboard.press("ArrowRight")
    tab_to(page, "[name=first]")
    page.keyboard.press("Space")
    tab_to(page, "#own_words")
    page.keyboard.type("Septic chest; worse, and I call outreach")
    press_on(page, ".dock button[value=accept]")
    page.wait_for_url(HANDOVER_URL)
    receiver.see("is responsible", within="#coming")


def tab_to(page, selector):
    """Tab until the element has the focus; nothing else is pressed."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def focus_and_press(page, selector):
    tab_to(page, selector)


def press_on(page, selector):
    tab_to(page, selector)
    page.keyboard.press("Enter")


def answer(handover, person):
    """The sender's answer, from elsewhere."""
    from uuid import uuid4

    from accounts.actors import Actor
    from handover.transfers import services

    question = Question.objects.get(handover=handover)
    services.answer(Actor(person=person), key=uuid4(), question_id=question.pk, text="Held.")

"""What is sent beside words, in real browsers: a photo on a slow and broken line, a PDF, a voice note; and to fifty."""

import io
import os
import re
import sys
from uuid import uuid4

import pytest
from PIL import Image

from handover.messaging import services
from handover.messaging.models import Attachment, Message, Photo, Upload
from handover.messaging.services import Between, Said, To
from ledger.models import Event
from tests.browser import find_chromium
from tests.journeys.test_messages import THREAD_URL, on_call
from tests.journeys.test_push import until
from tests.messaging.papers import armed_pdf

__all__ = ["on_call"]
pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 400_000, "uploadThroughput": 150_000}
GONE = {**SLOW, "offline": True}
DARK = {"scheme": "dark"}
READERS = 50


@pytest.fixture(scope="module")
def chromium():
    """A browser whose microphone is a beep, and which is not asked about it."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium was found")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        started = playwright.chromium.launch(executable_path=str(path), args=flags)
        yield started
        started.close()


@pytest.fixture
def photo():
    """A photo that no line packs smaller: about a megabyte."""
    made = io.BytesIO()
    Image.frombytes("RGB", (640, 560), os.urandom(640 * 560 * 3)).save(made, "PNG")
    return {"name": "IMG_0042.png", "mimeType": "image/png", "buffer": made.getvalue()}


@pytest.fixture
def talk(actor, patient, amara, on_call):
    """The patient's conversation, in which something was said."""
    thread = services.open_thread(actor(amara), key=uuid4(), between=Between(patient_id=patient.pk))
    say(actor(amara), thread, "The bed is free", to=To([on_call.pk]))
    return thread


def say(who, thread, text, to=None):
    return services.send_message(who, key=uuid4(), thread_id=thread.pk, said=Said(text, "fyi"), to=to)


def test_a_photo_on_a_slow_and_broken_line_arrives_once_with_a_new_message(
    phone_of, amara, on_call, patient, photo, capsys
):
    sender, receiver = phone_of(amara), phone_of(on_call)
    receiver.open("/patients/")
    sender.open(f"/messages/patients/{patient.pk}/")
    line = sender.page.context.new_cdp_session(sender.page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)
    sender.start_counting()
    sender.tap("label.choice", text="Doctor on call")
    sender.tap("label.choice", text="Silent. Nobody has to answer.")
    sender.page.locator("#photo").set_input_files(photo)
    sender.type("#text", "Her rash since this morning")
    # How far it has come is said, and the line breaks in the middle.
    sender.page.locator("[data-file=photo] .file-state", has_text=re.compile(r"[1-9]\d? % sent")).wait_for()
    line.send("Network.emulateNetworkConditions", GONE)
    sender.see("Kept on this page. It goes on when the signal returns.", within="[data-file=photo]")
    sender.tap("#compose button", text="Send")
    sender.picture("photo-on-a-broken-line-phone")
    assert sender.page.locator("#text").input_value() == "Her rash since this morning"
    assert not Message.objects.exists()
    assert 0 < Upload.objects.get().received < len(photo["buffer"])
    line.send("Network.emulateNetworkConditions", SLOW)
    sender.page.wait_for_url(THREAD_URL)
    shown = sender.page.locator("#messages img.photo")
    shown.wait_for()
    assert shown.evaluate("photo => photo.decode().then(() => photo.naturalWidth)") == 640
    sender.picture("photo-sent-phone")
    receiver.see("Message for your information", within="#toasts")
    assert (Message.objects.count(), Photo.objects.count(), Upload.objects.count()) == (1, 1, 0)
    with capsys.disabled():
        sys.stderr.write(f"\n{len(photo['buffer'])} bytes over a broken line in {sender.seconds():.1f} s\n")


def test_a_pdf_that_is_none_is_said_at_once_and_one_that_is_goes_along(phone_of, amara, on_call, talk):
    sender, receiver = phone_of(amara, **DARK), phone_of(on_call, **DARK)
    sender.open(f"/messages/{talk.pk}/")
    choose = sender.page.locator("#pdf")
    choose.set_input_files({"name": "x.pdf", "mimeType": "application/pdf", "buffer": b"<svg/>"})
    sender.see("This is no PDF.", within="[data-file=pdf]")
    sender.picture("pdf-refused-phone-dark")
    choose.set_input_files({"name": "x.pdf", "mimeType": "application/pdf", "buffer": armed_pdf()})
    sender.see("Ready: it goes with the message", within="[data-file=pdf]")
    assert not sender.page.locator("[data-file=pdf] .file-wrong").is_visible()
    sender.tap("label.choice", text="Silent. Nobody has to answer.")
    sender.tap("#compose button", text="Send")
    sender.see("PDF, 2 pages", within="#messages")
    receiver.open(f"/messages/{talk.pk}/")
    with receiver.page.expect_download() as download:
        receiver.tap("#messages a", text="PDF, 2 pages")
    assert download.value.suggested_filename == "document.pdf"
    assert Event.objects.filter(event="message.read", agent_id=on_call.pk, entity_kind="pdf").exists()


def test_a_voice_note_is_recorded_heard_before_it_is_sent_and_played(phone_of, amara, on_call, talk):
    sender, receiver = phone_of(amara), phone_of(on_call)
    sender.open(f"/messages/{talk.pk}/")
    place = "[data-voice]"
    # Taken back once: nothing of it goes along.
    sender.tap(f"{place} [data-record]", text="Record")
    sender.see("0:01 of 2:00", within=place)
    sender.picture("voice-recording-phone")
    sender.tap(f"{place} [data-record]", text="Stop")
    sender.see("Ready: it goes with the message", within=place)
    sender.tap(f"{place} [data-drop]")
    assert sender.page.locator("[name=upload_voice]").input_value() == ""
    sender.tap(f"{place} [data-record]", text="Record again")
    sender.see("0:02 of 2:00", within=place)
    sender.tap(f"{place} [data-record]", text="Stop")
    sender.see("Ready: it goes with the message", within=place)
    plays(sender, f"{place} audio")
    sender.picture("voice-ready-phone")
    sender.tap("label.choice", text="Silent. Nobody has to answer.")
    sender.tap("#compose button", text="Send")
    sender.page.locator("#messages audio").wait_for()
    note = Attachment.objects.get()
    assert (note.kind, note.media_type) == ("voice", "audio/webm")
    assert 2 <= note.extent <= 30
    receiver.open(f"/messages/{talk.pk}/")
    assert plays(receiver, "#messages audio") >= 2
    receiver.picture("voice-note-phone")
    assert Event.objects.filter(event="message.read", agent_id=on_call.pk, entity_kind="voice").exists()


def test_a_voice_note_plays_on_while_the_conversation_goes_on(phone_of, actor, amara, on_call, talk):
    sender, receiver = phone_of(amara), phone_of(on_call)
    sender.open(f"/messages/{talk.pk}/")
    sender.tap("[data-voice] [data-record]", text="Record")
    sender.see("0:04 of 2:00", within="[data-voice]")
    sender.tap("[data-voice] [data-record]", text="Stop")
    sender.see("Ready: it goes with the message", within="[data-voice]")
    sender.tap("label.choice", text="Silent. Nobody has to answer.")
    sender.tap("#compose button", text="Send")
    sender.page.locator("#messages audio").wait_for()
    receiver.open(f"/messages/{talk.pk}/")
    plays(receiver, "#messages audio")
    receiver.page.locator("#messages audio").evaluate("sound => { sound.loop = true; }")
    say(actor(amara), talk, "And something else", to=To([on_call.pk]))
    receiver.see("And something else", within="#messages")
    assert receiver.page.locator("#messages audio").evaluate("sound => sound.loop && !sound.paused")


def plays(phone, selector):
    """How long it lasts, once it is heard: the sound has moved on."""
    sound = phone.page.locator(selector)
    sound.evaluate("sound => { sound.muted = true; void sound.play(); }")
    return until(phone.page, lambda: sound.evaluate("sound => sound.currentTime > 0.2 && sound.duration"))


def test_a_microphone_is_given_to_the_page_that_records_and_to_no_other(phone_of, amara, talk):
    phone = phone_of(amara)
    asked = "navigator.mediaDevices.getUserMedia({audio: true}).then(() => 'given', (error) => error.name)"
    phone.open(f"/messages/{talk.pk}/")
    assert phone.page.evaluate(asked) == "given"
    phone.open("/patients/")
    assert phone.page.evaluate(asked) == "NotAllowedError"


def test_a_conversation_opens_at_its_newest_message_and_a_link_chooses_its_role(phone_of, actor, amara, on_call, talk):
    for number in range(30):
        say(actor(amara), talk, f"Note {number}", to=To([on_call.pk]))
    phone = phone_of(on_call)
    phone.open(f"/messages/{talk.pk}/")
    last = phone.page.locator("#messages > article").last
    box = last.bounding_box()
    assert "Note 29" in last.inner_text()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 844
    phone.picture("thread-at-its-newest-phone")
    # What comes is shown, where somebody is at the end.
    say(actor(amara), talk, "Note 30", to=To([on_call.pk]))
    phone.see("Note 30", within="#messages")
    shown = """() => new Promise((done) => {
        const newest = () => document.querySelector("#messages > article:last-of-type").getBoundingClientRect();
        const look = () => (newest().bottom <= innerHeight ? done(true) : requestAnimationFrame(look));
        look();
    })"""
    assert phone.page.evaluate(shown)


def test_fifty_readers_and_the_sender_sees_how_many_it_has_reached(phone_of, actor, make_person, emergency, amara):
    crowd = [make_person(f"n{n}@readback.example", f"Nurse {n}", "nurse", unit=emergency) for n in range(READERS)]
    group = services.open_thread(
        actor(amara), key=uuid4(), between=Between(people=[one.pk for one in crowd], title="Everybody")
    )
    say(actor(amara), group, "The first")
    sender, receiver = phone_of(amara), phone_of(crowd[7])
    receiver.open(f"/messages/{group.pk}/")
    sender.open(f"/messages/{group.pk}/")
    sender.tap("label.choice", text="Silent. Nobody has to answer.")
    sender.type("#text", "Fire drill at ten")
    sender.tap("#compose button", text="Send")
    receiver.see("Fire drill at ten", within="#messages")
    newest = "#messages > article:last-of-type"
    sender.see("To 50 people", within=newest)
    sender.see("Stored 50 of 50", within=f"{newest} [data-reached-by]")
    sender.see("Opened 1 of 50", within=f"{newest} [data-reached-by]")
    sender.picture("fifty-readers-phone")
    assert Event.objects.filter(event="message.read", agent_id=crowd[7].pk).exists()

"""The officer's evidence of a conversation and of a page: what is shown and hidden, and the file that proves it."""

import base64
import json
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from handover.messaging import pieces
from handover.messaging import services as messaging
from handover.messaging.models import Attachment, AttachmentChunk, Message
from handover.messaging.sealed import scope_of
from handover.messaging.services import Between, Said, To
from handover.paging import services as paging
from handover.paging.rules import Answer
from handover.paging.services import Wanted
from handover.patients.sealed import identity_of
from ledger import sequencer
from ledger.models import Event
from tests.audit.disclosures.test_leavings import disclosed
from tests.audit.test_events_page import without_tokens
from tests.audit.test_evidence import COURT, opened, verified
from tests.guards import unguarded
from tests.messaging.ready import ready
from vault.services import seal
from verifier import verify_evidence as stranger

pytestmark = pytest.mark.django_db

WRONG, RIGHT, TAKEN_BACK = "Morphine 20 mg is in", "Morphine 2 mg is in", "Her cousin is a thief"
SITUATION = "NEWS2 7, breathing fast since 02:50"


@pytest.fixture
def tove(make_person, emergency):
    return make_person("tove@readback.example", "Tove Alderwick", "physician", unit=emergency)


@pytest.fixture
def say(actor):
    """say(person, thread, text, to, ...): a message to these people."""

    def send(person, thread, text, *to, **more):
        said = Said(text, "urgent", **more)
        told = {"thread_id": thread.pk, "said": said, "to": To([one.pk for one in to])}
        return messaging.send_message(actor(person), key=uuid4(), **told)

    return send


@pytest.fixture
def talk(actor, say, amara, tove, patient):
    """Of the patient: a wrong dose that Tove read before it was changed, one taken back unread, a photo and a PDF."""
    thread = messaging.open_thread(actor(amara), key=uuid4(), between=Between(patient_id=patient.pk))
    first = say(amara, thread, WRONG, tove)
    messaging.see(actor(tove), thread_id=thread.pk, number=1)
    messaging.edit(actor(amara), key=uuid4(), message_id=first.pk, text=RIGHT, seen_revision=0)
    messaging.acknowledge(actor(tove), key=uuid4(), message_id=first.pk, answer="owned", revision=1)
    second = say(tove, thread, TAKEN_BACK, amara)
    messaging.retract(actor(tove), key=uuid4(), message_id=second.pk)
    files = [ready(amara, "photo", b"\xff\xd8 the wound"), ready(amara, "pdf", b"%PDF the letter")]
    say(amara, thread, "The wound", tove, uploads=files)
    sequencer.sequence()
    return thread


@pytest.fixture
def group(actor, say, amara, tove):
    """Of no patient: a group and one message."""
    between = Between(people=[tove.pk], title="Night team")
    thread = messaging.open_thread(actor(amara), key=uuid4(), between=between)
    say(amara, thread, "Who has the keys of the drug cupboard?", tove)
    sequencer.sequence()
    return thread


@pytest.fixture
def page(actor, amara, tove, patient):
    """Amara's page to Tove, who owned it."""
    actor(tove)
    wanted = Wanted(level="urgent", words={"situation": SITUATION, "call_back": "5512"}, person_id=tove.pk)
    sent = paging.send_page(actor(amara), key=uuid4(), patient_id=patient.pk, wanted=wanted)
    paging.open_page(actor(tove), page_id=sent.pk)
    paging.answer_page(actor(tove), key=uuid4(), page_id=sent.pk, said=Answer.OWNS)
    sequencer.sequence()
    return sent


def record_in(response):
    return json.loads(opened(response)["record.json"])


def words_in(files):
    """Each wording of the pack, in the order of the log."""
    names = sorted((name for name in files if "/version-" in name), key=lambda name: int(name[16:-5]))
    return [json.loads(files[name]) for name in names]


def test_the_page_of_a_conversation_shows_who_read_what_was_changed_and_no_word_of_it(desk, talk, patient):
    shown = desk.get(f"/audit/threads/{talk.pk}/").content.decode()
    for words in ("Message 1, by Amara Thistledown", "Had read what it said before: Tove Alderwick", "Taken back"):
        assert words in shown
    assert "Nobody had read what it said before" in shown
    assert identity_of(patient).record_number in shown
    for hidden in (WRONG, RIGHT, TAKEN_BACK, identity_of(patient).family):
        assert hidden not in shown


def test_the_page_of_a_page_shows_its_steps_and_answers_and_no_word_of_it(desk, page, patient):
    shown = desk.get(f"/audit/pages/{page.pk}/").content.decode()
    for words in ("to Tove Alderwick", "owned by Tove Alderwick", "sent by Amara Thistledown", "owns it", "Step 1"):
        assert words in shown
    assert identity_of(patient).record_number in shown
    for hidden in (SITUATION, "5512", identity_of(patient).family):
        assert hidden not in shown


@pytest.mark.parametrize(("place", "event"), [("threads", "audit.thread_read"), ("pages", "audit.page_read")])
def test_each_look_is_on_record_before_it_is_given(desk, officer, patient, talk, page, place, event):
    about = talk if place == "threads" else page
    desk.get(f"/audit/{place}/{about.pk}/")
    read = Event.objects.get(event=event)
    assert (read.agent_id, read.patient_id, read.entity_id) == (officer.pk, patient.pk, about.pk)


def test_a_conversation_is_good_for_a_stranger_without_a_word_of_what_was_said(desk, talk, patient):
    response = desk.post(f"/audit/threads/{talk.pk}/evidence/")
    said = "\n".join(verified(response))
    for event in ("thread.opened", "message.sent", "message.opened", "message.edited", "message.retracted"):
        assert event in said
    files = opened(response)
    assert not [name for name in files if name.startswith("content/")]
    for hidden in (WRONG, RIGHT, TAKEN_BACK, identity_of(patient).family, "Thistledown"):
        assert not [name for name, content in files.items() if hidden.encode() in content], hidden


def test_with_content_each_wording_is_the_one_that_the_log_holds_retracted_ones_among_them(desk, talk, tove):
    response = desk.post(f"/audit/threads/{talk.pk}/evidence/", {"content": "included", **COURT})
    verified(response)
    files = opened(response)
    assert [one["text"] for one in words_in(files)] == [WRONG, RIGHT, TAKEN_BACK, "The wound"]
    assert "/9ggdGhlIHdvdW5k" in files["content/photo-4.json"].decode()
    assert json.loads(files["content/pdf-4.json"])["base64"] == base64.b64encode(b"%PDF the letter").decode()
    assert "Tove Alderwick" in files["content/words.json"].decode()
    record = json.loads(files["record.json"])
    assert [(row["kind"], row["size"]) for row in record["attachments"]] == [("pdf", 15)]
    edited, taken_back = record["revisions"]
    assert (edited["kind"], edited["had_read"]) == ("edited", [str(tove.pk)])
    assert (taken_back["kind"], taken_back["had_read"]) == ("retracted", [])
    assert {rung["name"] for rung in record["ladder"]} >= {"stored", "opened", "acknowledged"}
    assert [row["answer"] for row in record["answers"]] == ["owned"]


def test_a_page_is_good_for_a_stranger_and_with_content_says_what_was_sent(desk, page):
    said = "\n".join(verified(desk.post(f"/audit/pages/{page.pk}/evidence/")))
    for event in ("paging.sent", "paging.fired", "paging.owned"):
        assert event in said
    response = desk.post(f"/audit/pages/{page.pk}/evidence/", {"content": "included", **COURT})
    verified(response)
    files = opened(response)
    assert [one["situation"] for one in words_in(files)] == [SITUATION]
    record = json.loads(files["record.json"])
    assert [row["said"] for row in record["answers"]] == ["owns"]
    assert {rung["name"] for rung in record["ladder"]} >= {"stored", "opened", "acknowledged"}


# The property: a file that went with a message cannot become another one later, since the digest of what was said is of
# its files as well. Attacked by sealing other bytes into the place of the PDF, as whoever holds the server can.
def test_a_file_that_was_put_in_the_place_of_another_is_found_out(desk, talk):
    file = Attachment.objects.get(message__thread=talk)
    chunk = file.chunks.get()
    place = pieces.place_of(AttachmentChunk, chunk.pk)
    with unguarded("messaging_attachmentchunk"):
        blob = seal(b"%PDF a letter!!", scope=scope_of(talk), place=place)
        AttachmentChunk.objects.filter(pk=chunk.pk).update(sealed=blob)
    response = desk.post(f"/audit/threads/{talk.pk}/evidence/", {"content": "included", **COURT})
    with pytest.raises(stranger.Refused, match=r"content/pdf-\d.json: not the file that was sent"):
        verified(response)


# The property: whoever can write to the tables cannot make the hospital's word of what was said pass as what was sent.
# Attacked by sealing other words into the row of a message, as whoever holds the server and its keys can.
def test_words_that_were_put_in_their_place_afterwards_are_found_out(desk, talk):
    from handover.messaging import sealed

    message = Message.objects.get(thread=talk, number=2)
    blob, _digest = sealed.seal_text(message, "sealed", "Her cousin is a doctor", thread=talk)
    with unguarded("messaging_message"):
        Message.objects.filter(pk=message.pk).update(sealed=blob)
    response = desk.post(f"/audit/threads/{talk.pk}/evidence/", {"content": "included", **COURT})
    with pytest.raises(stranger.Refused, match="not what was sent"):
        verified(response)


# The property: the digest that stays in the log does not say, after an erasure, what a short message said. Attacked by
# guessing the words: the same words twice have two digests, and none is that of the words alone.
def test_a_digest_in_the_log_is_of_no_words_that_could_be_guessed(say, group, amara, tove):
    for _ in range(2):
        say(amara, group, "yes", tove)
    told = Event.objects.filter(event="message.sent", detail__thread=str(group.pk)).order_by("-id")[:2]
    first, second = (event.entity_version for event in told)
    assert first != second
    assert len(first) == len(second) == 64


def test_of_a_long_conversation_a_part_is_taken_out(desk, talk):
    response = desk.post(
        f"/audit/threads/{talk.pk}/evidence/", {"content": "included", "first": "2", "last": "2", **COURT}
    )
    verified(response)
    record = record_in(response)
    assert [row["number"] for row in record["messages"]] == [2]
    assert [one["text"] for one in words_in(opened(response))] == [TAKEN_BACK]
    shown = desk.get(f"/audit/threads/{talk.pk}/?first=2&last=2").content.decode()
    assert "Message 2, by" in shown
    assert "Message 1, by" not in shown


@pytest.mark.parametrize("typed", ["x", "-1", "99999999999999999999", "٣"])
def test_a_number_that_is_none_shows_all_of_it(desk, talk, typed):
    assert "Message 3, by" in desk.get(f"/audit/threads/{talk.pk}/", {"first": typed, "last": typed}).content.decode()


def test_a_conversation_of_no_patient_is_proved_as_well_and_is_no_disclosure(desk, officer, group):
    shown = desk.get(f"/audit/threads/{group.pk}/").content.decode()
    assert "A group, opened by Amara Thistledown" in shown
    assert "Night team" not in shown
    response = desk.post(f"/audit/threads/{group.pk}/evidence/", {"content": "included", "reason": "review"})
    verified(response)
    files = opened(response)
    assert [one["text"] for one in words_in(files)] == ["Who has the keys of the drug cupboard?"]
    assert json.loads(files["content/words.json"])["title"] == "Night team"
    assert not Event.objects.filter(event="disclosure.made", agent_id=officer.pk).exists()


@pytest.mark.parametrize("place", ["threads", "pages"])
def test_content_needs_a_reason_and_who_must_be_named_is_named(desk, patient, talk, page, place):
    address = f"/audit/{place}/{(talk if place == 'threads' else page).pk}/evidence/"
    assert "with content it needs a reason" in desk.post(address, {"content": "included"}).content.decode()
    assert "Say to whom it goes" in desk.post(address, {"reason": "court"}).content.decode()
    assert disclosed(patient) == []


@pytest.mark.parametrize(("place", "about"), [("threads", "wrote to each other"), ("pages", "call for help")])
def test_a_pack_for_a_court_is_in_the_patients_accounting(desk, actor, officer, patient, talk, page, place, about):
    from audit.disclosures.selectors import accounting

    address = f"/audit/{place}/{(talk if place == 'threads' else page).pk}/evidence/"
    assert desk.post(address, {"content": "included", **COURT}).status_code == 200
    assert disclosed(patient) == [("evidence", "court", "named")]
    (line,) = accounting(actor(officer), patient.pk).lines
    assert about in line.words.what


def test_the_export_is_on_record_and_on_the_page_the_next_time(desk, officer, talk, patient):
    desk.post(f"/audit/threads/{talk.pk}/evidence/", {"content": "included", **COURT})
    event = Event.objects.get(event="evidence.exported", patient_id=patient.pk)
    assert (event.agent_id, event.reason, event.detail["about"]) == (officer.pk, "court", "thread")
    shown = desk.get(f"/audit/threads/{talk.pk}/").content.decode()
    assert "Taken out before" in shown


@pytest.mark.parametrize("place", ["threads", "pages"])
def test_after_an_erasure_it_still_proves_and_there_is_no_content(desk, patient, talk, page, without_key, place):
    without_key(patient)
    address = f"/audit/{place}/{(talk if place == 'threads' else page).pk}/"
    assert desk.get(address).status_code == 200
    verified(desk.post(f"{address}evidence/"))
    refused = desk.post(f"{address}evidence/", {"content": "included", **COURT})
    assert refused.status_code == 409
    assert "was erased" in refused.content.decode()


# Step-up: what leaves the hospital asks for a factor that was just shown (ASVS 7.5.3).
@pytest.mark.parametrize("place", ["threads", "pages"])
def test_who_has_shown_no_factor_lately_shows_one_first(client, officer, sign_in, talk, page, place):
    with time_machine.travel(timezone.now() - timedelta(minutes=6), tick=True):
        sign_in(client, officer)
    address = f"/audit/{place}/{(talk if place == 'threads' else page).pk}/"
    assert "confirm" in client.post(f"{address}evidence/", {"back": address})["Location"]
    assert not Event.objects.filter(event="evidence.exported").exists()


@pytest.mark.parametrize("who", ["amara", "tove", "noor", "admin_person"])
def test_nobody_else_learns_that_there_is_such_a_page(client, sign_in, request, who, talk, page):
    sign_in(client, request.getfixturevalue(who))
    nothing = without_tokens(client.get("/nothing-here/"))
    for there in (f"/audit/threads/{talk.pk}/", f"/audit/pages/{page.pk}/", f"/audit/pages/{uuid4()}/"):
        assert without_tokens(client.get(there)) == nothing
        assert client.post(f"{there}evidence/").status_code == 404


def test_what_is_not_there_is_not_found(desk):
    for place in ("threads", "pages"):
        assert desk.get(f"/audit/{place}/{uuid4()}/").status_code == 404
        assert desk.post(f"/audit/{place}/{uuid4()}/evidence/").status_code == 404


@pytest.mark.parametrize(
    ("event", "place"), [("message.edited", "threads"), ("thread.opened", "threads"), ("paging.owned", "pages")]
)
def test_an_event_leads_to_the_evidence_of_what_it_is_about(desk, talk, page, patient, event, place):
    row = Event.objects.filter(event=event, patient_id=patient.pk).latest("id")
    about = talk if place == "threads" else page
    assert desk.get(f"/audit/events/{row.pk}/")["Location"] == f"/audit/{place}/{about.pk}/"

"""The pages of messages: what is typed arrives, what is refused is drawn again, and nothing runs in a text."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from handover.messaging.models import Acknowledgement, Message, Revision, Thread
from ledger.models import Event
from live.models import Rung
from tests.messaging.conftest import hold, told

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def page(client, sign_in):
    """page(person): the client, signed in as them."""

    def as_person(person):
        client.logout()
        sign_in(client, person)
        return client

    return as_person


def written(text="Please come", **more):
    return {"key": str(uuid4()), "text": text, "level": "urgent", "within": "60", "to": "", **more}


def test_from_a_patient_to_a_role_and_the_thread_opens(page, patient, role, amara, tove):
    at = page(amara)
    first = at.get(reverse("messaging:of_patient", args=[patient.pk]))
    assert "Doctor on call" in first.content.decode()
    assert "Tove Alderwick now" in first.content.decode()
    answer = at.post(reverse("messaging:of_patient", args=[patient.pk]), written("NEWS2 is 7", to=f"role:{role.pk}"))
    thread = Thread.objects.get(patient=patient)
    assert (answer.status_code, answer["Location"]) == (303, reverse("messaging:thread", args=[thread.pk]))
    assert told(tove) == ["message.sent"]
    shown = at.get(answer["Location"]).content.decode()
    assert "NEWS2 is 7" in shown
    assert "Waits for somebody to own it" in shown
    assert at.get(reverse("messaging:of_patient", args=[patient.pk])).context["page"].thread == thread


def test_whoever_got_it_owns_it_with_one_tap_and_the_sender_reads_it(page, say, of_patient, amara, tove):
    message = say(amara, of_patient, level="urgent", people=[tove.pk])
    shown = page(tove).get(reverse("messaging:thread", args=[of_patient.pk])).content.decode()
    assert "I own it" in shown
    answer = page(tove).post(
        reverse("messaging:answer", args=[message.pk]), {"key": str(uuid4()), "answer": "owned", "revision": "0"}
    )
    assert answer.status_code == 303
    assert Acknowledgement.objects.get().person == tove
    fragment = page(amara).get(reverse("messaging:messages_fragment", args=[of_patient.pk])).content.decode()
    assert 'data-rung="acknowledged"' in fragment


def test_a_page_that_was_seen_is_a_rung_and_no_answer(page, say, between_two, amara, tove):
    message = say(amara, between_two, level="urgent")
    page(tove).get(reverse("messaging:thread", args=[between_two.pk]))
    assert set(Rung.objects.filter(subject_id=message.pk).values_list("name", flat=True)) == {"stored"}
    page(tove).post(reverse("messaging:seen", args=[between_two.pk]), {"number": "1"})
    assert set(Rung.objects.filter(subject_id=message.pk).values_list("name", flat=True)) == {"stored", "opened"}
    assert page(tove).post(reverse("messaging:seen", args=[between_two.pk]), {"number": "9" * 30}).status_code == 422


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"text": ""}, "Write what you want to say."),
        ({"text": "x" * 65536}, "This is too long"),
        ({"level": ""}, "Choose how soon it matters."),
        ({"level": "needs_action", "within": "soon"}, "Say by when"),
        ({"to": "person:nobody"}, "Choose somebody from the list."),
    ],
)
def test_what_is_refused_says_why_and_keeps_what_was_typed(page, say, of_patient, amara, tove, wrong, words):
    say(amara, of_patient, people=[tove.pk])
    answer = page(amara).post(reverse("messaging:send", args=[of_patient.pk]), written("Her son is here") | wrong)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert words in shown
    assert wrong.get("text", "Her son is here")[:50] in shown
    assert Message.objects.count() == 1


def test_it_asks_about_another_name_shows_whose_and_sends_when_it_is_meant(
    page, of_patient, make_patient, emergency, amara, tove
):
    other = make_patient(emergency, family="Larkspur", given="Ivo", record_number="5520 7781")
    at, url = page(amara), reverse("messaging:send", args=[of_patient.pk])
    answer = at.post(url, written("Larkspur is worse", to=f"person:{tove.pk}"))
    assert answer.status_code == 409
    assert "LARKSPUR, Ivo" in answer.content.decode()
    # Whom a page names is on the record: also when it names them to ask.
    event = Event.objects.filter(event="patient.listed", agent_id=amara.pk, detail__by="guard").get()
    assert event.patient_id == other.pk
    told_script = at.post(
        url, written("Larkspur is worse", to=f"person:{tove.pk}"), headers={"Accept": "application/json"}
    )
    assert told_script.status_code == 422
    assert "LARKSPUR, Ivo" in told_script.json()["fields"]["is_checked"]
    at.post(url, written("Larkspur is worse", to=f"person:{tove.pk}", is_checked="yes"))
    assert Message.objects.count() == 1


def test_a_name_that_is_easily_taken_for_the_patients_is_marked(page, of_patient, make_patient, emergency, amara):
    other = make_patient(emergency, family="Fenwickly", given="Ada")
    shown = page(amara).get(reverse("messaging:thread", args=[of_patient.pk])).content.decode()
    assert "Not to be taken for:" in shown
    assert "FENWICKLY, Ada" in shown
    assert (
        Event.objects.filter(event="patient.listed", agent_id=amara.pk, detail__by="lookalikes").get().patient_id
        == other.pk
    )


def test_the_sender_sees_how_often_a_colleague_was_alerted_in_the_last_hour(
    page, say, group, of_patient, role, amara, tove, noor
):
    # By messages that the sender may not read, too: a count tells nothing of them.
    for level in ("urgent", "emergency", "fyi"):
        say(noor, group, level=level)
    say(amara, of_patient, people=[tove.pk])
    shown = page(amara).get(reverse("messaging:thread", args=[of_patient.pk])).content.decode()
    assert "Tove Alderwick now · 2 alerts in the last hour" in shown


def test_html_is_shown_as_it_was_typed_in_every_field(page, open_thread, say, of_patient, amara, tove):
    group = open_thread(amara, people=[tove.pk], title=SCRIPT)
    say(amara, group, SCRIPT)
    say(amara, of_patient, SCRIPT, people=[tove.pk], level="urgent")
    at = page(tove)
    pages = [
        reverse("messaging:thread", args=[group.pk]),
        reverse("messaging:thread", args=[of_patient.pk]),
        reverse("messaging:members", args=[group.pk]) + "?q=" + SCRIPT,
        reverse("messaging:threads"),
        reverse("transfers:inbox"),
        reverse("messaging:forward", args=[Message.objects.latest("sent").pk]),
    ]
    for url in pages:
        shown = at.get(url).content.decode()
        assert "<script>alert" not in shown, url
        assert "<img src=x" not in shown, url
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in at.get(pages[0]).content.decode()


def test_a_message_is_changed_and_taken_back(page, say, between_two, amara):
    message, at = say(amara, between_two, "K 5.2"), page(amara)
    assert "K 5.2" in at.get(reverse("messaging:edit", args=[message.pk])).content.decode()
    at.post(reverse("messaging:edit", args=[message.pk]), {"key": str(uuid4()), "text": "K 6.2", "revision": "0"})
    shown = at.get(reverse("messaging:thread", args=[between_two.pk])).content.decode()
    assert "K 6.2" in shown
    assert "K 5.2" not in shown
    at.post(reverse("messaging:retract", args=[message.pk]), {"key": str(uuid4())})
    assert "K 6.2" not in at.get(reverse("messaging:thread", args=[between_two.pk])).content.decode()
    assert [row.kind for row in Revision.objects.order_by("number")] == ["edited", "retracted"]


def test_an_order_is_marked(page, say, between_two, amara):
    say(amara, between_two, "Give 500 mg paracetamol")
    shown = page(amara).get(reverse("messaging:thread", args=[between_two.pk])).content.decode()
    assert "Not an order." in shown


def test_a_quick_reply_is_for_information(page, say, between_two, amara, tove):
    page(tove).post(reverse("messaging:send", args=[between_two.pk]), {"key": str(uuid4()), "quick": "On my way"})
    assert (Message.objects.get().level, told(amara)) == ("fyi", ["message.sent"])


def test_of_a_patient_whoever_was_written_to_answers_with_one_tap_too(page, say, of_patient, amara, tove):
    address = reverse("messaging:thread", args=[of_patient.pk])
    # Nobody else is in it yet: there is nobody to say it to.
    assert "On my way" not in page(amara).get(address).content.decode()
    say(amara, of_patient, level="urgent", people=[tove.pk])
    shown = page(tove).get(address).content.decode()
    assert "On my way" in shown
    # It is part of the record.
    assert "Thank you" not in shown
    page(tove).post(reverse("messaging:send", args=[of_patient.pk]), {"key": str(uuid4()), "quick": "On my way"})
    assert Message.objects.filter(author=tove, level="fyi").count() == 1
    assert "message.sent" in told(amara)


def test_a_colleague_a_role_and_a_group_are_written_to(page, role, amara, tove, noor):
    at = page(amara)
    assert "Noor Wintergreen" in at.get(reverse("messaging:new") + "?q=noor").content.decode()
    for to in (f"person:{noor.pk}", f"role:{role.pk}"):
        assert at.post(reverse("messaging:new"), {"key": str(uuid4()), "to": to}).status_code == 303
    assert at.post(reverse("messaging:new"), {"key": str(uuid4())}).status_code == 422
    group = {"key": str(uuid4()), "title": "Night team", "people": [str(tove.pk), str(noor.pk)]}
    assert at.post(reverse("messaging:new_group"), group).status_code == 303
    assert at.post(reverse("messaging:new_group"), {"key": str(uuid4()), "title": ""}).status_code == 422
    assert sorted(Thread.objects.values_list("kind", flat=True)) == ["direct", "group", "role"]


def test_a_message_is_forwarded_to_a_colleague(page, say, of_patient, between_two, amara, tove, noor):
    about = say(amara, of_patient, "Lactate 4.1", people=[tove.pk])
    other = say(amara, between_two, "The lift is out")
    at = page(tove)
    for message in (about, other):
        url = reverse("messaging:forward", args=[message.pk])
        assert at.get(url).status_code == 200
        assert at.post(url, written(to=f"person:{noor.pk}")).status_code == 303
    assert told(noor) == ["message.sent", "message.sent"]


def test_a_task_is_made_with_owner_and_time(page, say, of_patient, amara, tove, patient):
    message = say(amara, of_patient, "Cultures are not back", people=[tove.pk])
    url, at = reverse("messaging:task", args=[message.pk]), page(amara)
    assert "Cultures are not back" in at.get(url).content.decode()
    wrong = {"key": str(uuid4()), "what": "Chase them", "owner": str(tove.pk), "by_when": "soon"}
    assert at.post(url, wrong).status_code == 422
    assert at.post(url, {**wrong, "by_when": "2126-01-01T09:00"}).status_code == 303
    assert "Chase them" in at.get(reverse("patients:page", args=[patient.pk])).content.decode()


def test_search_finds_what_one_may_read_and_says_so_on_the_record(
    page, say, of_patient, between_two, group, amara, noor
):
    say(amara, of_patient, "Lactate 4.1 and rising", people=[noor.pk])
    say(amara, between_two, "Lactate of whom?")
    at = page(noor)
    shown = at.post(reverse("messaging:search"), {"words": "LACTATE"}).content.decode()
    assert "and rising" in shown
    assert "of whom" not in shown
    event = Event.objects.filter(event="message.searched", agent_id=noor.pk).get()
    assert (event.patient_id, event.detail["found"]) == (of_patient.patient_id, 1)
    assert at.post(reverse("messaging:search"), {"words": "la"}).status_code == 422


def test_the_list_says_what_was_not_opened(page, say, group, amara, tove):
    say(amara, group)
    assert "1 not opened" in page(tove).get(reverse("messaging:threads")).content.decode()
    page(tove).post(reverse("messaging:seen", args=[group.pk]), {"number": "1"})
    assert "not opened" not in page(tove).get(reverse("messaging:threads_fragment")).content.decode()


def test_a_long_thread_is_shown_in_pages_and_names_are_in_no_title(page, say, of_patient, amara, tove):
    for number in range(60):
        say(amara, of_patient, f"No. {number}", people=[tove.pk])
    at, url = page(amara), reverse("messaging:thread", args=[of_patient.pk])
    shown = at.get(url).content.decode()
    assert "No. 59" in shown
    assert "No. 9<" not in shown
    assert "FENWICKLE" not in re.search(r"<title>(.*?)</title>", shown)[1]
    assert "No. 9<" in at.get(url + "?before=11").content.decode()
    assert at.get(url + "?before=x").status_code == 200


def test_a_role_that_nobody_holds_stands_in_the_list_and_cannot_be_chosen(page, amara, patient, emergency):
    from handover.duty.models import PractitionerRole

    PractitionerRole.objects.create(unit=emergency, name="Stroke on call")
    text = page(amara).get(f"/messages/patients/{patient.pk}/").content.decode()
    assert "nobody holds it now" in text


# -- a link that asks for somebody --


def checked_in(page):
    return re.findall(r'name="to" value="([^"]*)" checked', page.content.decode())


def test_a_link_of_the_directory_has_its_role_or_person_chosen(page, patient, role, ward, amara, lee):
    from handover.duty.models import PractitionerRole

    # Of another unit than Amara's and the patient's: only the link brings it to the list.
    elsewhere = PractitionerRole.objects.create(unit=ward, name="Charge nurse")
    hold(elsewhere, lee, timezone.now(), timezone.now() + timedelta(hours=1))
    at = page(amara)
    for address in (reverse("messaging:new"), reverse("messaging:of_patient", args=[patient.pk])):
        assert checked_in(at.get(address, {"role": elsewhere.pk})) == [f"role:{elsewhere.pk}"]
        assert checked_in(at.get(address, {"person": lee.pk})) == [f"person:{lee.pk}"]
    found = at.get(reverse("directory:find"), {"q": "Lee"}).content.decode()
    assert f"{reverse('messaging:new')}?person={lee.pk}" in found


# The attack: an address that was made up. It marks nobody, brings nobody to the list, and breaks nothing.
@pytest.mark.parametrize("asked", ["", "x", "' OR 1=1", str(uuid4()), "00000000-0000-0000-0000-000000000000", "\x00"])
def test_a_link_that_asks_for_nobody_chooses_nobody(page, patient, amara, asked):
    for address in (reverse("messaging:new"), reverse("messaging:of_patient", args=[patient.pk])):
        for name in ("role", "person"):
            answer = page(amara).get(address, {name: asked})
            assert answer.status_code == 200
            assert checked_in(answer) == []


def test_a_link_chooses_nobody_who_cannot_be_written_to(page, make_person, amara, admin_person):
    for person in (admin_person, amara):
        assert checked_in(page(amara).get(reverse("messaging:new"), {"person": person.pk})) == []


def test_who_writes_is_told_before_whom_nothing_reaches(page, actor, amara, tove, between_two):
    at = page(amara)
    thread = reverse("messaging:thread", args=[between_two.pk])
    assert "Tove Alderwick cannot be reached now" in at.get(thread).content.decode()
    actor(tove)  # They open Readback.
    assert "cannot be reached now" not in at.get(thread).content.decode()


def test_so_is_whoever_looks_for_somebody_to_write_to(page, amara, patient, tove):
    found = page(amara).get(reverse("messaging:of_patient", args=[patient.pk]), {"q": "Tove"}).content.decode()
    assert "cannot be reached now" in found

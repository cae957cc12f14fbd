"""The page of a handover: what the sender and the receiver see and press, without scripts, and who sees nothing."""

import re
from uuid import uuid4

import pytest

from handover.transfers import services
from handover.transfers.models import Handover, Question, Synthesis, Transfer
from tests.fixtures_transfers import make_ipass

pytestmark = pytest.mark.django_db

FRAGMENTS = (
    "gate",
    "ladder",
    "questions",
    "status",
    "dock",
    "synthesis",
    "checklist",
    "coming",
    "end",
    "start",
    "brief",
    "changed",
    "text",
)


def page_of(handover):
    return f"/handovers/{handover.pk}/"


def version_of(handover):
    handover.refresh_from_db()
    return {"version": str(handover.current_id)}


def without_token(response):
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", response.content)


def test_the_sender_sees_every_reason_that_locks_the_gate(browser, amara, sent_handover):
    html = browser(amara).get(page_of(sent_handover)).content.decode()
    assert "Gate locked" in html
    assert html.count("Locked:") == 3  # not said back, not accepted, and the items as one
    assert "4 things that go along are not checked" in html
    assert "Medication chart" in html
    assert 'aria-disabled="true"' in html


def test_the_receiver_sees_the_brief_in_seven_lines_and_what_to_do(browser, lee, sent_handover):
    html = browser(lee).get(page_of(sent_handover)).content.decode()
    assert html.count("<li data-kind=") == 7
    assert "Read it all" in html
    assert "I have read to the end" in html
    assert "Coming to you from Emergency Department" in html


def test_whoever_has_not_accepted_reads_that_the_patient_is_on_the_way(actor, amara, browser, lee, sent_handover):
    told = {"transfer_id": sent_handover.transfer_id, "reason": "Theatre is calling", "is_emergency": True}
    services.request_override(actor(amara), key=uuid4(), **told)
    services.depart(actor(amara), key=uuid4(), transfer_id=sent_handover.transfer_id)
    html = browser(lee).get(page_of(sent_handover)).content.decode()
    assert "and nobody has accepted yet" in html
    assert "once you have accepted" not in html


def test_no_patient_stands_in_a_title(browser, amara, lee, sent_handover):
    for person in (amara, lee):
        html = browser(person).get(page_of(sent_handover)).content.decode()
        title = html[html.index("<title>") : html.index("</title>")]
        assert "FENWICKLE" not in title.upper()


@pytest.mark.parametrize("name", FRAGMENTS)
def test_each_fragment_is_itself_again(browser, amara, lee, sent_handover, name):
    for person in (amara, lee):
        response = browser(person).get(f"{page_of(sent_handover)}_{name}/")
        html = response.content.decode().strip()
        assert response.status_code == 200
        assert f'data-fragment="{page_of(sent_handover)}_{name}/"' in html.split(">")[0] + ">" or name in html


def test_somebody_else_gets_the_answer_of_a_page_that_is_not_there(browser, noor, sent_handover):
    client = browser(noor)
    missing = client.get(f"/handovers/{uuid4()}/")
    for path in ("", "_gate/", "_ladder/", "compose/", "edit/", "say-back/", "decline/", "send/"):
        response = client.get(page_of(sent_handover) + path)
        assert response.status_code == 404
    assert without_token(client.get(page_of(sent_handover))) == without_token(missing)


def test_opened_and_read_are_recorded_by_buttons_alone(browser, press, lee, amara, sent_handover):
    client = browser(lee)
    response = press(client, page_of(sent_handover) + "read/", **version_of(sent_handover))
    assert response.status_code == 303
    html = browser(amara).get(page_of(sent_handover)).content.decode()
    assert 'data-rung="opened" data-reached' in html
    assert 'data-rung="read" data-reached' in html
    assert "Say it back" in client.get(page_of(sent_handover)).content.decode()


def test_a_quick_question_takes_one_press_and_an_answer_opens_it_again(browser, press, lee, amara, sent_handover):
    response = press(browser(lee), page_of(sent_handover) + "ask/", quick="Does the family know of the move?", text="")
    assert response.status_code == 303
    question = Question.objects.get(handover=sent_handover)
    sender = browser(amara)
    assert "Does the family know of the move?" in sender.get(page_of(sent_handover)).content.decode()
    response = press(sender, f"/questions/{question.pk}/answer/", text="Yes, her son does.")
    assert response["Location"] == page_of(sent_handover)
    assert "Yes, her son does." in browser(lee).get(page_of(sent_handover)).content.decode()


def test_an_empty_question_is_refused_at_its_field(browser, lee, sent_handover):
    response = browser(lee).post(
        page_of(sent_handover) + "ask/", {"key": str(uuid4()), "text": " "}, headers={"Accept": "application/json"}
    )
    assert response.status_code == 422
    assert list(response.json()["fields"]) == ["text"]


def test_call_shows_the_number_that_the_sender_wrote_down(browser, press, lee, sent_handover):
    html = press(browser(lee), page_of(sent_handover) + "call/").content.decode()
    assert "020 7946 0111" in html
    assert 'href="tel:02079460111"' in html


def test_saying_it_back_keeps_every_word_when_something_is_missing(browser, press, read, lee, sent_handover):
    read(sent_handover, lee)
    client = browser(lee)
    said = {"own_words": "Septic chest, watch her oxygen", "first": "0", **version_of(sent_handover)}
    response = press(client, page_of(sent_handover) + "say-back/", **said)
    html = response.content.decode()
    assert response.status_code == 422
    assert "Septic chest, watch her oxygen" in html
    assert "Say how ill they are." in html
    assert 'name="first" value="0" checked' in html
    assert not Synthesis.objects.exists()


def test_the_first_press_of_saying_it_back_brings_the_severity_along(browser, read, lee, sent_handover):
    read(sent_handover, lee)
    response = browser(lee).post(page_of(sent_handover) + "say-back/", {"do": "begin", "illness_severity": "watcher"})
    assert response.status_code == 200
    assert 'value="watcher" checked' in response.content.decode()


def test_one_press_says_it_back_and_accepts(browser, press, read, lee, sent_handover):
    read(sent_handover, lee)
    said = {"illness_severity": "watcher", "first": "0", "own_words": "Watch her oxygen", "do": "accept"}
    digest = bytes(sent_handover.current.digest).hex()
    response = press(
        browser(lee), page_of(sent_handover) + "say-back/", digest=digest, **said, **version_of(sent_handover)
    )
    assert response.status_code == 303
    sent_handover.refresh_from_db()
    assert sent_handover.status == Handover.Status.ACCEPTED
    assert sent_handover.accepted_by == lee


def test_other_words_after_a_refusal_are_said_anew_under_the_same_key(browser, press, read, lee, sent_handover):
    read(sent_handover, lee)
    key = uuid4()
    said = {"first": "0", "own_words": "Watch her oxygen", "do": "accept", **version_of(sent_handover)}
    said["digest"] = bytes(sent_handover.current.digest).hex()
    url = page_of(sent_handover) + "say-back/"
    client = browser(lee)
    assert press(client, url, key, illness_severity="stable", **said).status_code == 409
    assert press(client, url, key, illness_severity="watcher", **said).status_code == 303
    sent_handover.refresh_from_db()
    assert sent_handover.status == Handover.Status.ACCEPTED


def test_a_question_that_is_open_takes_accept_away_and_says_why(browser, press, say_back, lee, sent_handover):
    client = browser(lee)
    press(client, page_of(sent_handover) + "ask/", text="Insulin at 22:00?")
    say_back(sent_handover, lee)
    html = client.get(page_of(sent_handover)).content.decode()
    assert "a question is open" in html
    assert 'aria-disabled="true"' in html


def test_the_gate_opens_with_its_proof_and_the_patient_departs_and_arrives(
    browser, press, amara, lee, accepted_handover
):
    sender = browser(amara)
    html = sender.get(page_of(accepted_handover)).content.decode()
    assert "Gate open" in html
    assert "Depart now" in html
    move = accepted_handover.transfer
    assert press(sender, f"/transfers/{move.pk}/depart/").status_code == 303
    receiver = browser(lee)
    assert "Arrived" in receiver.get(page_of(accepted_handover)).content.decode()
    assert press(receiver, f"/transfers/{move.pk}/arrive/").status_code == 303
    move.refresh_from_db()
    assert move.status == Transfer.Status.ARRIVED
    assert receiver.get(page_of(accepted_handover)).status_code == 200


def test_depart_is_refused_with_its_reasons_whatever_the_page_showed(browser, press, amara, sent_handover):
    response = press(browser(amara), f"/transfers/{sent_handover.transfer_id}/depart/")
    assert response.status_code == 409
    assert "has not said it back" in response.content.decode()


def test_the_receiver_of_an_edit_sees_minus_plus_and_the_new_words(browser, actor, amara, lee, accepted_handover):
    from handover.transfers import services

    changed = make_ipass(situation_awareness="Tires quickly; the day doctor knows her")
    services.edit_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk, ipass=changed, seen_version=1)
    html = browser(lee).get(page_of(accepted_handover)).content.decode()
    assert "Changed since it was accepted" in html
    assert "<mark>day</mark>" in html
    assert "<del>" in html


def test_a_correction_is_written_beside_what_was_said(browser, press, say_back, amara, lee, sent_handover):
    synthesis = say_back(sent_handover, lee, own_words="Chest infection, all well")
    sender = browser(amara)
    assert "Chest infection, all well" in sender.get(page_of(sent_handover)).content.decode()
    press(sender, f"/syntheses/{synthesis.pk}/correct/", text="Not all well: watch her oxygen")
    html = browser(lee).get(page_of(sent_handover) + "say-back/").content.decode()
    assert "Not all well: watch her oxygen" in html
    assert "Chest infection, all well" in html  # their own words come back to be mended


def test_declining_needs_a_reason_and_keeps_the_words(browser, press, lee, sent_handover):
    client = browser(lee)
    response = press(client, page_of(sent_handover) + "decline/", words="Two beds open at six")
    assert response.status_code == 422
    assert "Two beds open at six" in response.content.decode()
    response = press(client, page_of(sent_handover) + "decline/", reason="no_bed", words="Two beds open at six")
    assert response["Location"] == "/inbox/"
    sent_handover.refresh_from_db()
    assert sent_handover.status == Handover.Status.DECLINED


def test_a_declined_handover_shows_why_and_is_sent_to_somebody_else(
    browser, press, amara, lee, ward, noor, other_ward, sent_handover
):
    press(browser(lee), page_of(sent_handover) + "decline/", reason="no_bed", words="")
    sender = browser(amara)
    html = sender.get(page_of(sent_handover)).content.decode()
    assert "No bed" in html
    assert "Send to somebody else" in html
    assert sender.get(page_of(sent_handover) + "send/").status_code == 200
    response = press(sender, page_of(sent_handover) + "send/", to_unit=str(other_ward.pk), to="on_duty", to_bed="2")
    assert response.status_code == 303
    sent_handover.refresh_from_db()
    assert sent_handover.to_unit == other_ward
    assert sent_handover.transfer.to_unit == other_ward


def test_a_checklist_item_is_attached_or_missing_because(browser, press, amara, sent_handover):
    client = browser(amara)
    url = f"/transfers/{sent_handover.transfer_id}/checklist/medication_chart/"
    assert press(client, url, state="missing").status_code == 422
    assert press(client, url, state="missing", reason="Copier is down").status_code == 303
    assert "Copier is down" in client.get(page_of(sent_handover)).content.decode()
    assert press(client, url, state="attached").status_code == 303


def test_an_override_needs_a_reason_and_a_second_person(browser, press, amara, make_person, emergency, sent_handover):
    client = browser(amara)
    url = f"/transfers/{sent_handover.transfer_id}/override/"
    assert "Leave with the gate locked" in client.get(url).content.decode()
    assert press(client, url, reason="").status_code == 422
    response = press(client, url, reason="short")
    assert response.status_code == 422
    assert "short" in response.content.decode()
    assert press(client, url, reason="Ruptured spleen, theatre waits").status_code == 303
    override = sent_handover.transfer.overrides.get()
    assert f"/overrides/{override.pk}/approve/" not in client.get(page_of(sent_handover)).content.decode()
    colleague = browser(make_person("ida@readback.example", "Ida Marlpit", "nurse", unit=emergency))
    html = colleague.get(f"/overrides/{override.pk}/approve/").content.decode()
    assert "Ruptured spleen, theatre waits" in html
    assert press(colleague, f"/overrides/{override.pk}/approve/").status_code == 303
    html = client.get(page_of(sent_handover)).content.decode()
    assert "An override stands." in html
    assert "Depart now" in html


def test_taking_it_back_and_planning_anew(browser, press, amara, sent_handover, ward):
    client = browser(amara)
    assert client.get(page_of(sent_handover) + "plan/").status_code == 200
    response = press(client, page_of(sent_handover) + "plan/", to_unit=str(ward.pk), to_bed="12")
    assert response.status_code == 303
    assert "bed 12" in client.get(page_of(sent_handover)).content.decode()
    assert press(client, page_of(sent_handover) + "withdraw/").status_code == 303
    assert "Withdrawn" in client.get(page_of(sent_handover)).content.decode()


def test_a_form_without_a_key_does_nothing(browser, lee, sent_handover):
    response = browser(lee).post(page_of(sent_handover) + "ask/", {"text": "Insulin?"})
    assert response.status_code == 422
    assert not Question.objects.exists()


def test_the_receiver_reads_when_each_medicine_was_given_and_is_due(browser, lee, sent_handover):
    whole = browser(lee).get(f"/handovers/{sent_handover.pk}/_text/").content.decode()
    assert "Last given" in whole
    assert "Next " in whole
    assert "Last given: not recorded" in whole  # the one that is held: nobody wrote when it was given


def test_once_accepted_the_actions_are_said_to_be_the_receivers(browser, lee, amara, accepted_handover):
    before = "yours once you accept"
    theirs = browser(lee).get(f"/handovers/{accepted_handover.pk}/_text/").content.decode()
    assert "yours now" in theirs
    assert before not in theirs
    assert "Owner:" not in theirs
    ours = browser(amara).get(f"/handovers/{accepted_handover.pk}/_text/").content.decode()
    assert "Lee Sparrowhawk has them now" in ours


def test_no_known_allergies_are_not_red_because_the_patient_is_not_to_be_resuscitated():
    from handover.patients import documents as d
    from handover.transfers.rules.brief import _danger

    summary = d.Summary(
        allergies=d.Section[d.Allergy](state=d.SectionState.NONE_KNOWN),
        code_status=d.Section[d.CodeStatus](state=d.SectionState.FILLED, entries=(d.CodeStatus(value="dnar"),)),
    )
    line = _danger(summary)
    assert [part.tone for part in line.parts] == ["", "danger"]
    assert line.text == "Allergies: none known. Code status: DNAR: do not attempt resuscitation"

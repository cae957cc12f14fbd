"""The board of a unit and a person's inbox: what waits stands on top, and nobody sees another unit's."""

from uuid import uuid4

import pytest

from accounts.services import disable_person

pytestmark = pytest.mark.django_db


def test_the_board_shows_who_comes_who_goes_and_why_not_yet(browser, amara, lee, emergency, ward, sent_handover):
    leaving = browser(amara).get(f"/units/{emergency.pk}/board/").content.decode()
    assert "FENWICKLE, Odalys" in leaving
    assert "Locked" in leaving
    arriving = browser(lee).get(f"/units/{ward.pk}/board/").content.decode()
    assert "from Emergency Department" in arriving
    assert "Lee Sparrowhawk" in arriving or "Whoever is on duty in 7 East" in arriving
    assert "has not said it back" in arriving
    assert "FENWICKLE" not in arriving[: arriving.index("</title>")]


def test_the_board_of_another_unit_is_not_there(browser, noor, ward, sent_handover):
    client = browser(noor)
    assert client.get(f"/units/{ward.pk}/board/").status_code == 404
    assert client.get(f"/units/{ward.pk}/_board/").status_code == 404
    assert client.get(f"/units/{uuid4()}/board/").status_code == 404


def test_an_empty_board_says_so(browser, noor, other_ward):
    html = browser(noor).get(f"/units/{other_ward.pk}/board/").content.decode()
    assert "Nobody is on the way here." in html
    assert "Nothing is locked." in html


def test_board_leads_to_ones_own_unit(browser, lee, ward):
    assert browser(lee).get("/board/")["Location"] == f"/units/{ward.pk}/board/"


def test_the_inbox_puts_what_needs_me_on_top(browser, lee, sent_handover):
    client = browser(lee)
    html = client.get("/inbox/").content.decode()
    assert "Needs you" in html
    assert f"/handovers/{sent_handover.pk}/" in html
    assert "waits for you" in html
    assert '<span class="count">1' in client.get("/inbox/_count/").content.decode()


def test_the_sender_finds_the_question_and_then_what_happened(browser, press, amara, lee, sent_handover):
    press(browser(lee), f"/handovers/{sent_handover.pk}/ask/", text="Insulin at 22:00?")
    client = browser(amara)
    assert "Needs you" in client.get("/inbox/").content.decode()
    press(client, f"/questions/{sent_handover.questions.get().pk}/answer/", text="Held.")
    html = client.get("/inbox/").content.decode()
    assert "Needs you" not in html
    assert "What happened" in html


def test_an_empty_inbox_says_what_happens_next(browser, noor):
    html = browser(noor).get("/inbox/").content.decode()
    assert "Nothing waits for you" in html
    assert browser(noor).get("/inbox/_count/").content.decode().strip() == ""


def test_the_patients_page_says_who_has_them_and_where_they_go(browser, amara, patient, sent_handover):
    client = browser(amara)
    html = client.get(f"/patients/{patient.pk}/").content.decode()
    assert "Who has this patient" in html
    assert "Amara Thistledown" in html
    assert "Going to 7 East" in html
    assert "to 7E" in client.get("/patients/").content.decode()


def test_an_open_action_is_done_on_the_patients_page(browser, press, lee, accepted_handover, patient):
    client = browser(lee)
    html = client.get(f"/patients/{patient.pk}/").content.decode()
    assert "Lactate again" in html
    action = patient.open_actions.get(due=min(patient.open_actions.values_list("due", flat=True)))
    assert press(client, f"/actions/{action.pk}/done/").status_code == 303
    assert f"/actions/{action.pk}/done/" not in client.get(f"/patients/{patient.pk}/").content.decode()


def test_the_board_says_whose_duty_nobody_covers_in_its_own_unit_alone(
    browser, make_person, actor, admin_person, lee, noor, ward, other_ward
):
    gone = make_person("oona@readback.example", "Oona Tressel", "nurse", unit=ward)
    words = b"Oona Tressel was on duty here and works here no longer"
    assert words not in browser(lee).get(f"/units/{ward.pk}/board/").content
    disable_person(actor(admin_person), key=uuid4(), person_id=gone.pk)
    assert words in browser(lee).get(f"/units/{ward.pk}/board/").content
    assert words not in browser(noor).get(f"/units/{other_ward.pk}/board/").content

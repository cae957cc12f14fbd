"""The officer's pages of disclosures, and the document that the patient gets."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.disclosures.models import Disclosure, Suspension
from audit.disclosures.pdf import as_pdf, paragraphs
from audit.disclosures.selectors import accounting, accounting_to_give
from ledger.models import Event

pytestmark = pytest.mark.django_db


def day(ago=0):
    return (timezone.localdate() - timedelta(days=ago)).isoformat()


GOOD = {
    "recipient": "County Health Department",
    "address": "1 Quay, Port Meadow",
    "basis": "public_health",
    "what": "Name and date of the stay",
    "purpose": "Report of measles",
}


@pytest.fixture
def address(patient):
    return f"/audit/patients/{patient.pk}/disclosures/"


@pytest.fixture
def post(desk, address):
    def send(**changed):
        return desk.post(f"{address}new/", {"key": str(uuid4()), "made_on": day(3), **GOOD, **changed})

    return send


def text_of(response):
    return " ".join(response.content.decode().split())


def test_from_the_patients_timeline_to_a_disclosure_that_is_written_down(desk, patient, address, post):
    assert f'href="{address}"' in text_of(desk.get(f"/audit/patients/{patient.pk}/"))
    assert f'href="{address}new/"' in text_of(desk.get(address))
    response = post()
    assert (response.status_code, response["Location"]) == (303, address)
    page = text_of(desk.get(address))
    for words in ("County Health Department", "1 Quay, Port Meadow", "Name and date of the stay", "164.512(b)"):
        assert words in page


# The page names whom something went to: that somebody looked is on record before it is shown.
def test_the_look_is_on_record(desk, officer, patient, address):
    desk.get(address)
    event = Event.objects.get(event="audit.accounting_read", patient_id=patient.pk)
    assert event.agent_id == officer.pk


BAD = {
    "no day": ({"made_on": ""}, "Choose the day"),
    "no day at all": ({"made_on": "the third of May"}, "Write a day, as in"),
    "a day to come": ({"made_on": day(-2)}, "This day has not come yet"),
    "a year that was written wrongly": ({"made_on": "0206-05-03"}, "Compare the year"),
    "no recipient": ({"recipient": "\u202e \x07"}, "Say to whom it went"),
    "no basis": ({"basis": ""}, "Choose why it was given"),
    "no such basis": ({"basis": "because"}, "because is not one of the available choices"),
    "too much": ({"what": "x" * 10_000}, "This is too long: 500 characters at most"),
    "no purpose": ({"purpose": " "}, "what it was for"),
}


@pytest.mark.parametrize("how", BAD)
def test_bad_input_is_told_in_words_and_what_was_typed_is_still_there(post, patient, how):
    changed, words = BAD[how]
    response = post(**changed)
    page = text_of(response)
    assert response.status_code == 422
    assert words in page
    kept = {**GOOD, **changed}
    for name in GOOD.keys() - changed.keys():
        assert f'value="{kept[name]}" selected' in page if name == "basis" else kept[name] in page
    assert not Disclosure.objects.filter(patient=patient).exists()


def test_marks_that_nobody_sees_are_not_kept(post, desk, address):
    post(recipient="County\u202e Health\x00 Department")
    assert "County Health Department" in text_of(desk.get(address))


def test_days_the_wrong_way_round_are_said_and_stay_in_the_form(desk, address):
    response = desk.get(f"{address}?since={day(1)}&until={day(9)}")
    page = text_of(response)
    assert response.status_code == 422
    assert "This is before the beginning. Change one of the two." in page
    assert f'value="{day(1)}"' in page
    assert f'value="{day(9)}"' in page


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Auckland"])
def test_the_ends_of_the_calendar_are_answered(desk, address, settings, zone):
    settings.TIME_ZONE = zone
    for query in (
        "since=9999-12-31",
        "until=0001-01-01",
        "since=0001-01-01&until=9999-12-31",
        "page=99999999999999999999",
    ):
        assert desk.get(f"{address}?{query}").status_code in {200, 422}, query


def test_more_than_six_years_are_six_and_the_page_says_so(desk, address):
    assert "goes back six years and no further" in text_of(desk.get(f"{address}?since=2001-01-01"))


def test_many_are_shown_page_by_page(desk, address, post):
    for number in range(51):
        post(recipient=f"Office number {number}", made_on=day(number))
    first, second = text_of(desk.get(address)), text_of(desk.get(f"{address}?page=2"))
    assert ("Office number 0<" in first, "Office number 50<" in first) == (True, False)
    assert ("Office number 50<" in second, "Page 2 of 2" in second) == (True, True)
    for odd in ("0", "-1", "zz", "999"):
        assert desk.get(f"{address}?page={odd}").status_code == 200


def test_the_page_of_silence_keeps_it_from_the_patient(desk, actor, officer, patient, address, post):
    post(basis="law_enforcement", recipient="Sheriff's Office")
    row = Disclosure.objects.get(patient=patient)
    assert f'href="/audit/disclosures/{row.pk}/suspend/"' in text_of(desk.get(address))
    form = {"key": str(uuid4()), "form": "oral", "stated_on": day(), "until": day(-40), "said_by": "Deputy Finch"}
    refused = desk.post(f"/audit/disclosures/{row.pk}/suspend/", form)
    assert refused.status_code == 422
    assert "it holds for thirty days" in text_of(refused)
    assert 'value="Deputy Finch"' in text_of(refused)
    assert desk.post(f"/audit/disclosures/{row.pk}/suspend/", {**form, "until": day(-30)}).status_code == 303
    assert Suspension.objects.get().disclosure_id == row.pk
    assert "Not told yet: an agency has asked for silence" in text_of(desk.get(address))
    assert "Sheriff" not in words_of(accounting_to_give(actor(officer), patient.pk))


# What is kept from a patient asks for a factor that was just shown, as what leaves does (ASVS 7.5.3).
def test_silence_and_the_document_ask_for_a_factor(client, officer, sign_in, patient, address):
    import time_machine

    with time_machine.travel(timezone.now() - timedelta(minutes=6), tick=True):
        sign_in(client, officer)
    for answer in (client.post(f"{address[:-1]}.pdf"), client.get(f"/audit/disclosures/{uuid4()}/suspend/")):
        assert answer.status_code == 302
        assert "confirm" in answer["Location"]


# -- the document --


def words_of(found):
    return " ".join(paragraph.words for paragraph in paragraphs(found))


def pages_in(content):
    return content.count(b"/Type /Page\n")


def test_the_patient_gets_day_recipient_address_what_and_why(desk, actor, officer, patient, address, post):
    post(made_on="2026-05-03")
    told = words_of(accounting_to_give(actor(officer), patient.pk))
    for words in ("3 May 2026", GOOD["recipient"], GOOD["address"], GOOD["what"]):
        assert words in told
    assert "Why: Report of measles (to protect public health)" in told
    response = desk.post(f"{address[:-1]}.pdf", {"since": "", "until": ""})
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert patient.pk.hex not in response["Content-Disposition"]


def test_a_document_of_many_pages_holds_all_of_it(actor, officer, patient, post):
    for number in range(60):
        post(recipient=f"Office number {number} of Łódź", made_on=day(number))
    found = accounting_to_give(actor(officer), patient.pk)
    told = words_of(found)
    assert all(f"Office number {number} of Łódź" in told for number in range(60))
    assert pages_in(as_pdf(found)) > 5


def test_an_empty_one_and_one_in_the_dark_say_so(actor, officer, patient, post, without_key):
    assert "Nothing was given to anybody" in words_of(accounting_to_give(actor(officer), patient.pk))
    post()
    without_key(patient)
    told = words_of(accounting_to_give(actor(officer), patient.pk))
    assert "Your data was erased, and with it to whom this went. It was given to protect public health." in told


# An attack by carelessness: the officer's view is handed to what draws the patient's document.
def test_what_only_officers_see_is_never_drawn(actor, officer, patient, post):
    post(basis="treatment")
    with pytest.raises(ValueError, match="officer's view"):
        as_pdf(accounting(actor(officer), patient.pk))

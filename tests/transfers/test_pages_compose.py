"""Writing a handover on its page: every word survives, with and without scripts, on one device or two."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.transfers import sealed
from handover.transfers.models import Handover
from ledger.models import Event

pytestmark = pytest.mark.django_db


def typed(handover, **changes):
    """What a browser sends of the writing page, row by row."""
    handover.refresh_from_db()
    fields = {
        "revision": str(handover.draft_revision),
        "illness_severity": "watcher",
        "summary-statement": "75, pneumonia with sepsis",
        "summary-events": "Fever since yesterday",
        "summary-course": "Two litres",
        "summary-assessment": "Less breathless",
        "summary-plan": "Five days of antibiotics",
        "action-0-what": "Lactate again",
        "action-0-who": "Nurse",
        "action-0-by": "2026-11-24T04:00",
        "situation_awareness": "Tires quickly",
        "pair-0-if_this": "SpO2 below 92 %",
        "pair-0-then_that": "4 L, call the registrar",
        "call_back": "5512",
    }
    return {**fields, **changes}


def url(handover, name="compose"):
    return f"/handovers/{handover.pk}/{name}/"


def stored(handover):
    handover.refresh_from_db()
    return sealed.draft_of(handover)


@pytest.fixture
def new_draft(browser, press, amara, patient):
    """A handover that Amara has just begun from the patient's page."""
    response = press(browser(amara), f"/patients/{patient.pk}/hand-over/")
    return Handover.objects.get(pk=response["Location"].split("/")[2])


def test_beginning_a_handover_opens_its_page_with_no_severity_chosen(browser, press, amara, patient):
    client = browser(amara)
    response = press(client, f"/patients/{patient.pk}/hand-over/")
    assert response.status_code == 303
    html = client.get(response["Location"]).content.decode()
    assert 'name="illness_severity" value="stable"' in html
    assert "checked><svg" not in html
    assert "How ill: stable, watcher or unstable" in html


def test_the_page_shows_what_goes_with_it_and_how_old_it_is(browser, amara, new_draft):
    html = browser(amara).get(url(new_draft)).content.decode()
    assert "Goes with it" in html
    assert 'class="danger-fact"' in html
    assert 'class="age"' in html


def test_what_nobody_asked_is_marked_with_a_way_to_answer(browser, press, amara, make_patient, emergency):
    from handover.patients.documents import Summary

    bare = make_patient(emergency, summary=Summary())
    client = browser(amara)
    response = press(client, f"/patients/{bare.pk}/hand-over/")
    html = client.get(response["Location"]).content.decode()
    assert "Not asked yet: Allergies" in html
    assert f"/patients/{bare.pk}/allergies/add/" in html
    assert f"/patients/{bare.pk}/allergies/state/" in html


def test_it_is_saved_as_it_is_typed_and_says_what_is_missing_in_words(browser, press, amara, new_draft):
    response = press(browser(amara), url(new_draft, "draft"), **typed(new_draft, illness_severity=""))
    answer = response.json()
    assert response.status_code == 200
    assert answer["revision"] == 2
    assert "How ill: stable, watcher or unstable" in answer["missing"]
    assert "%" not in json.dumps(answer["missing"])
    assert stored(new_draft).patient_summary.statement == "75, pneumonia with sepsis"


def test_half_a_line_is_saved_too_and_comes_back_as_half_a_line(browser, press, amara, new_draft):
    client = browser(amara)
    halves = {"pair-0-then_that": "", "action-0-what": ""}
    assert press(client, url(new_draft, "draft"), **typed(new_draft, **halves)).status_code == 200
    html = client.get(url(new_draft)).content.decode()
    assert ">SpO2 below 92 %</textarea>" in html
    assert "…" not in html  # the gap of the draft is an empty field again
    assert 'value="Nurse"' in html


def test_two_devices_that_save_at_once_lose_neither(browser, press, amara, new_draft):
    client = browser(amara)
    first = typed(new_draft, **{"summary-plan": "Theirs: tablets tomorrow"})
    second = typed(new_draft, **{"summary-plan": "Ours: five days"})
    assert press(client, url(new_draft, "draft"), **first).status_code == 200
    assert press(client, url(new_draft, "draft"), **second).status_code == 409
    response = press(client, url(new_draft), **second, do="save")
    html = response.content.decode()
    assert response.status_code == 409
    assert "Ours: five days" in html
    assert "Theirs: tablets tomorrow" in html
    assert 'name="revision" value="2"' in html  # saving again keeps what is in the fields then
    again = {**second, "revision": "2"}
    assert press(client, url(new_draft), **again, do="save").status_code == 200
    assert stored(new_draft).patient_summary.plan == "Ours: five days"


def test_rows_are_added_timed_and_removed_without_scripts(browser, press, amara, new_draft):
    client = browser(amara)
    html = press(client, url(new_draft), **typed(new_draft), do="add_action").content.decode()
    assert 'name="action-1-what"' in html
    assert ">Lactate again</textarea>" in html
    html = press(client, url(new_draft), **typed(new_draft), do="in:0:120").content.decode()
    due = timezone.localtime(timezone.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H")
    assert f'value="{due}' in html
    html = press(client, url(new_draft), **typed(new_draft), do="remove_pair:0").content.decode()
    assert "SpO2 below 92 %" not in html
    assert "75, pneumonia with sepsis" in html


def test_a_chosen_unit_shows_who_is_on_duty_there(browser, press, amara, lee, ward, new_draft):
    client = browser(amara)
    html = press(client, url(new_draft), **typed(new_draft), do="choose_unit", to_unit=str(ward.pk)).content.decode()
    assert f'value="person:{lee.pk}"' in html
    assert 'value="on_duty" checked' in html
    fragment = client.get(f"/handovers/{new_draft.pk}/_recipients/?unit={ward.pk}").content.decode()
    assert "Lee Sparrowhawk" in fragment


def test_sending_saves_what_is_typed_and_plans_the_move(browser, press, amara, lee, ward, new_draft):
    choice = {"to_unit": str(ward.pk), "to": "on_duty", "to_bed": "4", "departure": "2026-11-24T05:00"}
    response = press(browser(amara), url(new_draft, "send"), **typed(new_draft), **choice)
    assert response.status_code == 303
    new_draft.refresh_from_db()
    assert new_draft.status == Handover.Status.SENT
    assert new_draft.transfer.to_unit == ward
    document = sealed.document_of(new_draft.current, patient_id=new_draft.patient_id)
    assert document.ipass.patient_summary.plan == "Five days of antibiotics"


def test_sending_twice_sends_once(browser, press, amara, lee, ward, new_draft):
    client, key = browser(amara), uuid4()
    fields = {**typed(new_draft), "to_unit": str(ward.pk), "to": f"person:{lee.pk}"}
    assert press(client, url(new_draft, "send"), key, **fields).status_code == 303
    assert press(client, url(new_draft, "send"), key, **fields).status_code == 303
    assert new_draft.versions.count() == 1


def test_sending_without_severity_or_unit_marks_the_fields_and_keeps_every_word(browser, press, amara, new_draft):
    client = browser(amara)
    fields = typed(new_draft, illness_severity="", **{"action-0-what": ""})
    response = press(client, url(new_draft, "send"), **fields)
    html = response.content.decode()
    assert response.status_code == 422
    assert "It is set anew for each handover." in html
    assert "Say what is to be done, or remove the line." in html
    assert "75, pneumonia with sepsis" in html
    assert 'value="2026-11-24T04:00"' in html
    response = press(client, url(new_draft, "send"), **typed(new_draft))
    assert "Choose the unit that receives this patient." in response.content.decode()
    assert stored(new_draft).patient_summary.statement == "75, pneumonia with sepsis"


def test_a_unit_with_nobody_on_duty_refuses_in_words_and_keeps_the_draft(browser, press, amara, ward, new_draft):
    response = press(browser(amara), url(new_draft, "send"), **typed(new_draft), to_unit=str(ward.pk), to="on_duty")
    assert response.status_code == 409
    assert Event.objects.get(outcome="refused").event == "handover.sent"
    assert "75, pneumonia with sepsis" in response.content.decode()
    assert stored(new_draft).patient_summary.statement == "75, pneumonia with sepsis"


def test_a_refused_sending_keeps_half_a_line_too(browser, press, amara, ward, new_draft):
    fields = typed(new_draft, **{"pair-0-then_that": ""})
    response = press(browser(amara), url(new_draft, "send"), **fields, to_unit=str(ward.pk), to="on_duty")
    assert response.status_code == 422
    assert "Say what is then to be done" in response.content.decode()
    assert stored(new_draft).patient_summary.plan == "Five days of antibiotics"
    assert f'name="revision" value="{new_draft.draft_revision}"' in response.content.decode()


def test_sending_over_a_draft_that_was_changed_elsewhere_shows_both(browser, press, amara, lee, ward, new_draft):
    client, choice = browser(amara), {"to_unit": str(ward.pk), "to": "on_duty"}
    old = typed(new_draft, **{"summary-plan": "Ours: five days"})
    assert press(client, url(new_draft, "draft"), **typed(new_draft, **{"summary-plan": "Theirs"})).status_code == 200
    response = press(client, url(new_draft, "send"), **old, **choice)
    html = response.content.decode()
    assert response.status_code == 409
    assert "Ours: five days" in html
    assert "Theirs" in html
    assert stored(new_draft).patient_summary.plan == "Theirs"
    again = {**old, "revision": str(new_draft.draft_revision)}
    assert press(client, url(new_draft, "send"), **again, **choice).status_code == 303


def test_the_time_of_the_severity_is_when_it_was_set_and_not_when_it_was_sent(browser, press, amara, lee, ward, draft):
    set_at = stored(draft).severity_set
    choice = {"to_unit": str(ward.pk), "to": "on_duty"}
    assert press(browser(amara), url(draft, "send"), **typed(draft), **choice).status_code == 303
    draft.refresh_from_db()
    assert sealed.document_of(draft.current, patient_id=draft.patient_id).ipass.severity_set == set_at


def test_a_handover_within_the_unit_plans_no_move(browser, press, amara, make_person, emergency, new_draft):
    make_person("ida@readback.example", "Ida Marlpit", "nurse", unit=emergency)
    choice = {"to_unit": str(emergency.pk), "to": "on_duty"}
    assert press(browser(amara), url(new_draft, "send"), **typed(new_draft), **choice).status_code == 303
    new_draft.refresh_from_db()
    assert new_draft.transfer is None


def test_a_severity_that_contradicts_news2_is_said_and_not_blocked(browser, press, amara, make_patient, emergency):
    from handover.patients.documents import Section, SectionState, Summary
    from tests.fixtures_patients import make_vitals

    ill = make_vitals(timezone.now(), respirations_per_min=28, spo2_percent=90, systolic_mmhg=88)
    vitals = Section(state=SectionState.FILLED, entries=(ill,))
    worse = make_patient(emergency, summary=Summary(vital_signs=vitals))
    client = browser(amara)
    handover = Handover.objects.get(pk=press(client, f"/patients/{worse.pk}/hand-over/")["Location"].split("/")[2])
    answer = press(client, url(handover, "draft"), **typed(handover, illness_severity="stable")).json()
    assert "You set stable" in answer["disagreement"]


def test_an_edit_makes_a_new_version_and_keeps_the_words_of_a_colleague(
    browser, press, amara, actor, accepted_handover
):
    client = browser(amara)
    edit = f"/handovers/{accepted_handover.pk}/edit/"
    assert "The receiver sees what is new" in client.get(edit).content.decode()
    assert press(client, edit, **typed(accepted_handover, revision="1")).status_code == 303
    accepted_handover.refresh_from_db()
    assert accepted_handover.current.number == 2
    response = press(client, edit, **typed(accepted_handover, revision="1", situation_awareness="Mine, later"))
    html = response.content.decode()
    assert response.status_code == 409
    assert "Mine, later" in html
    assert "Tires quickly" in html


def test_a_draft_is_nobody_elses(browser, lee, noor, make_person, emergency, draft):
    colleague = make_person("ida@readback.example", "Ida Marlpit", "nurse", unit=emergency)
    for person in (lee, noor, colleague):
        client = browser(person)
        assert client.get(url(draft)).status_code == 404
        assert client.post(url(draft, "draft"), {"key": str(uuid4()), "revision": "1"}).status_code == 404


def test_a_form_that_is_too_long_loses_nothing(browser, press, amara, new_draft):
    long = "breathless " * 400
    response = press(browser(amara), url(new_draft, "draft"), **typed(new_draft, **{"summary-plan": long}))
    assert response.status_code == 422
    assert (
        "summary-plan" in response.json()["fields"] if response["Content-Type"].startswith("application/json") else True
    )
    response = press(browser(amara), url(new_draft), **typed(new_draft, **{"summary-plan": long}), do="save")
    assert response.status_code == 422
    assert long.strip() in response.content.decode()


def test_a_reload_keeps_the_unit_the_bed_and_the_time_that_were_chosen(browser, press, amara, ward, lee, new_draft):
    client = browser(amara)
    chosen = {"to_unit": str(ward.pk), "to": f"person:{lee.pk}", "to_bed": "7E 4", "departure": "2026-11-24T04:00"}
    assert press(client, url(new_draft, "draft"), **typed(new_draft, **chosen)).status_code == 200
    html = client.get(url(new_draft)).content.decode()
    assert f'value="{ward.pk}" selected' in html
    assert f'value="person:{lee.pk}" checked' in html
    assert 'value="7E 4"' in html
    assert 'value="2026-11-24T04:00"' in html
    new_draft.refresh_from_db()
    assert b"7E 4" not in bytes(new_draft.sealed_draft)


def test_words_that_are_saved_without_a_receiver_leave_the_chosen_one(actor, amara, ward, new_draft):
    from handover.transfers import services
    from handover.transfers.documents import DraftAddress

    told = {"handover_id": new_draft.pk, "ipass": stored(new_draft)}
    services.save_draft(actor(amara), key=None, revision=1, address=DraftAddress(to_unit=str(ward.pk)), **told)
    services.save_draft(actor(amara), key=None, revision=2, **told)
    new_draft.refresh_from_db()
    assert sealed.draft_address_of(new_draft).to_unit == str(ward.pk)


def test_words_typed_in_a_second_tab_after_the_first_has_sent_stay_beside_those_that_were_sent(
    browser, press, amara, lee, ward, new_draft
):
    client, choice = browser(amara), {"to_unit": str(ward.pk), "to": f"person:{lee.pk}"}
    first, second = (
        typed(new_draft),
        typed(new_draft, illness_severity="unstable", **{"summary-plan": "Call intensive"}),
    )
    assert press(client, url(new_draft, "send"), **first, **choice).status_code == 303
    response = press(client, url(new_draft, "send"), **second, **choice)
    assert response.status_code == 409
    assert "Call intensive" in response.content.decode()
    assert url(new_draft, "edit") in response.content.decode()
    assert new_draft.versions.count() == 1

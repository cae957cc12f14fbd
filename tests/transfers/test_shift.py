"""Handing over several patients at once: each is an act of its own, and what is refused stays where it was typed."""

from uuid import uuid4

import pytest
from django.utils import timezone

from handover.patients import services as patients
from handover.patients.documents import IllnessSeverity
from handover.transfers import sealed, selectors, services
from handover.transfers.models import Handover, Transfer
from ledger.models import Event
from tests.fixtures_patients import make_vitals
from tests.fixtures_transfers import make_ipass
from tests.transfers.acts import logged, told

pytestmark = pytest.mark.django_db
PAGE = "/handovers/shift/"


@pytest.fixture
def noah(make_person, emergency):
    """Who comes for the night, in Amara's own unit."""
    return make_person("noah@readback.example", "Noah Nightjar", "nurse", unit=emergency)


@pytest.fixture
def five(make_patient, emergency, amara, give):
    """Five patients whom Amara has."""
    names = ("Ashgrove", "Birchall", "Cloverley", "Dunmarsh", "Elderfield")
    patients = [make_patient(emergency, family=name, bed=f"ED {number}") for number, name in enumerate(names, 1)]
    for patient in patients:
        give(amara, patient)
    return patients


@pytest.fixture
def page(actor):
    """page(person): their shift as the page shows it."""
    return lambda person: selectors.shift_page(actor(person), at=timezone.now())


def said(page, severities, **more):
    """What the form posts: of each card its key and its mark, and how ill where it was tapped."""
    told = dict(more)
    for card in page.cards:
        told |= {f"{card.patient_id}-key": str(uuid4()), f"{card.patient_id}-seen": card.seen}
        if severity := severities.get(card.patient_id):
            told[f"{card.patient_id}-illness_severity"] = severity
    return told


def to_person(person, unit):
    return {"to_unit": str(unit.pk), "to": f"person:{person.pk}"}


def test_each_patient_who_is_ready_is_sent_and_nobody_else(browser, amara, noah, five, page, emergency):
    severities = {five[0].pk: "stable", five[1].pk: "watcher"}
    answer = browser(amara).post(PAGE, said(page(amara), severities, **to_person(noah, emergency)))
    assert answer.status_code == 303
    assert answer["Location"].startswith(PAGE)
    sent = {row.patient_id: row for row in Handover.objects.filter(status=Handover.Status.SENT)}
    assert set(sent) == {five[0].pk, five[1].pk}
    assert {row.to_person for row in sent.values()} == {noah}
    assert not Transfer.objects.exists()  # they stay in their beds
    document = sealed.document_of(sent[five[1].pk].current, patient_id=five[1].pk)
    assert document.ipass.illness_severity == IllnessSeverity.WATCHER
    assert logged(five[0]) == ["responsibility.passed", "handover.drafted", "handover.sent"]
    assert told(noah) == ["handover.sent", "handover.sent"]
    assert {card.patient_id for card in page(amara).cards} == {each.pk for each in five[2:]}


def test_the_same_form_again_sends_nobody_twice(browser, amara, noah, five, page, emergency):
    client, form = browser(amara), said(page(amara), {five[0].pk: "stable"}, **to_person(noah, emergency))
    client.post(PAGE, form)
    again = client.post(PAGE, form, headers={"Accept": "application/json"}).json()
    assert again == {"ok": True, "sent": [str(five[0].pk)], "refused": {}}
    assert Handover.objects.count() == 1
    assert Handover.objects.get().versions.count() == 1


def test_one_that_is_refused_says_why_and_keeps_what_was_typed_and_the_others_are_sent(
    browser, amara, noah, five, page, emergency
):
    form = said(page(amara), {five[0].pk: "stable", five[1].pk: "stable"}, **to_person(noah, emergency))
    form |= {f"{five[0].pk}-action-0-what": "", f"{five[0].pk}-action-0-who": "Noah, after the round"}
    answer = browser(amara).post(PAGE, form)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Not all were sent" in html
    assert "Say what is to be done, or remove the line." in html
    assert "Noah, after the round" in html
    assert [row.patient_id for row in Handover.objects.filter(status=Handover.Status.SENT)] == [five[1].pk]


def test_what_changed_since_the_card_was_drawn_is_looked_at_first(
    browser, amara, noah, five, page, emergency, put_vitals
):
    form = said(page(amara), {five[0].pk: "stable", five[1].pk: "stable"}, **to_person(noah, emergency))
    put_vitals(five[0], respirations_per_min=26)
    answer = browser(amara).post(PAGE, form, headers={"Accept": "application/json"}).json()
    assert answer["sent"] == [str(five[1].pk)]
    refused = answer["refused"][str(five[0].pk)]
    assert refused["again"] is True
    assert "changed since you looked" in refused["words"]
    assert not Handover.objects.filter(patient=five[0]).exists()  # not even a draft
    assert Event.objects.get(event="handover.sent", outcome="refused").patient_id == five[0].pk


def test_nobody_is_sent_without_a_receiver(browser, amara, five, page, emergency):
    form = said(page(amara), {five[0].pk: "stable"}, to_unit=str(emergency.pk))
    answer = browser(amara).post(PAGE, form)
    assert answer.status_code == 422
    assert "Choose who receives this handover." in answer.content.decode()
    assert not Handover.objects.exists()


def test_an_empty_duty_is_said_once_and_leaves_no_draft_behind(browser, amara, five, page, emergency):
    form = said(page(amara), {five[0].pk: "stable"}, to_unit=str(emergency.pk), to="on_duty")
    answer = browser(amara).post(PAGE, form, headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert "Nobody else is on duty" in answer.json()["message"]
    assert not Handover.objects.exists()


def test_a_form_without_any_severity_sends_nobody(browser, amara, noah, five, page, emergency):
    answer = browser(amara).post(PAGE, said(page(amara), {}, **to_person(noah, emergency)))
    assert answer.status_code == 422
    assert "Nobody is ready yet" in answer.content.decode()
    assert not Handover.objects.exists()


def test_a_severity_that_an_older_draft_held_is_not_chosen_and_its_time_is_the_new_one(
    browser, amara, noah, five, page, emergency, write_draft
):
    draft = write_draft(amara, five[0])
    before = sealed.draft_of(draft).severity_set
    client = browser(amara)
    html = client.get(PAGE).content.decode()
    assert "checked" not in html[html.index('id="cards"') :]
    client.post(PAGE, said(page(amara), {five[0].pk: "watcher"}, **to_person(noah, emergency)))
    draft.refresh_from_db()
    assert draft.status == Handover.Status.SENT  # the draft that was there, and no second one
    ipass = sealed.document_of(draft.current, patient_id=five[0].pk).ipass
    assert ipass.severity_set > before
    assert ipass.situation_awareness == make_ipass().situation_awareness


def test_what_was_typed_on_the_card_is_sent_and_what_it_did_not_show_stays(
    browser, amara, noah, five, page, emergency, write_draft
):
    write_draft(amara, five[0])
    form = said(page(amara), {five[0].pk: "stable"}, **to_person(noah, emergency))
    form |= {f"{five[0].pk}-summary-plan": "Home tomorrow", f"{five[0].pk}-pair-0-if_this": "she is short of breath"}
    form |= {f"{five[0].pk}-pair-0-then_that": "sit her up and call"}
    browser(amara).post(PAGE, form)
    ipass = sealed.document_of(Handover.objects.get().current, patient_id=five[0].pk).ipass
    assert ipass.patient_summary.plan == "Home tomorrow"
    assert ipass.patient_summary.course == make_ipass().patient_summary.course
    assert [pair.then_that for pair in ipass.contingency_plan] == ["sit her up and call"]


def test_a_card_shows_what_changed_since_the_handover_before_and_folds_the_rest(
    browser, amara, lee, accepted_handover, patient, actor
):
    services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    services.arrive(actor(lee), key=uuid4(), transfer_id=accepted_handover.transfer_id)
    client = browser(lee)
    quiet = client.get(PAGE).content.decode()
    assert "FENWICKLE, Odalys" in quiet
    assert "4471 0893" in quiet
    assert "Follow up the result: Blood cultures" in quiet  # nobody chased it in the handover before
    assert "Unchanged since" in quiet
    entry = make_vitals(timezone.now(), respirations_per_min=26)
    patients.put_entry(
        actor(lee), key=uuid4(), patient_id=patient.pk, section="vital_signs", entry=entry, seen_number=None
    )
    html = client.get(PAGE).content.decode()
    assert "Changed since" in html
    assert "RR 26" in html or "<mark>26,</mark>" in html


def test_a_declined_one_is_offered_to_somebody_else_and_an_accepted_one_says_who_has_them(
    browser, amara, noah, five, page, emergency, actor, accept
):
    severities = {five[0].pk: "watcher", five[1].pk: "watcher"}
    browser(amara).post(PAGE, said(page(amara), severities, **to_person(noah, emergency)))
    first, second = (Handover.objects.get(patient=each) for each in five[:2])
    accept(first, noah)
    services.decline(actor(noah), key=uuid4(), handover_id=second.pk, code="no_bed", reason="I have nine already")
    html = browser(amara).get(f"{PAGE}_sent/").content.decode()
    assert "Noah Nightjar has this patient since" in html
    assert "Declined by Noah Nightjar" in html
    assert "I have nine already" in html
    assert f"/handovers/{second.pk}/send/" in html


def test_the_facts_of_a_patient_who_is_somebody_elses_are_not_there(browser, lee, amara, five):
    assert browser(amara).get(f"{PAGE}_facts/{five[0].pk}/").status_code == 200
    assert browser(lee).get(f"{PAGE}_facts/{five[0].pk}/").status_code == 404


def test_the_read_of_all_cards_is_one_event_that_names_them_all(browser, amara, five):
    browser(amara).get(PAGE)
    event = Event.objects.filter(event="patient.read").latest("id")
    assert set(event.patient_ids) == {each.pk for each in five}


def test_twenty_cards_cost_as_many_queries_as_five(
    browser, amara, five, give, make_patient, emergency, django_assert_max_num_queries
):
    client = browser(amara)
    client.get(PAGE)
    for number in range(15):
        give(amara, make_patient(emergency, family=f"Fellrunner{number}"))
    with django_assert_max_num_queries(30):
        assert client.get(PAGE).content.count(b"data-card=") == 20


def test_whoever_has_nobody_is_told_so(browser, noor):
    assert "No patients are yours" in browser(noor).get(PAGE).content.decode()


def test_the_inbox_puts_together_what_one_person_handed_over_at_one_time(
    browser, amara, noah, five, page, emergency, write_draft, send, make_patient, ward, lee
):
    everybody = {each.pk: "stable" for each in five}
    browser(amara).post(PAGE, said(page(amara), everybody, **to_person(noah, emergency)))
    send(write_draft(lee, make_patient(ward, family="Wainwright")), to=noah)
    html = browser(noah).get("/inbox/").content.decode()
    assert "5 patients from Amara Thistledown" in html
    assert html.count("New handover") == 1  # Lee's stands alone
    assert "patients from Lee" not in html


def test_after_one_is_accepted_the_next_of_the_same_sender_is_one_tap_away(
    browser, amara, noah, five, page, emergency, accept
):
    severities = {five[2].pk: "watcher", five[0].pk: "watcher", five[1].pk: "stable"}
    browser(amara).post(PAGE, said(page(amara), severities, **to_person(noah, emergency)))
    rows = {row.patient_id: row for row in Handover.objects.all()}
    client, first, second = browser(noah), rows[five[0].pk], rows[five[2].pk]
    assert "Next: bed" not in client.get(f"/handovers/{first.pk}/").content.decode()
    accept(first, noah)
    html = client.get(f"/handovers/{first.pk}/_dock/").content.decode()
    assert "Next: bed ED 3, CLOVERLEY, Basil" in html  # the watcher before the stable one
    assert "06-May-1970" in html
    assert f"/handovers/{second.pk}/" in html
    assert "2 more from Amara Thistledown wait for you." in html
    assert Event.objects.filter(event="patient.listed", detail__by="next", patient_id=five[2].pk).exists()


def test_a_key_that_stands_on_two_cards_sends_each_patient_their_own_words(browser, amara, noah, five, page, emergency):
    form = said(page(amara), {five[0].pk: "stable", five[1].pk: "unstable"}, **to_person(noah, emergency))
    form[f"{five[1].pk}-key"] = form[f"{five[0].pk}-key"]
    answer = browser(amara).post(PAGE, form, headers={"Accept": "application/json"}).json()
    assert set(answer["sent"]) == {str(five[0].pk), str(five[1].pk)}
    sent = {row.patient_id: row for row in Handover.objects.filter(status=Handover.Status.SENT)}
    assert set(sent) == {five[0].pk, five[1].pk}
    severities = [
        sealed.document_of(sent[each.pk].current, patient_id=each.pk).ipass.illness_severity for each in five[:2]
    ]
    assert severities == ["stable", "unstable"]

"""The call agent's card: both identifiers or nothing, and nothing beyond it.

Why it matters: a caller who sounds like a colleague is the oldest way into a hospital. An agent can give away only what
an agent sees.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Role
from handover.patients.card import MOST_MISSES, card_for
from handover.patients.models import AccessAlert, PersonDay
from handover.patients.sealed import identity_of
from ledger.models import Event
from live.models import InboxItem
from live.refusals import Conflict, Invalid, NotFound


@pytest.fixture
def told(patient):
    who = identity_of(patient)
    return {"record_number": who.record_number, "birth_date": who.birth_date}


def form_of(told):
    year, month, day = told["birth_date"].split("-")
    born = {"birth_date_day": day, "birth_date_month": month, "birth_date_year": year}
    return {"record_number": told["record_number"], **born}


def test_both_identifiers_give_the_card_and_the_record_says_who_looked(actor, agent_person, patient, told, emergency):
    card = card_for(actor(agent_person), **told)
    assert (card.identity.family, card.unit) == (identity_of(patient).family, emergency)
    event = Event.objects.get(event="card.read")
    assert (event.agent_id, event.patient_id, event.relationship_ids) == (agent_person.pk, patient.pk, None)


def test_the_page_shows_what_is_dangerous_and_whom_to_ask_and_no_chart(
    client, sign_in, agent_person, amara, actor, patient, told
):
    sign_in(client, agent_person)
    page = client.post("/card/", form_of(told)).content.decode()
    assert "Penicillin" in page
    assert "Emergency" in page
    assert "Meropenem" not in page
    assert str(patient.pk) not in page


def test_an_unknown_number_and_another_birth_date_are_the_same_answer(client, sign_in, agent_person, told):
    # The oracle: whoever tries numbers must not learn that somebody is here.
    sign_in(client, agent_person)
    wrong = [{**told, "birth_date": "1901-01-01"}, {**told, "record_number": "9999 9999"}]
    pages = [client.post("/card/", form_of(each)) for each in wrong]
    assert {page.status_code for page in pages} == {422}
    assert all("Nobody is found by this record number and date of birth together" in p.content.decode() for p in pages)
    assert not Event.objects.filter(event="card.read", outcome="success").exists()


@pytest.mark.parametrize("somebody", ["amara", "officer", "admin_person"])
def test_it_is_for_call_agents_alone(request, client, sign_in, actor, told, somebody):
    # A clinician has a way with a reason and a review; this one has neither.
    person = request.getfixturevalue(somebody)
    sign_in(client, person)
    assert client.post("/card/", form_of(told)).status_code == 403
    with pytest.raises(NotFound):
        card_for(actor(person), **told)


def test_whoever_guesses_is_told_of_and_stopped_until_tomorrow(actor, agent_person, officer, told):
    agent = actor(agent_person)
    for number in range(MOST_MISSES):
        with pytest.raises(Invalid):
            card_for(agent, **{**told, "record_number": f"guess {number}"})
    assert AccessAlert.objects.get().kind == "card_missed"
    assert InboxItem.objects.filter(person_id=officer.pk, event="access.alerted").count() == 1
    with pytest.raises(Conflict, match="until tomorrow"):
        card_for(agent, **told)
    PersonDay.objects.update(day=timezone.localdate() - timedelta(days=1))
    assert card_for(agent, **told)


def test_the_days_budget_stops_an_agent_too(actor, agent_person, told, make_patient, emergency, settings):
    settings.PATIENTS_A_DAY = 1
    agent = actor(agent_person)
    card_for(agent, **told)
    card_for(agent, **told)  # the same patient again costs nothing
    other = identity_of(make_patient(emergency, family="Nettleship"))
    with pytest.raises(Conflict, match="as many cards"):
        card_for(agent, record_number=other.record_number, birth_date=other.birth_date)


def test_whoever_has_the_patient_stands_on_the_card(actor, agent_person, amara, patient, told):
    from handover.transfers.services.responsibility import take_patient

    take_patient(actor(amara), key=uuid4(), patient_id=patient.pk)
    assert card_for(actor(agent_person), **told).holder == amara
    assert agent_person.role == Role.CALL_AGENT

"""Who has this patient: one answer at any time, a history, and the actions that go with them."""

from uuid import uuid4

import pytest
from django.utils import timezone

from handover.transfers import selectors, services
from handover.transfers.models import OpenAction, Responsibility
from live.refusals import Conflict, Denied, NotFound
from tests.transfers.acts import logged, told

pytestmark = pytest.mark.django_db


def test_a_patient_whom_nobody_has_can_be_taken_once(actor, amara, make_person, emergency, patient):
    assert selectors.who_has(actor(amara), patient.pk) == []
    services.take_patient(actor(amara), key=uuid4(), patient_id=patient.pk)
    colleague = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    with pytest.raises(Conflict, match="hand the patient over to you"):
        services.take_patient(actor(colleague), key=uuid4(), patient_id=patient.pk)
    assert [row.person for row in selectors.who_has(actor(amara), patient.pk)] == [amara]
    assert logged(patient) == ["responsibility.passed"]


def test_only_the_unit_that_has_the_patient_takes_them(actor, noor, send, draft, patient):
    with pytest.raises(NotFound):
        services.take_patient(actor(noor), key=uuid4(), patient_id=patient.pk)
    send(draft, to=noor)
    with pytest.raises(Denied):
        services.take_patient(actor(noor), key=uuid4(), patient_id=patient.pk)


def test_the_history_has_no_gap_and_the_first_has_the_patient(
    actor, amara, lee, noor, patient, accepted_handover, write_draft, send, accept
):
    accept(send(write_draft(lee, patient), to=noor), noor)
    rows = selectors.who_has(actor(noor), patient.pk)
    assert [row.person for row in rows] == [noor, lee, amara]
    assert rows[0].until is None
    assert [row.until for row in rows[1:]] == [row.since for row in rows[:-1]]


def test_actions_travel_with_the_patient_and_are_done_once(
    actor, amara, lee, noor, patient, accepted_handover, write_draft, send, accept
):
    accept(send(write_draft(lee, patient), to=noor), noor)
    waiting = OpenAction.objects.filter(patient=patient, done__isnull=True, dropped__isnull=True)
    assert {row.owner for row in waiting} == {noor}
    first = waiting.first()
    services.finish_action(actor(lee), key=uuid4(), action_id=first.pk)
    assert told(noor)[-1] == "action.done"
    with pytest.raises(Conflict, match="no longer waits"):
        services.finish_action(actor(noor), key=uuid4(), action_id=first.pk)
    assert logged(patient)[-1] == "action.done"


def test_an_action_of_a_patient_who_is_not_theirs_is_not_found(actor, noor, patient, accepted_handover):
    with pytest.raises(NotFound):
        services.finish_action(actor(noor), key=uuid4(), action_id=patient.open_actions.first().pk)


def test_an_action_list_that_names_another_patients_action_is_refused(
    actor, amara, lee, emergency, make_patient, accepted_handover, write_draft, send, accept
):
    from handover.transfers.documents import Action
    from live.refusals import Invalid

    foreign = accepted_handover.patient.open_actions.first()
    other = make_patient(emergency)
    handover = write_draft(amara, other, action_list=(Action(id=foreign.pk, what="Mine now", who="x"),))
    with pytest.raises(Invalid):
        accept(send(handover, to=lee), lee)
    assert Responsibility.objects.filter(patient=other, until__isnull=True).get().person == amara


def test_the_patients_page_offers_to_take_whom_nobody_has_to_their_unit_alone(
    browser, press, amara, lee, make_patient, emergency, patient
):
    page = browser(amara)
    url = f"/patients/{patient.pk}/"
    assert "Take this patient" in page.get(url).content.decode()
    assert press(page, f"{url}take/").status_code == 303
    html = page.get(url).content.decode()
    assert "Take this patient" not in html
    assert "Amara Thistledown" in html


def test_the_ward_that_only_expects_the_patient_is_not_offered_to_take_them(browser, lee, patient, sent_handover):
    Responsibility.objects.filter(patient=patient, until=None).update(until=timezone.now())
    html = browser(lee).get(f"/patients/{patient.pk}/").content.decode()
    assert "Nobody has this patient" in html
    assert "Take this patient" not in html


def test_the_patients_page_shows_who_has_them_who_had_them_and_what_waits_with_whom(
    browser, press, lee, patient, accepted_handover
):
    client, url = browser(lee), f"/patients/{patient.pk}/"
    html = client.get(url).content.decode()
    assert "Who had them before" in html
    had = html[html.index('id="had"') :]
    assert "Amara Thistledown" in had[: had.index("</details>")]
    assert "with Lee Sparrowhawk" in html
    action = accepted_handover.open_actions.order_by("due").first()
    assert press(client, f"/actions/{action.pk}/done/").status_code == 303
    assert f"/actions/{action.pk}/done/" not in client.get(url).content.decode()

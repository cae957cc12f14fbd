"""Departing: through the open gate, and with every reason named when it is locked."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Membership
from handover.transfers import selectors, services
from handover.transfers.models import ChecklistItem
from ledger.models import Event
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.transfers.acts import logged, told

pytestmark = pytest.mark.django_db


def depart(actor, handover, person):
    return services.depart(actor(person), key=uuid4(), transfer_id=handover.transfer_id)


def set_item(actor, handover, person, code, state, reason=""):
    return services.set_checklist_item(
        actor(person), key=uuid4(), transfer_id=handover.transfer_id, code=code, state=state, reason=reason
    )


def test_through_the_open_gate(actor, amara, lee, patient, accepted_handover):
    transfer = depart(actor, accepted_handover, amara)
    assert (transfer.status, transfer.departed_by, transfer.departed_under) == ("departed", amara, None)
    assert told(lee)[-1] == "transfer.departed"
    assert logged(patient)[-1] == "transfer.departed"


def test_every_lock_is_named_at_once(actor, amara, lee, sent_handover):
    services.ask(actor(lee), key=uuid4(), handover_id=sent_handover.pk, text="Which arm?")
    with pytest.raises(Conflict) as refusal:
        depart(actor, sent_handover, amara)
    words = refusal.value.message
    assert refusal.value.code == "gate_locked"
    for part in (
        "7 East has not said it back",
        "7 East has not accepted",
        "A question from Lee Sparrowhawk waits for Amara Thistledown's answer",
        "Not checked yet: Medication chart",
    ):
        assert part in words
    sent_handover.transfer.refresh_from_db()
    assert sent_handover.transfer.status == "planned"


def test_a_colleague_of_the_unit_lets_them_go_and_the_receiver_does_not(
    actor, lee, noor, make_person, emergency, accepted_handover
):
    for person, refusal in ((lee, Denied), (noor, NotFound)):
        with pytest.raises(refusal):
            depart(actor, accepted_handover, person)
    colleague = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    assert depart(actor, accepted_handover, colleague).departed_by == colleague


def test_nobody_leaves_twice(actor, amara, accepted_handover):
    key = uuid4()
    first = services.depart(actor(amara), key=key, transfer_id=accepted_handover.transfer_id)
    assert services.depart(actor(amara), key=key, transfer_id=accepted_handover.transfer_id) == first
    with pytest.raises(Conflict, match="already left"):
        depart(actor, accepted_handover, amara)


def test_worse_vital_signs_shut_it_and_better_ones_do_not(actor, amara, patient, accepted_handover, put_vitals):
    put_vitals(patient)
    assert selectors.handover_page(actor(amara), accepted_handover.pk).is_gate_open
    put_vitals(patient, respirations_per_min=30, on_oxygen=True, spo2_percent=91, systolic_mmhg=88)
    page = selectors.handover_page(actor(amara), accepted_handover.pk)
    assert [reason.code for reason in page.gate] == ["vitals_changed"]
    assert "NEWS2 went from 7 to 11" in page.gate[0].words


def test_an_acceptance_of_hours_ago_has_to_be_given_anew(actor, amara, accepted_handover):
    later = timezone.now() + timedelta(hours=4, minutes=1)
    with time_machine.travel(later), pytest.raises(Conflict, match="accepted more than 4 hours ago"):
        depart(actor, accepted_handover, amara)


def test_an_item_that_is_missing_says_why_and_shuts_the_gate_when_it_is_required(actor, amara, lee, accepted_handover):
    with pytest.raises(Invalid):
        set_item(actor, accepted_handover, amara, "medication_chart", "missing")
    set_item(actor, accepted_handover, amara, "medication_chart", "missing", "Printer broken, follows by tube")
    page = selectors.handover_page(actor(lee), accepted_handover.pk)
    row = next(row for row in page.transfer.checklist if row.code == "medication_chart")
    assert (row.state, row.reason) == ("missing", "Printer broken, follows by tube")
    with pytest.raises(Conflict, match="Missing: Medication chart"):
        depart(actor, accepted_handover, amara)
    set_item(actor, accepted_handover, amara, "medication_chart", "not_applicable")
    set_item(actor, accepted_handover, amara, "belongings", "missing", "Son took them home")
    assert depart(actor, accepted_handover, amara).status == "departed"


def test_the_checklist_is_the_senders_and_stays_as_it_was_at_departure(actor, amara, lee, accepted_handover):
    with pytest.raises(Denied):
        set_item(actor, accepted_handover, lee, "consent", "attached")
    with pytest.raises(NotFound):
        set_item(actor, accepted_handover, amara, "no_such_item", "attached")
    with pytest.raises(Invalid):
        set_item(actor, accepted_handover, amara, "consent", "perhaps")
    depart(actor, accepted_handover, amara)
    with pytest.raises(Conflict):
        set_item(actor, accepted_handover, amara, "consent", "attached")
    assert ChecklistItem.objects.get(transfer=accepted_handover.transfer, code="consent").state == "open"


def test_a_move_can_be_planned_later_and_anew(actor, amara, lee, noor, ward, other_ward, draft, send, patient):
    Membership.objects.create(person=noor, unit=ward)
    handover = send(draft, to=noor)
    plan = services.TransferPlan(to_unit_id=other_ward.pk, to_bed="2")
    transfer = services.plan_transfer(actor(amara), key=uuid4(), handover_id=handover.pk, plan=plan)
    assert told(noor)[-1] == "transfer.planned"
    again = services.plan_transfer(
        actor(amara), key=uuid4(), handover_id=handover.pk, plan=services.TransferPlan(to_unit_id=ward.pk, to_bed="4")
    )
    assert again == transfer
    page = selectors.handover_page(actor(lee), handover.pk)
    assert (page.transfer.transfer.to_unit, page.transfer.to_bed, page.role) == (ward, "4", "other")
    assert len(page.transfer.checklist) == 7
    with pytest.raises(Invalid):
        services.plan_transfer(
            actor(amara),
            key=uuid4(),
            handover_id=handover.pk,
            plan=services.TransferPlan(to_unit_id=handover.author_unit_id),
        )


def test_an_acceptance_opens_no_gate_to_a_unit_where_nobody_accepted(
    actor, amara, lee, ward, other_ward, accepted_handover
):
    def plan(unit, bed):
        wanted = services.TransferPlan(to_unit_id=unit.pk, to_bed=bed)
        return services.plan_transfer(actor(amara), key=uuid4(), handover_id=accepted_handover.pk, plan=wanted)

    with pytest.raises(Conflict, match="Lee Sparrowhawk accepted, and does not work in 5 West"):
        plan(other_ward, "2")
    assert plan(ward, "9").to_unit == ward
    assert depart(actor, accepted_handover, amara).to_unit == ward


def test_a_colleague_who_took_over_in_the_unit_has_not_accepted_for_the_ward(
    actor, amara, ward, make_person, emergency, draft, send, accept
):
    bo = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    handover = send(draft, to=bo)
    accept(handover, bo)
    wanted = services.TransferPlan(to_unit_id=ward.pk)
    with pytest.raises(Conflict, match="Bo Candlewick accepted, and does not work in 7 East"):
        services.plan_transfer(actor(amara), key=uuid4(), handover_id=handover.pk, plan=wanted)


@pytest.fixture
def twin(make_patient, emergency):
    """Somebody of the unit that the patient leaves whose name is one letter away."""
    return make_patient(emergency, family="Fenwicke", given="Ada", birth_date="1949-12-01")


def leave(client, handover, **fields):
    return client.post(f"/transfers/{handover.transfer_id}/depart/", {"key": str(uuid4()), **fields})


def test_who_is_easily_taken_for_another_leaves_once_their_year_of_birth_is_typed(
    client, sign_in, amara, accepted_handover, twin
):
    sign_in(client, amara)
    asked = leave(client, accepted_handover)
    assert (asked.status_code, asked["Location"]) == (303, f"/transfers/{accepted_handover.transfer_id}/depart/")
    page = client.get(asked["Location"])
    assert page.status_code == 200
    for part in ("Is it the right patient?", "FENWICKE,", 'name="year_of_birth"'):
        assert part in page.content.decode()
    wrong = leave(client, accepted_handover, year_of_birth="1949")
    assert wrong.status_code == 422
    assert "This is not the year that is on record" in wrong.content.decode()
    accepted_handover.transfer.refresh_from_db()
    assert accepted_handover.transfer.status == "planned"
    assert leave(client, accepted_handover, year_of_birth="1951").status_code == 303
    accepted_handover.transfer.refresh_from_db()
    assert accepted_handover.transfer.status == "departed"


def test_the_wrong_year_is_on_the_record_without_the_year(client, sign_in, amara, accepted_handover, twin):
    sign_in(client, amara)
    leave(client, accepted_handover, year_of_birth="1949")
    refused = Event.objects.filter(event="transfer.departed", outcome="refused").latest("pk")
    assert (refused.reason, refused.patient_id) == ("wrong_year_of_birth", accepted_handover.patient_id)
    assert "1949" not in str(refused.detail)


def test_a_script_is_led_to_the_question_and_told_what_is_wrong(client, sign_in, amara, accepted_handover, twin):
    sign_in(client, amara)
    path, script = f"/transfers/{accepted_handover.transfer_id}/depart/", {"Accept": "application/json"}
    asked = client.post(path, {"key": str(uuid4())}, headers=script)
    assert asked.json() == {"ok": True, "location": path}
    wrong = client.post(path, {"key": str(uuid4()), "year_of_birth": "1950"}, headers=script)
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["year_of_birth"])


def test_the_question_is_not_there_for_whoever_may_not_let_them_go(client, sign_in, lee, noor, accepted_handover, twin):
    sign_in(client, noor)
    assert client.get(f"/transfers/{accepted_handover.transfer_id}/depart/").status_code == 404
    sign_in(client, lee)
    assert client.get(f"/transfers/{accepted_handover.transfer_id}/depart/").status_code == 303


def test_a_program_gives_the_year_in_the_body(client, sign_in, amara, accepted_handover, twin):
    sign_in(client, amara)
    path = f"/api/v1/transfers/{accepted_handover.transfer_id}/depart"

    def ask(body=""):
        return client.post(path, body, content_type="application/json", headers={"Idempotency-Key": str(uuid4())})

    assert (ask().status_code, ask().json()["code"]) == (422, "year_of_birth")
    assert ask({"year_of_birth": "1951"}).status_code == 200

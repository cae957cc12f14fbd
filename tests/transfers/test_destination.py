"""Whose acceptance opens the gate: somebody's who works where the patient goes, when they accept; it stays theirs."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Duty, Membership
from handover.transfers import facts, selectors, services
from handover.transfers.models import Acceptance, Handover, Transfer
from handover.transfers.rules import Receiver, is_of_destination, misdirected
from live.refusals import Conflict, Invalid

pytestmark = pytest.mark.django_db


@pytest.fixture
def cover(ward):
    """cover(person, ends=...): this person is on duty in the ward, whose member they are not."""

    def start(person, *, ends=None):
        return Duty.objects.create(person=person, unit=ward, starts=timezone.now() - timedelta(hours=1), ends=ends)

    return start


def gate_of(handover):
    rows = Handover.objects.filter(pk=handover.pk).select_related(*facts.RELATED)
    return [reason.code for reason in facts.gates(list(rows), now=timezone.now())[handover.pk]]


def test_it_is_not_sent_to_somebody_who_does_not_work_where_the_patient_goes(noor, lee, draft, send, ward):
    words = "Noor Wintergreen does not work in 7 East. Choose somebody there, or plan the move to where Noor"
    with pytest.raises(Invalid, match=words) as refusal:
        send(draft, to=noor, destination=ward)
    assert set(refusal.value.fields) == {"to"}
    draft.refresh_from_db()
    assert (draft.status, draft.transfer) == (Handover.Status.DRAFT, None)


def test_nor_sent_again_to_them_while_the_move_stands(noor, sent_handover, send):
    with pytest.raises(Invalid, match="does not work in 7 East"):
        send(sent_handover, to=noor)
    assert sent_handover.versions.count() == 1


def test_nor_to_another_unit_than_the_move_goes_to(noor, other_ward, sent_handover, send):
    with pytest.raises(Invalid, match="The patient goes to 7 East, not to 5 West. Choose who receives"):
        send(sent_handover, to=other_ward)


def test_nor_is_a_move_planned_to_where_its_receiver_does_not_work(actor, amara, noor, ward, draft, send):
    handover = send(draft, to=noor)
    wanted = services.TransferPlan(to_unit_id=ward.pk)
    with pytest.raises(Invalid, match="Noor Wintergreen does not work in 7 East"):
        services.plan_transfer(actor(amara), key=uuid4(), handover_id=handover.pk, plan=wanted)
    assert not Transfer.objects.exists()


def test_the_page_says_so_beside_the_choice_and_keeps_it(browser, press, amara, noor, ward, draft):
    answer = press(
        browser(amara), f"/handovers/{draft.pk}/send/", to_unit=ward.pk, to=f"person:{noor.pk}", revision=2,
        illness_severity="watcher",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "Noor Wintergreen does not work in 7 East. Choose somebody there" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.status == Handover.Status.DRAFT


def test_a_physician_who_covers_the_ward_tonight_accepts_for_it(noor, cover, draft, send, accept, ward):
    cover(noor)
    accept(send(draft, to=noor, destination=ward), noor)
    assert Acceptance.objects.get().unit == ward
    assert "not_there" not in gate_of(draft)


def test_a_member_of_the_ward_who_is_not_on_duty_may_accept_too(make_person, draft, send, accept, ward):
    isa = make_person("isa@readback.example", "Isa Thornapple", "nurse", unit=ward, on_duty=False)
    accept(send(draft, to=isa, destination=ward), isa)
    acceptance = Acceptance.objects.get()
    assert (acceptance.person, acceptance.unit) == (isa, ward)
    assert {"not_accepted", "accepted_elsewhere"}.isdisjoint(gate_of(draft))


def test_nobody_accepts_when_their_duty_there_has_ended_in_between(
    actor, browser, press, noor, cover, draft, send, say_back, ward
):
    duty = cover(noor)
    send(draft, to=noor, destination=ward)
    say_back(draft, noor)
    Duty.objects.filter(pk=duty.pk).update(ends=timezone.now())
    page = selectors.handover_page(actor(noor), draft.pk)
    assert "accept" not in page.may
    told = {"version": draft.current_id, "digest": page.digest}
    answer = press(browser(noor), f"/handovers/{draft.pk}/accept/", **told)
    assert answer.status_code == 409
    assert "Somebody there has to accept" in answer.content.decode()
    assert not Acceptance.objects.exists()
    html = browser(noor).get(f"/handovers/{draft.pk}/").content.decode()
    assert "Somebody in 7 East has to accept" in html
    assert "<small>version 1</small>" not in html


def test_who_accepted_keeps_it_when_their_duty_ends(
    actor, amara, noor, cover, draft, send, accept, ward, check_all, put_vitals
):
    duty = cover(noor)
    accept(send(draft, to=noor, destination=ward), noor)
    check_all(draft)
    Duty.objects.filter(pk=duty.pk).update(ends=timezone.now())
    assert gate_of(draft) == []
    services.depart(actor(amara), key=uuid4(), transfer_id=draft.transfer_id)


def test_a_move_that_is_planned_after_the_acceptance_goes_where_they_work(
    actor, amara, noor, cover, draft, send, accept, ward, check_all
):
    accept(send(draft, to=noor), noor)
    plan = {"handover_id": draft.pk, "plan": services.TransferPlan(to_unit_id=ward.pk)}
    with pytest.raises(Conflict, match="Noor Wintergreen accepted, and does not work in 7 East"):
        services.plan_transfer(actor(amara), key=uuid4(), **plan)
    duty = cover(noor)
    services.plan_transfer(actor(amara), key=uuid4(), **plan)
    Duty.objects.filter(pk=duty.pk).update(ends=timezone.now())
    draft.refresh_from_db()
    check_all(draft)
    assert gate_of(draft) == []
    services.depart(actor(amara), key=uuid4(), transfer_id=draft.transfer_id)


def test_somebody_of_another_ward_is_not_let_in_by_sql(actor, noor, cover, draft, send, say_back, ward, other_ward):
    # The second wall: whoever writes the rows, the acceptance of somebody who does not work there is refused.
    duty = cover(noor)
    send(draft, to=noor, destination=ward)
    said = say_back(draft, noor)
    Duty.objects.filter(pk=duty.pk).update(ends=timezone.now())
    insert = (
        "INSERT INTO transfers_acceptance (id, version_id, person_id, synthesis_id, digest, summary_number, unit_id)"
        " SELECT %s, v.id, %s, %s, v.digest, 1, %s FROM transfers_handoverversion v WHERE v.id = %s"
    )
    for unit, words in (
        (ward.pk, "works where the patient goes"),
        (other_ward.pk, "for the unit the patient goes to"),
        (None, "for the unit the patient goes to"),
    ):
        assert words in refused(insert, uuid4(), noor.pk, said.pk, unit, draft.current_id)


def test_nor_is_a_patient_sent_elsewhere_by_sql(accepted_handover, other_ward):
    move = accepted_handover.transfer_id
    together = "UPDATE transfers_transfer SET status = 'departed', departed = now(), to_unit_id = %s WHERE id = %s"
    assert "leaves for where the move was planned" in refused(together, other_ward.pk, move)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE transfers_transfer SET to_unit_id = %s WHERE id = %s", [other_ward.pk, move])
    assert "does not work where the patient goes" in refused(
        "UPDATE transfers_transfer SET status = 'departed', departed = now() WHERE id = %s", move
    )
    # The rules say the same of the rows as they are now.
    assert gate_of(accepted_handover) == ["accepted_elsewhere"]
    Membership.objects.create(person=accepted_handover.accepted_by, unit=other_ward)
    assert gate_of(accepted_handover) == []


def test_the_rule_by_itself():
    here, there = uuid4(), uuid4()
    assert is_of_destination(here, accepted_for=here, worked_in_since=())
    assert is_of_destination(here, accepted_for=there, worked_in_since={here})
    assert not is_of_destination(here, accepted_for=there, worked_in_since={there})
    assert not is_of_destination(here, accepted_for=None, worked_in_since=())
    lee, unit = Receiver("Lee", {here}), Receiver("5 West", {there}, is_unit=True)
    told = {"unit_id": here, "unit": "7 East", "may_be_planned_anew": False}
    assert misdirected(lee, **told) == ""
    assert (
        misdirected(unit, **told)
        == "The patient goes to 7 East, not to 5 West. Choose who receives the patient in 7 East."
    )


def refused(statement, *parameters):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    return str(refusal.value)

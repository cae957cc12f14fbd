"""Confirming: whoever accepted sees what changed since, and lifts that lock with one tap, for exactly what they saw."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from config.roles import as_owner
from handover.patients.sealed import summary_of
from handover.transfers import selectors, services
from handover.transfers.models import Acceptance, Confirmation
from live.refusals import Conflict, Denied, NotFound
from tests.transfers.acts import logged, told

pytestmark = pytest.mark.django_db


def confirm(actor, handover, person, **changes):
    number, _summary = summary_of(handover.patient)
    seen = {"handover_id": handover.pk, "version_id": handover.current_id, "summary_number": number, **changes}
    return services.confirm(actor(person), key=uuid4(), **seen)


def gate_of(actor, handover, person):
    return [reason.code for reason in selectors.handover_page(actor(person), handover.pk).gate]


def test_the_receiver_is_told_sees_the_delta_and_confirms_in_one_tap(
    actor, browser, press, amara, lee, patient, accepted_handover, put_vitals
):
    put_vitals(patient, respirations_per_min=30)
    assert told(lee)[-1] == "handover.overtaken"
    url, receiver = f"/handovers/{accepted_handover.pk}/", browser(lee)
    dock = receiver.get(f"{url}_dock/").content.decode()
    assert "NEWS2 went from" in dock
    assert f"{url}confirm/" in dock
    number, _summary = summary_of(patient)
    assert f'name="summary" value="{number}"' in dock
    answer = press(receiver, f"{url}confirm/", version=accepted_handover.current_id, summary=number)
    assert answer.status_code == 303
    assert gate_of(actor, accepted_handover, amara) == []
    assert told(amara)[-1] == "handover.confirmed"
    assert logged(patient)[-1] == "handover.confirmed"
    services.depart(actor(amara), key=uuid4(), transfer_id=accepted_handover.transfer_id)


def test_what_came_after_it_locks_again_and_is_told_again(actor, amara, lee, patient, accepted_handover, put_vitals):
    put_vitals(patient, respirations_per_min=30)
    confirm(actor, accepted_handover, lee)
    put_vitals(patient, respirations_per_min=30)
    assert gate_of(actor, accepted_handover, amara) == []
    put_vitals(patient, respirations_per_min=30, spo2_percent=84, systolic_mmhg=70)
    assert gate_of(actor, accepted_handover, amara) == ["vitals_changed"]
    assert told(lee).count("handover.overtaken") == 2


def test_it_is_for_exactly_what_was_on_the_screen(actor, amara, lee, patient, accepted_handover, put_vitals):
    put_vitals(patient, respirations_per_min=26)
    number, _summary = summary_of(patient)
    put_vitals(patient, respirations_per_min=35, spo2_percent=80)
    with pytest.raises(Conflict, match="The record has changed since you opened this"):
        confirm(actor, accepted_handover, lee, summary_number=number)
    assert not Confirmation.objects.exists()


def test_an_acceptance_of_four_hours_ago_is_confirmed_too(actor, amara, lee, accepted_handover):
    with time_machine.travel(timezone.now() + timedelta(hours=4, minutes=1)):
        assert gate_of(actor, accepted_handover, amara) == ["accepted_long_ago"]
        confirm(actor, accepted_handover, lee)
        assert gate_of(actor, accepted_handover, amara) == []


def test_nobody_else_confirms_and_nobody_where_nothing_changed(
    actor, amara, lee, noor, make_person, ward, patient, accepted_handover, put_vitals
):
    isa = make_person("isa@readback.example", "Isa Thornapple", "nurse", unit=ward)
    with pytest.raises(Conflict, match="Nothing has changed"):
        confirm(actor, accepted_handover, lee)
    put_vitals(patient, respirations_per_min=30)
    for person, refusal in ((amara, Denied), (isa, Denied), (noor, NotFound)):
        with pytest.raises(refusal):
            confirm(actor, accepted_handover, person)


def test_it_lifts_no_other_lock_and_a_new_version_is_accepted_anew(
    actor, amara, lee, patient, accepted_handover, put_vitals
):
    services.ask(actor(lee), key=uuid4(), handover_id=accepted_handover.pk, text="Which arm?")
    put_vitals(patient, respirations_per_min=30)
    confirm(actor, accepted_handover, lee)
    assert gate_of(actor, accepted_handover, amara) == ["open_question"]
    services.renew_handover(actor(amara), key=uuid4(), handover_id=accepted_handover.pk)
    assert "old_version" in gate_of(actor, accepted_handover, amara)


def test_by_sql_nobody_confirms_what_another_accepted_and_none_is_rewritten(
    actor, amara, lee, patient, accepted_handover, put_vitals
):
    put_vitals(patient, respirations_per_min=30)
    row = confirm(actor, accepted_handover, lee)
    insert = "INSERT INTO transfers_confirmation (id, acceptance_id, person_id, summary_number) VALUES (%s, %s, %s, 9)"
    for statement, parameters in (
        (insert, [uuid4(), Acceptance.objects.get().pk, amara.pk]),
        ("UPDATE transfers_confirmation SET summary_number = 99 WHERE id = %s", [row.pk]),
        ("DELETE FROM transfers_confirmation WHERE id = %s", [row.pk]),
    ):
        with as_owner(), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)


def test_by_sql_nobody_confirms_a_record_that_is_not_there_yet_or_no_longer_the_newest(
    actor, amara, lee, patient, accepted_handover, put_vitals
):
    put_vitals(patient, respirations_per_min=30)
    number, _summary = summary_of(patient)
    insert = "INSERT INTO transfers_confirmation (id, acceptance_id, person_id, summary_number) VALUES (%s, %s, %s, %s)"
    for other in (number + 1, number - 1):
        told = [uuid4(), Acceptance.objects.get().pk, lee.pk, other]
        with pytest.raises(IntegrityError, match="newest"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(insert, told)


def test_whenever_vital_signs_come_the_page_never_has_their_number_without_their_lock(
    actor, lee, patient, accepted_handover, put_vitals
):
    """Entered before each statement of the page in turn: what is confirmed has been shown."""
    put_vitals(patient, respirations_per_min=30)

    def page_with_vitals_before(statement):
        seen = 0

        def enter(execute, sql, parameters, many, context):
            nonlocal seen
            seen += 1
            if seen == statement:
                put_vitals(patient, respirations_per_min=35, spo2_percent=80, systolic_mmhg=70)
            return execute(sql, parameters, many, context)

        with connection.execute_wrapper(enter):
            page = selectors.handover_page(actor(lee), accepted_handover.pk)
        return page, seen > statement

    statement, is_within = 0, True
    while is_within:
        statement += 1
        before = transaction.savepoint()
        page, is_within = page_with_vitals_before(statement)
        is_newest = summary_of(patient)[0] == page.summary_number
        gate = selectors.handover_page(actor(lee), accepted_handover.pk).gate
        transaction.savepoint_rollback(before)
        assert not is_newest or page.gate == gate, statement

"""A hold and an erasure of the same patient at the same moment, on two connections: the one that comes first counts.

The property: no patient is erased while a hold stands, and no hold stands over nothing. Both acts lock the patient's
row; the triggers of migration 0002 lock the keys, for whoever does not come through the acts.
"""

from uuid import uuid4

import pytest
from django.db import connection, transaction

from audit.retention import erasures, holds
from audit.retention.models import Erasure, LegalHold
from live.acting import acting_as_system
from live.refusals import Conflict
from tests.one_by_one import one_before_the_other
from tests.transfers.test_at_once import at_once
from vault.models import DataKey

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(old, due_erasure):
    """An erasure by two whose time has come; nothing has fired yet."""
    return due_erasure(old)


@pytest.fixture
def place(actor, officer):
    by = actor(officer)

    def hold():
        told = {"record_number": "4471 0893", "case": "Case 24-1107", "reason": "A court asks"}
        holds.place(by, key=uuid4(), **told)

    return hold


@pytest.fixture
def erase(waiting):
    def fire():
        with acting_as_system("test"), transaction.atomic():
            erasures.come_due(waiting.pk)

    return fire


def state_of(patient):
    """(whether a hold stands, whether the keys are gone)."""
    holds_standing = LegalHold.objects.filter(patient=patient, lifted=None).exists()
    keys = DataKey.objects.filter(scope_kind="patient", scope_id=patient.pk)
    return holds_standing, not keys.exclude(state="destroyed").exists()


def test_a_hold_that_is_placed_while_the_erasure_is_under_way_comes_too_late_and_says_so(old, waiting, place, erase):
    refusal = one_before_the_other(erase, place)
    assert isinstance(refusal, Conflict)
    assert "was erased" in refusal.message
    assert state_of(old) == (False, True)
    waiting.refresh_from_db()
    assert (waiting.erased is not None, waiting.stopped) == (True, None)


def test_an_erasure_that_fires_while_the_hold_is_being_placed_finds_it(old, waiting, place, erase):
    assert one_before_the_other(place, erase) is None
    assert state_of(old) == (True, False)
    waiting.refresh_from_db()
    assert (waiting.erased, waiting.stopped_why) == (None, Erasure.Why.HELD)


# Found by this attack: the timer took the erasure's row and then the patient's, a hold the other way round.
def test_whichever_comes_first_never_is_a_held_patient_erased(old, place, erase):
    at_once(place, erase)
    assert state_of(old) in {(True, False), (False, True)}


def test_a_hold_and_an_approval_at_once_leave_nothing_under_way(old, propose, actor, second_officer, place):
    row, by = propose(old), actor(second_officer)
    at_once(place, lambda: erasures.approve(by, key=uuid4(), row_id=row.pk))
    row.refresh_from_db()
    assert LegalHold.objects.filter(patient=old, lifted=None).exists()
    assert row.dropped or row.stopped


# The same without the acts: whoever sends the statements as the server does is held up by the keys' own rows.
def test_without_the_acts_the_triggers_decide_it(old, waiting, actor, officer, place):
    def destroy():
        with acting_as_system("test"), connection.cursor() as cursor:
            cursor.execute("UPDATE vault_datakey SET state = 'destroyed', wrapped = '' WHERE scope_id = %s", [old.pk])

    refusal = one_before_the_other(destroy, place)
    assert isinstance(refusal, Conflict)
    assert state_of(old) == (False, True)

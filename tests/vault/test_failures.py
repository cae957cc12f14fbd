"""A value that does not open leaves a trace that no rollback takes away."""

import logging
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from ledger.failures import record_vault_failure
from ledger.models import Event
from vault import failures
from vault.errors import DoesNotOpen, VaultError
from vault.scopes import Place
from vault.services import seal, unseal


@pytest.mark.django_db(transaction=True)
def test_the_failure_is_on_record_though_the_reader_was_rolled_back(scope, place):
    # The attack: tamper with one value and let the error roll everything back, trace included.
    blob = seal(b"no known allergy", scope=scope, place=place)
    elsewhere = Place(place.model, place.field, uuid4())
    with pytest.raises(DoesNotOpen), transaction.atomic():
        unseal(blob, scope=scope, place=elsewhere)
    event = Event.objects.get(event="vault.failed", patient_id=scope.id)
    assert (event.outcome, event.reason, event.agent_id) == ("failed", "does_not_open", None)
    assert event.detail == {
        "act": "unseal",
        "scope": "patient",
        "model": "patients.Patient",
        "field": "sealed_identity",
        "row": str(elsewhere.row),
    }


def subclasses(kind):
    return [kind, *(further for one in kind.__subclasses__() for further in subclasses(one))]


def test_every_way_to_fail_has_a_code_of_its_own():
    codes = [kind.code for kind in subclasses(VaultError)]
    assert len(set(codes)) == len(codes)


@pytest.fixture
def unreachable_log():
    def recorder(failure):
        raise DatabaseError

    failures.set_recorder(recorder)
    yield
    failures.set_recorder(record_vault_failure)


@pytest.mark.django_db
def test_a_log_that_cannot_be_reached_hides_no_failure(scope, place, unreachable_log, caplog):
    blob = seal(b"x", scope=scope, place=place)
    with caplog.at_level(logging.ERROR, logger="readback.vault"), pytest.raises(DoesNotOpen):
        unseal(blob, scope=scope, place=Place("a", "b", uuid4()))
    assert "could not be recorded" in caplog.text

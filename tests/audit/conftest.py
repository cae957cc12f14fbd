"""An officer who is signed in, and a way to put events of others on the record."""

import pytest

from ledger.services import record
from tests.guards import unguarded
from vault.services import Scope, destroy


@pytest.fixture
def desk(client, officer, sign_in):
    """The officer's browser."""
    sign_in(client, officer)
    return client


@pytest.fixture
def did(actor):
    """did(person, event, patient=..., ...): something that this person did, on the record."""

    def put(person, event="patient.read", *, patient=None, **more):
        record(event, agent=actor(person).agent, patient_id=patient.pk if patient else None, **more)

    return put


@pytest.fixture
def without_key():
    """without_key(patient): the patient's key is gone at once, past the guard that asks for an erasure by two."""

    def gone(patient):
        with unguarded("vault_datakey"):
            destroy(Scope.patient(patient.pk))

    return gone

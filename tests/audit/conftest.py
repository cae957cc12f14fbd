"""An officer who is signed in, and a way to put events of others on the record."""

import pytest

from ledger.services import record


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

"""What the tests of this room share: a fresh ring of keys, and a patient's scope and place."""

from uuid import uuid4

import pytest

from vault import keys
from vault.scopes import Place, Scope


@pytest.fixture(autouse=True)
def _no_key_in_memory():
    keys.RING.forget_all()
    yield
    keys.RING.forget_all()


@pytest.fixture
def scope():
    return Scope.patient(uuid4())


@pytest.fixture
def place():
    return Place("patients.Patient", "sealed_identity", uuid4())

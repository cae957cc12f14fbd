"""What the tests of this room share: a patient's scope, and a place."""

from uuid import uuid4

import pytest

from vault.scopes import Place, Scope


@pytest.fixture
def scope():
    return Scope.patient(uuid4())


@pytest.fixture
def place():
    return Place("patients.Patient", "sealed_identity", uuid4())

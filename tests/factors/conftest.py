"""What people have enrolled, and codes as their phones show them."""

import pytest

from tests.factors import phones


@pytest.fixture
def enrol_app(db):
    """enrol_app(person): a confirmed app."""
    return phones.app_of


@pytest.fixture
def code_of():
    """code_of(device, ago=0): what it shows now, or showed so many seconds ago."""
    return phones.code_of

"""An agent as the log knows one: ids and a role."""

from uuid import uuid4

import pytest

from ledger.agents import Agent


@pytest.fixture
def nurse():
    return Agent(
        person_id=uuid4(), role="nurse", session_id=uuid4(), device="Ward phone 3", unit_id=uuid4(), request_id="r-1"
    )

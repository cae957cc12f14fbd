"""A disclosure in three words, on any day."""

from datetime import date

import pytest
import time_machine

from audit.disclosures.bases import Basis
from audit.disclosures.documents import Words
from audit.disclosures.services import What, disclose


@pytest.fixture
def gave(actor, officer, patient):
    """gave("2024-03-01", "County Court", Basis.COURT, ...): what left that day, through the function all acts call."""

    def give(day, recipient, basis, *, what="The handover of 3 May", purpose="A hearing", address="", of=None):
        words = Words(recipient=recipient, address=address, what=what, purpose=purpose)
        on = date.fromisoformat(day)
        with time_machine.travel(f"{day}T10:00:00+00:00", tick=False):
            return disclose(actor(officer), (of or patient).pk, words, basis=Basis(basis), what=What.BY_HAND, on=on)

    return give

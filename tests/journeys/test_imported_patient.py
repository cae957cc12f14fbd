"""A patient who came in a file: imported on the nurse's phone, handed over, read back, departed and arrived."""

import re
from pathlib import Path

import pytest

from handover.patients.models import Patient
from handover.transfers.models import Transfer
from tests.interop.bundles import bundle, concept, resource, vital
from tests.journeys.conftest import HANDOVER_URL
from tests.journeys.test_handover import (
    COMPOSE_URL,
    check_everything,
    read_to_the_end,
    say_back_and_accept,
    write_and_send,
)

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "fhir"
OWN = bundle(
    resource("AllergyIntolerance", code=concept("Penicillin", "764146007")),
    resource("Condition", code=concept("Community-acquired pneumonia", "385093006")),
    vital("8867-4", 104, "/min"),
)


def vendors():
    """Documents of other vendors, where they lie beside this checkout: an IPS with every section filled."""
    found = sorted(SHARED.glob("*all*section*.json"))
    absent = pytest.mark.skip(reason="no shared/data with the bundles of other vendors beside this checkout")
    return [pytest.param(path.read_bytes(), id=path.stem) for path in found] or [pytest.param(b"", marks=absent)]


@pytest.mark.parametrize("raw", [pytest.param(OWN, id="of-our-own"), *vendors()])
def test_a_patient_out_of_a_file_is_handed_over_and_leaves(phone_of, amara, lee, ward, raw):
    sender, receiver = phone_of(amara), phone_of(lee)
    sender.open("/import/")
    sender.page.locator("#files").set_input_files(
        {"name": "patient.json", "mimeType": "application/fhir+json", "buffer": raw}
    )
    sender.tap("#import button", text="Import")
    sender.tap("#reports a", text="Open the patient")
    sender.page.wait_for_url(re.compile(rf"/patients/{Patient.objects.get().pk}/$"))
    sender.tap(".dock button", text="Hand over")
    sender.page.wait_for_url(COMPOSE_URL)
    sender.tap("button", text="Add an action")
    sender.page.locator("[name^=action-][name$=-what]").last.fill("Repeat the lactate")
    write_and_send(sender, "7 East")
    receiver.open("/inbox/")
    receiver.tap("#inbox .item", text="New handover")
    receiver.page.wait_for_url(HANDOVER_URL)
    read_to_the_end(receiver)
    say_back_and_accept(receiver)
    check_everything(sender)
    sender.tap(".dock button", text="Depart now")
    receiver.tap(".dock button", text="Arrived")
    sender.see("Arrived in 7 East", within="#status")
    assert Transfer.objects.get().status == Transfer.Status.ARRIVED

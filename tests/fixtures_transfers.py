"""Handovers for tests: loaded by tests/conftest.py.

`draft` is Amara's, of Odalys FENWICKLE, ready to be sent; `sent_handover` is on its way to whoever is on duty in the
ward, with a transfer there; `accepted_handover` was read, said back and accepted by Lee, and its checklist is done.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone


def make_ipass(**changes):
    """A whole I-PASS: a watcher with two actions and two pairs of if and then."""
    from handover.patients.documents import IllnessSeverity
    from handover.transfers.documents import Action, Contingency, Ipass, PatientSummary

    now = timezone.now()
    whole = {
        "illness_severity": IllnessSeverity.WATCHER,
        "patient_summary": PatientSummary(
            statement="75, pneumonia with sepsis, day 1",
            events="Fever and confusion at home since yesterday",
            course="Two litres of fluid, meropenem at 23:40",
            assessment="Less breathless, still on 2 L",
            plan="Antibiotics for five days",
        ),
        "action_list": (
            Action(what="Lactate again", who="Nurse", by_when=now + timedelta(hours=1)),
            Action(what="Tell her son", who="Nurse", by_when=now + timedelta(hours=6)),
        ),
        "situation_awareness": "Tires quickly; the night doctor knows her",
        "contingency_plan": (
            Contingency(if_this="SpO2 below 92 %", then_that="4 L and call the registrar"),
            Contingency(if_this="systolic below 95", then_that="250 mL and call outreach"),
        ),
        "call_back": "020 7946 0111",
    }
    return Ipass(**{**whole, **changes})


def make_synthesis(severity="watcher", **changes):
    from handover.transfers.documents import SynthesisDocument

    said = {"first_action": "Lactate again", "own_words": "Septic chest, watch her oxygen, son to be told"}
    return SynthesisDocument(illness_severity=severity, **{**said, **changes})


@pytest.fixture
def write_draft(actor):
    """write_draft(person, patient, **changes of the Ipass): their draft of this patient, typed and saved."""
    from handover.transfers import services

    def write(person, patient, **changes):
        handover = services.draft_handover(actor(person), key=uuid4(), patient_id=patient.pk)
        services.save_draft(
            actor(person), key=uuid4(), handover_id=handover.pk, ipass=make_ipass(**changes), revision=1
        )
        handover.refresh_from_db()
        return handover

    return write


@pytest.fixture
def draft(write_draft, amara, patient):
    return write_draft(amara, patient)


@pytest.fixture
def send(actor):
    """send(handover, to=..., plan=...): sent by its author; `to` a Person or a Unit (its people on duty)."""
    from accounts.models import Person
    from handover.transfers import services

    def send_it(handover, *, to, destination=None, bed="4", address="on_duty"):
        recipient = (
            services.Recipient("person", person_id=to.pk)
            if isinstance(to, Person)
            else services.Recipient(address, unit_id=to.pk)
        )
        plan = None
        if destination is not None:
            leaves = timezone.now() + timedelta(minutes=30)
            plan = services.TransferPlan(to_unit_id=destination.pk, to_bed=bed, expected_departure=leaves)
        services.send_handover(
            actor(handover.author), key=uuid4(), handover_id=handover.pk, to=recipient, transfer=plan
        )
        handover.refresh_from_db()
        return handover

    return send_it


@pytest.fixture
def sent_handover(draft, send, ward, lee):
    """On its way to whoever is on duty in the ward (Lee), with a transfer to the ward."""
    return send(draft, to=ward, destination=ward)


@pytest.fixture
def read(actor):
    """read(handover, person): opened and read to the end."""
    from handover.transfers import services

    def read_it(handover, person):
        handover.refresh_from_db()
        told = {"handover_id": handover.pk, "version_id": handover.current_id}
        services.open_handover(actor(person), key=uuid4(), **told)
        services.read_handover(actor(person), key=uuid4(), **told)

    return read_it


@pytest.fixture
def say_back(actor, read):
    """say_back(handover, person, severity): read, and said back."""
    from handover.transfers import services

    def say(handover, person, severity="watcher", **changes):
        read(handover, person)
        return services.say_back(
            actor(person),
            key=uuid4(),
            handover_id=handover.pk,
            version_id=handover.current_id,
            synthesis=make_synthesis(severity, **changes),
        )

    return say


@pytest.fixture
def accept(actor, say_back):
    """accept(handover, person): read, said back and accepted, all of the current version."""
    from handover.transfers import services

    def accept_it(handover, person):
        say_back(handover, person)
        row = services.accept(
            actor(person),
            key=uuid4(),
            handover_id=handover.pk,
            version_id=handover.current_id,
            digest=bytes(handover.current.digest).hex(),
        )
        handover.refresh_from_db()
        return row

    return accept_it


@pytest.fixture
def check_all(actor):
    """check_all(handover): every required line of the checklist is attached, by the handover's author."""
    from handover.transfers import services

    def check(handover):
        for item in handover.transfer.checklist.filter(is_required=True):
            services.set_checklist_item(
                actor(handover.author), key=uuid4(), transfer_id=handover.transfer_id, code=item.code, state="attached"
            )

    return check


@pytest.fixture
def accepted_handover(sent_handover, accept, check_all, lee):
    """Accepted by Lee, with everything that travels checked: the gate is open."""
    check_all(sent_handover)
    accept(sent_handover, lee)
    return sent_handover


@pytest.fixture
def put_vitals(actor, amara):
    """put_vitals(patient, **changes): a new set, taken now, entered by Amara."""
    from handover.patients import services
    from tests.fixtures_patients import make_vitals

    def put(patient, **changes):
        entry = make_vitals(timezone.now(), **changes)
        return services.put_entry(
            actor(amara), key=uuid4(), patient_id=patient.pk, section="vital_signs", entry=entry, seen_number=None
        )

    return put


@pytest.fixture
def give(actor):
    """give(person, patient): the person has this patient from now on."""
    from handover.transfers import services

    def take(person, patient):
        return services.take_patient(actor(person), key=uuid4(), patient_id=patient.pk)

    return take

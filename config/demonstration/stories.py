"""Handovers and transfers of the demonstration in every state, played by its people through the acts of the product.

Each story takes one patient as far as its name says. The log, the inboxes and the ladders are therefore real.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Role
from config.demonstration.looks import look
from config.demonstration.names import ACUTE, EMERGENCY, SEVEN_EAST
from config.demonstration.seeds import Scale, id_of
from config.demonstration.stage import Patient, Stage, ipass_of, synthesis_of
from config.demonstration.talk import talk
from handover.patients import services as patients
from handover.patients.documents import VitalSigns
from handover.transfers import services as transfers
from handover.transfers.models import ChecklistItem, Handover, HandoverVersion, Synthesis, Transfer
from handover.transfers.rules.checklist import CHECKLIST
from live.models import ActKey

_LAST = id_of("act", "the end")


@dataclass
class Tale:
    """One story under way: who hands over which patient to whom, and the acts they may do next."""

    name: str
    stage: Stage
    sender: Actor
    receiver: Actor
    patient: Patient
    to_unit: str = SEVEN_EAST
    bed: str = ""

    def key(self) -> UUID:
        return self.stage.key(self.name)

    def write(self) -> Handover:
        draft = transfers.draft_handover(self.sender, key=self.key(), patient_id=self.patient.id)
        ipass = ipass_of(self.patient, author=self.sender, now=self.stage.now)
        transfers.save_draft(self.sender, key=self.key(), handover_id=draft.pk, ipass=ipass, revision=1)
        return draft

    def send(self, *, to: str = "person") -> HandoverVersion:
        draft, unit = self.write(), self.stage.unit(self.to_unit)
        recipient = transfers.Recipient(
            address=to,
            person_id=self.receiver.person.pk if to == "person" else None,
            unit_id=None if to == "person" else unit.pk,
        )
        leaves = self.stage.now + timedelta(minutes=45)
        plan = transfers.TransferPlan(to_unit_id=unit.pk, to_bed=self.bed, expected_departure=leaves)
        return transfers.send_handover(
            self.sender, key=self.key(), handover_id=draft.pk, to=recipient, transfer=plan if self.bed else None
        )

    def depart(self, transfer_id: UUID) -> None:
        year = self.stage.year_of_birth(self.patient)
        transfers.depart(self.sender, key=self.key(), transfer_id=transfer_id, year_of_birth=year)

    def read(self, version: HandoverVersion) -> None:
        about = {"handover_id": version.handover_id, "version_id": version.pk}
        transfers.open_handover(self.receiver, key=self.key(), **about)
        transfers.read_handover(self.receiver, key=self.key(), **about)

    def say_back(self, version: HandoverVersion, words: str) -> Synthesis:
        return transfers.say_back(
            self.receiver,
            key=self.key(),
            handover_id=version.handover_id,
            version_id=version.pk,
            synthesis=synthesis_of(self.patient, words),
        )

    def accept(self, version: HandoverVersion) -> None:
        self.read(version)
        self.say_back(version, f"{self.patient.case.reason}; observations first, and I know whom to call.")
        transfers.accept(
            self.receiver,
            key=self.key(),
            handover_id=version.handover_id,
            version_id=version.pk,
            digest=bytes(version.digest).hex(),
        )

    def check(self, version: HandoverVersion, *, but: tuple[str, ...] = ()) -> Transfer:
        """Answers what is required, but for the codes that stay open; what is not is left for whoever tries it."""
        transfer = Transfer.objects.get(handover=version.handover_id)
        for item in CHECKLIST:
            if item.is_required and item.code not in but:
                attached = ChecklistItem.State.ATTACHED
                transfers.set_checklist_item(
                    self.sender, key=self.key(), transfer_id=transfer.pk, code=item.code, state=attached
                )
        return transfer

    def get_ready(self) -> Transfer:
        """Sent, accepted and with a whole checklist: the gate is open."""
        version = self.send()
        self.accept(version)
        return self.check(version)


def unread(tale: Tale) -> None:
    """Sent to whoever is on duty; nobody has opened it."""
    tale.send(to="on_duty")


def half_written(tale: Tale) -> None:
    """A draft that waits for its writer."""
    tale.write()


def asked(tale: Tale) -> None:
    """Read, and a question waits for the sender."""
    version = tale.send()
    tale.read(version)
    text = "Is the second cannula in, and who has told the family?"
    transfers.ask(tale.receiver, key=tale.key(), handover_id=version.handover_id, text=text)


def corrected(tale: Tale) -> None:
    """Asked and answered, said back, and corrected by the sender: to be said back anew."""
    version = tale.send()
    tale.read(version)
    question = transfers.ask(
        tale.receiver, key=tale.key(), handover_id=version.handover_id, text="Oxygen target on the ward?"
    )
    transfers.answer(
        tale.sender, key=tale.key(), question_id=question.pk, text="94 to 98 %, wean if it holds for an hour."
    )
    said = tale.say_back(version, "Comes to us on air, observations in four hours.")
    transfers.correct_synthesis(
        tale.sender, key=tale.key(), synthesis_id=said.pk, text="Not on air: 2 L. Observations hourly, not four-hourly."
    )


def accepted_with_items_open(tale: Tale) -> None:
    """Accepted; two required items keep the gate shut."""
    version = tale.send()
    tale.accept(version)
    tale.check(version, but=("medication_chart", "lines_checked"))


def gate_open(tale: Tale) -> None:
    """Everything is done: the patient may leave."""
    tale.get_ready()


def on_the_way(tale: Tale) -> None:
    """Left, and not yet there."""
    tale.depart(tale.get_ready().pk)


def arrived(tale: Tale) -> None:
    """The whole way."""
    transfer = tale.get_ready()
    tale.depart(transfer.pk)
    transfers.arrive(tale.receiver, key=tale.key(), transfer_id=transfer.pk)


def returned(tale: Tale) -> None:
    """Left, and came back on the way."""
    transfer = tale.get_ready()
    tale.depart(transfer.pk)
    transfers.return_patient(tale.sender, key=tale.key(), transfer_id=transfer.pk)


def cancelled(tale: Tale) -> None:
    """Accepted, and the move was called off."""
    version = tale.send()
    tale.accept(version)
    transfer = Transfer.objects.get(handover=version.handover_id)
    transfers.cancel_transfer(tale.sender, key=tale.key(), transfer_id=transfer.pk)


def declined(tale: Tale) -> None:
    """Not taken, with a reason."""
    version = tale.send()
    tale.read(version)
    reason = "No side room free for contact isolation before six. Please ask Ward 5 West."
    transfers.decline(tale.receiver, key=tale.key(), handover_id=version.handover_id, code="no_bed", reason=reason)


def withdrawn(tale: Tale) -> None:
    """Taken back before anybody accepted."""
    version = tale.send(to="unit")
    transfers.withdraw_handover(tale.sender, key=tale.key(), handover_id=version.handover_id)


def edited_after_acceptance(tale: Tale) -> None:
    """Accepted, then changed: the receiver sees the difference and accepts anew."""
    version = tale.send()
    tale.accept(version)
    before = ipass_of(tale.patient, author=tale.sender, now=tale.stage.now)
    parts = before.patient_summary.model_copy(update={"plan": f"{before.patient_summary.plan} Now also nil by mouth."})
    transfers.edit_handover(
        tale.sender,
        key=tale.key(),
        handover_id=version.handover_id,
        ipass=before.model_copy(update={"patient_summary": parts}),
        seen_version=version.number,
    )


def vital_signs_changed(tale: Tale) -> None:
    """Accepted and ready; then the patient got worse, which shuts the gate."""
    tale.get_ready()
    worse = VitalSigns(
        id=id_of("vital signs", tale.name),
        taken=timezone.now(),
        respirations_per_min=26,
        spo2_percent=90,
        on_oxygen=True,
        oxygen_device="simple mask",
        oxygen_flow_l_per_min=6,
        systolic_mmhg=94,
        diastolic_mmhg=52,
        pulse_per_min=128,
        consciousness="A",
        temperature_c=38.9,
    )
    patients.put_entry(
        tale.sender,
        key=tale.key(),
        patient_id=tale.patient.id,
        section="vital_signs",
        entry=worse,
        seen_number=1,
    )


def override_waits(tale: Tale) -> None:
    """The gate is shut, and a second person is asked to let the patient go all the same."""
    transfer = Transfer.objects.get(handover=tale.send().handover_id)
    transfers.request_override(
        tale.sender, key=tale.key(), transfer_id=transfer.pk, reason="Resus bay needed, trauma call in ten minutes."
    )


def left_in_an_emergency(tale: Tale) -> None:
    """Left under the emergency flag, for a compliance officer to review."""
    transfer = Transfer.objects.get(handover=tale.send().handover_id)
    transfers.request_override(
        tale.sender,
        key=tale.key(),
        transfer_id=transfer.pk,
        reason="Worse in the corridor; the ward's team waits with a monitored bed.",
        is_emergency=True,
    )
    tale.depart(transfer.pk)


# From the emergency department to Ward 7 East: the story, and the place of its patient.
_ADMISSIONS: tuple[tuple[Callable[[Tale], None], int], ...] = (
    (unread, 2),
    (asked, 7),
    (corrected, 10),
    (accepted_with_items_open, 6),
    (gate_open, 4),
    (on_the_way, 5),
    (arrived, 1),
    (declined, 8),
    (edited_after_acceptance, 9),
    (vital_signs_changed, 12),
    (override_waits, 11),
    (left_in_an_emergency, 13),
    (returned, 14),
    (withdrawn, 3),
    (half_written, 15),
    (cancelled, 16),
)


def play(scale: Scale, *, now: datetime) -> int:
    """How many stories were played. Those that were played before, or in part, are only finished."""
    if ActKey.objects.filter(pk=_LAST).exists():
        return 0
    stage = Stage(scale, now)
    tales = list(_tales(stage))
    for story, tale in tales:
        story(tale)
    look(stage)
    talk(stage)
    ActKey.objects.create(key=_LAST, person_id=id_of("person", "nobody"), act="demonstration.built")
    return len(tales)


def _tales(stage: Stage) -> Iterator[tuple[Callable[[Tale], None], Tale]]:
    amara, lee, noor = (stage.actor(f"{name}@readback.example") for name in ("amara", "lee", "noor"))
    ward_doctor = stage.colleague(SEVEN_EAST, Role.PHYSICIAN, but=noor)
    unit_nurse = stage.colleague(ACUTE, Role.NURSE, but=amara)
    wanted = [
        *((story, amara, lee, EMERGENCY, place, SEVEN_EAST, f"7E {28 + place}") for story, place in _ADMISSIONS),
        # To and from the acute unit, the doctors among themselves, and a bed that empties on Ward 7 East.
        (unread, amara, noor, EMERGENCY, 18, ACUTE, "AMU 41"),
        (asked, amara, unit_nurse, EMERGENCY, 19, ACUTE, "AMU 42"),
        (half_written, noor, ward_doctor, ACUTE, 2, SEVEN_EAST, ""),
        (gate_open, unit_nurse, lee, ACUTE, 3, SEVEN_EAST, "7E 50"),
        (accept_without_a_move, ward_doctor, noor, SEVEN_EAST, 4, ACUTE, ""),
        (unread, lee, noor, SEVEN_EAST, 5, "Larkmoor Rehabilitation", "LR 36"),
        (half_written, lee, noor, SEVEN_EAST, 0, "Intensive Care", ""),
    ]
    for story, sender, receiver, unit_name, place, to_unit, bed in wanted:
        patient = stage.patient(unit_name, place)
        if patient is not None:
            name = f"{story.__name__} {unit_name} {place}"
            yield story, Tale(name, stage, sender, receiver, patient, to_unit, bed)


def accept_without_a_move(tale: Tale) -> None:
    """From doctor to doctor at the change of shift: responsibility passes, the patient stays."""
    tale.accept(tale.send())

"""Handing over several patients at once: the receiver chosen once, and of each patient how ill and what was changed.

Of each card every field has the patient's id before its name, so that one form holds them all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from accounts.answers import uuid_or_none
from handover.transfers.documents import Ipass
from handover.transfers.forms.compose import ActionRow, ComposeForm, PairRow
from handover.transfers.forms.fields import Posted
from handover.transfers.forms.send import SendForm


def prefix_of(patient_id: UUID) -> str:
    """What stands before the name of each field of this patient's card."""
    return f"{patient_id}-"


@dataclass(frozen=True)
class ShiftEntry:
    """What was said on one card. `key` is its act's; `seen` marks what the card showed; `wrong` says why it stayed."""

    patient_id: UUID
    key: UUID = field(default_factory=uuid4)
    seen: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""

    @property
    def severity(self) -> str:
        """How ill, as it was tapped; "" while nobody has said it: such a patient is never sent."""
        return self.data.get("illness_severity", "")

    def form(self, shown: Ipass, *, revision: int) -> ComposeForm:
        """The whole handover with what was typed on the card, over what the card showed."""
        return ComposeForm.of(shown, revision=revision).with_posted(self.data)

    def drawn(self, shown: Ipass) -> ComposeForm:
        """The same to be drawn: with an empty action and an empty pair at the end, to type into."""
        form = self.form(shown, revision=0)
        return replace(form, actions=(*form.actions, ActionRow(id=str(uuid4()))), pairs=(*form.pairs, PairRow()))


@dataclass(frozen=True)
class ShiftForm:
    """The form as it was posted."""

    to: SendForm
    entries: Mapping[UUID, ShiftEntry]

    @classmethod
    def posted(cls, data: Posted) -> "ShiftForm":
        """What was chosen and typed, by patient."""
        by_patient: dict[UUID, dict[str, str]] = {}
        for patient_id, name, value in _fields(data):
            by_patient.setdefault(patient_id, {})[name] = value
        return cls(to=SendForm.posted(data), entries={each: _entry(each, said) for each, said in by_patient.items()})


def _entry(patient_id: UUID, said: dict[str, str]) -> ShiftEntry:
    key = uuid_or_none(said.get("key", ""))
    return ShiftEntry(patient_id, key=key or uuid4(), seen=said.get("seen", ""), data=said)


def _fields(data: Posted) -> Iterator[tuple[UUID, str, str]]:
    for name in data:
        patient_id = uuid_or_none(name[:36]) if name[36:37] == "-" else None
        if patient_id is not None:
            yield patient_id, name[37:], data[name]

"""Where a handover goes: the unit, who there receives it, and the plan of the move."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.answers import uuid_or_none
from handover.transfers.documents import DraftAddress
from handover.transfers.forms.fields import LINE_CHARACTERS, Posted, local_minute, moment_of, too_long
from live.refusals import Invalid

ADDRESSES = ("on_duty", "unit", "person")


@dataclass(frozen=True)
class Destination:
    """What was chosen, checked: the receivers, and the bed and time when the patient moves."""

    unit_id: UUID
    address: str
    person_id: UUID | None
    bed: str
    expected_departure: datetime | None


@dataclass(frozen=True)
class SendForm:
    """The choices as they were made. `to` is "on_duty", "unit" or "person:<id>"."""

    to_unit: str = ""
    to: str = ""
    to_bed: str = ""
    departure: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def posted(cls, data: Posted) -> "SendForm":
        """What was chosen, as it was chosen."""
        return cls(
            to_unit=data.get("to_unit", ""),
            to=data.get("to", ""),
            to_bed=data.get("to_bed", "").strip(),
            departure=data.get("departure", "").strip(),
        )

    @classmethod
    def of(cls, address: DraftAddress) -> "SendForm":
        """The choices as the draft keeps them."""
        return cls(**address.model_dump())

    def kept(self) -> DraftAddress:
        """What the draft keeps of them; what is too long for it is cut there, and said at the field when it is sent."""
        told = {name: getattr(self, name)[:LINE_CHARACTERS] for name in DraftAddress.model_fields}
        return DraftAddress(**told)

    @property
    def person_id(self) -> UUID | None:
        """The person that was chosen, if it was one."""
        return uuid_or_none(self.to.partition(":")[2])

    def destination(self) -> Destination:
        """The destination, or Invalid with a field for each thing that is missing or cannot be read."""
        errors: dict[str, str] = {}
        unit_id = uuid_or_none(self.to_unit)
        if unit_id is None:
            errors["to_unit"] = _("Choose the unit that receives this patient.")
        address, _colon, person = self.to.partition(":")
        person_id = uuid_or_none(person)
        if address not in ADDRESSES or (address == "person" and person_id is None):
            errors["to"] = _("Choose who receives this handover.")
        if len(self.to_bed) > LINE_CHARACTERS:
            errors["to_bed"] = too_long(LINE_CHARACTERS)
        try:
            departure = moment_of(self.departure)
        except ValueError:
            departure = None
            errors["departure"] = _("A date and a time, such as 24-11-2026 04:00.")
        if errors or unit_id is None:
            raise Invalid(fields=errors)
        return Destination(
            unit_id=unit_id,
            address=address,
            person_id=person_id if address == "person" else None,
            bed=self.to_bed,
            expected_departure=departure,
        )

    def move(self) -> Destination:
        """The destination of a move alone, where the receiver is known already; Invalid with fields as above."""
        return replace(self, to="unit").destination()

    def step(self, command: str, *, now: datetime) -> "SendForm":
        """The form after one of its own buttons, for a page without scripts: the time of departure."""
        name, _colon, minutes = command.partition(":")
        if name == "leave_in" and minutes.isdecimal() and len(minutes) < 6:
            return replace(self, departure=local_minute(now + timedelta(minutes=int(minutes))))
        return self

    def marked(self, fields: dict[str, str]) -> "SendForm":
        """The same choices with what is wrong beside each field."""
        return replace(self, errors={name: words for name, words in fields.items() if name in _FIELDS})


_FIELDS = frozenset({"to_unit", "to", "to_bed", "departure"})

"""To whom a handover goes and where the patient goes: what the sender chooses, and who that is now."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import directory
from accounts.actors import Actor
from accounts.models import Person, Unit
from handover.patients import access
from handover.patients.models import CareRelationship
from handover.transfers.models import Handover, Transfer
from handover.transfers.rules import Receiver, misdirected
from live import ladder
from live.refusals import Conflict, Invalid

_ADDRESSED = CareRelationship.Reason.HANDOVER_ADDRESSED


@dataclass(frozen=True)
class Recipient:
    """`address` is a value of Handover.Address: "person" needs `person_id`, "on_duty" and "unit" need `unit_id`."""

    address: str
    person_id: UUID | None = None
    unit_id: UUID | None = None


@dataclass(frozen=True)
class TransferPlan:
    """Where the patient is to go, and when. With `may_stay` a unit that has the patient already is no move at all."""

    to_unit_id: UUID
    to_bed: str = ""
    expected_departure: datetime | None = None
    may_stay: bool = False

    def is_move_from(self, unit_id: UUID) -> bool:
        """Whether a patient of this unit moves by it."""
        return not (self.may_stay and self.to_unit_id == unit_id)


@dataclass(frozen=True)
class Address:
    """A recipient that was looked up: who or which unit, and the people that is at this moment."""

    address: str
    person: Person | None
    unit: Unit | None
    people: tuple[UUID, ...]


def address_for(to: Recipient, *, author_id: UUID, now: datetime) -> Address:
    """Who is to receive it. Raises Invalid when the choice is not whole, Conflict when nobody would receive it."""
    if to.address == Handover.Address.PERSON:
        return _person(to, author_id)
    unit = Unit.objects.filter(pk=to.unit_id).first() if to.unit_id else None
    if unit is None or to.address not in (Handover.Address.ON_DUTY, Handover.Address.UNIT):
        raise Invalid(fields={"to": _("Choose who receives this patient.")})
    people = people_of(to.address, unit, author_id=author_id, now=now)
    if not people:
        words = {
            "on_duty": _("Nobody else is on duty in %(unit)s now. Send it to the whole unit, or to a person."),
            "unit": _("Nobody else belongs to %(unit)s. Send it to a person, or call the unit."),
        }
        raise Conflict(words[to.address] % {"unit": unit.name}, code="nobody_there")
    return Address(address=to.address, person=None, unit=unit, people=people)


def people_of(address: str, unit: Unit, *, author_id: UUID, now: datetime) -> tuple[UUID, ...]:
    """The clinicians whom a unit's address reaches at this moment, its author aside."""
    at = now if address == Handover.Address.ON_DUTY else None
    return tuple(each for each in directory.clinicians_of(unit, on_duty_at=at) if each != author_id)


def people_now(handover: Handover, *, now: datetime) -> list[UUID]:
    """Whom the handover reaches: its address as it is now, and everybody it was sent to or read by before."""
    if handover.to_person_id is not None:
        reached = [handover.to_person_id]
    elif handover.to_unit is not None:
        reached = list(people_of(handover.address, handover.to_unit, author_id=handover.author_id, now=now))
    else:
        reached = []
    return list(dict.fromkeys([*reached, *people_told(handover)]))


def people_told(handover: Handover) -> list[UUID]:
    """Everybody with a rung on any version, the newest version first: it was stored for them, or they opened it."""
    if handover.current_id is None:
        return []
    versions = handover.versions.order_by("-number").values_list("pk", flat=True)
    rungs = ladder.rungs_of(list(versions))
    told = [rung.person_id for version_id in versions for rung in rungs.get(version_id, [])]
    return [each for each in dict.fromkeys(told) if each != handover.author_id]


def require_received_there(handover: Handover, unit_id: UUID) -> None:
    """Whoever is addressed, or has accepted, works in the unit of the move: nobody else's acceptance opens its gate.

    Raises Invalid in words for an address, which may be chosen anew, and Conflict for an acceptance, which may not.
    """
    if handover.accepted_by_id is None and handover.to_person_id is None and handover.to_unit_id == unit_id:
        return
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        return
    words = misdirected(
        _receiver_of(handover, unit_id),
        unit_id=unit_id,
        unit=unit.name,
        may_be_planned_anew=handover.transfer is None or handover.transfer.status == Transfer.Status.PLANNED,
    )
    if words and handover.accepted_by is not None:
        words = _("%(receiver)s accepted, and does not work in %(unit)s. Hand the patient over to %(unit)s.") % {
            "receiver": handover.accepted_by.display_name,
            "unit": unit.name,
        }
        raise Conflict(words, code="accepted_elsewhere", subject_id=handover.pk, patient_id=handover.patient_id)
    if words:
        raise Invalid(words, fields={"to": words}, code="not_there", patient_id=handover.patient_id)


def _receiver_of(handover: Handover, unit_id: UUID) -> Receiver:
    person = handover.accepted_by or handover.to_person
    if person is not None:
        works_there = access.works_in(Actor(person=person), unit_id)
        return Receiver(person.display_name, {unit_id} if works_there else frozenset())
    if handover.to_unit is None:
        return Receiver("", frozenset(), is_unit=True)
    return Receiver(handover.to_unit.name, {handover.to_unit.pk}, is_unit=True)


def door_to(handover: Handover) -> access.Door:
    """Whoever it is addressed to may see the patient: the person, or whoever works in the unit."""
    return access.Door(
        handover.patient_id,
        _ADDRESSED,
        person_id=handover.to_person_id,
        unit_id=None if handover.to_person_id else handover.to_unit_id,
        source_id=handover.pk,
    )


def shut_out(handover: Handover) -> None:
    """Nobody sees the patient because of this handover any more."""
    access.end(handover.patient_id, reason=_ADDRESSED, source_id=handover.pk)


def shut_receiver_out(handover: Handover) -> None:
    """Whoever accepted it sees the patient by that no more: the patient does not come to them."""
    reason = CareRelationship.Reason.HANDOVER_RECEIVED
    rows = CareRelationship.objects.filter(patient_id=handover.patient_id, source_id=handover.pk, reason=reason)
    rows.filter(ends__gt=Now()).update(ends=Now())


def door_to_unit(transfer: Transfer) -> access.Door:
    """The unit that the patient goes to may see them from now on: it prepares the bed."""
    return access.Door(transfer.patient_id, _ADDRESSED, unit_id=transfer.to_unit_id, source_id=transfer.pk)


def shut_unit_out(transfer: Transfer) -> None:
    """Nobody sees the patient because of this move any more."""
    access.end(transfer.patient_id, reason=_ADDRESSED, source_id=transfer.pk)


def _person(to: Recipient, author_id: UUID) -> Address:
    person = Person.objects.filter(pk=to.person_id, is_active=True).first() if to.person_id else None
    if person is None or not person.is_clinician:
        raise Invalid(fields={"to": _("Choose a nurse or a physician who receives this patient.")})
    if person.pk == author_id:
        raise Invalid(fields={"to": _("You cannot hand a patient over to yourself. Choose somebody else.")})
    return Address(address=to.address, person=person, unit=None, people=(person.pk,))

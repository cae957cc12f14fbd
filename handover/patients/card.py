"""The card of a patient for a call agent: so much as is needed to take a call safely, by two identifiers, and no chart.

Whoever calls says both identifiers; the agent types them. What fits is shown and is on the record; what does not says
nothing of who is here, is counted, told to the officers when it happens again and again, and stops for the day.
Callers talk their way in: docs/decisions/0066.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Person, Role, Unit
from handover.patients import budget
from handover.patients.documents import Alert, Allergy, Identity, Section
from handover.patients.found import by_two_identifiers
from handover.patients.models import AccessAlert, Encounter
from handover.patients.sealed import identity_of, summary_of
from ledger import services as ledger
from live.acting import acting_as_system
from live.refusals import Conflict, Invalid, NotFound

READ = "card.read"
# More than this many of a day that fit nobody are no slips of the keyboard.
MOST_MISSES = 10


@dataclass(frozen=True)
class Card:
    """What an agent sees: who it is, what is dangerous to them, where they are and who has them."""

    identity: Identity
    allergies: Section[Allergy]
    alerts: Section[Alert]
    unit: Unit | None
    holder: Person | None


Holder = Callable[[UUID], Person | None]
_holders: list[Holder] = []


def register_holder(holder: Holder) -> None:
    """Lets the room that knows who has a patient say so on the card. Called when the app starts."""
    if holder not in _holders:
        _holders.append(holder)


def card_for(actor: Actor, *, record_number: str, birth_date: str) -> Card:
    """The card of whoever has both identifiers. Recorded with the patient, and counted in the agent's day.

    Raises NotFound to everybody but call agents; Invalid in the same words whether nobody has this record number or the
    birth date is another's; Conflict after too many of those in a day, and when the day's budget is spent.
    """
    if actor.person.role != Role.CALL_AGENT:
        raise NotFound(act=READ, code="role")
    # The patient is nobody's to an agent: no row of theirs opens one.
    with acting_as_system("card.read"):
        card = _counted(actor, record_number=record_number, birth_date=birth_date)
    if card is None:
        said = _("Nobody is found by this record number and date of birth together. Ask the caller for both again.")
        raise Invalid(said, code="nobody", act=READ, fields={"record_number": said})
    return card


@transaction.atomic
def _counted(actor: Actor, *, record_number: str, birth_date: str) -> Card | None:
    if budget.missed_today(actor.person) >= MOST_MISSES:
        words = _("Too many today fitted nobody. Cards stay closed until tomorrow; a supervisor can take the call.")
        raise Conflict(words, code="misses", act=READ)
    patient = by_two_identifiers(record_number, birth_date)
    if patient is None:
        budget.miss(actor, AccessAlert.Kind.CARD_MISSED)
        return None
    budget.count_card(actor, patient.pk)
    summary, stay = summary_of(patient)[1], Encounter.objects.filter(patient=patient, status=Encounter.Status.ACTIVE)
    ledger.record(READ, agent=actor.agent, patient_id=patient.pk, purpose="HOPERAT")
    place = stay.select_related("unit").first()
    return Card(
        identity=identity_of(patient),
        allergies=summary.allergies,
        alerts=summary.alerts,
        unit=place.unit if place else None,
        holder=next((found for holder in _holders if (found := holder(patient.pk))), None),
    )

"""The names of a sender's list, for the rule that asks about them. Nothing of them leaves here without a record."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from accounts.actors import Actor
from handover.messaging.rules import Name, alike_to, named_in
from handover.patients import access
from handover.patients.models import Encounter, Patient
from handover.patients.sealed import headline_in
from handover.patients.wording import born_words, full_name
from ledger import services as ledger
from live.acting import acting_for
from vault.services import Scope, prepare

# Nobody works with a longer list; what lies beyond it is not asked about.
MOST_NAMES = 500


def names_on_the_list(actor: Actor) -> list[Name]:
    """The patients in a stay whom this person may see, by name. Not audited: nobody is shown any."""
    # For the whole set at once, whatever the act around it is about (handover/patients/migrations/0009).
    with acting_for(actor.person.pk):
        rows = access.visible_to(actor).filter(encounters__status=Encounter.Status.ACTIVE)
        found = list(rows.order_by("pk").values_list("pk", "sealed_headline")[:MOST_NAMES])
    prepare([Scope.patient(patient_id) for patient_id, _ in found])
    names = []
    for patient_id, blob in found:
        headline = headline_in(patient_id, blob)
        names.append(Name(patient_id, headline.family, headline.given, headline.record_number))
    return names


@transaction.atomic
def who_is_named(actor: Actor, text: str, *, about: UUID | None) -> list[str]:
    """Whom the text names beside the patient it is about, each by name, date of birth and record number. Recorded."""
    return _shown(actor, named_in(text, about=about, names=names_on_the_list(actor)), by="guard")


@transaction.atomic
def lookalikes_of(actor: Actor, patient_id: UUID) -> list[str]:
    """Who of the sender's list is easily taken for this patient, each by name, birth date and number. Recorded."""
    names = names_on_the_list(actor)
    about = next((one for one in names if one.id == patient_id), None)
    return _shown(actor, alike_to(about, names), by="lookalikes") if about else []


def _shown(actor: Actor, names: Sequence[Name], *, by: str) -> list[str]:
    """These patients in words, with the read on the record; nothing is recorded where there is nobody."""
    if not names:
        return []
    ids = [one.id for one in names]
    allowed = access.rows_allowing([(actor.person.pk, patient_id) for patient_id in ids])
    ledger.record_read(
        "patient.listed",
        agent=actor.agent,
        patient_ids=ids,
        relationship_ids=list(allowed.values()),
        detail={"by": by},
    )
    rows = Patient.objects.filter(pk__in=[patient_id for _, patient_id in allowed])
    found = {
        patient_id: headline_in(patient_id, blob) for patient_id, blob in rows.values_list("pk", "sealed_headline")
    }
    return [
        f"{full_name(found[each])} · {born_words(found[each].birth_date)} · {found[each].record_number}"
        for each in ids
        if each in found
    ]

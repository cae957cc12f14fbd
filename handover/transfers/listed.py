"""What a line of an inbox shows of a patient: who they are, for each reader who may see them. The read is on record."""

from collections.abc import Collection
from uuid import UUID

from handover.patients import access
from handover.patients.documents import Headline
from handover.patients.models import Patient
from handover.patients.sealed import headline_of
from handover.patients.wording import born_words, full_name
from handover.transfers.events import record_listed
from vault.services import Scope, prepare

Pair = tuple[UUID, UUID]


def headlines_for(pairs: Collection[Pair]) -> dict[Pair, Headline]:
    """(person, patient) -> the patient's headline, for each of these people who may see that patient now."""
    allowed = access.readings_allowed(set(pairs))
    record_listed(allowed)
    ids = {patient_id for _person_id, patient_id in allowed}
    prepare({Scope.patient(each) for each in ids})
    found = {row.pk: headline_of(row) for row in Patient.objects.filter(pk__in=ids)}
    return {pair: found[pair[1]] for pair in allowed if pair[1] in found}


def line_of(headline: Headline) -> str:
    """A name never stands alone: two who share it differ in birth date and record number."""
    return f"{full_name(headline)} · {born_words(headline.birth_date)} · {headline.record_number}"

"""A patient is erased: what sealed values say is gone with the key, what could still find them is gone besides.

Called when two officers have decided it and its time has come (audit/retention). What stays, and why, is the table of
docs/retention.md: rows of ids, times and codes, and values that nothing opens any more.
"""

from secrets import token_bytes
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Greatest, Now

from handover.patients.models import CareRelationship, Encounter, Patient
from handover.transfers.models import OpenAction, Responsibility
from vault.indexes import INDEX_BYTES
from vault.services import Scope, destroy


def erase(patient_id: UUID) -> int:
    """How many keys were destroyed. In the caller's transaction, acting as the system, the patient's row locked.

    Nobody has the patient any more: the patient's pages answer as those of nobody do, and no list names them. The blind
    indexes become random: the record number finds nobody, and may be registered anew. Raises IntegrityError (a trigger
    of audit/retention) where a legal hold stands or no approved erasure is due.
    """
    keys = destroy(Scope.patient(patient_id))
    live = CareRelationship.objects.filter(patient_id=patient_id).exclude(ends__lte=Now())
    live.update(ends=Greatest(Now(), F("begins")))
    Encounter.objects.filter(patient_id=patient_id, status=Encounter.Status.ACTIVE).update(
        status=Encounter.Status.FINISHED, ended=Greatest(Now(), F("started"))
    )
    Responsibility.objects.filter(patient_id=patient_id, until__isnull=True).update(until=Greatest(Now(), F("since")))
    OpenAction.objects.filter(patient_id=patient_id, done__isnull=True, dropped__isnull=True).update(dropped=Now())
    Patient.objects.filter(pk=patient_id).update(
        record_number_index=token_bytes(INDEX_BYTES), family_birth_index=token_bytes(INDEX_BYTES)
    )
    return keys

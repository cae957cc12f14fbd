"""How ill the patient is whom something that could wait is about."""

from uuid import UUID

from handover.paging.quiet.models import HELD
from handover.paging.rules.levels import Level
from handover.patients.models import Patient
from handover.patients.sealed import headline_of
from vault.errors import VaultError


def severity_of(patient_id: UUID | None, level: Level) -> str | None:
    """Their severity, empty where none was set; None where it is about nobody, or would never be held.

    Where it cannot be read it is as if nothing was said: an alert must not be held, or lost, because a key is missing.
    """
    if patient_id is None or level not in HELD:
        return None
    patient = Patient.objects.filter(pk=patient_id).first()
    try:
        severity = headline_of(patient).illness_severity if patient else None
    except VaultError:
        return ""
    return severity.value if severity else ""

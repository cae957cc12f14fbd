"""What this room shows on a patient's page: the pages that are under way, and the page that a score proposes."""

from accounts.actors import Actor
from handover.paging.selectors import pages_of_patient
from handover.paging.selectors.proposed import proposed_for
from handover.patients.models import Patient
from handover.patients.panels import Panel


def patient_panel(actor: Actor, patient: Patient) -> Panel:
    """The pages that are open, the way to a new one, and what the score proposes. The page has recorded the read."""
    context: dict[str, object] = {
        "patient_id": patient.pk,
        "pages": pages_of_patient(patient.pk),
        "proposed": proposed_for(patient),
    }
    return Panel("paging/_patient_panel.html", context, place="top")

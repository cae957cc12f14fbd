"""What this room shows on a patient's page: the way to what is said about them."""

from accounts.actors import Actor
from handover.messaging.models import Thread
from handover.patients.models import Patient
from handover.patients.panels import Panel


def patient_panel(_actor: Actor, patient: Patient) -> Panel:
    """How much was said about the patient, and the way there. Opens nothing. The page has recorded the read."""
    thread = Thread.objects.filter(patient=patient).values_list("last_number", flat=True).first()
    return Panel("messaging/_patient_panel.html", {"patient_id": patient.pk, "count": thread or 0}, place="side")

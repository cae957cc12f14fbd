"""What this room shows on a patient's page: the pages that are under way, and the page that a score proposes."""

from django.utils import timezone

from accounts.actors import Actor
from handover.paging.models import NotPaged, Page
from handover.paging.proposing import proposal
from handover.paging.selectors import pages_of_patient
from handover.patients.models import Patient
from handover.patients.panels import Panel
from handover.patients.sealed import headline_of, summary_of


def patient_panel(actor: Actor, patient: Patient) -> Panel:
    """The pages that are open, the way to a new one, and what the score proposes. The page has recorded the read."""
    context: dict[str, object] = {
        "patient_id": patient.pk,
        "pages": pages_of_patient(patient.pk),
        "proposed": proposed_for(patient),
    }
    return Panel("paging/_patient_panel.html", context, place="top")


def proposed_for(patient: Patient) -> dict[str, object] | None:
    """The level and the observations of the page that the score proposes, unless somebody paged or decided since."""
    found = proposal(headline_of(patient), summary_of(patient)[1], now=timezone.now())
    if found is None:
        return None
    level, vitals, scored = found
    has_paged = Page.objects.filter(patient=patient, sent__gte=vitals.taken).exclude(state=Page.State.WITHDRAWN)
    has_decided = NotPaged.objects.filter(patient=patient, observed=vitals.id)
    if has_paged.exists() or has_decided.exists():
        return None
    return {"level": level.value, "observed": vitals.id, "words": scored.words, "response": scored.response}

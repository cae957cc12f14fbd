"""The page that a patient's score proposes now, unless somebody has paged since, or said why not."""

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from handover.paging.models import NotPaged, Page
from handover.paging.proposing import proposal
from handover.paging.rules import Level
from handover.patients.models import Patient
from handover.patients.sealed import headline_of, summary_of


@dataclass(frozen=True)
class Proposed:
    """How soon, by which observations, and what their score says and asks for (RCP NEWS2 2017, chart 4)."""

    level: Level
    observed: UUID
    words: str
    response: str


def proposed_for(patient: Patient) -> Proposed | None:
    """The page that the newest observations propose. Not audited. Raises VaultError where they cannot be read."""
    found = proposal(headline_of(patient), summary_of(patient)[1], now=timezone.now())
    if found is None:
        return None
    level, vitals, scored = found
    has_paged = Page.objects.filter(patient=patient, sent__gte=vitals.taken).exclude(state=Page.State.WITHDRAWN)
    has_decided = NotPaged.objects.filter(patient=patient, observed=vitals.id)
    if has_paged.exists() or has_decided.exists():
        return None
    return Proposed(level, vitals.id, scored.words, scored.response)

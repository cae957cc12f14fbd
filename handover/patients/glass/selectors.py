"""The reads of emergency access: one's own that runs, the question to oneself, and an officer's cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounts.actors import PURPOSE, Actor
from accounts.models import Role
from handover.patients.models import AccessAlert, BreakGlass, CareRelationship
from handover.patients.sealed import words_of
from ledger import services as ledger
from ledger.agents import Entity
from live.acting import acting_as_system
from live.refusals import NotFound
from vault.errors import KeyDestroyed

CLOSED_SHOWN = 20
ALERTS_SHOWN = 30


@dataclass(frozen=True)
class Cases:
    """What waits for a finding, the soonest due first; what was closed last; and who was conspicuous lately."""

    waiting: Sequence[BreakGlass]
    closed: Sequence[BreakGlass]
    alerts: Sequence[AccessAlert]


@dataclass(frozen=True)
class Case:
    """One case with its words. A word is "" where it was not said, and None where the patient's data was erased."""

    glass: BreakGlass
    words: str | None
    question: str | None
    answer: str | None
    note: str | None


def running(relationship: CareRelationship) -> BreakGlass | None:
    """The emergency access that this very row is, for the banner; None for every other row."""
    if relationship.reason != CareRelationship.Reason.BREAK_GLASS:
        return None
    return BreakGlass.objects.filter(relationship_id=relationship.pk, ends__gt=Now()).first()


def running_of(actor: Actor, patient_id: UUID) -> BreakGlass | None:
    """The emergency access that this person has to the patient now, for pages that do not name the row."""
    return BreakGlass.objects.filter(person=actor.person, patient_id=patient_id, ends__gt=Now()).first()


# Once the four hours are over the case is still theirs to answer for; the patient is not.
@acting_as_system("glass.answered")
@transaction.atomic
def own_case(actor: Actor, glass_id: UUID) -> Case:
    """One's own case, once an officer has asked about it; recorded as glass.read. Raises NotFound."""
    glass = BreakGlass.objects.filter(pk=glass_id, person=actor.person, asked__isnull=False).first()
    if glass is None:
        raise NotFound(act="glass.answered", subject_id=glass_id)
    _record(actor, "glass.read", glass)
    return _opened(glass)


@acting_as_system("audit.glass")
@transaction.atomic
def cases(actor: Actor) -> Cases:
    """Every case and the latest alerts, for an officer; none of their own. Recorded as audit.searched.

    Raises NotFound for any other role.
    """
    _require_officer(actor)
    rows = BreakGlass.objects.exclude(person=actor.person).select_related("person", "reviewed_by")
    alerts = AccessAlert.objects.exclude(person=actor.person).select_related("person")
    found = Cases(
        waiting=list(rows.filter(reviewed__isnull=True).order_by("review_due", "pk")),
        closed=list(rows.filter(reviewed__isnull=False).order_by("-reviewed", "pk")[:CLOSED_SHOWN]),
        alerts=list(alerts.order_by("-recorded", "pk")[:ALERTS_SHOWN]),
    )
    ledger.record_read(
        "audit.searched",
        agent=actor.agent,
        patient_ids=sorted({row.patient_id for row in (*found.waiting, *found.closed)}),
        relationship_ids=[],
        detail={"what": "emergencies", "found": len(found.waiting)},
        purpose=PURPOSE,
    )
    return found


@acting_as_system("audit.glass")
@transaction.atomic
def case_for(actor: Actor, glass_id: UUID) -> Case:
    """One case with its words, for an officer; recorded as audit.glass_read. Raises NotFound, also for one's own."""
    _require_officer(actor)
    rows = BreakGlass.objects.exclude(person=actor.person).select_related("person", "asked_by", "reviewed_by")
    glass = rows.filter(pk=glass_id).first()
    if glass is None:
        raise NotFound(act="audit.glass_read", subject_id=glass_id)
    _record(actor, "audit.glass_read", glass)
    return _opened(glass)


def is_overdue(glass: BreakGlass, *, at: datetime) -> bool:
    """Whether nobody has judged it in time."""
    return glass.reviewed is None and glass.review_due <= at


def _record(actor: Actor, event: str, glass: BreakGlass) -> None:
    entity = Entity("glass", glass.pk)
    ledger.record(event, agent=actor.agent, patient_id=glass.patient_id, entity=entity, purpose=PURPOSE)


def _opened(glass: BreakGlass) -> Case:
    words, question, answer, note = (
        _words(glass, field) for field in ("sealed_words", "sealed_question", "sealed_answer", "sealed_note")
    )
    return Case(glass, words, question, answer, note)


def _words(glass: BreakGlass, field: str) -> str | None:
    try:
        return words_of(glass, field)
    except KeyDestroyed:
        return None


def _require_officer(actor: Actor) -> None:
    if actor.person.role != Role.COMPLIANCE_OFFICER:
        raise NotFound(act="audit.glass_read", code="role")

"""A score proposes a page, and nobody has paged or said why not: whoever leads the unit is told, and rung.

To page takes one tap and not to page takes a reason. To walk away took neither, and left no trace. How long is waited
is local policy (docs/decisions/0087); that a score asks for a response at once, or within the hour, is RCP NEWS2 2017.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID, uuid5

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Duty
from handover.duty.selectors import lead_of
from handover.paging.proposing import proposal
from handover.paging.quiet.services import Alerting, interrupt
from handover.paging.rules import Level, Sound
from handover.paging.selectors.proposed import Proposed, proposed_for
from handover.paging.services.ground import SCORE, UNDECIDED
from handover.patients.documents import Summary
from handover.patients.models import Encounter, Patient
from handover.patients.rules import latest_vitals
from handover.patients.sealed import headline_of
from handover.reach.models import Channel
from handover.reach.rules import Try
from handover.reach.services import Alert, alert
from ledger import services as ledger
from ledger.agents import Entity
from live.clock import database_now
from live.inbox import Announcement, Subject
from live.models import Timer
from live.timers import set_timer
from vault.errors import VaultError

WITHIN: Mapping[Level, timedelta] = {
    Level.EMERGENCY: timedelta(minutes=5),
    Level.URGENT: timedelta(minutes=15),
    Level.NEEDS_ACTION: timedelta(minutes=30),
}
# By no rung of a device: what a phone has shown of this patient once says nothing of the next time.
_PUSH = Try(Channel.PUSH, timedelta(0), unless_on_device=False)
_SMS = Try(Channel.SMS, timedelta(seconds=60), unless_on_device=False)
# Where nobody leads the unit, so many who are on duty in it are told.
_MOST_TOLD = 6


def summary_changed(_actor: Actor | None, patient: Patient, before: Summary, after: Summary) -> Iterable[Announcement]:
    """Whether anybody decides is looked at in some minutes, where new observations propose a page.

    The first look stands: observations that are entered meanwhile put it off no further. A part of the act that entered
    them.
    """
    newest, known = latest_vitals(after), latest_vitals(before)
    if newest is None or (known is not None and known.id == newest.id):
        return ()
    found = proposal(headline_of(patient), after, now=timezone.now())
    if found is not None and not Timer.objects.filter(kind=UNDECIDED, subject_id=patient.pk).exists():
        set_timer(UNDECIDED, patient.pk, after=WITHIN[found[0]])
    return ()


def look(patient_id: UUID) -> Sequence[Announcement]:
    """The timer: the lead is told where the page is proposed still; and nothing where somebody has paged or decided."""
    patient = Patient.objects.filter(pk=patient_id).first()
    stays = Encounter.objects.filter(patient_id=patient_id, status=Encounter.Status.ACTIVE)
    unit_id = stays.values_list("unit_id", flat=True).first()
    found = _proposed(patient) if patient is not None and unit_id is not None else None
    if found is None or unit_id is None:
        return []
    people = _who_hear(unit_id)
    ledger.record(
        UNDECIDED,
        agent=None,
        patient_id=patient_id,
        entity=Entity("vital_signs", found.observed),
        outcome="failed",
        detail={"level": found.level.value, "told": [str(each) for each in people]},
    )
    _ring(patient_id, found, people)
    return [Announcement(UNDECIDED, people, Subject("patient", patient_id))] if people else []


def _proposed(patient: Patient) -> Proposed | None:
    try:
        return proposed_for(patient)
    except VaultError:
        # Erased, or the key is missing: whoever opens the patient is told of it there.
        return None


def _who_hear(unit_id: UUID) -> list[UUID]:
    at = database_now()
    lead = lead_of(unit_id, at=at)
    if lead is not None:
        return [lead.pk]
    on_duty = Duty.objects.at(at).filter(unit=unit_id, person__is_active=True).order_by("starts", "pk")
    return list(dict.fromkeys(on_duty.values_list("person_id", flat=True)))[:_MOST_TOLD]


def _ring(patient_id: UUID, found: Proposed, people: Sequence[UUID]) -> None:
    level, subject = found.level, Subject(SCORE, patient_id)
    occasion = uuid5(found.observed, UNDECIDED)
    is_raised = level is not Level.NEEDS_ACTION
    ways = interrupt(Alerting(occasion, subject, level, None, is_raised=is_raised), people, at=database_now())
    alert(
        [
            Alert(
                uuid5(occasion, str(each)),
                each,
                subject,
                level,
                (_PUSH,) if ways[each].sound == Sound.SILENT or not is_raised else (_PUSH, _SMS),
                not_before=ways[each].held_until,
                sound=ways[each].sound,
            )
            for each in people
        ]
    )

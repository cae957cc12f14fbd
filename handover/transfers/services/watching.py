"""Watching: vital signs that shut the gate again after an acceptance, or open it again, are told to both sides at once.

Nobody presses a button for this, so it is no act: it is a part of the act that entered the vital signs.
"""

from accounts.actors import Actor
from handover.patients.documents import Summary
from handover.patients.models import Patient, SummaryVersion
from handover.patients.news2 import News2
from handover.patients.rules import latest_vitals, scored_or_none
from handover.patients.sealed import headline_of, summary_in
from handover.transfers.facts import confirmations
from handover.transfers.models import Acceptance, Handover, Transfer
from handover.transfers.rules import vitals_changed
from handover.transfers.services.acts import about_version, entity_of
from ledger import services as ledger
from live.inbox import Announcement


def summary_changed(actor: Actor | None, patient: Patient, before: Summary, after: Summary) -> tuple[Announcement, ...]:
    """What tells who accepted, who wrote it and who entered it when the vital signs turn the gate's lock, either way.

    Under the patient's lock, which every act on a handover of theirs takes too; it takes no other.
    """
    acceptance = _waiting(patient)
    if acceptance is None or headline_of(patient).news2_band == "not-applicable":
        return ()
    then = _score(_summary_at(acceptance, patient))
    was_locked, is_locked = vitals_changed(then, _score(before)), vitals_changed(then, _score(after))
    if was_locked == is_locked:
        return ()
    event = "handover.overtaken" if is_locked else "handover.caught_up"
    version = acceptance.version
    ledger.record(
        event,
        agent=actor.agent if actor else None,
        patient_id=patient.pk,
        entity=entity_of(version.handover),
    )
    people = [
        acceptance.person_id,
        version.handover.author_id,
        version.author_id,
        *([actor.person.pk] if actor else []),
    ]
    return (Announcement(event, people, about_version(version)),)


def _waiting(patient: Patient) -> Acceptance | None:
    """The acceptance under which this patient is about to leave, if there is one."""
    handovers = Handover.objects.filter(
        patient=patient, status=Handover.Status.ACCEPTED, transfer__status=Transfer.Status.PLANNED
    )
    rows = Acceptance.objects.filter(version_id__in=handovers.values("current_id"))
    return rows.select_related("version__handover__current").first()


def _summary_at(acceptance: Acceptance, patient: Patient) -> Summary:
    confirmed = confirmations([acceptance]).get(acceptance.pk)
    number = confirmed.summary_number if confirmed else acceptance.summary_number
    version = SummaryVersion.objects.filter(patient=patient, number=number).first()
    return summary_in(version) if version else Summary()


def _score(summary: Summary) -> News2 | None:
    vitals = latest_vitals(summary)
    return scored_or_none(vitals) if vitals else None

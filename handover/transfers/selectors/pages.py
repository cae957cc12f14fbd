"""The page of one handover, for one reader, and the draft behind the composer. Recorded as a read of the patient."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from handover.patients import access
from handover.patients.documents import Headline, Summary
from handover.patients.rules import latest_vitals, scored_or_none
from handover.patients.sealed import headline_of, identity_of, summary_of
from handover.transfers import facts, sealed
from handover.transfers.documents import DraftAddress, HandoverDocument, Ipass
from handover.transfers.models import Handover, Override, Responsibility
from handover.transfers.rules import (
    BriefFacts,
    BriefLine,
    Standing,
    brief,
    disagreement,
    may,
    quality,
    unchanged_parts,
)
from handover.transfers.selectors import parts
from handover.transfers.selectors.shapes import HandoverPage, Side
from ledger import services as ledger
from ledger.agents import Entity
from live import ladder
from live.refusals import NotFound


@dataclass(frozen=True)
class Draft:
    """What has been typed so far, with what is missing in words. `unchanged`: parts as in the last handover."""

    ipass: Ipass
    address: DraftAddress
    revision: int
    missing: tuple[str, ...]
    disagreement: str
    unchanged: tuple[str, ...]


@transaction.atomic
def handover_page(actor: Actor, handover_id: UUID) -> HandoverPage:
    """Everything of a handover that this person may see. Recorded as patient.read.

    Raises NotFound for what is not there, what is not theirs, and somebody else's draft.
    """
    now = timezone.now()
    seen = _seen(actor, handover_id, now=now)
    # Before the gate: what is confirmed by this number must not be newer than the lock that is shown with it.
    record = summary_of(seen.handover.patient)
    return _page(actor, facts.with_gate(seen, actor, now=now), record, now=now)


@transaction.atomic
def draft_of(actor: Actor, handover_id: UUID) -> Draft:
    """The actor's own draft. Recorded as patient.read. Raises NotFound for anything else, sent or somebody else's."""
    now = timezone.now()
    seen = _seen(actor, handover_id, now=now)
    ipass = sealed.draft_of(seen.handover)
    if ipass is None or not seen.standing.is_author:
        raise NotFound(subject_id=handover_id, patient_id=seen.handover.patient_id)
    headline, (_number, summary) = headline_of(seen.handover.patient), summary_of(seen.handover.patient)
    return Draft(
        ipass=ipass,
        address=sealed.draft_address_of(seen.handover),
        revision=seen.handover.draft_revision,
        missing=quality(ipass, summary, now=now).missing,
        disagreement=_disagreement(ipass, headline, summary),
        unchanged=unchanged_parts(_before(seen.handover), ipass),
    )


def transfer_page(actor: Actor, transfer_id: UUID) -> HandoverPage:
    """The page of the handover that this move belongs to. Raises NotFound."""
    return handover_page(actor, handover_id_of(actor, transfer_id))


def override_page(actor: Actor, override_id: UUID) -> HandoverPage:
    """The page of the handover whose move this override is about. Raises NotFound."""
    transfer_id = Override.objects.filter(pk=override_id).values_list("transfer_id", flat=True).first()
    if transfer_id is None:
        raise NotFound(subject_id=override_id)
    return transfer_page(actor, transfer_id)


def handover_id_of(actor: Actor, transfer_id: UUID) -> UUID:
    """The handover that this move belongs to. Raises NotFound for what is not there and what is not theirs."""
    row = Handover.objects.filter(transfer_id=transfer_id).values_list("pk", "patient_id").first()
    if row is None:
        raise NotFound(subject_id=transfer_id)
    access.patient_for(actor, row[1])
    return row[0]


def _seen(actor: Actor, handover_id: UUID, *, now: datetime) -> facts.Seen:
    """The handover for a reader who may see its patient, with the read on the record."""
    patient_id = Handover.objects.filter(pk=handover_id).values_list("patient_id", flat=True).first()
    if patient_id is None:
        raise NotFound(act="patient.read", subject_id=handover_id)
    granted = access.opened_by(actor, patient_id)
    seen = facts.seen_by(actor, handover_id, now=now)
    if seen is None or (seen.standing.status == Handover.Status.DRAFT and not seen.standing.is_author):
        raise NotFound(act="patient.read", subject_id=handover_id, patient_id=patient_id)
    seen.handover.patient = granted.patient
    version = seen.handover.current
    entity = (
        Entity("handover_version", version.pk, version=bytes(version.digest).hex())
        if version
        else Entity("handover", handover_id)
    )
    ledger.record(
        "patient.read",
        agent=actor.agent,
        patient_id=patient_id,
        entity=entity,
        relationship_id=granted.relationship.pk,
        purpose=granted.purpose,
    )
    return facts.with_names(seen)


def _page(actor: Actor, seen: facts.Seen, record: tuple[int, Summary], *, now: datetime) -> HandoverPage:
    handover, patient = seen.handover, seen.handover.patient
    document = sealed.document_of(handover.current, patient_id=patient.pk) if handover.current else None
    draft = sealed.draft_of(handover) if seen.standing.is_author else None
    ipass = draft or (document.ipass if document else Ipass())
    headline, (number, summary) = headline_of(patient), record
    versions = tuple(handover.versions.select_related("author").order_by("number"))
    rungs = ladder.rungs_of([each.pk for each in versions])
    syntheses = parts.syntheses_of(handover)
    allowed = may(seen.standing)
    holder = Responsibility.objects.filter(patient=patient, until__isnull=True).select_related("person").first()
    return HandoverPage(
        handover=handover,
        role=_side(seen.standing),
        document=document,
        draft=draft,
        draft_revision=handover.draft_revision,
        draft_address=sealed.draft_address_of(handover) if draft else DraftAddress(),
        identity=identity_of(patient),
        headline=headline,
        summary=summary,
        summary_number=number,
        version=handover.current,
        versions=versions,
        recipients=parts.recipients_of(handover),
        brief=_brief(handover, ipass, headline, summary, now=now),
        changes=parts.changes_for(handover, actor.person.pk, rungs),
        unchanged=document.unchanged if document and not draft else unchanged_parts(_before(handover), ipass),
        questions=parts.questions_of(handover),
        syntheses=syntheses,
        my_synthesis=next((s for s in syntheses if s.is_of_current_version and s.person == actor.person), None),
        acceptance=parts.acceptance_of(handover),
        decline=parts.decline_of(handover),
        ladders=parts.ladders_of(rungs.get(handover.current_id, [])) if handover.current_id else (),
        transfer=parts.transfer_of(seen, reader=actor.person, may=allowed, now=now),
        gate=seen.gate,
        quality_missing=quality(
            ipass, summary if draft else _summary_in(document), now=_judged_at(document, now)
        ).missing,
        disagreement=_disagreement(ipass, headline, summary),
        call_back=ipass.call_back or handover.author.phone or handover.author_unit.phone,
        has_patient=holder.person if holder else None,
        reminded=handover.reminders.select_related("reminded_by").order_by("-reminded").first(),
        may=allowed,
    )


def _side(standing: Standing) -> Side:
    if standing.is_addressee:
        return "receiver"
    return "sender" if standing.is_author or standing.is_sender else "other"


def _brief(
    handover: Handover, ipass: Ipass, headline: Headline, summary: Summary, *, now: datetime
) -> tuple[BriefLine, ...]:
    author = handover.current.author if handover.current else handover.author
    return brief(
        BriefFacts(
            ipass=ipass,
            headline=headline,
            summary=summary,
            author=author.display_name,
            now=now,
            zone=timezone.get_current_timezone(),
        )
    )


def _summary_in(document: HandoverDocument | None) -> Summary:
    return document.summary if document else Summary()


def _judged_at(document: HandoverDocument | None, now: datetime) -> datetime:
    """A version is judged by the moment it was sent: it does not get worse by lying there."""
    return document.written if document else now


def _disagreement(ipass: Ipass, headline: Headline, summary: Summary) -> str:
    vitals = latest_vitals(summary)
    if vitals is None or headline.news2_band == "not-applicable":
        return ""
    return disagreement(ipass, scored_or_none(vitals)) or ""


def _before(handover: Handover) -> Ipass | None:
    """What the patient's last accepted handover said, this one aside."""
    before = facts.last_accepted(handover.patient_id, beside=handover.pk)
    return sealed.document_of(before, patient_id=handover.patient_id).ipass if before else None

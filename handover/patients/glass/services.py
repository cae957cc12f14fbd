"""The acts around emergency access: breaking the glass, ending it, asking about it, answering, and the finding.

The chart opens at once and nobody is asked before; what keeps it honest is that it cannot be done unseen. The patient's
team and every compliance officer learn of it while it happens, whoever did it must say why, and an officer judges each
one within 72 hours. docs/decisions/0061.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Role
from handover.patients import access, budget
from handover.patients.events import looking_after
from handover.patients.found import by_two_identifiers
from handover.patients.models import (
    LONGEST_BREAK_GLASS,
    REVIEW_WITHIN,
    SHORTEST_REASON,
    AccessAlert,
    BreakGlass,
    CareRelationship,
    Patient,
)
from handover.patients.sealed import seal_words
from ledger import services as ledger
from ledger.agents import Entity
from live import keys
from live.acting import acting_as_system
from live.inbox import Announcement, Subject, announce
from live.refusals import Conflict, Invalid, NotFound
from live.timers import drop_timer, set_timer

ENDED, OVERDUE = "glass.ended", "glass.overdue"


def break_glass(actor: Actor, *, key: UUID, record_number: str, birth_date: str, code: str, words: str) -> UUID:
    """The id of the patient, who is this person's to see for four hours from now on.

    A patient who is theirs already stays so, and no glass is broken but where the day's budget would stop them. Both
    identifiers must fit, to the letter. Raises Invalid without a reason of ten characters; NotFound, counted and on
    record, in the same words whether nobody has this record number or the birth date is another's. No budget stops it.
    """
    _require_reason(code, words)
    # The patient is nobody's to this person before the row that this act writes.
    with acting_as_system("glass.broken"), transaction.atomic():
        claim = keys.claim(key, person_id=actor.person.pk, act="glass.broken")
        if claim.earlier:
            return claim.earlier
        patient = by_two_identifiers(record_number, birth_date)
        if patient is None:
            budget.miss(actor, AccessAlert.Kind.GLASS_MISSED)
        else:
            if access.relationship_for(actor, patient.pk) is None or budget.would_stop(actor, patient.pk):
                _break(actor, patient, code=code, words=words.strip())
            keys.settle(key, result_id=patient.pk)
            return patient.pk
    # Outside of the transaction, so that the miss stays counted.
    said = _("Nobody is found by this record number and date of birth together. Read both from the wristband again.")
    raise Invalid(said, code="nobody", act="glass.broken", fields={"record_number": said})


@acting_as_system("glass.ended")
@transaction.atomic
def end_glass(actor: Actor, *, key: UUID, patient_id: UUID) -> None:
    """The person's own emergency access to this patient is over. Raises NotFound when there is none that runs."""
    if keys.claim(key, person_id=actor.person.pk, act=ENDED).earlier:
        return
    rows = BreakGlass.objects.select_for_update(no_key=True).filter(ends__gt=Now())
    glass = rows.filter(person=actor.person, patient_id=patient_id).first()
    if glass is None:
        raise NotFound(act=ENDED, patient_id=patient_id)
    CareRelationship.objects.filter(pk=glass.relationship_id).update(ends=Now())
    BreakGlass.objects.filter(pk=glass.pk).update(ends=Now())
    drop_timer(ENDED, glass.pk)
    _record(actor, ENDED, glass)
    keys.settle(key, result_id=glass.pk)
    announce(Announcement(ENDED, [actor.person.pk], Subject("glass", glass.pk)))


@acting_as_system("audit.glass")
@transaction.atomic
def ask(actor: Actor, *, key: UUID, glass_id: UUID, question: str) -> None:
    """The officer's question, which the person is told of. Raises NotFound, Invalid without words, Conflict."""
    if keys.claim(key, person_id=actor.person.pk, act="glass.asked").earlier:
        return
    glass = _case(actor, glass_id, act="glass.asked")
    if not question.strip():
        raise Invalid(fields={"question": _("Write what you want to know.")}, act="glass.asked")
    if glass.asked is not None:
        raise Conflict(_("They have been asked. Wait for the answer."), code="asked", act="glass.asked")
    glass.asked_by, glass.asked = actor.person, timezone.now()
    glass.sealed_question = seal_words(glass, "sealed_question", question.strip())
    glass.save(update_fields=["asked_by", "asked", "sealed_question"])
    _record(actor, "glass.asked", glass)
    keys.settle(key, result_id=glass.pk)
    announce(Announcement("glass.asked", [glass.person_id], Subject("glass", glass.pk)))


@acting_as_system("glass.answered")
@transaction.atomic
def answer(actor: Actor, *, key: UUID, glass_id: UUID, words: str) -> None:
    """What the person says to the question, once. Raises NotFound for another's case, Invalid, Conflict."""
    if keys.claim(key, person_id=actor.person.pk, act="glass.answered").earlier:
        return
    rows = BreakGlass.objects.select_for_update(no_key=True).filter(person=actor.person, asked__isnull=False)
    glass = rows.filter(pk=glass_id).first()
    if glass is None:
        raise NotFound(act="glass.answered", subject_id=glass_id)
    if not words.strip():
        raise Invalid(fields={"answer": _("Write your answer.")}, act="glass.answered")
    if glass.answered is not None or glass.reviewed is not None:
        raise Conflict(_("This was answered or decided already."), code="answered", act="glass.answered")
    glass.answered, glass.sealed_answer = timezone.now(), seal_words(glass, "sealed_answer", words.strip())
    glass.save(update_fields=["answered", "sealed_answer"])
    _record(actor, "glass.answered", glass)
    keys.settle(key, result_id=glass.pk)
    announce(Announcement("glass.answered", budget.officers(), Subject("glass", glass.pk)))


@acting_as_system("audit.glass")
@transaction.atomic
def find(actor: Actor, *, key: UUID, glass_id: UUID, finding: str, note: str) -> None:
    """The officer's finding closes the case. `finding` is a value of BreakGlass.Finding.

    Raises NotFound, also for one's own case; Invalid without a finding, or without a note where it is not plainly
    justified; Conflict when it was closed.
    """
    if keys.claim(key, person_id=actor.person.pk, act="glass.reviewed").earlier:
        return
    glass = _case(actor, glass_id, act="glass.reviewed")
    if finding not in BreakGlass.Finding.values:
        raise Invalid(fields={"finding": _("Choose what you make of it.")}, act="glass.reviewed")
    if finding != BreakGlass.Finding.JUSTIFIED and not note.strip():
        raise Invalid(fields={"note": _("Say why, for whoever reads this later.")}, act="glass.reviewed")
    glass.reviewed_by, glass.reviewed, glass.finding = actor.person, timezone.now(), finding
    glass.sealed_note = seal_words(glass, "sealed_note", note.strip()) if note.strip() else None
    glass.save(update_fields=["reviewed_by", "reviewed", "finding", "sealed_note"])
    drop_timer(OVERDUE, glass.pk)
    _record(actor, "glass.reviewed", glass, finding=finding)
    keys.settle(key, result_id=glass.pk)
    announce(Announcement("glass.reviewed", [glass.person_id], Subject("glass", glass.pk)))


def over(glass_id: UUID) -> list[Announcement]:
    """The four hours are over: the open page looks again, and finds nothing. Done by a timer."""
    glass = BreakGlass.objects.get(pk=glass_id)
    return [Announcement(ENDED, [glass.person_id], Subject("glass", glass_id))]


def overdue(glass_id: UUID) -> list[Announcement]:
    """Nobody has judged it within 72 hours: every officer is told. Done by a timer."""
    glass = BreakGlass.objects.get(pk=glass_id)
    if glass.reviewed is not None:
        return []
    return [Announcement(OVERDUE, budget.officers(), Subject("glass", glass_id))]


def _break(actor: Actor, patient: Patient, *, code: str, words: str) -> None:
    team = [each for each in looking_after(patient.pk) if each != actor.person.pk]
    glass = BreakGlass(patient=patient, person=actor.person, code=code)
    row = CareRelationship.objects.create(
        patient=patient,
        person=actor.person,
        reason=CareRelationship.Reason.BREAK_GLASS,
        source_id=glass.pk,
        ends=Now() + LONGEST_BREAK_GLASS,
    )
    row.refresh_from_db(fields=["begins", "ends"])
    glass.relationship, glass.begins, glass.ends = row, row.begins, row.begins + LONGEST_BREAK_GLASS
    glass.review_due = row.begins + REVIEW_WITHIN
    glass.sealed_words = seal_words(glass, "sealed_words", words)
    glass.save(force_insert=True)
    set_timer(ENDED, glass.pk, after=LONGEST_BREAK_GLASS + timedelta(seconds=1))
    set_timer(OVERDUE, glass.pk, after=REVIEW_WITHIN)
    _record(actor, "glass.broken", glass, code=code)
    subject = Subject("glass", glass.pk)
    announce(
        Announcement("glass.broken", team, subject),
        Announcement("glass.to_review", budget.officers(), subject),
    )


def _case(actor: Actor, glass_id: UUID, *, act: str) -> BreakGlass:
    """The case under its lock, open, for an officer whose own it is not."""
    if actor.person.role != Role.COMPLIANCE_OFFICER:
        raise NotFound(act=act, code="role", subject_id=glass_id)
    rows = BreakGlass.objects.select_for_update(no_key=True).exclude(person=actor.person)
    glass = rows.filter(pk=glass_id).first()
    if glass is None:
        raise NotFound(act=act, subject_id=glass_id)
    if glass.reviewed is not None:
        raise Conflict(_("This case was closed already."), code="reviewed", act=act, subject_id=glass_id)
    return glass


def _require_reason(code: str, words: str) -> None:
    wrong = {}
    if code not in BreakGlass.Code.values:
        wrong["code"] = _("Choose why.")
    if len(words.strip()) < SHORTEST_REASON:
        wrong["words"] = _("Say it in at least ten characters. It is read by the compliance office.")
    if wrong:
        raise Invalid(fields=wrong, act="glass.broken")


def _record(actor: Actor, event: str, glass: BreakGlass, **detail: str) -> None:
    is_staff_matter = actor.person.pk != glass.person_id
    ledger.record(
        event,
        agent=actor.agent,
        patient_id=glass.patient_id,
        entity=Entity("glass", glass.pk),
        relationship_id=glass.relationship_id,
        purpose="HOPERAT" if is_staff_matter else "BTG",
        detail=detail,
    )

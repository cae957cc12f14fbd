"""The acts of the review: findings become flags; the officer asks, the person answers, the officer settles.

One way for all of them, beside the one of emergency access (handover/patients/glass/), which is a case by itself: a
finding that says no more than that the glass was broken raises no second one.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import Person, Role
from audit.review import sealed
from audit.review.documents import Worksheet
from audit.review.models import NOTIFY_WITHIN, REVIEW_WITHIN, Breach, Flag, FlagReason, own_matters
from audit.rules.facts import Finding, Rule, Tie
from audit.rules.folding import Suspicion
from handover.patients import budget
from handover.patients.models import Patient
from ledger import services as ledger
from ledger.agents import Entity
from live import keys
from live.acting import acting_as_system
from live.inbox import Announcement, Subject, announce
from live.refusals import Conflict, Invalid, NotFound
from live.timers import drop_timer, set_timer

OVERDUE = "flag.overdue"
WORDS = 2000
# Of these an officer is told when they are raised, and not only by the list of the day.
AT_ONCE = frozenset({Rule.BULK})


def keep(suspicions: Sequence[Suspicion], *, day: date) -> list[UUID]:
    """The flags that are new. In the scanner's transaction, under its lock; the same findings again change nothing.

    What is found about a person, a patient and a day adds to their flag while it is open. Once that is settled, only
    what came after it, or by another rule, is raised again.
    """
    raised = [flag_id for each in _of_the_living(suspicions) if (flag_id := _kept(each, day)) is not None]
    urgent = FlagReason.objects.filter(flag_id__in=raised, rule__in=AT_ONCE).values_list("flag_id", flat=True)
    officers = budget.officers()
    announce(*(Announcement("flag.raised", officers, Subject("flag", flag_id)) for flag_id in dict.fromkeys(urgent)))
    return raised


def _of_the_living(suspicions: Sequence[Suspicion]) -> list[Suspicion]:
    """Those about people and patients who are in the tables: the log outlives both."""
    people = set(Person.objects.filter(pk__in={each.person_id for each in suspicions}).values_list("pk", flat=True))
    asked = {each.patient_id for each in suspicions if each.patient_id}
    patients = {None, *Patient.objects.filter(pk__in=asked).values_list("pk", flat=True)}
    return [each for each in suspicions if each.person_id in people and each.patient_id in patients]


def _kept(found: Suspicion, day: date) -> UUID | None:
    about = {"person_id": found.person_id, "patient_id": found.patient_id, "day": day}
    flags = list(Flag.objects.select_for_update(no_key=True).filter(**about).order_by("part"))
    reasons = _not_settled_yet(found.reasons, flags)
    if not reasons or (_is_glass_alone(reasons) and not flags):
        return None
    is_new = not flags or flags[-1].settled is not None
    flag = _raise(found, day, part=len(flags) + 1, reasons=reasons) if is_new else flags[-1]
    for reason in reasons:
        _keep_reason(flag, reason)
    if not is_new:
        _rescore(flag, found)
    return flag.pk if is_new else None


def _not_settled_yet(reasons: Sequence[Finding], flags: Sequence[Flag]) -> list[Finding]:
    """Those of which the latest event was not there when a flag with the same rule was settled."""
    settled = [flag.pk for flag in flags if flag.settled is not None]
    rows = FlagReason.objects.filter(flag_id__in=settled).values_list("rule", "until_event")
    until: dict[str, int] = {}
    for rule, event in rows:
        until[rule] = max(event, until.get(rule, 0))
    return [reason for reason in reasons if reason.until.event_id > until.get(reason.rule.value, 0)]


def _is_glass_alone(reasons: Sequence[Finding]) -> bool:
    return all(each.rule is Rule.EMERGENCY and each.facts.get("tie") == Tie.EMERGENCY for each in reasons)


def _raise(found: Suspicion, day: date, *, part: int, reasons: Sequence[Finding]) -> Flag:
    flag = Flag.objects.create(
        person_id=found.person_id,
        patient_id=found.patient_id,
        day=day,
        part=part,
        score=found.score,
        review_due=timezone.now() + REVIEW_WITHIN,
    )
    set_timer(OVERDUE, flag.pk, after=REVIEW_WITHIN)
    rules = sorted({each.rule.value for each in reasons})
    detail: ledger.Detail = {"person": str(flag.person_id), "rules": rules, "score": flag.score}
    ledger.record(
        "flag.raised",
        agent=None,
        patient_id=flag.patient_id,
        entity=Entity("flag", flag.pk),
        purpose=PURPOSE,
        detail=detail,
    )
    return flag


def _keep_reason(flag: Flag, reason: Finding) -> None:
    row = FlagReason.objects.filter(flag=flag, rule=reason.rule.value).first()
    if row is None:
        row = FlagReason(flag=flag, rule=reason.rule.value)
        row.since, row.since_event = reason.since.at, reason.since.event_id
    elif row.until_event >= reason.until.event_id:
        return
    row.until, row.until_event = reason.until.at, reason.until.event_id
    row.count, row.facts = reason.count, dict(reason.facts)
    row.save()


def _rescore(flag: Flag, found: Suspicion) -> None:
    flag.score = max(flag.score, found.score)
    flag.save(update_fields=["score"])


@acting_as_system("audit.flags")
@transaction.atomic
def ask(actor: Actor, *, key: UUID, flag_id: UUID, question: str) -> None:
    """The officer's question, which the person is told of. Raises NotFound, Invalid without words, Conflict."""
    if keys.claim(key, person_id=actor.person.pk, act="flag.asked").earlier:
        return
    flag = _open_flag(actor, flag_id, act="flag.asked")
    if not question.strip():
        raise Invalid(fields={"question": _("Write what you want to know.")}, act="flag.asked")
    if flag.asked is not None:
        raise Conflict(_("They have been asked. Wait for the answer."), code="asked", act="flag.asked")
    flag.asked_by, flag.asked = actor.person, timezone.now()
    flag.sealed_question = sealed.seal_words(flag, "sealed_question", question.strip()[:WORDS])
    flag.save(update_fields=["asked_by", "asked", "sealed_question"])
    _record(actor, "flag.asked", flag)
    keys.settle(key, result_id=flag.pk)
    announce(Announcement("flag.asked", [flag.person_id], Subject("flag", flag.pk)))


@acting_as_system("flag.answered")
@transaction.atomic
def answer(actor: Actor, *, key: UUID, flag_id: UUID, quick: str, words: str = "") -> None:
    """What the person says to the question, once. `quick` is a value of Flag.Quick; words are needed for "other" only.

    Raises NotFound for another's flag, Invalid, Conflict when it was answered or settled.
    """
    if keys.claim(key, person_id=actor.person.pk, act="flag.answered").earlier:
        return
    rows = Flag.objects.select_for_update(no_key=True).filter(person=actor.person, asked__isnull=False)
    flag = rows.filter(pk=flag_id).first()
    if flag is None:
        raise NotFound(act="flag.answered", subject_id=flag_id)
    if quick not in Flag.Quick.values or (quick == Flag.Quick.OTHER and not words.strip()):
        raise Invalid(fields={"answer": _("Choose an answer, or write one.")}, act="flag.answered")
    if flag.answered is not None or flag.settled is not None:
        raise Conflict(_("This was answered or decided already."), code="answered", act="flag.answered")
    flag.answered, flag.quick = timezone.now(), quick
    flag.sealed_answer = sealed.seal_words(flag, "sealed_answer", words.strip()[:WORDS]) if words.strip() else None
    flag.save(update_fields=["answered", "quick", "sealed_answer"])
    _record(actor, "flag.answered", flag)
    keys.settle(key, result_id=flag.pk)
    announce(Announcement("flag.answered", budget.officers(), Subject("flag", flag.pk)))


@acting_as_system("audit.flags")
@transaction.atomic
def settle(actor: Actor, *, key: UUID, flag_id: UUID, finding: str, note: str) -> None:
    """The officer's finding closes the flag; a breach opens its worksheet. `finding` is a value of Flag.Finding.

    Raises NotFound, also for one's own; Invalid without a finding, or without a note where it is not plainly justified;
    Conflict when it was settled.
    """
    if keys.claim(key, person_id=actor.person.pk, act="flag.settled").earlier:
        return
    flag = _open_flag(actor, flag_id, act="flag.settled")
    _require_finding(finding, note)
    flag.settled_by, flag.settled, flag.finding = actor.person, timezone.now(), finding
    flag.sealed_note = sealed.seal_words(flag, "sealed_note", note.strip()[:WORDS]) if note.strip() else None
    flag.save(update_fields=["settled_by", "settled", "finding", "sealed_note"])
    if finding == Flag.Finding.BREACH:
        Breach.objects.create(flag=flag, discovered=flag.settled, notify_by=flag.settled + NOTIFY_WITHIN)
    drop_timer(OVERDUE, flag.pk)
    _record(actor, "flag.settled", flag, finding=finding)
    keys.settle(key, result_id=flag.pk)
    if flag.asked is not None:
        announce(Announcement("flag.settled", [flag.person_id], Subject("flag", flag.pk)))


@acting_as_system("audit.flags")
@transaction.atomic
def assess(actor: Actor, *, key: UUID, flag_id: UUID, worksheet: Worksheet) -> None:
    """The four factors of a breach, as the officer sees them now. Raises NotFound, also for one's own."""
    if keys.claim(key, person_id=actor.person.pk, act="flag.assessed").earlier:
        return
    require_officer(actor, act="flag.assessed")
    rows = Breach.objects.select_for_update(no_key=True, of=("self",)).select_related("flag")
    breach = rows.exclude(flag__in=Flag.objects.filter(own_matters(actor.person))).filter(pk=flag_id).first()
    if breach is None:
        raise NotFound(act="flag.assessed", subject_id=flag_id)
    breach.sealed_worksheet = sealed.seal_worksheet(breach.flag, worksheet)
    breach.changed_by, breach.changed = actor.person, timezone.now()
    breach.save(update_fields=["sealed_worksheet", "changed_by", "changed"])
    _record(actor, "flag.assessed", breach.flag)
    keys.settle(key, result_id=breach.pk)


def overdue(flag_id: UUID) -> list[Announcement]:
    """Nobody has settled it within 72 hours: every officer is told. Done by a timer."""
    flag = Flag.objects.get(pk=flag_id)
    if flag.settled is not None:
        return []
    return [Announcement(OVERDUE, budget.officers(), Subject("flag", flag_id))]


def require_officer(actor: Actor, *, act: str) -> None:
    """Raises NotFound for everybody but a compliance officer."""
    if actor.person.role != Role.COMPLIANCE_OFFICER:
        raise NotFound(act=act, code="role")


def _open_flag(actor: Actor, flag_id: UUID, *, act: str) -> Flag:
    """The flag under its lock, open, for an officer whose own it is not."""
    require_officer(actor, act=act)
    rows = Flag.objects.select_for_update(no_key=True).exclude(own_matters(actor.person))
    flag = rows.filter(pk=flag_id).first()
    if flag is None:
        raise NotFound(act=act, subject_id=flag_id)
    if flag.settled is not None:
        raise Conflict(_("This was settled already."), code="settled", act=act, subject_id=flag_id)
    return flag


def _require_finding(finding: str, note: str) -> None:
    if finding not in Flag.Finding.values:
        raise Invalid(fields={"finding": _("Choose what you make of it.")}, act="flag.settled")
    if finding != Flag.Finding.JUSTIFIED and not note.strip():
        raise Invalid(fields={"note": _("Say why, for whoever reads this later.")}, act="flag.settled")


def _record(actor: Actor, event: str, flag: Flag, **detail: str) -> None:
    ledger.record(
        event,
        agent=actor.agent,
        patient_id=flag.patient_id,
        entity=Entity("flag", flag.pk),
        purpose=PURPOSE,
        detail=detail,
    )

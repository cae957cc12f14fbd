"""Records that something about a patient left the house, and that an agency asked that the patient is not told yet.

`disclose` and `disclose_unnamed` are what every act calls that gives something out, in its own transaction and before
anything leaves: the evidence pack, the export of a search, a patient's reports, today. A receiver outside the house,
the sheet printed for them, and what a call agent reads out to a caller (handover/interop, handover/calls) are lower
rooms: when they are built they call these two through a function that is registered with them. What carries no
patient's data is none: a printed checkpoint, a unit's report. Nor is what stays in the house: the feed to its own
receiver.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from audit.disclosures import sealed
from audit.disclosures.bases import CAN_WAIT, EXEMPT, GROUNDS, Basis
from audit.disclosures.documents import Statement, Words
from audit.disclosures.models import Disclosure, Suspension
from audit.disclosures.rules import ORAL_DAYS
from audit.review.models import PatientMark
from audit.selectors import require_officer
from handover.patients.models import Patient
from ledger.agents import Entity
from ledger.services import record, record_read
from live import keys
from live.acting import acting_as_system
from live.refusals import Conflict, Invalid, NotFound
from vault.errors import KeyDestroyed

MADE, SUSPENDED = "disclosure.made", "disclosure.suspended"
NAME_CHARACTERS, WORDS_CHARACTERS = 200, 500
# A year before this was written wrongly.
FIRST_YEAR = 1990


class What(models.TextChoices):
    """By what it left, as the log keeps it."""

    BY_HAND = "by_hand"
    EVIDENCE = "evidence"
    SEARCH = "search"
    ACCESS_REPORT = "access_report"
    ACCOUNTING = "accounting"


@dataclass(frozen=True)
class ByHand:
    """What an officer writes down of a disclosure that was made outside this product."""

    made_on: date
    basis: str
    words: Words


@dataclass(frozen=True)
class Silence:
    """An agency's statement that telling the patient would impede it, and until which day, inclusive."""

    form: str
    stated_on: date
    until: date
    said_by: str


@acting_as_system("disclosures")
@transaction.atomic
def disclose(actor: Actor, patient_id: UUID, words: Words, *, basis: Basis, what: What, on: date | None = None) -> UUID:
    """The id of the disclosure to this recipient; `on` is its day, today if it is not said.

    Where the patient's key was destroyed the words are not kept, and that it was made, when and why, is all the same.
    """
    day = on or timezone.localdate()
    row = Disclosure(id=uuid4(), patient_id=patient_id, made_on=day, basis=basis, recorded_by=actor.person)
    row.recipient_index = sealed.recipient_index(words.recipient, patient_id=patient_id)
    row.sealed_words = sealed.seal_words(row, words)
    row.save(force_insert=True)
    record(
        MADE,
        agent=actor.agent,
        patient_id=patient_id,
        entity=Entity("disclosure", row.pk),
        purpose=GROUNDS[basis].purpose,
        detail=_detail(basis, what, day, recipient="named"),
    )
    return row.pk


def disclose_unnamed(actor: Actor, patient_ids: Sequence[UUID], *, basis: Basis, what: What) -> None:
    """What went to nobody outside, or to the patient: on record with whom it is about, and in no accounting.

    Raises ValueError for a basis that must be accounted for: that needs a recipient's name.
    """
    if basis not in EXEMPT:
        raise ValueError(f"{basis} is to be accounted for: say to whom")
    recipient = "patient" if basis == Basis.INDIVIDUAL else "house"
    record_read(
        MADE,
        agent=actor.agent,
        patient_ids=patient_ids,
        relationship_ids=[],
        detail=_detail(basis, what, timezone.localdate(), recipient=recipient),
        purpose=GROUNDS[basis].purpose,
    )


@transaction.atomic
def record_by_hand(actor: Actor, *, key: UUID, patient_id: UUID, told: ByHand) -> UUID:
    """The id of a disclosure that somebody made by letter, telephone or otherwise outside this product.

    Raises NotFound to others and for no patient, Invalid in words for each field, Conflict for an erased patient.
    """
    require_officer(actor)
    claim = keys.claim(key, person_id=actor.person.pk, act=MADE)
    if claim.earlier:
        return claim.earlier
    _require_patient(patient_id, act=MADE)
    require_not_own(actor, patient_id, act=MADE)
    if wrong := _wrong(told):
        raise Invalid(fields=wrong, act=MADE, patient_id=patient_id)
    made = disclose(actor, patient_id, told.words, basis=Basis(told.basis), what=What.BY_HAND, on=told.made_on)
    with acting_as_system("disclosures"):
        if Disclosure.objects.get(pk=made).sealed_words is None:
            raise _erased(MADE, patient_id)
    keys.settle(key, result_id=made)
    return made


@acting_as_system("disclosures")
@transaction.atomic
def suspend(actor: Actor, *, key: UUID, disclosure_id: UUID, told: Silence) -> UUID:
    """The id of the suspension: up to its last day the patient's accounting leaves out what went to this recipient.

    Raises NotFound to others and for a disclosure to no agency, Invalid in words, Conflict for an erased patient.
    Source: 45 CFR 164.528(a)(2); of an oral statement for thirty days at most, (a)(2)(ii)(C).
    """
    require_officer(actor)
    claim = keys.claim(key, person_id=actor.person.pk, act=SUSPENDED)
    if claim.earlier:
        return claim.earlier
    of = Disclosure.objects.filter(pk=disclosure_id, basis__in=CAN_WAIT).first()
    if of is None:
        raise NotFound(act=SUSPENDED, subject_id=disclosure_id)
    require_not_own(actor, of.patient_id, act=SUSPENDED)
    if wrong := _wrong_silence(told):
        raise Invalid(fields=wrong, act=SUSPENDED, patient_id=of.patient_id)
    row = Suspension(id=uuid4(), disclosure=of, form=told.form, stated_on=told.stated_on, until=told.until)
    row.recorded_by = actor.person
    try:
        row.sealed_statement = sealed.seal_statement(row, Statement(said_by=told.said_by), patient_id=of.patient_id)
    except KeyDestroyed as exc:
        raise _erased(SUSPENDED, of.patient_id) from exc
    row.save(force_insert=True)
    detail = {"form": told.form, "until": told.until.isoformat()}
    entity = Entity("disclosure", of.pk)
    record(SUSPENDED, agent=actor.agent, patient_id=of.patient_id, entity=entity, purpose=PURPOSE, detail=detail)
    keys.settle(key, result_id=row.pk)
    return row.pk


def require_not_own(actor: Actor, patient_id: UUID, *, act: str) -> None:
    """Raises NotFound for the record that is marked as this officer's own: another one sees what is kept from them."""
    with acting_as_system("disclosures"):
        if PatientMark.objects.filter(patient_id=patient_id, staff=actor.person, ended=None).exists():
            raise NotFound(act=act, code="own_record", patient_id=patient_id)


def _detail(basis: Basis, what: What, day: date, *, recipient: str) -> dict[str, int | str | list[str]]:
    return {"basis": str(basis), "what": str(what), "made": day.isoformat(), "recipient": recipient}


def _require_patient(patient_id: UUID, *, act: str) -> None:
    with acting_as_system("disclosures"):
        if not Patient.objects.filter(pk=patient_id).exists():
            raise NotFound(act=act, patient_id=patient_id)


def _wrong(told: ByHand) -> dict[str, str]:
    wrong = {}
    if told.made_on > timezone.localdate():
        wrong["made_on"] = _("This day has not come yet.")
    elif told.made_on.year < FIRST_YEAR:
        wrong["made_on"] = _("Compare the year with what you have it from.")
    if told.basis not in Basis.values:
        wrong["basis"] = _("Choose why it was given.")
    missing = {
        "recipient": _("Say to whom it went: the patient reads this."),
        "what": _("Say in a sentence what was given."),
        "purpose": _("Say in a sentence what it was for."),
    }
    wrong |= {name: words for name, words in missing.items() if not getattr(told.words, name).strip()}
    limits = {"recipient": NAME_CHARACTERS, "address": WORDS_CHARACTERS, "what": WORDS_CHARACTERS}
    for name, most in {**limits, "purpose": WORDS_CHARACTERS}.items():
        if len(getattr(told.words, name)) > most:
            wrong[name] = _("This is too long: %(most)s characters at most.") % {"most": most}
    return wrong


def _wrong_silence(told: Silence) -> dict[str, str]:
    wrong, today = {}, timezone.localdate()
    if told.form not in Suspension.Form.values:
        wrong["form"] = _("Choose how it was said.")
    if told.stated_on > today:
        wrong["stated_on"] = _("This day has not come yet.")
    if told.until < max(today, told.stated_on):
        wrong["until"] = _("This day is over. Choose the last day on which the patient is not to be told.")
    elif told.form == Suspension.Form.ORAL and told.until > told.stated_on + ORAL_DAYS:
        wrong["until"] = _("By word of mouth it holds for thirty days. For longer they write it (164.528(a)(2)).")
    if not told.said_by.strip() or len(told.said_by) > NAME_CHARACTERS:
        wrong["said_by"] = _("Write who said it, with the office: the law asks for that.")
    return wrong


def _erased(act: str, patient_id: UUID) -> Conflict:
    words = _("The patient's data was erased, so these words cannot be kept here. Keep them on paper.")
    return Conflict(words, code="erased", act=act, patient_id=patient_id)

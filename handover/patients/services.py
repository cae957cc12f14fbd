"""The acts on a patient: register, correct, and every change of the summary. One durable transaction each.

Each act claims its idempotency key first, then fetches the patient through access, then locks the patient's row: two
changes of one summary queue behind each other and neither is lost. A change replaces the whole summary by a new
version; the versions before it stay as they were.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import models as accounts
from accounts.actors import Actor
from handover.duty.rules.beds import bed_in
from handover.duty.services.beds import ensure_bed
from handover.patients import access, edits, followers, news2, rules, sealed
from handover.patients.documents import (
    Entry,
    Headline,
    Identity,
    IllnessSeverity,
    SectionState,
    Source,
    Summary,
    VitalSigns,
)
from handover.patients.events import record_changed
from handover.patients.models import CareRelationship, Encounter, Patient, SummaryVersion
from ledger import services as ledger
from ledger.agents import Entity
from live import keys
from live.acting import acting_as_system, acting_for
from live.inbox import announce
from live.refusals import Conflict, Denied, Invalid, Refusal

_CLOCK_SKEW = timedelta(minutes=5)


# Until the relationship is there too, the new patient is nobody's.
@acting_as_system("patient.registered")
@transaction.atomic
def register_patient(
    actor: Actor | None, *, key: UUID, unit: accounts.Unit, identity: Identity, bed: str = ""
) -> Patient:
    """A new patient with an active stay in `unit`, whom that unit may see from now on.

    `actor` is None for an import from the command line only. Raises Denied unless the person is a clinician of the
    unit, Conflict when its facility already has the record number.
    """
    earlier = _claim(actor, key, "register_patient")
    if earlier is not None:
        return _replayed_patient(actor, earlier)
    _require_works_in(actor, unit)
    patient_id = uuid4()
    headline = rules.headline_for(identity, Summary(), before=Headline(bed=bed), now=timezone.now())
    patient = Patient(
        id=patient_id,
        facility_id=unit.facility_id,
        sealed_identity=sealed.seal_identity(patient_id, identity),
        sealed_headline=sealed.seal_headline(patient_id, headline),
        record_number_index=sealed.record_number_index(unit.facility_id, identity.record_number),
        family_birth_index=sealed.family_birth_index(identity.family, identity.birth_date),
    )
    _save_unless_known(patient, act="patient.created")
    encounter = Encounter.objects.create(patient=patient, unit=unit)
    ensure_bed(unit.pk, bed_in(bed, unit.short_name))
    reason = CareRelationship.Reason.UNIT_HAS_PATIENT
    relationship = access.grant(patient_id, reason=reason, unit_id=unit.pk, source_id=encounter.pk)
    ledger.record(
        "patient.created",
        agent=actor.agent if actor else None,
        patient_id=patient_id,
        entity=Entity("encounter", encounter.pk),
        relationship_id=relationship.pk,
    )
    _settle(actor, key, patient_id)
    return patient


@transaction.atomic
def correct_identity(actor: Actor, *, key: UUID, patient_id: UUID, identity: Identity) -> Patient:
    """The patient under the corrected identity, found by it from now on, with the headline that shows it.

    Raises NotFound, and Conflict when another patient of the facility has the record number.
    """
    earlier = _claim(actor, key, "correct_identity")
    granted = access.patient_for(actor, patient_id, act="identity.corrected")
    if earlier is not None:
        return granted.patient
    patient, now = _locked(patient_id), timezone.now()
    _number, summary = sealed.summary_of(patient)
    headline = rules.headline_for(identity, summary, before=sealed.headline_of(patient), now=now)
    patient.sealed_identity = sealed.seal_identity(patient_id, identity)
    patient.sealed_headline = sealed.seal_headline(patient_id, headline)
    patient.record_number_index = sealed.record_number_index(patient.facility_id, identity.record_number)
    patient.family_birth_index = sealed.family_birth_index(identity.family, identity.birth_date)
    _save_unless_known(patient, act="identity.corrected")
    ledger.record(
        "identity.corrected",
        agent=actor.agent,
        patient_id=patient_id,
        entity=Entity("patient", patient_id),
        relationship_id=granted.relationship.pk,
    )
    _settle(actor, key, patient_id)
    return patient


@transaction.atomic
def put_entry(
    actor: Actor, *, key: UUID, patient_id: UUID, section: str, entry: Entry, seen_number: int
) -> SummaryVersion:
    """The new version of the summary, with the entry added, or corrected where one of its id is there.

    `seen_number` is the number of the summary that the person looked at. Others may have changed other entries since;
    Conflict when this same one has changed, and nothing of theirs is lost. Also raises NotFound, and Invalid for
    impossible vital signs.
    """
    return _change(
        actor,
        _Change("put_entry", key, patient_id, section, seen_number, entry.id),
        lambda summary: edits.with_entry(summary, section, _require_possible(entry), _by_hand(actor)),
    )


@transaction.atomic
def remove_entry(
    actor: Actor, *, key: UUID, patient_id: UUID, section: str, entry_id: UUID, seen_number: int
) -> SummaryVersion:
    """The new version of the summary without that entry; it stays in the versions before.

    A section that loses its last entry says "not asked": that nothing is known must be said by somebody. Raises
    NotFound, and Conflict when the entry has changed, or gone, since `seen_number`.
    """
    return _change(
        actor,
        _Change("remove_entry", key, patient_id, section, seen_number, entry_id),
        lambda summary: edits.without_entry(summary, section, entry_id, _by_hand(actor)),
    )


@transaction.atomic
def set_section_state(
    actor: Actor, *, key: UUID, patient_id: UUID, section: str, state: SectionState
) -> SummaryVersion:
    """The new version of the summary in which an empty section says why it is empty, by whom and when.

    Raises NotFound, Invalid for "filled", and Conflict when the section has entries: remove those first.
    """
    return _change(
        actor,
        _Change("set_section_state", key, patient_id, section, None, None),
        lambda summary: edits.with_state(summary, section, state, _by_hand(actor)),
    )


@transaction.atomic
def put_summary(actor: Actor | None, *, key: UUID, patient_id: UUID, summary: Summary, source: str) -> SummaryVersion:
    """The version that holds an imported summary: a new one, or the current one where it already says the same.

    `source` names the system it came from, for the log. `actor` is None for an import from the command line only.
    Raises NotFound.
    """
    earlier = _claim(actor, key, "put_summary")
    granted = access.patient_for(actor, patient_id, act="summary.imported") if actor else None
    if earlier is not None:
        return SummaryVersion.objects.get(pk=earlier, patient_id=patient_id)
    patient = _locked(patient_id)
    summary = edits.pruned(summary)
    version = _current(patient)
    before = sealed.summary_in(version) if version else Summary()
    if version is None or not edits.says_the_same(before, summary):
        version = _write(patient, summary, number=version.number + 1 if version else 1, actor=actor)
        ledger.record(
            "summary.imported",
            agent=actor.agent if actor else None,
            patient_id=patient_id,
            entity=Entity("summary_version", version.pk),
            relationship_id=granted.relationship.pk if granted else None,
            detail={"number": version.number, "source": source},
        )
    _settle(actor, key, version.pk)
    followers.follow(actor, patient, before=before, after=summary)
    return version


def move_patient(patient: Patient, *, to_unit: accounts.Unit, bed: str) -> None:
    """The patient lies in `to_unit` from now on, and that unit may see them; the unit they left may no longer.

    A part of an act of another room, inside its transaction: that act checks access and records the event.
    """
    locked = _locked(patient.pk)
    encounter = Encounter.objects.select_for_update().get(patient_id=patient.pk, status=Encounter.Status.ACTIVE)
    reason = CareRelationship.Reason.UNIT_HAS_PATIENT
    if encounter.unit_id != to_unit.pk:
        access.end(patient.pk, reason=reason, unit_id=encounter.unit_id)
        encounter.unit = to_unit
        encounter.save(update_fields=["unit"])
    access.grant(patient.pk, reason=reason, unit_id=to_unit.pk, source_id=encounter.pk)
    _rewrite_headline(locked, bed=bed)
    ensure_bed(to_unit.pk, bed_in(bed, to_unit.short_name))


def set_severity(patient: Patient, *, severity: IllnessSeverity, at: datetime) -> None:
    """The headline shows the severity that a handover said at `at`. The caller holds the patient's lock."""
    _rewrite_headline(patient, illness_severity=severity, severity_set=at)


@transaction.atomic
def say_severity(actor: Actor, *, key: UUID, patient_id: UUID, severity: IllnessSeverity) -> Patient:
    """The patient, as ill as this person has just found them: said outside a handover, by whoever sees them.

    A handover says it anew all the same. Raises NotFound.
    """
    earlier = _claim(actor, key, "severity.set")
    granted = access.patient_for(actor, patient_id, act="severity.set")
    if earlier is not None:
        return granted.patient
    set_severity(_locked(patient_id), severity=severity, at=timezone.now())
    ledger.record(
        "severity.set",
        agent=actor.agent,
        patient_id=patient_id,
        entity=Entity("patient", patient_id),
        relationship_id=granted.relationship.pk,
    )
    _settle(actor, key, patient_id)
    announce(record_changed("severity.set", patient_id, by=actor))
    return granted.patient


# The way of one change of a summary


@dataclass(frozen=True)
class _Change:
    """What one act is about to change. `seen_number` is None where whoever comes last may say it anew."""

    act: str
    key: UUID
    patient_id: UUID
    section: str
    seen_number: int | None
    entry_id: UUID | None


def _change(actor: Actor, change: _Change, edit: Callable[[Summary], Summary]) -> SummaryVersion:
    with acting_for(actor.person.pk):
        return _changed(actor, change, edit)


def _changed(actor: Actor, change: _Change, edit: Callable[[Summary], Summary]) -> SummaryVersion:
    earlier = _claim(actor, change.key, change.act)
    granted = access.patient_for(actor, change.patient_id, act="summary.changed")
    if earlier is not None:
        return SummaryVersion.objects.get(pk=earlier, patient_id=change.patient_id)
    if change.section not in edits.SECTIONS:
        raise Invalid(_("The summary has no such section."), act="summary.changed", patient_id=change.patient_id)
    patient = _locked(change.patient_id)
    current = _current(patient)
    number, before = (current.number, sealed.summary_in(current)) if current else (0, Summary())
    if change.seen_number not in (None, number):
        _require_unchanged(patient, change, before)
    with _said_of(change):
        after = edits.pruned(edit(before))
    version = _write(patient, after, number=number + 1, actor=actor)
    ledger.record(
        "summary.changed",
        agent=actor.agent,
        patient_id=change.patient_id,
        entity=Entity("summary_version", version.pk),
        relationship_id=granted.relationship.pk,
        detail={"number": version.number, "section": change.section, "change": change.act},
    )
    keys.settle(change.key, result_id=version.pk)
    followers.follow(actor, patient, before=before, after=after)
    return version


@contextmanager
def _said_of(change: _Change) -> Iterator[None]:
    """A refusal of a pure edit learns which act on whom it refused, for the log."""
    try:
        yield
    except Refusal as refusal:
        refusal.act, refusal.patient_id = "summary.changed", change.patient_id
        raise


def _require_unchanged(patient: Patient, change: _Change, current: Summary) -> None:
    """Raises Conflict when the entry is no longer as it was in the version that the person saw."""
    seen = SummaryVersion.objects.filter(patient_id=patient.pk, number=change.seen_number or 0).first()
    then = sealed.summary_in(seen) if seen else Summary()
    if change.seen_number and seen is None:
        raise Conflict(act="summary.changed", code="unknown_version", patient_id=patient.pk)
    if _what_matters_here(then, change) != _what_matters_here(current, change):
        raise Conflict(
            _("A colleague has changed this line since you opened it. Reload, compare, and enter yours again."),
            act="summary.changed",
            code="entry_changed",
            patient_id=patient.pk,
        )


def _what_matters_here(summary: Summary, change: _Change) -> object:
    """What must not have changed: the entry; the whole section where a patient has one at a time."""
    section = edits.section_of(summary, change.section)
    if change.section in edits.ONE_AT_A_TIME:
        return section.entries
    return next((entry for entry in section.entries if entry.id == change.entry_id), None)


def _require_possible(entry: Entry) -> Entry:
    """Raises Invalid for vital signs with a value that no patient has, or of a time that has not come."""
    if not isinstance(entry, VitalSigns):
        return entry
    try:
        news2.require_possible(entry)
    except news2.ImpossibleValue as exc:
        raise Invalid(str(exc), fields={exc.field: str(exc)}) from exc
    if entry.taken > timezone.now() + _CLOCK_SKEW:
        words = _("The time of the vital signs lies in the future.")
        raise Invalid(words, fields={"taken": words})
    return entry


# Rows


def _locked(patient_id: UUID) -> Patient:
    return Patient.objects.select_for_update(no_key=True).get(pk=patient_id)


def _current(patient: Patient) -> SummaryVersion | None:
    return SummaryVersion.objects.filter(patient_id=patient.pk).order_by("-number").first()


def _write(patient: Patient, summary: Summary, *, number: int, actor: Actor | None) -> SummaryVersion:
    """A new version and the headline that follows from it; the patient's row is locked."""
    version_id = uuid4()
    version = SummaryVersion.objects.create(
        id=version_id,
        patient=patient,
        number=number,
        sealed=sealed.seal_summary(patient.pk, version_id, summary),
        author=actor.person if actor else None,
    )
    before, identity = sealed.headline_of(patient), sealed.identity_of(patient)
    headline = rules.headline_for(identity, summary, before=before, now=timezone.now())
    patient.sealed_headline = sealed.seal_headline(patient.pk, headline)
    patient.save(update_fields=["sealed_headline"])
    return version


def _rewrite_headline(patient: Patient, **changes: object) -> None:
    told = {**sealed.headline_of(patient).model_dump(), **changes}
    patient.sealed_headline = sealed.seal_headline(patient.pk, Headline.model_validate(told))
    patient.save(update_fields=["sealed_headline"])


def _save_unless_known(patient: Patient, *, act: str) -> None:
    """Saves the row; Conflict when the facility has the record number. The database decides, not a look before."""
    try:
        with transaction.atomic():
            patient.save()
    except IntegrityError as exc:
        if "patients_one_per_record_number" not in str(exc):
            raise
        words = _("This hospital already has a patient with that record number. Search for it, or check the number.")
        raise Conflict(words, act=act, code="record_number_known") from exc


def _require_works_in(actor: Actor | None, unit: accounts.Unit) -> None:
    if actor is not None and not access.works_in(actor, unit.pk):
        raise Denied(_("You can register patients in the units that you work in."), act="patient.created")


def _by_hand(actor: Actor) -> Source:
    return Source(author_id=actor.person.pk, author=actor.person.display_name, recorded=timezone.now())


def _claim(actor: Actor | None, key: UUID, act: str) -> UUID | None:
    """An import from the command line has no person to keep the key for: what it brings is compared instead."""
    return keys.claim(key, person_id=actor.person.pk, act=act).earlier if actor else None


def _settle(actor: Actor | None, key: UUID, result_id: UUID) -> None:
    if actor is not None:
        keys.settle(key, result_id=result_id)


def _replayed_patient(actor: Actor | None, patient_id: UUID) -> Patient:
    return access.patient_for(actor, patient_id).patient if actor else Patient.objects.get(pk=patient_id)

"""Receiving: opened, read, said back, accepted or declined. Each step is a rung that the sender sees."""

from dataclasses import asdict
from datetime import timedelta
from hmac import compare_digest
from typing import NoReturn
from uuid import UUID

from django.utils.translation import gettext as _

from accounts import directory
from accounts.actors import Actor
from accounts.models import Person, Unit
from handover.patients import access
from handover.patients.acts import again
from handover.patients.models import CareRelationship
from handover.transfers import sealed
from handover.transfers.capacity import capacity_of
from handover.transfers.documents import HandoverDocument, SynthesisDocument
from handover.transfers.models import Acceptance, Decline, Handover, HandoverVersion, Synthesis, Transfer
from handover.transfers.rules import DECLINE_CODES, receiver_points, severity_words
from handover.transfers.services import responsibility
from handover.transfers.services.acts import Act, Held, about_version, hold, opening, require, require_current
from handover.transfers.services.addresses import people_told, shut_out
from handover.transfers.services.lapsing import keep_time
from handover.transfers.services.moves import let_author_go
from ledger.agents import Entity
from live.models import Rung
from live.refusals import Conflict, Invalid, NotFound

# The patient may be somebody else's by then: whoever received them can still be asked, and look.
RECEIVER_LOOKS_BACK = timedelta(hours=24)


def open_handover(actor: Actor, *, key: UUID, handover_id: UUID, version_id: UUID) -> HandoverVersion:
    """The version, opened by somebody it is addressed to. Raises NotFound, Denied, Conflict when it was taken back."""
    return _climb(actor, key=key, handover_id=handover_id, version_id=version_id, rung=Rung.Name.OPENED)


def read_handover(actor: Actor, *, key: UUID, handover_id: UUID, version_id: UUID) -> HandoverVersion:
    """The version, read to its end by somebody it is addressed to. Raises as open_handover does."""
    return _climb(actor, key=key, handover_id=handover_id, version_id=version_id, rung=Rung.Name.READ)


def say_back(
    actor: Actor, *, key: UUID, handover_id: UUID, version_id: UUID, synthesis: SynthesisDocument
) -> Synthesis:
    """What the actor understood of this version: severity, first action, one line of their own. The sender sees it.

    A severity that is not the writer's is kept as it was said, for the sender to correct; it does not count for
    acceptance. Raises NotFound, Denied, and Conflict before it was read, for an old version, or once accepted.
    """
    with opening(actor, key=key, event="handover.said_back") as act:
        if act.earlier is not None:
            return again(act, Synthesis.objects.filter(version__handover_id=handover_id))
        held = hold(act, handover_id)
        require(held, "say_back")
        version = require_current(held, version_id)
        row = Synthesis(version=version, person=actor.person, said=act.now)
        row.sealed = sealed.seal_in(row, "sealed", synthesis, patient_id=held.handover.patient_id)
        row.save(force_insert=True)
        act.climb(Rung.Name.SAID_BACK, version)
        act.tell("handover.said_back", held.senders, about_version(version))
        act.conclude(held, row.pk)
    return row


def accept(actor: Actor, *, key: UUID, handover_id: UUID, version_id: UUID, digest: str) -> Acceptance:
    """The actor has read exactly this version and takes the patient: responsibility and open actions are theirs now.

    `digest` is the version's, in hexadecimal, as the page that was read showed it. Raises NotFound, Denied, and
    Conflict when it has changed since, was not read or said back, the severity was said back differently, a question
    is open, or the actor does not work where the patient goes.
    Source: Joint Commission, a handoff is transfer and acceptance of responsibility; docs/decisions.
    """
    with opening(actor, key=key, event="handover.accepted") as act:
        if act.earlier is not None:
            return again(act, Acceptance.objects.filter(version__handover_id=handover_id))
        held = hold(act, handover_id)
        version = require_current(held, version_id) if held.standing.is_addressee else held.version
        require(held, "accept")
        document = _document_by_digest(held, version, digest)
        synthesis = _matching_synthesis(held, document, actor.person)
        row = Acceptance.objects.create(
            version=version,
            person=actor.person,
            synthesis=synthesis,
            digest=bytes(version.digest),
            summary_number=document.summary_number,
            unit_id=held.handover.transfer.to_unit_id if held.handover.transfer else None,
            accepted=act.now,
        )
        _accepted(act, held, document, synthesis)
        if held.handover.transfer is not None:
            keep_time(act, held)
        act.climb(Rung.Name.ACCEPTED, version)
        act.tell("handover.accepted", [*held.senders, *people_told(held.handover)], about_version(version))
        act.conclude(held, row.pk, detail={"number": version.number})
    return row


def decline(actor: Actor, *, key: UUID, handover_id: UUID, code: str, reason: str = "") -> Handover:
    """The handover goes back to its sender, for everybody it was addressed to: why, and how full the unit is now.

    `code` is one of rules.DECLINE_CODES, `reason` what there is to say beside it. Who has the patient by an earlier
    version gives them back to the author. Raises NotFound, Denied, Invalid for another code or without words for
    "other", Conflict once the patient has left.
    """
    with opening(actor, key=key, event="handover.declined") as act:
        if act.earlier is not None:
            return again(act, Handover.objects.filter(pk=handover_id))
        held = hold(act, handover_id)
        require(held, "decline")
        text = reason.strip()
        _require_reason(code, text)
        handover, people = held.handover, people_told(held.handover)
        row = _declined(act, held, code)
        responsibility.take_back(act, held, person=handover.author)
        handover.status, handover.declined, handover.declined_by = Handover.Status.DECLINED, act.now, actor.person
        handover.sealed_decline_reason = (
            sealed.seal_words(handover, "sealed_decline_reason", text, patient_id=handover.patient_id) if text else None
        )
        handover.save(update_fields=["status", "declined", "declined_by", "sealed_decline_reason"])
        shut_out(handover)
        act.tell("handover.declined", [*held.senders, *people], about_version(held.version))
        unit = {"unit": str(row.unit_id)} if row.unit_id else {}
        act.conclude(held, handover.pk, detail={"code": code, **unit, **row.capacity})
    return handover


def correct_synthesis(actor: Actor, *, key: UUID, synthesis_id: UUID, text: str) -> Synthesis:
    """What was said back was not what was meant: the receiver reads the correction and says it back anew.

    Raises NotFound, Denied for the receiving side, Conflict when the version or the synthesis is no longer the newest,
    Invalid without words.
    """
    with opening(actor, key=key, event="handover.corrected") as act:
        if act.earlier is not None:
            return again(act, Synthesis.objects.filter(pk=synthesis_id))
        handover_id = Synthesis.objects.filter(pk=synthesis_id).values_list("version__handover_id", flat=True).first()
        if handover_id is None:
            raise NotFound(subject_id=synthesis_id)
        held = hold(act, handover_id)
        require(held, "correct")
        row = Synthesis.objects.select_related("person").get(pk=synthesis_id)
        if row.version_id != held.version.pk or row.corrected is not None:
            raise Conflict(code="not_the_newest", subject_id=handover_id, patient_id=held.handover.patient_id)
        if not text.strip():
            raise Invalid(fields={"text": _("Say what was meant.")})
        row.corrected, row.corrected_by = act.now, actor.person
        row.sealed_correction = sealed.seal_words(row, "sealed_correction", text, patient_id=held.handover.patient_id)
        row.save(update_fields=["corrected", "corrected_by", "sealed_correction"])
        act.tell("handover.corrected", [row.person_id, *held.senders], about_version(held.version))
        act.conclude(held, row.pk)
    return row


def _require_reason(code: str, text: str) -> None:
    if code not in DECLINE_CODES:
        raise Invalid(fields={"reason": _("Choose the reason that fits best.")})
    if code == "other" and not text:
        raise Invalid(fields={"words": _("Say why in a few words.")})


def _declined(act: Act, held: Held, code: str) -> Decline:
    """The row: it stays when the handover is sent again. The unit is where the patient was to be looked after."""
    unit, move_id = _unit_of(act, held.handover), held.handover.transfer_id
    capacity = asdict(capacity_of(unit.pk, at=act.now, beside=move_id)) if unit else {}
    return Decline.objects.create(
        version=held.version,
        person=act.actor.person,
        code=code,
        unit=unit,
        capacity=capacity,
        declined=act.now,
    )


def _climb(actor: Actor, *, key: UUID, handover_id: UUID, version_id: UUID, rung: Rung.Name) -> HandoverVersion:
    """A rung of the version that was on the screen, be it still the current one or not: that is what was read.

    Who reads to the end has opened it. A rung that stood already is not put on the record again.
    """
    event = f"handover.{rung.value}"
    with opening(actor, key=key, event=event, leads_to=version_id) as act:
        if act.earlier is not None:
            return again(act, HandoverVersion.objects.filter(pk=version_id, handover_id=handover_id))
        held = hold(act, handover_id)
        require(held, "open" if rung == Rung.Name.OPENED else "read")
        version = _version_on_screen(held, version_id)
        entity = Entity("handover_version", version.pk, version=bytes(version.digest).hex())
        if rung == Rung.Name.READ and act.climb(Rung.Name.OPENED, version):
            act.note(held, event="handover.opened", entity=entity)
        if act.climb(rung, version):
            act.note(held, entity=entity)
        act.settle(version.pk)
    return version


def _version_on_screen(held: Held, version_id: UUID) -> HandoverVersion:
    """The current version or an earlier one of this handover. Raises NotFound for any other."""
    current = held.handover.current
    if current is not None and current.pk == version_id:
        return current
    version = HandoverVersion.objects.filter(pk=version_id, handover_id=held.handover.pk).first()
    if version is None:
        raise NotFound(subject_id=held.handover.pk, patient_id=held.handover.patient_id)
    return version


def _document_by_digest(held: Held, version: HandoverVersion, digest: str) -> HandoverDocument:
    """The document, if `digest` is its own: computed anew from what is sealed, not only compared with its column."""
    document = sealed.document_of(version, patient_id=held.handover.patient_id)
    wanted = document.digest()
    # As bytes: of words that are not ASCII no comparison of strings will speak.
    told = digest.strip().lower().encode(errors="backslashreplace")
    if not compare_digest(wanted, bytes(version.digest)) or not compare_digest(wanted.hex().encode(), told):
        words = _("What you read is not what would be accepted. Reload, read it again, then accept.")
        _refuse(held, words, "digest_differs")
    return document


def _matching_synthesis(held: Held, document: HandoverDocument, person: Person) -> Synthesis:
    rows = Synthesis.objects.filter(version_id=held.version.pk, person=person, corrected__isnull=True)
    row = rows.order_by("-said", "-pk").first()
    if row is None:
        _refuse(held, _("Say it back first."), "no_synthesis")
    said = sealed.synthesis_of(row, patient_id=held.handover.patient_id)
    if said.illness_severity != document.ipass.illness_severity:
        words = _("You said back: %(severity)s. The handover says otherwise. Read it again, and say it back anew.")
        _refuse(held, words % {"severity": severity_words(said.illness_severity)}, "severity_differs")
    return row


def _accepted(act: Act, held: Held, document: HandoverDocument, synthesis: Synthesis) -> None:
    """Everything that follows from an acceptance: the status, the score, the patient, the actions, the doors."""
    handover, person = held.handover, act.actor.person
    said = sealed.synthesis_of(synthesis, patient_id=handover.patient_id)
    is_before_arrival = handover.transfer is None or handover.transfer.arrived is None
    points = receiver_points(document.ipass, said, is_read_before_arrival=is_before_arrival)
    handover.status, handover.accepted, handover.accepted_by = Handover.Status.ACCEPTED, act.now, person
    handover.quality_score = (handover.quality_score or 0) + points
    handover.save(update_fields=["status", "accepted", "accepted_by", "quality_score"])
    responsibility.pass_to(act, held, person=person, unit=_unit_of(act, handover), through=handover)
    responsibility.take_over_actions(act, held, document.ipass.action_list, owner=person)
    act.let_in(
        access.Door(
            handover.patient_id,
            CareRelationship.Reason.HANDOVER_RECEIVED,
            person_id=person.pk,
            source_id=handover.pk,
            ends=act.now + RECEIVER_LOOKS_BACK,
        )
    )
    if handover.transfer is None or handover.transfer.status == Transfer.Status.ARRIVED:
        shut_out(handover)
        let_author_go(act, held)
    else:
        # By its own row until the patient arrives: the ward that expects them must see who took them.
        reason = CareRelationship.Reason.HANDOVER_ADDRESSED
        act.let_in(access.Door(handover.patient_id, reason, person_id=person.pk, source_id=handover.pk))


def _unit_of(act: Act, handover: Handover) -> Unit | None:
    """Where the patient is looked after from now on, as far as that is known."""
    if handover.transfer is not None:
        return handover.transfer.to_unit
    if handover.to_unit is not None:
        return handover.to_unit
    units = directory.units_of(act.actor.person)
    return next((unit for unit in units if unit.pk == act.actor.unit_id), units[0] if units else None)


def _refuse(held: Held, words: str, code: str) -> NoReturn:
    raise Conflict(words, code=code, subject_id=held.handover.pk, patient_id=held.handover.patient_id)

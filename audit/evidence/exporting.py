"""Taking evidence out: who may, why, and what goes into the file. The export is on record before the file leaves."""

from collections.abc import Mapping
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.factors.selectors import may_export
from audit.evidence import paged, threads
from audit.evidence.content import content_of
from audit.evidence.leaving import Recipient, note, require_named
from audit.evidence.things import Thing
from audit.evidence.transfers import as_thing, happened
from audit.selectors import require_officer
from handover.messaging.pieces import NotWhole
from ledger.evidence import EXPORTED, Added, Export, make_pack
from ledger.models import Event
from live.acting import acting_as_system
from live.refusals import Conflict, Denied, Invalid, NotFound
from vault.errors import KeyDestroyed, VaultError

# What an officer answers to "for whom": the code that the log keeps. No words: they would name somebody.
REASONS: Mapping[str, Promise] = {
    "review": gettext_lazy("A review of our own"),
    "patient": gettext_lazy("The patient asked for it"),
    "partner": gettext_lazy("A partner hospital"),
    "authority": gettext_lazy("An authority that inspects health care"),
    "police": gettext_lazy("Law enforcement"),
    "court": gettext_lazy("A court"),
}
# HL7 v3 PurposeOfUse: HLEGAL legal, PATRQT patient requested, HOPERAT healthcare operations.
_PURPOSES = {"court": "HLEGAL", "authority": "HLEGAL", "police": "HLEGAL", "patient": "PATRQT"}
NOBODY = Recipient()


def export_transfer(
    actor: Actor, transfer_id: UUID, *, reason: str, has_content: bool, to: Recipient = NOBODY
) -> bytes:
    """The pack of a transfer; that it was given to somebody is on record with it.

    Raises NotFound, for other roles too; Denied within a day of a reset of the factors; Invalid for content without a
    reason, and for a recipient who must be named and is not; Conflict where the log or the content cannot be given now.
    """
    _require_allowed(actor, reason=reason, has_content=has_content)
    found = happened(transfer_id)
    return _pack(actor, as_thing(found, lambda: content_of(found)), reason=reason, has_content=has_content, to=to)


def export_page(actor: Actor, page_id: UUID, *, reason: str, has_content: bool, to: Recipient = NOBODY) -> bytes:
    """The pack of a page. Raises as export_transfer does."""
    _require_allowed(actor, reason=reason, has_content=has_content)
    thing = paged.as_thing(paged.page_happened(page_id))
    return _pack(actor, thing, reason=reason, has_content=has_content, to=to)


def export_thread(  # noqa: PLR0913 -- of an act its facts
    actor: Actor,
    thread_id: UUID,
    *,
    reason: str,
    has_content: bool,
    to: Recipient = NOBODY,
    span: threads.Span = threads.WHOLE,
) -> bytes:
    """The pack of a conversation, of the messages of this span. Raises as export_transfer does."""
    _require_allowed(actor, reason=reason, has_content=has_content)
    thing = threads.as_thing(threads.thread_happened(thread_id, span))
    return _pack(actor, thing, reason=reason, has_content=has_content, to=to)


def _pack(actor: Actor, thing: Thing, *, reason: str, has_content: bool, to: Recipient) -> bytes:
    patients = [thing.patient_id] if thing.patient_id else []
    if patients:
        require_named(reason, to)
    added = {"record.json": thing.record, **(_content(thing) if has_content else {})}
    export = Export(
        agent=actor.agent,
        about=(thing.kind, str(thing.id)),
        reason=reason,
        purpose=_PURPOSES.get(reason, "HOPERAT"),
        patient_id=thing.patient_id,
        has_content=has_content,
    )
    pack = make_pack(export, [event.pk for event in thing.events], added)
    note(actor, patients, reason=reason, to=to, has_content=has_content, about=thing.kind)
    return pack


def _content(thing: Thing) -> dict[str, Added]:
    """The words. Raises Conflict where they were erased or do not open: the pack without content still proves."""
    try:
        with acting_as_system("audit.evidence"):
            return thing.content()
    except KeyDestroyed as exc:
        words = _("The patient's data was erased, so there is no content left to export. Export it without content.")
        raise Conflict(words, code="erased", act=EXPORTED, patient_id=thing.patient_id) from exc
    except (VaultError, NotWhole) as exc:
        words = _("Some of the content does not open, so it was not exported. Export it without content.")
        raise Conflict(words, code="does_not_open", act=EXPORTED, patient_id=thing.patient_id) from exc


def export_event(actor: Actor, event_id: int, *, reason: str, to: Recipient = NOBODY) -> bytes:
    """The pack of one event, which has no content. Raises as export_transfer does."""
    _require_allowed(actor, reason=reason, has_content=False)
    event = Event.objects.filter(pk=event_id).first()
    if event is None:
        raise NotFound(act=EXPORTED)
    patients = event.patient_ids or ([event.patient_id] if event.patient_id else [])
    if patients:
        require_named(reason, to)
    purpose = _PURPOSES.get(reason, "HOPERAT")
    about = ("event", str(event_id))
    export = Export(actor.agent, about, reason=reason, purpose=purpose, patient_id=event.patient_id)
    pack = make_pack(export, [event_id], {})
    note(actor, patients, reason=reason, to=to, has_content=False, about="event")
    return pack


def _require_allowed(actor: Actor, *, reason: str, has_content: bool) -> None:
    require_officer(actor)
    if not may_export(actor.person, at=timezone.now()):
        words = _("Your passkey or your codes were reset within the last day: nothing can be taken out until tomorrow.")
        raise Denied(words, code="reset", act=EXPORTED)
    if reason not in {*REASONS, ""}:
        raise Invalid(act=EXPORTED, fields={"reason": _("Choose for whom it is.")})
    if has_content and not reason:
        raise Invalid(act=EXPORTED, fields={"reason": _("Say for whom it is: with content it needs a reason.")})

"""Where an event leads: to the transfer, the conversation or the page that it is about, each of which has evidence."""

from uuid import UUID

from django.db.models import Model

from handover.messaging.models import Attachment, Message, Photo, Thread
from handover.paging.models import Page
from handover.transfers.models import Handover, HandoverVersion, Override, Question, Transfer
from ledger.models import Event
from live.acting import acting_as_system

# By the kind of an event's entity: the page of evidence, the rows it is of, and the way from there to the thing's id.
_ABOUT: dict[str, tuple[str, type[Model], str]] = {
    "transfer": ("audit:transfer", Transfer, "pk"),
    "handover": ("audit:transfer", Handover, "transfer_id"),
    "handover_version": ("audit:transfer", HandoverVersion, "handover__transfer_id"),
    "override": ("audit:transfer", Override, "transfer_id"),
    "question": ("audit:transfer", Question, "handover__transfer_id"),
    "thread": ("audit:thread", Thread, "pk"),
    "message": ("audit:thread", Message, "thread_id"),
    "photo": ("audit:thread", Photo, "message__thread_id"),
    "pdf": ("audit:thread", Attachment, "message__thread_id"),
    "voice": ("audit:thread", Attachment, "message__thread_id"),
    "page": ("audit:page", Page, "pk"),
}
HAS_EVIDENCE = frozenset(_ABOUT)


def place_of(event: Event) -> tuple[str, UUID] | None:
    """The name of the address, and the id in it, of what this event is about; None where there is no such thing."""
    if event.entity_kind not in _ABOUT or event.entity_id is None:
        return None
    name, model, way = _ABOUT[event.entity_kind]
    with acting_as_system("audit.evidence"):
        found: UUID | None = model._default_manager.filter(pk=event.entity_id).values_list(way, flat=True).first()
    return (name, found) if found is not None else None

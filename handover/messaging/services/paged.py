"""An emergency about a patient that nobody owns in its unit's time climbs: it is paged, with its words.

To the role that it was written to, else to whoever leads where the patient lies. Once for each message: a constraint of
the database. When somebody owns the message, or it is taken back, the page is withdrawn. Docs: 0086.
"""

from uuid import UUID

from django.utils.translation import gettext as _

from handover.duty.models import PractitionerRole
from handover.duty.selectors import live_roles
from handover.messaging import sealed
from handover.messaging.models import Message
from handover.paging.documents import PART_LENGTH, Sbar
from handover.paging.models import Page
from handover.paging.rules.levels import Level
from handover.paging.services.automatic import Automatic, page_automatically, role_that_hears, settle
from handover.patients.models import Encounter
from live.inbox import Announcement
from vault.errors import VaultError

CAUSE = Page.Cause.MESSAGE


def page_about(message: Message) -> list[Announcement]:
    """What is to be told of its page; nothing for what climbs not, was paged before, or has no role to go to.

    With its thread held, in the transaction that found that nobody owns it.
    """
    patient_id = message.thread.patient_id
    is_paged = Page.objects.filter(cause=CAUSE, cause_id=message.pk).exists()
    if message.level != Level.EMERGENCY or patient_id is None or is_paged:
        return []
    role = _role_of(message) or _who_leads(patient_id)
    words = _words(message)
    if role is None or words is None:
        return []
    wanted = Automatic(
        patient_id=patient_id,
        unit=role.unit,
        level=Level.EMERGENCY,
        cause=CAUSE,
        cause_id=message.pk,
        sent_by=message.author,
        words=words,
        role=role,
    )
    return page_automatically(wanted, of={"message": str(message.pk)})


def withdraw_page_about(message: Message) -> list[Announcement]:
    """What is to be told when the page of this message need climb no more."""
    if message.level != Level.EMERGENCY:
        return []
    pages = Page.objects.filter(cause=CAUSE, cause_id=message.pk, state__in=Page.OPEN)
    return [told for page_id in pages.values_list("pk", flat=True) for told in settle(page_id)]


def _role_of(message: Message) -> PractitionerRole | None:
    role_id = message.to_role_id
    return live_roles().select_related("covered_by", "unit").filter(pk=role_id).first() if role_id else None


def _who_leads(patient_id: UUID) -> PractitionerRole | None:
    """Where the patient lies now; None when they have left."""
    stays = Encounter.objects.filter(patient_id=patient_id, status=Encounter.Status.ACTIVE)
    stay = stays.select_related("unit").first()
    return role_that_hears(stay.unit) if stay else None


def _words(message: Message) -> Sbar | None:
    """The message as it stands now, as the situation of a page; None where its key is gone."""
    try:
        text = sealed.text_of(message.revisions.order_by("-number").first() or message, thread=message.thread)
    except VaultError:
        return None
    is_cut = len(text) > PART_LENGTH
    return Sbar(
        situation=(text[: PART_LENGTH - 2] + " …" if is_cut else text) or _("A photo or a file in the conversation."),
        background=_("Written in the patient's conversation as an emergency. Nobody has owned it."),
        recommendation=_("Own this page, then read the conversation."),
        call_back=message.author.phone,
    )

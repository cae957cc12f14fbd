"""A handover that nobody has accepted, with the patient about to leave: it is paged, and climbs as any page does.

Looked for by whichever process does the work of the clock (live/watching.py), and done by timers. A handover's version
is paged once: a constraint of the database. When it was accepted, declined or taken back, nobody need
come any more, and the page is withdrawn.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person
from handover.paging.documents import Sbar
from handover.paging.models import Page
from handover.paging.rules import Level
from handover.paging.services.automatic import Automatic, page_automatically, role_that_hears, settle
from handover.transfers.models import Handover, Transfer
from live.acting import acting_as_system
from live.inbox import Announcement
from live.timers import set_timer

# So long before the patient is to leave: an urgent page asks three people by then.
BEFORE = timedelta(minutes=15)
# What was sent a moment ago may be being read.
READING = timedelta(minutes=3)
LOOK_SECONDS = 15
UNREAD, SETTLED = "paging.unread", "paging.settled"
CAUSE = Page.Cause.UNREAD_HANDOVER


def look() -> int:
    """How many handovers are to be paged and pages to be withdrawn: each by a timer of its own, due at once.

    A timer is fired once whoever looks at the same time, and one that fails holds up no other (live/timers.py).
    """
    with acting_as_system("paging.unread"), transaction.atomic(durable=True):
        found = [(UNREAD, row) for row in _unread().order_by("pk").values_list("pk", flat=True)]
        found += [(SETTLED, row) for row in _settled().order_by("pk").values_list("pk", flat=True)]
        for kind, row in found:
            set_timer(kind, row, after=timedelta(0))
    return len(found)


def _unread() -> QuerySet[Handover]:
    """The handovers of planned moves that nobody has accepted, within the time before they leave."""
    paged = Page.objects.filter(cause=CAUSE, cause_id=OuterRef("current_id"))
    rows = Handover.objects.filter(
        ~Exists(paged),
        status=Handover.Status.SENT,
        current__recorded__lte=Now() - READING,
        transfer__status=Transfer.Status.PLANNED,
        transfer__expected_departure__lte=Now() + BEFORE,
    )
    # A plan from yesterday that nobody tidied up is not paged in the night.
    return rows.filter(transfer__expected_departure__gte=Now() - timedelta(hours=12))


def _settled() -> QuerySet[Page]:
    """The open pages whose handover waits for nobody any more: accepted, declined, taken back, or a newer version."""
    waits = Handover.objects.filter(current_id=OuterRef("cause_id"), status=Handover.Status.SENT)
    return Page.objects.filter(~Exists(waits), cause=CAUSE, state__in=Page.OPEN)


def page_it(handover_id: UUID) -> Sequence[Announcement]:
    """The timer of a handover: it is paged, if it still waits.

    In a unit without a role whom the unit's steps mean besides; where that is nobody, whoever wrote it is told so.
    """
    locked_rows = Handover.objects.select_for_update(of=("self",), no_key=True)
    handover = locked_rows.select_related("transfer__to_unit", "author", "to_person").get(pk=handover_id)
    move = handover.transfer
    if move is None or not _unread().filter(pk=handover_id).exists():
        return []
    role = role_that_hears(move.to_unit)
    person = handover.to_person if handover.address == Handover.Address.PERSON else None
    if person is None and role is None:
        person = handover.author
    wanted = Automatic(
        patient_id=handover.patient_id,
        unit=move.to_unit,
        level=Level.URGENT,
        cause=CAUSE,
        cause_id=handover.current_id,
        sent_by=handover.author,
        words=_words(move, handover.author),
        role=None if person else role,
        person=person,
    )
    return page_automatically(wanted, of={"handover": str(handover.pk)})


def withdraw_it(page_id: UUID) -> Sequence[Announcement]:
    """The timer of a page that nobody need answer any more: it is withdrawn, if it is still open."""
    return settle(page_id) if _settled().filter(pk=page_id).exists() else []


def _words(move: Transfer, author: Person) -> Sbar:
    leaves = timezone.localtime(move.expected_departure).strftime("%H:%M") if move.expected_departure else ""
    return Sbar(
        situation=_("A handover of this patient waits to be accepted."),
        background=_("The patient is to come to %(unit)s at %(time)s.") % {"unit": move.to_unit.name, "time": leaves},
        recommendation=_("Read the handover, say it back and accept, or see that somebody does."),
        call_back=author.phone,
    )

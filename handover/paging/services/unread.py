"""A handover that nobody has accepted, with the patient about to leave: it is paged, and climbs as any page does.

Looked for by whichever process does the work of the clock (live/watching.py). A handover's version is paged once,
whoever looks at the same time: a constraint of the database. When it was accepted, declined or taken back, nobody need
come any more, and the page is withdrawn.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person, Unit
from handover.duty.models import PractitionerRole
from handover.duty.selectors import live_roles
from handover.paging import rules
from handover.paging.documents import Sbar
from handover.paging.models import Page, PageAsk
from handover.paging.rules import Level
from handover.paging.sealed import seal_sbar
from handover.paging.selectors.policies import policy_of
from handover.paging.services import climbing
from handover.paging.services.ground import about, entity_of, let_go, locked
from handover.paging.services.sending import begin
from handover.transfers.models import Handover, Transfer
from ledger import services as ledger
from live.acting import acting_as_system
from live.clock import database_now
from live.inbox import Announcement, announce

logger = logging.getLogger("readback.paging")
# So long before the patient is to leave: an urgent page asks three people by then.
BEFORE = timedelta(minutes=15)
# What was sent a moment ago may be being read.
READING = timedelta(minutes=3)
LOOK_SECONDS = 15
CAUSE = Page.Cause.UNREAD_HANDOVER


def look() -> int:
    """How many handovers were paged or pages withdrawn. One that fails is on the process's log, and looked at again."""
    with acting_as_system("paging.unread"):
        due = list(_unread().values_list("pk", flat=True))
        settled = list(_settled().values_list("pk", flat=True))
        return sum(_tried(_page_it, row) for row in due) + sum(_tried(_withdraw, row) for row in settled)


def _tried(act: Callable[[UUID], bool], row_id: UUID) -> bool:
    try:
        with transaction.atomic(durable=True):
            return act(row_id)
    except IntegrityError:
        # Another process was quicker.
        return False
    except Exception:
        logger.exception("paging.unread_failed")
        return False


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


def _page_it(handover_id: UUID) -> bool:
    handover = (
        Handover.objects.select_for_update(of=("self",), no_key=True)
        .select_related("transfer__to_unit", "author", "to_person")
        .get(pk=handover_id)
    )
    move = handover.transfer
    if handover.status != Handover.Status.SENT or move is None:
        return False
    role = _role_of(move.to_unit)
    person = handover.to_person if handover.address == Handover.Address.PERSON else None
    if role is None and person is None:
        # Nobody can be paged there: whoever wrote it sees on its page that it is not accepted.
        return False
    policy = policy_of(move.to_unit_id, Level.URGENT)
    page = Page(
        id=uuid4(),
        patient_id=handover.patient_id,
        unit=move.to_unit,
        role=None if person else role,
        to_person=person,
        level=Level.URGENT,
        cause=CAUSE,
        cause_id=handover.current_id,
        steps=rules.as_json(policy),
        sent_by=handover.author,
        sent=database_now(),
    )
    page.sealed = seal_sbar(page.pk, page.patient_id, _words(move, handover.author))
    page.save(force_insert=True)
    ledger.record(
        climbing.SENT,
        agent=None,
        patient_id=page.patient_id,
        entity=entity_of(page),
        detail={"level": page.level, "cause": CAUSE.value, "handover": str(handover.pk)},
    )
    announce(*begin(page, policy))
    return True


def _withdraw(page_id: UUID) -> bool:
    page = locked(page_id)
    if page is None or page.state not in Page.OPEN or not _settled().filter(pk=page_id).exists():
        return False
    climbing.stop(page)
    Page.objects.filter(pk=page.pk).update(state=Page.State.WITHDRAWN, withdrawn=database_now())
    let_go(page)
    asked = PageAsk.objects.filter(step__page=page).values_list("person_id", flat=True)
    ledger.record("paging.withdrawn", agent=None, patient_id=page.patient_id, entity=entity_of(page), reason="settled")
    announce(Announcement("paging.withdrawn", [page.sent_by_id, *asked], about(page)))
    return True


def _role_of(unit: Unit) -> PractitionerRole | None:
    """Whom of a unit a handover that nobody accepts is told: its lead, else a role that may never be empty."""
    rows = live_roles().select_related("covered_by").filter(unit=unit)
    return rows.order_by(F("is_lead").desc(), F("is_safety_critical").desc(), "name").first()


def _words(move: Transfer, author: Person) -> Sbar:
    leaves = timezone.localtime(move.expected_departure).strftime("%H:%M") if move.expected_departure else ""
    return Sbar(
        situation=_("A handover of this patient waits to be accepted."),
        background=_("The patient is to come to %(unit)s at %(time)s.") % {"unit": move.to_unit.name, "time": leaves},
        recommendation=_("Read the handover, say it back and accept, or see that somebody does."),
        call_back=author.phone,
    )

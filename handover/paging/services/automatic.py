"""A page that no hand sends: something waits that cannot, and it climbs as any page does until somebody owns it.

In the transaction of the timer, or of the act, that finds it so. When what it is about is settled, it is withdrawn.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db.models import F

from accounts.models import Person, Unit
from handover.duty.models import PractitionerRole
from handover.duty.selectors import standing_roles
from handover.paging import rules
from handover.paging.documents import Sbar
from handover.paging.models import Page, PageAsk
from handover.paging.rules import Level
from handover.paging.sealed import seal_sbar
from handover.paging.selectors.policies import policy_of
from handover.paging.services import climbing
from handover.paging.services.ground import about, entity_of, let_go, locked
from handover.paging.services.sending import begin
from handover.reach.push.services import take_down
from ledger import services as ledger
from live.clock import database_now
from live.inbox import Announcement


@dataclass(frozen=True)
class Automatic:
    """What is paged about, for whom, and to whom: a role, or a person, in the unit whose steps it climbs by."""

    patient_id: UUID
    unit: Unit
    level: Level
    cause: Page.Cause
    cause_id: UUID | None
    sent_by: Person
    words: Sbar
    role: PractitionerRole | None = None
    person: Person | None = None


def page_automatically(wanted: Automatic, *, of: dict[str, str]) -> list[Announcement]:
    """The page, with its first step fired; what is to be told. A cause is paged once: a constraint of the database.

    `of`: by its kind what the page is about, for the record.
    """
    policy = policy_of(wanted.unit.pk, wanted.level)
    page = Page(
        id=uuid4(),
        patient_id=wanted.patient_id,
        unit=wanted.unit,
        role=wanted.role,
        to_person=wanted.person,
        level=wanted.level,
        cause=wanted.cause,
        cause_id=wanted.cause_id,
        steps=rules.as_json(policy),
        sent_by=wanted.sent_by,
        sent=database_now(),
    )
    page.sealed, digest = seal_sbar(page.pk, page.patient_id, wanted.words)
    page.save(force_insert=True)
    ledger.record(
        climbing.SENT,
        agent=None,
        patient_id=page.patient_id,
        entity=entity_of(page, digest=digest),
        detail={"level": page.level, "cause": wanted.cause.value, **of},
    )
    return begin(page, policy)


def settle(page_id: UUID) -> list[Announcement]:
    """The page is withdrawn, if it is still open: nobody need answer it any more. What is to be told of it."""
    page = locked(page_id)
    if page is None or page.state not in Page.OPEN:
        return []
    climbing.stop(page)
    Page.objects.filter(pk=page.pk).update(
        state=Page.State.WITHDRAWN, withdrawn=database_now(), closed_by=Page.Closed.SETTLED
    )
    let_go(page)
    take_down(about(page), kind="push.needless")
    asked = PageAsk.objects.filter(step__page=page).values_list("person_id", flat=True)
    ledger.record("paging.withdrawn", agent=None, patient_id=page.patient_id, entity=entity_of(page), reason="settled")
    return [Announcement("paging.withdrawn", [page.sent_by_id, *asked], about(page))]


def role_that_hears(unit: Unit) -> PractitionerRole | None:
    """Whom of a unit something is told that waits for nobody in particular: its lead, else a role never empty."""
    rows = standing_roles().select_related("covered_by").filter(unit=unit)
    return rows.order_by(F("is_lead").desc(), F("is_safety_critical").desc(), "name").first()

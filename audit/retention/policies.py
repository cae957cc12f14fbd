"""How long what is kept, for whom: asked for by an officer, approved by another. docs/retention.md."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Unit
from audit.retention import deciding, notices
from audit.retention.models import LOG_YEARS, MOST_YEARS, RECORD_YEARS, Policy
from audit.selectors import require_officer
from live import keys
from live.refusals import Invalid

ASKED, APPROVED, DROPPED = "retention.asked", "retention.approved", "retention.dropped"


@transaction.atomic
def ask(actor: Actor, *, key: UUID, kind: str, unit_id: UUID | None, years: str) -> None:
    """A time that waits for a second officer. Raises NotFound to others, Conflict when one waits.

    Raises Invalid for a time that is shorter than the law's, in words. The database refuses it too.
    """
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=ASKED, leads_to=actor.person.pk).earlier:
        return
    unit = Unit.objects.filter(pk=unit_id).first() if unit_id and kind != Policy.Kind.LOG else None
    row = Policy(kind=kind, unit=unit, years=_years(kind, years), asked_by=actor.person)
    deciding.ask(row, act=ASKED)
    deciding.note(ASKED, actor, row, reason=kind, detail=_detail(row))
    notices.tell(ASKED, row)


@transaction.atomic
def approve(actor: Actor, *, key: UUID, row_id: UUID) -> None:
    """It is in force, and the one before it no longer. Raises as deciding.to_approve does."""
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=APPROVED, leads_to=row_id).earlier:
        return
    row = deciding.to_approve(actor, Policy, row_id, act=APPROVED)
    before = Policy.objects.filter(kind=row.kind, unit=row.unit_id, approved__isnull=False, ended__isnull=True)
    before.update(ended=Now())
    Policy.objects.filter(pk=row.pk).update(approved=Now(), approved_by=actor.person)
    deciding.note(APPROVED, actor, row, reason=row.kind, detail=_detail(row))


@transaction.atomic
def drop(actor: Actor, *, key: UUID, row_id: UUID) -> None:
    """What was asked for is not wanted any more. Raises NotFound for none that waits."""
    require_officer(actor)
    if keys.claim(key, person_id=actor.person.pk, act=DROPPED, leads_to=row_id).earlier:
        return
    row = deciding.waiting(Policy, row_id, act=DROPPED)
    Policy.objects.filter(pk=row.pk).update(dropped=Now())
    deciding.note(DROPPED, actor, row, reason=row.kind)


def in_force() -> Sequence[Policy]:
    """The policies that count now, those of the whole house first."""
    rows = Policy.objects.filter(approved__isnull=False, ended__isnull=True).select_related("unit", "approved_by")
    return sorted(rows, key=lambda row: (row.kind, row.unit.name if row.unit else ""))


def waiting() -> QuerySet[Policy]:
    """What waits for a second officer now."""
    return Policy.objects.filter(approved__isnull=True, dropped__isnull=True, good_until__gt=Now())


def _years(kind: str, typed: str) -> int:
    if kind not in Policy.Kind.values:
        raise Invalid(fields={"kind": _("Choose what is kept.")}, act=ASKED)
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 3 and 0 < int(typed) <= MOST_YEARS):
        raise Invalid(fields={"years": _("Enter whole years, 100 at most.")}, act=ASKED)
    least, law = (LOG_YEARS, "45 CFR 164.316(b)(2)") if kind == Policy.Kind.LOG else (RECORD_YEARS, "42 CFR 482.24(b)")
    if int(typed) < least:
        words = _("The law keeps this for %(years)s years at least (%(law)s). Enter %(years)s or more.")
        raise Invalid(fields={"years": words % {"years": least, "law": law}}, act=ASKED, code="shorter_than_the_law")
    return int(typed)


def _detail(row: Policy) -> dict[str, int | str | list[str]]:
    return {"years": row.years, "unit": str(row.unit_id) if row.unit_id else "house"}

"""What a unit takes is written down, confirmed and ended by whoever leads it, or by an administrator."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import Unit
from accounts.visible import visible
from handover.directory.models import LONGEST_NAME, LONGEST_NOTE, Capability
from handover.duty.selectors import live_roles
from handover.duty.services.ground import require_may_plan
from ledger.agents import Entity
from ledger.services import record
from live import keys
from live.refusals import Invalid, NotFound

ADDED, CONFIRMED, ENDED = "capability.added", "capability.confirmed", "capability.ended"


@dataclass(frozen=True)
class NewCapability:
    """What a unit takes, as it is filled in. Without hours at every hour; without a role one calls the unit's phone."""

    name: str
    hours_from: time | None = None
    hours_until: time | None = None
    role_id: UUID | None = None


@transaction.atomic
def add_capability(actor: Actor, *, key: UUID, unit_id: UUID, new: NewCapability) -> Capability:
    """The unit takes it from now on, confirmed by this person.

    Raises NotFound for a unit that is not there, Denied for whoever does not lead it, Invalid for a name that it has
    already, half of its hours, and a role that cannot be reached.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=ADDED)
    if claim.earlier:
        return Capability.objects.get(pk=claim.earlier)
    unit = Unit.objects.select_for_update(no_key=True).filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(act=ADDED, subject_id=unit_id)
    now = timezone.now()
    require_may_plan(actor, unit_id, at=now, act=ADDED)
    _require_fits(unit, new)
    row = Capability.objects.create(
        unit=unit,
        name=visible(new.name),
        hours_from=new.hours_from,
        hours_until=new.hours_until,
        role_id=new.role_id,
        confirmed=now,
        confirmed_by=actor.person,
    )
    _note(actor, ADDED, row)
    keys.settle(key, result_id=row.pk)
    return row


def _require_fits(unit: Unit, new: NewCapability) -> None:
    name, wrong = visible(new.name), {}
    if not name or len(name) > LONGEST_NAME:
        wrong["name"] = _("A name of at most %(most)s characters.") % {"most": LONGEST_NAME}
    elif Capability.objects.filter(unit=unit, name__iexact=name, ended__isnull=True).exists():
        wrong["name"] = _("Another name: this stands on the unit's list already.")
    if (new.hours_from is None) != (new.hours_until is None):
        wrong["hours_until"] = _("Give both times, or neither.")
    if new.role_id and not live_roles().filter(pk=new.role_id).exists():
        wrong["role"] = _("Choose a role that is there.")
    if wrong:
        raise Invalid(fields=wrong, act=ADDED)


@transaction.atomic
def confirm_capability(actor: Actor, *, key: UUID, capability_id: UUID, status: str, note: str = "") -> Capability:
    """It stands like this as of now, and this person says so. Raises NotFound, Denied, and Invalid for no status."""
    claim = keys.claim(key, person_id=actor.person.pk, act=CONFIRMED, leads_to=capability_id)
    row, now = _locked(actor, capability_id, act=CONFIRMED)
    if claim.earlier:
        return row
    words = visible(note)
    if status not in Capability.Status.values or len(words) > LONGEST_NOTE:
        raise Invalid(fields={"status": _("Choose how it stands.")}, act=CONFIRMED, subject_id=capability_id)
    row.status, row.note, row.confirmed, row.confirmed_by = status, words, now, actor.person
    row.save(update_fields=["status", "note", "confirmed", "confirmed_by"])
    _note(actor, CONFIRMED, row)
    return row


@transaction.atomic
def end_capability(actor: Actor, *, key: UUID, capability_id: UUID) -> Capability:
    """The unit takes it no longer, and nobody finds it. Raises NotFound, Denied as above."""
    claim = keys.claim(key, person_id=actor.person.pk, act=ENDED, leads_to=capability_id)
    if claim.earlier:
        return Capability.objects.get(pk=capability_id)
    row, now = _locked(actor, capability_id, act=ENDED)
    row.ended = now
    row.save(update_fields=["ended"])
    _note(actor, ENDED, row)
    return row


def _locked(actor: Actor, capability_id: UUID, *, act: str) -> tuple[Capability, datetime]:
    row = Capability.objects.select_for_update().filter(pk=capability_id, ended__isnull=True).first()
    if row is None:
        raise NotFound(act=act, subject_id=capability_id)
    now = timezone.now()
    require_may_plan(actor, row.unit_id, at=now, act=act)
    return row, now


def _note(actor: Actor, event: str, row: Capability) -> None:
    about = {"unit": str(row.unit_id), "status": row.status}
    record(event, agent=actor.agent, entity=Entity("capability", row.pk), purpose=PURPOSE, detail=about)

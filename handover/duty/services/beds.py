"""Which nurse has which beds: said with one tap, left with one, and true at the moment a page is on its way."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import PURPOSE, Actor
from accounts.models import Role, Unit
from handover.duty.beds import roles_of_beds
from handover.duty.models import PractitionerRole, ScheduleChange
from handover.duty.rules.beds import LONGEST_BED, MOST_BEDS, BadBeds, beds_in, is_numbered
from handover.duty.selectors import schedules_of
from handover.duty.services.ground import lead_id, news, others_in, require_may_hold, require_span, span
from handover.duty.services.holding import LONGEST_BY_HAND, let_go
from ledger.agents import Entity
from ledger.services import Detail, record
from live import keys
from live.inbox import announce
from live.refusals import Invalid, NotFound

TAKEN, LEFT = "beds.taken", "beds.left"
KIND = "unit"


def ensure_bed(unit_id: UUID, bed: str) -> None:
    """The bed that a patient comes to lie in can be addressed from now on. A part of an act, inside its transaction.

    Only by a number. A bed lies in plain, as a place of the ward; what else was typed as a patient's may be words about
    them ("by the window, son asleep"): it stays under their key alone, until a nurse names a place like that.
    """
    if is_numbered(bed):
        _ensure(unit_id, [bed])


def _ensure(unit_id: UUID, beds: Sequence[str]) -> None:
    rows = [
        # Translators: a role that can be paged and written to; bed is a number such as 12.
        PractitionerRole(
            unit_id=unit_id, bed=bed, name=_("Nurse for bed %(bed)s") % {"bed": bed}, profession=Role.NURSE
        )
        for bed in beds
    ]
    PractitionerRole.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def take_beds(actor: Actor, *, key: UUID, unit_id: UUID, text: str, until: datetime) -> None:
    """This nurse has the beds of the text ("10-14, 16") from now until `until` (aware), whoever had them.

    Who had one is told, once. Raises NotFound for a unit that is not there, and Invalid for a text that names no beds,
    an end that is over or more than a day away, and for whoever is no nurse of the unit.
    """
    if keys.claim(key, person_id=actor.person.pk, act=TAKEN, leads_to=unit_id).earlier:
        return
    unit, now = _unit(unit_id, act=TAKEN), timezone.now()
    require_span(now, until, at=now, act=TAKEN)
    if until - now > LONGEST_BY_HAND:
        raise Invalid(fields={"hours": _("At most until tomorrow, same time.")}, act=TAKEN, subject_id=unit_id)
    beds = _read(text, unit)
    _ensure(unit_id, beds)
    roles = _locked(unit_id, beds)
    require_may_hold(roles[0], actor.person.pk, act=TAKEN)
    before = schedules_of([role.pk for role in roles], starts=now, ends=until)
    ScheduleChange.objects.bulk_create(
        ScheduleChange(
            role=role, kind="taken", person=actor.person, starts=now, ends=until, made=now, made_by=actor.person
        )
        for role in roles
    )
    _note(actor, TAKEN, unit_id, roles, detail=span(now, until))
    had = others_in([one for stretches in before.values() for one in stretches])
    announce(news(TAKEN, had, KIND, unit_id, by=actor))


@transaction.atomic
def leave_beds(actor: Actor, *, key: UUID, unit_id: UUID) -> None:
    """This nurse has no bed of the unit any more; each is again whose it was, else the lead answers, who is told.

    Raises NotFound for whoever has none.
    """
    if keys.claim(key, person_id=actor.person.pk, act=LEFT, leads_to=unit_id).earlier:
        return
    unit, now = _unit(unit_id, act=LEFT), timezone.now()
    left = [role for role in _locked(unit.pk, None) if let_go(actor, role, at=now) is not None]
    if not left:
        raise NotFound(_("You have no beds here now."), act=LEFT, subject_id=unit_id)
    _note(actor, LEFT, unit_id, left)
    announce(news(LEFT, [lead_id(unit_id, at=now)], KIND, unit_id, by=actor))


def _unit(unit_id: UUID, *, act: str) -> Unit:
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(act=act, subject_id=unit_id)
    return unit


def _read(text: str, unit: Unit) -> list[str]:
    try:
        return beds_in(text, unit=unit.short_name)
    except BadBeds as exc:
        words = {
            "none": _("Say which beds are yours: 10-14, 16."),
            "long": _("A bed's name has at most %(most)s characters."),
            "range": _("The first bed comes before the last: 10-14."),
            "many": _("At most %(beds)s beds at once."),
        }[exc.code] % {"most": LONGEST_BED, "beds": MOST_BEDS}
        raise Invalid(words, fields={"beds": words}, act=TAKEN, subject_id=unit.pk) from exc


def _locked(unit_id: UUID, beds: Sequence[str] | None) -> list[PractitionerRole]:
    """The roles of these beds of the unit, or of all, locked in one order: two who take the same do not lock up."""
    rows = roles_of_beds(unit_id).select_for_update(no_key=True, of=("self",)).order_by("pk")
    named = None if beds is None else {bed.casefold() for bed in beds}
    return [role for role in rows if named is None or role.bed.casefold() in named]


def _note(
    actor: Actor, event: str, unit_id: UUID, roles: Sequence[PractitionerRole], *, detail: Detail | None = None
) -> None:
    about: Detail = {**(detail or {}), "roles": [str(role.pk) for role in roles]}
    record(event, agent=actor.agent, entity=Entity(KIND, unit_id), purpose=PURPOSE, detail=about)

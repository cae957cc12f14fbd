"""Whom a step of a policy means at a moment: found when it fires, from who holds which role and has which bed then."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import CLINICAL_ROLES, Duty, Person
from handover.duty.instead import reached_instead
from handover.duty.models import PractitionerRole
from handover.duty.selectors import live_roles, standing_roles
from handover.paging.models import Page, TargetRole
from handover.paging.rules import Target
from handover.patients.bedside import reached_by, role_at_bed
from handover.patients.models import CareRelationship


@dataclass(frozen=True)
class Meant:
    """Somebody whom a target means, and the role they hold, where it is by one."""

    person_id: UUID
    role_id: UUID | None = None


def meant_by(page: Page, targets: Collection[Target], *, at: datetime) -> dict[Target, tuple[Meant, ...]]:
    """Target -> whom it means at that moment, in the order in which they are asked; empty where it means nobody.

    Whoever sent the page is not among them, nor whoever no longer works here.
    """
    found = {target: list(_FOUND[target](page, at)) for target in targets}
    people = {one.person_id for meant in found.values() for one in meant}
    here = Person.objects.filter(pk__in=people, is_active=True, role__in=CLINICAL_ROLES).exclude(pk=page.sent_by_id)
    may = set(here.values_list("pk", flat=True))
    return {target: tuple(one for one in meant if one.person_id in may) for target, meant in found.items()}


def meaning_nobody(unit_id: UUID) -> frozenset[Target]:
    """The words by which a unit means nobody, whatever the hour: it names no role for them, and no other stands in.

    A backup may be the role that covers the one that was paged, an attending physician is the patient's.
    """
    named = {
        Target(each)
        for each in TargetRole.objects.filter(unit=unit_id, ended__isnull=True).values_list("target", flat=True)
    }
    alone = {Target.SUPERVISOR}
    if not live_roles().filter(unit=unit_id, is_lead=True).exists():
        alone |= {Target.CHARGE_NURSE, Target.BY_PHONE}
    return frozenset(alone - named)


def _by_role(role: PractitionerRole | None, at: datetime, *, about: UUID | None = None) -> Iterable[Meant]:
    held = reached_by(role, patient_id=about, at=at) if role is not None else None
    return (Meant(held.person.pk, held.role.pk),) if held else ()


def _addressed(page: Page, at: datetime) -> Iterable[Meant]:
    """Who was paged; of somebody busy or off duty who is reached instead, and where nobody is, they all the same."""
    if page.to_person_id is not None:
        return (_or_instead(Meant(page.to_person_id), at),)
    return [_or_instead(one, at) for one in _by_role(_role_now(page), at, about=page.patient_id)]


def _role_now(page: Page) -> PractitionerRole | None:
    """The role that was paged; of a nurse for a bed, the one for the bed where the patient lies now."""
    return (role_at_bed(page.patient_id) if page.follows_patient else None) or page.role


def _or_instead(meant: Meant, at: datetime) -> Meant:
    instead = reached_instead(meant.person_id, at=at)
    return Meant(instead.person.pk, meant.role_id) if instead and instead.person else meant


def _backup(page: Page, at: datetime) -> Iterable[Meant]:
    """The unit's backup, else the role that covers the one that was paged, else the unit's lead."""
    role = _named(page, Target.BACKUP) or (page.role.covered_by if page.role else None)
    return _by_role(role, at) if role else _lead(page, at)


def _charge_nurse(page: Page, at: datetime) -> Iterable[Meant]:
    role = _named(page, Target.CHARGE_NURSE)
    return _by_role(role, at) if role else _lead(page, at)


def _supervisor(page: Page, at: datetime) -> Iterable[Meant]:
    return _by_role(_named(page, Target.SUPERVISOR), at)


def _attending(page: Page, at: datetime) -> Iterable[Meant]:
    """The patient's attending physician, else the role that the unit means by it."""
    rows = CareRelationship.objects.now().filter(patient_id=page.patient_id, reason="attending")
    people = list(rows.exclude(person=None).values_list("person_id", flat=True))
    return [Meant(each) for each in people if each] or _by_role(_named(page, Target.ATTENDING), at)


def _team(page: Page, at: datetime) -> Iterable[Meant]:
    """Everybody who holds a role of the unit then, and everybody who is on duty in it."""
    holding = [one for role in standing_roles().filter(unit=page.unit_id) for one in _by_role(role, at)]
    on_duty = Duty.objects.at(at).filter(unit=page.unit_id).order_by("starts").values_list("person_id", flat=True)
    return _each_once([*holding, *(Meant(person_id) for person_id in on_duty)])


def _by_phone(page: Page, at: datetime) -> Iterable[Meant]:
    """Who sits at the telephone: the role the unit names for it, else its lead."""
    role = _named(page, Target.BY_PHONE)
    return _by_role(role, at) if role else _lead(page, at)


def _named(page: Page, target: Target) -> PractitionerRole | None:
    row = TargetRole.objects.filter(unit=page.unit_id, target=target, ended__isnull=True)
    found = row.select_related("role__unit", "role__covered_by").first()
    return found.role if found else None


def _lead(page: Page, at: datetime) -> Iterable[Meant]:
    return _by_role(live_roles().filter(unit=page.unit_id, is_lead=True).first(), at)


def _each_once(meant: Sequence[Meant]) -> list[Meant]:
    return list({one.person_id: one for one in reversed(meant)}.values())[::-1]


_FOUND = {
    Target.ADDRESSED: _addressed,
    Target.BACKUP: _backup,
    Target.CHARGE_NURSE: _charge_nurse,
    Target.SUPERVISOR: _supervisor,
    Target.ATTENDING: _attending,
    Target.TEAM: _team,
    Target.BY_PHONE: _by_phone,
}

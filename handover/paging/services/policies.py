"""A unit's own policy: its steps for a level, and which role it means by each of their words."""

from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import PURPOSE, Actor
from accounts.models import Unit
from handover.duty.selectors import live_roles
from handover.duty.services.ground import require_may_plan
from handover.paging import rules
from handover.paging.models import PAGED_LEVELS, TargetRole, UnitPolicy
from handover.paging.rules import BadPolicy, Level, Policy
from ledger.agents import Entity
from ledger.services import record
from live import keys
from live.refusals import Invalid, NotFound

SET, TARGET_SET = "paging.policy_set", "paging.target_set"
NAMED_TARGETS = ("backup", "charge_nurse", "supervisor", "attending", "by_phone")


@transaction.atomic
def set_policy(actor: Actor, *, key: UUID, unit_id: UUID, level: str, policy: Policy | None) -> None:
    """From now on pages to the unit's roles at this level climb so; None: by the standard steps again.

    A page that climbs already keeps its own. Raises NotFound, Denied for whoever does not answer for the unit, Invalid
    with what is wrong for a policy by which a page could end without anybody.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=SET)
    unit = _unit(unit_id, SET)
    require_may_plan(actor, unit_id, at=timezone.now(), act=SET)
    if claim.earlier:
        return
    if level not in PAGED_LEVELS:
        raise Invalid(fields={"level": _("Choose a level.")}, act=SET, subject_id=unit_id)
    if policy is not None:
        require_sound(policy, Level(level), unit_id)
    UnitPolicy.objects.filter(unit=unit, level=level, ended__isnull=True).update(ended=timezone.now())
    result = uuid4()
    if policy is not None:
        UnitPolicy.objects.create(id=result, unit=unit, level=level, steps=rules.as_json(policy), made_by=actor.person)
    named = [".".join(step.ways) or "house" for step in policy.steps] if policy else []
    _note(actor, SET, unit, level=level, steps=len(named), ways=named)
    keys.settle(key, result_id=result)


@transaction.atomic
def set_target(actor: Actor, *, key: UUID, unit_id: UUID, target: str, role_id: UUID | None) -> None:
    """From now on the unit means this role by the word; None: whom it would mean without (handover/paging/targets.py).

    Raises NotFound, Denied, and Invalid for a word that is no role's, or a role that is not there.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act=TARGET_SET)
    unit = _unit(unit_id, TARGET_SET)
    require_may_plan(actor, unit_id, at=timezone.now(), act=TARGET_SET)
    if claim.earlier:
        return
    role = live_roles().filter(pk=role_id).first() if role_id else None
    if target not in NAMED_TARGETS or (role_id is not None and role is None):
        raise Invalid(fields={"role": _("Choose a role.")}, act=TARGET_SET, subject_id=unit_id)
    TargetRole.objects.filter(unit=unit, target=target, ended__isnull=True).update(ended=timezone.now())
    result = uuid4()
    if role is not None:
        TargetRole.objects.create(id=result, unit=unit, target=target, role=role, made_by=actor.person)
    _note(actor, TARGET_SET, unit, target=target, role=str(role_id or ""))
    keys.settle(key, result_id=result)


_WHY_NOT = {
    "steps": gettext_lazy("A policy has one to twelve steps."),
    "targets": gettext_lazy("Choose whom each step goes to."),
    "twice": gettext_lazy("A step names the same people twice."),
    "wait": gettext_lazy("A step waits between thirty seconds and a day."),
    "last": gettext_lazy("The last step is a person at the telephone: no page may end in silence."),
    "same_way": gettext_lazy("A step names the same way twice."),
    "telephone": gettext_lazy("A person at the telephone is rung: do not leave out the call there."),
    "turn": gettext_lazy(
        "A way of a step comes too late: the second goes after 20 seconds, the third after 60, "
        "and the next step must not have begun by then. Wait longer, or name fewer ways."
    ),
}


_UNHEARD = {
    Level.EMERGENCY: gettext_lazy("In an emergency each step rings a telephone: do not leave out the call."),
    Level.URGENT: gettext_lazy(
        "An urgent step needs the app, a text message or a call: a pager and an e-mail bring no answer back."
    ),
    Level.NEEDS_ACTION: gettext_lazy("A step needs a way that can be heard: an e-mail alone makes no sound."),
}


def require_sound(policy: Policy, level: Level, unit_id: UUID) -> None:
    """Raises Invalid, in words, for a policy by which a page of this level could end without anybody, or unheard."""
    try:
        rules.require_sound(policy)
        rules.require_heard(policy, level)
    except BadPolicy as bad:
        words = str(_UNHEARD[level] if bad.code == "unheard" else _WHY_NOT[bad.code])
        raise Invalid(words, fields={"steps": words}, code=bad.code, act=SET, subject_id=unit_id) from bad


def _unit(unit_id: UUID, act: str) -> Unit:
    unit = Unit.objects.select_for_update(no_key=True).filter(pk=unit_id).first()
    if unit is None:
        raise NotFound(act=act, subject_id=unit_id)
    return unit


def _note(actor: Actor, event: str, unit: Unit, **detail: str | int | list[str]) -> None:
    record(event, agent=actor.agent, entity=Entity("unit", unit.pk), purpose=PURPOSE, detail=detail)

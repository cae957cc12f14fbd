"""What a person does about themselves: their unit on this device, being on duty, ending a session; and what an
administrator does about somebody: their sessions, role and units, and that they no longer work here.

Whatever changes what a person may do ends their sessions in the same transaction: every socket closes, and every page
empties. They sign in anew and see what is theirs now.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import leaving
from accounts.actors import PURPOSE, Actor
from accounts.models import DeviceSession, Duty, Membership, Person, Role, Unit
from accounts.sessions import end_session, end_sessions_of, live_at
from ledger.agents import Entity
from ledger.services import record
from live import keys
from live.refusals import Conflict, Invalid, NotFound

# Somebody who forgets to go off duty would be sent handovers at home: no duty outlasts a long shift by much.
LONGEST_DUTY = timedelta(hours=13)


@transaction.atomic
def go_on_duty(actor: Actor, *, key: UUID, unit_id: UUID) -> Duty:
    """The duty that runs now in a unit the person belongs to; one that runs already is kept as it is.

    It ends by itself after 13 hours. The session works in that unit from now on. Raises NotFound for another's unit.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act="duty.started")
    if claim.earlier:
        return Duty.objects.get(pk=claim.earlier)
    _require_member(actor, unit_id, act="duty.started")
    Person.objects.select_for_update().get(pk=actor.person.pk)  # two taps at once start one duty
    now = timezone.now()
    duty = Duty.objects.at(now).filter(person=actor.person, unit_id=unit_id).first()
    if duty is None:
        duty = Duty.objects.create(person=actor.person, unit_id=unit_id, starts=now, ends=now + LONGEST_DUTY)
        record("duty.started", agent=actor.agent, entity=Entity("unit", unit_id), purpose=PURPOSE)
    _work_in(actor, unit_id)
    keys.settle(key, result_id=duty.pk)
    return duty


@transaction.atomic
def end_duty(actor: Actor, *, key: UUID, unit_id: UUID, is_warned: bool = False) -> None:
    """The person is off duty in the unit from now on. Raises NotFound when they are not on duty there.

    Raises Conflict while a patient ties them to it (accounts/leaving.py); where that only warns, not when `is_warned`:
    they were told, and go all the same.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act="duty.ended")
    if claim.earlier:
        return
    now = timezone.now()
    if Duty.objects.at(now).filter(person=actor.person, unit_id=unit_id).exists():
        leaving.require_free(actor, unit_id, is_warned=is_warned)
    # A duty that began in this very instant would end before it began: the constraint wants time to pass.
    ended = Duty.objects.at(now).filter(person=actor.person, unit_id=unit_id, starts__lt=now).update(ends=now)
    if not ended:
        raise NotFound(act="duty.ended", subject_id=unit_id)
    record("duty.ended", agent=actor.agent, entity=Entity("unit", unit_id), purpose=PURPOSE)
    keys.settle(key, result_id=unit_id)


@transaction.atomic
def choose_unit(actor: Actor, *, key: UUID, unit_id: UUID) -> None:
    """This session works in a unit the person belongs to. Raises NotFound for another's unit."""
    claim = keys.claim(key, person_id=actor.person.pk, act="session.unit_chosen")
    if claim.earlier:
        return
    _require_member(actor, unit_id, act="session.unit_chosen")
    _work_in(actor, unit_id)
    record("session.unit_chosen", agent=actor.agent, entity=Entity("unit", unit_id), purpose=PURPOSE)
    keys.settle(key, result_id=unit_id)


@transaction.atomic
def end_own_session(actor: Actor, *, key: UUID, session_id: UUID) -> None:
    """One of the person's own sessions has ended. Raises NotFound for another's, and for one that is not live."""
    claim = keys.claim(key, person_id=actor.person.pk, act="session.ended")
    if claim.earlier:
        return
    own = DeviceSession.objects.filter(live_at(timezone.now()), person=actor.person, pk=session_id)
    if not own.exists():
        raise NotFound(act="session.ended", subject_id=session_id)
    end_session(session_id, reason="ended_by_person", agent=actor.agent)
    keys.settle(key, result_id=session_id)


@transaction.atomic
def end_other_sessions(actor: Actor, *, key: UUID) -> None:
    """The person is signed in on this device alone: their other sessions have ended, and their PINs on other phones."""
    claim = keys.claim(key, person_id=actor.person.pk, act="session.others_ended", leads_to=actor.person.pk)
    if not claim.earlier:
        end_sessions_of(actor.person.pk, reason="ended_by_person", agent=actor.agent, but=actor.session_id)


@transaction.atomic
def end_sessions_for(actor: Actor, *, key: UUID, person_id: UUID) -> None:
    """Somebody is signed in nowhere any more; they may sign in again. An administrator's act.

    Raises NotFound to everybody else, and for a person who is not there.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act="session.ended", leads_to=person_id)
    if not claim.earlier:
        person = _person_for(actor, person_id, act="session.ended")
        end_sessions_of(person.pk, reason="ended_by_administrator", agent=actor.agent)


@transaction.atomic
def disable_person(actor: Actor, *, key: UUID, person_id: UUID) -> None:
    """They no longer work here: signed out everywhere, and no sign-in opens again. Their duties stay to be covered.

    An administrator's act: raises NotFound to everybody else. Raises Conflict for the administrator themselves.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act="person.disabled", leads_to=person_id)
    if claim.earlier:
        return
    person = _other_person_for(actor, person_id, act="person.disabled")
    Person.objects.filter(pk=person.pk).update(is_active=False)
    record("person.disabled", agent=actor.agent, entity=Entity("person", person.pk), purpose=PURPOSE)
    end_sessions_of(person.pk, reason="inactive", agent=actor.agent)
    leaving.has_left(person.pk)


@transaction.atomic
def change_role(actor: Actor, *, key: UUID, person_id: UUID, role: str) -> None:
    """They have another role from now on, and sign in anew with it. Their own role nobody changes.

    An administrator's act: raises NotFound to everybody else, Conflict for themselves, Invalid for an unknown role.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act="person.role_changed", leads_to=person_id)
    if claim.earlier:
        return
    person = _other_person_for(actor, person_id, act="person.role_changed")
    if role not in Role.values:
        raise Invalid(fields={"role": _("Choose a role.")}, act="person.role_changed")
    if role == person.role:
        return
    Person.objects.filter(pk=person.pk).update(role=role)
    about = Entity("person", person.pk)
    record("person.role_changed", agent=actor.agent, entity=about, reason=role, purpose=PURPOSE)
    end_sessions_of(person.pk, reason="role_changed", agent=actor.agent)


@transaction.atomic
def change_memberships(actor: Actor, *, key: UUID, person_id: UUID, unit_ids: Iterable[UUID]) -> None:
    """They belong to these units and to no other, and sign in anew. Their duties elsewhere end now.

    An administrator's act: raises NotFound to everybody else, and for a unit that is not there.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act="person.units_changed", leads_to=person_id)
    if claim.earlier:
        return
    person = _person_for(actor, person_id, act="person.units_changed")
    wanted, now = set(unit_ids), timezone.now()
    if Unit.objects.filter(pk__in=wanted).count() != len(wanted):
        raise NotFound(act="person.units_changed", subject_id=person_id)
    before = set(Membership.objects.filter(person=person).values_list("unit_id", flat=True))
    if wanted == before:
        return
    Membership.objects.filter(person=person).exclude(unit_id__in=wanted).delete()
    Membership.objects.bulk_create(Membership(person=person, unit_id=unit_id) for unit_id in wanted - before)
    Duty.objects.at(now).filter(person=person, starts__lt=now).exclude(unit_id__in=wanted).update(ends=now)
    record("person.units_changed", agent=actor.agent, entity=Entity("person", person.pk), purpose=PURPOSE)
    end_sessions_of(person.pk, reason="units_changed", agent=actor.agent)


def _person_for(actor: Actor, person_id: UUID, *, act: str) -> Person:
    """The person, locked, so that two administrators' changes do not cross. Only an administrator finds anybody."""
    found = None
    if actor.person.role == Role.ADMINISTRATOR:
        found = Person.objects.select_for_update().filter(pk=person_id).first()
    if found is None:
        raise NotFound(act=act, subject_id=person_id)
    return found


def _other_person_for(actor: Actor, person_id: UUID, *, act: str) -> Person:
    # Otherwise a hospital could be left without an administrator, or an administrator make themselves a clinician.
    person = _person_for(actor, person_id, act=act)
    if person.pk == actor.person.pk:
        raise Conflict(_("Nobody does this to themselves. Ask another administrator."), act=act, code="own_person")
    return person


def _work_in(actor: Actor, unit_id: UUID) -> None:
    if actor.session_id is not None:
        DeviceSession.objects.filter(pk=actor.session_id).update(unit_id=unit_id)


def _require_member(actor: Actor, unit_id: UUID, *, act: str) -> None:
    if not Membership.objects.filter(person=actor.person, unit_id=unit_id).exists():
        raise NotFound(act=act, subject_id=unit_id)

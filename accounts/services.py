"""What a person does about themselves: which unit they work in on this device, being on duty, ending a session."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import leaving
from accounts.actors import Actor
from accounts.models import DeviceSession, Duty, Membership, Person
from accounts.sessions import end_session, live_at
from ledger.agents import Entity
from ledger.services import record
from live import keys
from live.refusals import NotFound

# Somebody who forgets to go off duty would be sent handovers at home: no duty outlasts a long shift by much.
LONGEST_DUTY = timedelta(hours=13)
PURPOSE = "HOPERAT"  # hospital operations, in HL7's PurposeOfUse: no treatment of a patient


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


def _work_in(actor: Actor, unit_id: UUID) -> None:
    if actor.session_id is not None:
        DeviceSession.objects.filter(pk=actor.session_id).update(unit_id=unit_id)


def _require_member(actor: Actor, unit_id: UUID, *, act: str) -> None:
    if not Membership.objects.filter(person=actor.person, unit_id=unit_id).exists():
        raise NotFound(act=act, subject_id=unit_id)

"""What people do with a phone that they share: mark it, choose a PIN for the shift, lock it, and come back to it.

Locking ends the session, so that no cookie of whoever left is worth anything; the shift stays, and its PIN, or a
passkey of its person, begins a new session in the same unit. What was being written is a draft on the server.
docs/decisions/0053 says why a PIN is enough here, and accounts/stepup.py for what it is not.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts import passwords, phones, pins
from accounts.actors import PURPOSE, Actor
from accounts.factors import events, passkeys, rules, selectors
from accounts.factors.services import require_passkey_of
from accounts.models import MOST_WRONG_PINS, DeviceSession, Factor, Kind, PhoneShift, SharedPhone
from accounts.sessions import end_session, start_session
from ledger.agents import Agent, Entity
from ledger.services import record
from live import keys
from live.refusals import Conflict, Denied, Invalid, NotFound


@dataclass(frozen=True)
class Entered:
    """What a PIN led to: a session, or how many tries are left before the shift ends."""

    session: DeviceSession | None
    tries_left: int


@transaction.atomic
def share_phone(request: HttpRequest, actor: Actor, session: DeviceSession, *, key: UUID) -> SharedPhone:
    """The device of this session is a shared phone from now on: the session ends sooner, and a PIN may be chosen."""
    claim = keys.claim(key, person_id=actor.person.pk, act="phone.shared", leads_to=session.pk)
    phone = phones.make_phone(request, name=actor.device, person=actor.person, agent=actor.agent)
    # Shared already: a shift that ends is not begun anew by whoever came in by its PIN.
    if not claim.earlier and session.phone_id is None:
        session.kind, session.phone = Kind.SHARED, phone
        session.save(update_fields=["kind", "phone"])
        phones.begin_shift(session)
    return phone


@transaction.atomic
def keep_phone(actor: Actor, session: DeviceSession, *, key: UUID) -> None:
    """The phone is shared no more: everybody's session on it has ended, and every PIN of it.

    Raises NotFound on a device that is not shared, and Conflict for whoever came in by PIN.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act="phone.kept", leads_to=session.pk)
    if claim.earlier:
        return
    phone_id = require_full_sign_in(session, act="phone.kept")
    SharedPhone.objects.filter(pk=phone_id).update(ended=timezone.now())
    record("phone.kept", agent=actor.agent, entity=Entity("shared_phone", phone_id), purpose=PURPOSE)
    for shift in PhoneShift.objects.filter(phone_id=phone_id, ended__isnull=True):
        phones.close_shift(shift, reason="phone_kept", agent=actor.agent)
    for other in DeviceSession.objects.filter(phone_id=phone_id, ended__isnull=True):
        end_session(other.pk, reason="phone_kept", agent=actor.agent)


@transaction.atomic
def set_pin(actor: Actor, session: DeviceSession, *, key: UUID, pin: str, again: str) -> None:
    """The shift on this phone opens by this PIN until it ends. Only after a full sign-in on this very phone.

    Raises NotFound on a device that is not shared, Conflict for whoever came in by PIN themselves, Denied for a role
    that shows a passkey each time, Invalid for a PIN that is not six digits, that anybody tries first, or that was
    not typed the same twice.
    """
    claim = keys.claim(key, person_id=actor.person.pk, act="pin.set", leads_to=session.pk)
    if claim.earlier:
        return
    phone_id = require_full_sign_in(session, act="pin.set")
    if not rules.is_enough(Factor.PIN, role=actor.person.role):
        raise Denied(_("Your role signs in with a passkey each time."), act="pin.set", code="factor_of_role")
    _require_good(pin, again)
    shift = PhoneShift.objects.select_for_update().filter(person=actor.person, phone=phone_id, ended=None).first()
    if shift is None or shift.until <= timezone.now():
        raise Conflict(_("Your shift on this phone is over. Sign in again, then choose a PIN."), act="pin.set")
    is_another = bool(shift.pin)
    with passwords.place():
        shift.pin = make_password(pins.bound_to(shift.pk, pin))
    shift.save(update_fields=["pin"])
    record("pin.set", agent=actor.agent, entity=Entity("phone_shift", shift.pk), purpose=PURPOSE)
    if is_another:
        events.tell("pin.changed", actor.person.pk)


def _require_good(pin: str, again: str) -> None:
    if not pins.is_pin(pin):
        raise Invalid(fields={"pin": _("Six digits, please.")}, act="pin.set")
    if pins.is_guessed_first(pin):
        raise Invalid(fields={"pin": _("Anybody would try this one first. Choose another.")}, act="pin.set")
    if pin != again:
        raise Invalid(fields={"again": _("The two are not the same. Type it once more.")}, act="pin.set")


def require_full_sign_in(session: DeviceSession, *, act: str) -> UUID:
    """The shared phone of a session. Raises NotFound on any other device, Conflict for one that a PIN has opened."""
    if session.phone_id is None:
        raise NotFound(act=act)
    # Whoever knows six digits must not be able to choose the next six, and so to stay for ever.
    if session.opened_by == Factor.PIN:
        raise Conflict(_("You came in by your PIN. Sign in fully on this phone for that."), act=act, code="by_pin")
    return session.phone_id


def lock(actor: Actor, session: DeviceSession) -> None:
    """Nobody is signed in on this phone; the shift goes on. Raises NotFound on a device that is not shared."""
    if session.phone_id is None:
        raise NotFound(act="phone.locked")
    end_session(session.pk, reason="locked", agent=actor.agent)


@transaction.atomic
def enter_pin(request: HttpRequest, phone: SharedPhone, *, shift_id: UUID, pin: str) -> Entered:
    """The session that this PIN opens on this phone; without one, how many tries are left: 0 when the shift has ended.

    The fifth wrong PIN ends the shift. Tries at the same moment wait for one another: there are never more than five.
    Raises NotFound when no shift of this id runs on this phone, or none that opens by PIN.
    """
    shift = _running_shift(phone, shift_id, code="no_pin")
    if not shift.pin:
        raise NotFound(act="session.started", subject_id=shift_id, code="no_pin")
    with passwords.place():
        is_right = pins.is_pin(pin) and check_password(pins.bound_to(shift.pk, pin), shift.pin)
    if is_right:
        PhoneShift.objects.filter(pk=shift.pk).update(wrong=0)
        return Entered(
            start_session(request, shift.person, device=phone.name, factor=Factor.PIN, shift=shift), MOST_WRONG_PINS
        )
    return Entered(None, _count_wrong(shift))


def may_show_passkey(request: HttpRequest, shift: PhoneShift) -> bool:
    """Whether this shift opens by a passkey here: its person has one that is enough for their role."""
    person = shift.person
    has_one = Factor.PASSKEY in selectors.showable(person, selectors.held_by(person))
    return has_one and passkeys.is_possible(request)


def ask_for_passkey(request: HttpRequest, phone: SharedPhone, *, shift_id: UUID) -> dict[str, Any]:
    """What the browser is asked for: a passkey of the person of this shift, and of nobody else. Raises NotFound."""
    shift = phones.open_shifts(phone, at=timezone.now()).filter(pk=shift_id).first()
    if shift is None:
        raise _over(shift_id)
    return passkeys.begin_authentication(request, shift.person)


def enter_by_passkey(request: HttpRequest, phone: SharedPhone, *, shift_id: UUID) -> DeviceSession:
    """The session that a passkey of this shift's person opens on this phone. It ends with the shift, and is fresh.

    A passkey with user verification is as much as a full sign-in shows: unlike a PIN, it may choose the next PIN.
    Raises NotFound when no shift of this id runs on this phone, NotRecognised for anybody else's passkey and for an
    answer that counted before, Denied for one that is not enough for the role.
    """
    state = passkeys.take_state(request)
    with transaction.atomic():
        shift = _running_shift(phone, shift_id, code="no_shift")
        require_passkey_of(request, shift.person, state, subject_id=shift.pk)
        PhoneShift.objects.filter(pk=shift.pk).update(wrong=0)
        return start_session(request, shift.person, device=phone.name, factor=Factor.PASSKEY, shift=shift)


def _running_shift(phone: SharedPhone, shift_id: UUID, *, code: str) -> PhoneShift:
    """The shift, locked: it runs on this phone, and the person's password is the one that it began under."""
    running = phones.open_shifts(phone, at=timezone.now()).select_for_update(of=("self",))
    shift = running.filter(pk=shift_id).first()
    if shift is None or not constant_time_compare(shift.stamp, shift.person.get_session_auth_hash()):
        raise _over(shift_id, code=code)
    return shift


def _over(shift_id: UUID, *, code: str = "no_shift") -> NotFound:
    words = _("That shift does not run on this phone. Go back to the names, or sign in fully.")
    return NotFound(words, act="session.started", subject_id=shift_id, code=code)


def _count_wrong(shift: PhoneShift) -> int:
    """Notes one more wrong PIN; the tries that are left."""
    wrong, agent = shift.wrong + 1, Agent(shift.person_id, shift.person.role)
    about = Entity("phone_shift", shift.pk)
    record("session.refused", agent=None, outcome="refused", reason="wrong_pin", entity=about, purpose=PURPOSE)
    if wrong < MOST_WRONG_PINS:
        PhoneShift.objects.filter(pk=shift.pk).update(wrong=wrong)
    else:
        ended = {"ended": timezone.now(), "end_reason": "wrong_pins"}
        PhoneShift.objects.filter(pk=shift.pk).update(wrong=wrong, **ended)
        record("phone_shift.ended", agent=agent, entity=about, reason="wrong_pins")
    return MOST_WRONG_PINS - wrong

"""The acts of the second factor: enrol one, show one, remove one, make recovery codes.

A code is judged by django_otp.verify_token() alone, in a transaction of its own: a wrong one is counted although the
act that it was for is refused. Whatever changes how somebody signs in is on the record, told to their other devices,
and ends the sessions there: whoever had the phone before has it no longer.
"""

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp import verify_token
from django_otp_webauthn.models import WebAuthnCredential

from accounts import passwords, phones
from accounts.actors import PURPOSE
from accounts.addresses import client_address
from accounts.factors import codes, events, passkeys, rules, selectors
from accounts.factors.models import RecoveryCode, RecoverySheet, TotpDevice
from accounts.models import DeviceSession, Factor, Person
from accounts.sessions import actor_of, end_sessions_of, start_session, verify_session
from accounts.sso.selectors import may_sign_in_here
from accounts.waits import services as waits
from ledger.agents import Agent, Entity
from ledger.services import record
from live.refusals import Conflict, Denied, Invalid, NotFound

LONGEST_NAME = 64
# So many wrong codes in an hour are more than a slip.
WARNED_AFTER = 5


def show_code(request: HttpRequest, session: DeviceSession, typed: str) -> None:
    """The session is live, or fresh again, by a code of an app or a recovery code.

    Raises Invalid, in the same words whatever is wrong with it, and records the refusal by the edge.
    """
    code = codes.normal(typed)
    factor = Factor.TOTP if codes.is_totp(code) else Factor.RECOVERY
    person = session.person
    device = _device_for(person, factor)
    is_judged = device is not None and rules.is_enough(factor, role=person.role)
    if not _is_right(request, person, device if is_judged else None, code):
        words = _(
            "That code is not right, or was used already. Wait for the next one; after several tries, wait longer."
        )
        raise Invalid(fields={"code": words}, act="session.verified", code="wrong_code", subject_id=session.pk)
    with transaction.atomic():
        verify_session(request, session, factor=factor)
        if factor == Factor.RECOVERY:
            record("factor.recovery_used", agent=actor_of(session).agent, entity=Entity("person", person.pk))
            events.tell("factor.recovery_used", person.pk)


def _is_right(request: HttpRequest, person: Person, device: TotpDevice | RecoverySheet | None, code: str) -> bool:
    """Whether this device takes the code, which counts as a wrong one from before it is judged. Raises Busy."""
    ticket, shown = waits.admit_code(person.pk, client_address(request)), None
    if device is not None and not ticket.must_wait:
        try:
            with passwords.place():
                shown = verify_token(person, device.persistent_id, code)
        except passwords.Busy:
            waits.take_back(ticket)
            raise
    waits.settle(ticket, is_right=shown is not None)
    # One that waits is not counted: it would be the fifth again and again.
    if shown is None and not ticket.must_wait:
        _warn(person, wrong=ticket.wrong + 1)
    return shown is not None


def _warn(person: Person, *, wrong: int) -> None:
    """Tells the person once an hour that somebody with their password tries codes."""
    if wrong == WARNED_AFTER:
        with transaction.atomic():
            record("factor.guessed", agent=None, entity=Entity("person", person.pk), purpose=PURPOSE)
            events.tell("factor.guessed", person.pk)


def _device_for(person: Person, factor: str) -> TotpDevice | RecoverySheet | None:
    model = TotpDevice if factor == Factor.TOTP else RecoverySheet
    found: TotpDevice | RecoverySheet | None = model.objects.filter(user=person, confirmed=True).first()
    return found


def show_passkey(request: HttpRequest, session: DeviceSession) -> None:
    """The session is live, or fresh again, by one of the person's passkeys. Raises NotRecognised, or Denied by role."""
    state = passkeys.take_state(request)
    with transaction.atomic():
        key = passkeys.finish_authentication(request, session.person, state)
        _require_enough(key, session.person)
        verify_session(request, session, factor=Factor.PASSKEY)


def sign_in_by_passkey(request: HttpRequest, *, device: str, shared_as: str = "") -> DeviceSession:
    """The live session of whoever's passkey was shown: no address, no password. Raises NotRecognised, or Denied.

    With a provider it is for those who may sign in without it, like a password: whom the provider lets in no more has
    no other way in. Under the name `shared_as` the device is a shared phone from now on; without one it stays what it
    is. A refused passkey marks nothing.
    """
    state = passkeys.take_state(request)
    with transaction.atomic():
        key = passkeys.finish_authentication(request, None, state)
        person = Person.objects.get(pk=key.user_id)
        _require_enough(key, person)
        if not may_sign_in_here(person):
            words = _("You sign in with the hospital's account. Use that instead of a passkey kept here.")
            raise Denied(words, code="not_local", act="session.started", subject_id=person.pk)
        if shared_as:
            phones.make_phone(request, name=shared_as, person=person, agent=Agent(person.pk, person.role))
        return start_session(request, person, device=device, factor=Factor.PASSKEY)


def require_passkey_of(request: HttpRequest, person: Person, state: passkeys.State, *, subject_id: UUID) -> None:
    """Raises NotRecognised unless a passkey of this very person answers `state`, and Denied by role.

    In the caller's transaction. `subject_id` is what a refusal is about on the record.
    """
    _require_enough(passkeys.finish_authentication(request, person, state, subject_id=subject_id), person)


def _require_enough(key: WebAuthnCredential, person: Person) -> None:
    if not rules.is_enough(Factor.PASSKEY, role=person.role, is_backup_eligible=key.backup_eligible):
        words = _("Your role signs in with a passkey that stays on one device. Use that one.")
        raise Denied(words, code="copied_passkey", act="session.verified", subject_id=person.pk)


def require_may_enrol(session: DeviceSession, factor: str) -> None:
    """Raises Denied for a factor that the role does not use, and for whoever should come by the provider.

    Raises Conflict where somebody who knows a password alone would add a factor beside those that are there.
    """
    if not rules.may_enrol(factor, role=session.person.role):
        words = _("Your role signs in with a passkey that stays on one device.")
        raise Denied(words, code="factor_of_role", act="factor.added", subject_id=session.person_id)
    if session.verified is not None:
        return
    if not selectors.held_by(session.person).is_empty:
        raise Conflict(_("Show the factor you have first."), code="has_factor", act="factor.added")
    if not selectors.may_enrol_first(session, at=timezone.now()):
        words = _("You sign in with the hospital's account. Go back to the sign-in page and use that.")
        raise Denied(words, code="signs_in_there", act="factor.added", subject_id=session.person_id)


@transaction.atomic
def begin_app(session: DeviceSession) -> TotpDevice:
    """An app to come, with a new key each time: one that somebody else was shown before is never confirmed."""
    require_may_enrol(session, Factor.TOTP)
    TotpDevice.objects.filter(user=session.person, confirmed=False).delete()
    device = TotpDevice(user=session.person, name="", confirmed=False)
    device.make_key()
    device.save()
    return device


def confirm_app(request: HttpRequest, session: DeviceSession, *, device_id: int, typed: str) -> None:
    """The app that shows this code is the person's from now on, in place of the one before. Raises Invalid."""
    require_may_enrol(session, Factor.TOTP)
    device = TotpDevice.objects.filter(user=session.person, confirmed=False, pk=device_id).first()
    shown = verify_token(session.person, device.persistent_id, codes.normal(typed)) if device else None
    if device is None or shown is None:
        words = _("That is not the code the app shows now. Wait for the next one and type that.")
        raise Invalid(fields={"code": words}, act="factor.added", code="wrong_code", subject_id=session.person_id)
    with transaction.atomic():
        TotpDevice.objects.filter(user=session.person, confirmed=True).delete()
        TotpDevice.objects.filter(pk=device.pk).update(confirmed=True)
        _added(request, session, Factor.TOTP)


def add_passkey(request: HttpRequest, session: DeviceSession, *, name: str) -> WebAuthnCredential:
    """A new passkey of the person, under a name. Raises NotRecognised, or Denied when the role needs a bound one."""
    require_may_enrol(session, Factor.PASSKEY)
    state = passkeys.take_state(request)
    with transaction.atomic():
        key = passkeys.finish_registration(request, session.person, state)
        _require_enough(key, session.person)
        key.name = (name.strip() or session.device)[:LONGEST_NAME]
        key.save(update_fields=["name"])
        _added(request, session, Factor.PASSKEY)
    return key


def _added(request: HttpRequest, session: DeviceSession, factor: str) -> None:
    if session.verified is None:
        verify_session(request, session, factor=factor)
    agent, person = actor_of(session).agent, session.person
    end_sessions_of(person.pk, reason="factor_changed", agent=agent, but=session.pk)
    record("factor.added", agent=agent, entity=Entity("person", person.pk), reason=factor, purpose=PURPOSE)
    events.tell("factor.added", person.pk)


@transaction.atomic
def rename_passkey(session: DeviceSession, *, passkey_id: int, name: str) -> None:
    """The passkey has another name. Raises NotFound for another's, Invalid for none."""
    if not name.strip():
        raise Invalid(fields={"name": _("Give it a name that you know it by.")}, act="factor.renamed")
    own = WebAuthnCredential.objects.filter(user=session.person, pk=passkey_id)
    if not own.update(name=name.strip()[:LONGEST_NAME]):
        raise NotFound(act="factor.renamed", subject_id=session.person_id)
    record("factor.renamed", agent=actor_of(session).agent, entity=Entity("person", session.person_id), purpose=PURPOSE)


@transaction.atomic
def remove_factor(session: DeviceSession, *, factor: str, passkey_id: int | None = None) -> None:
    """A passkey, or the app, is the person's no longer. Never the last one that their role may sign in with.

    Raises NotFound for what is not theirs, Conflict for the last one.
    """
    person = Person.objects.select_for_update().get(pk=session.person_id)
    devices = WebAuthnCredential if factor == Factor.PASSKEY else TotpDevice
    gone = devices.objects.filter(user=person, **({"pk": passkey_id} if passkey_id is not None else {}))
    if not gone.exists() or (factor == Factor.PASSKEY) != (passkey_id is not None):
        raise NotFound(act="factor.removed", subject_id=person.pk)
    gone.delete()
    if not selectors.showable(person, selectors.held_by(person)) - {Factor.RECOVERY}:
        words = _("That is the last way you can sign in. Add another one first.")
        raise Conflict(words, code="last_factor", act="factor.removed", subject_id=person.pk)
    agent = actor_of(session).agent
    end_sessions_of(person.pk, reason="factor_changed", agent=agent, but=session.pk)
    record("factor.removed", agent=agent, entity=Entity("person", person.pk), reason=factor, purpose=PURPOSE)
    events.tell("factor.removed", person.pk)


def make_recovery_codes(session: DeviceSession) -> list[str]:
    """Ten new codes as they are written on paper; those before are void. They are shown this once: only hashes stay.

    Source: ASVS 5.0 V6.5.2 to V6.5.4: 60 random bits each, hashed like a password.
    """
    if not rules.may_enrol(Factor.RECOVERY, role=session.person.role):
        raise Denied(code="factor_of_role", act="factor.codes_made", subject_id=session.person_id)
    made = [codes.new_recovery_code(slot) for slot in codes.SLOTS]
    with passwords.place():
        hashed = [make_password(code) for code in made]
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=session.person_id)
        RecoverySheet.objects.filter(user=person).delete()
        sheet = RecoverySheet.objects.create(user=person, name="", confirmed=True)
        RecoveryCode.objects.bulk_create(
            RecoveryCode(sheet=sheet, slot=slot, hashed=each) for slot, each in zip(codes.SLOTS, hashed, strict=True)
        )
        entity = Entity("person", person.pk)
        record("factor.codes_made", agent=actor_of(session).agent, entity=entity, purpose=PURPOSE)
        events.tell("factor.codes_made", person.pk)
    return [codes.written(code) for code in made]


def confirm_demonstration(request: HttpRequest, session: DeviceSession) -> None:
    """The invented person of the demonstration has tapped once more. Raises NotFound for anybody else."""
    if session.factor != Factor.DEMONSTRATION:
        raise NotFound(act="session.verified", subject_id=session.pk)
    verify_session(request, session, factor=Factor.DEMONSTRATION)


def forget_factors(person_id: UUID) -> None:
    """The person has no factor any more. In the transaction of the act that says why."""
    TotpDevice.objects.filter(user_id=person_id).delete()
    RecoverySheet.objects.filter(user_id=person_id).delete()
    WebAuthnCredential.objects.filter(user_id=person_id).delete()

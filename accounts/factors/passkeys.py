"""Passkeys: django-otp-webauthn's ceremonies, with what this product asks of them.

Always with user verification: the finger or the code of the device is the second factor inside the passkey. The state
of a ceremony lies in the session, is of one kind and is taken out before it is looked at: no answer counts twice.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from django_otp_webauthn.utils import rewrite_exceptions
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import AuthenticatorSelectionCriteria, ResidentKeyRequirement, UserVerificationRequirement

from accounts.models import Person
from live.refusals import Refusal

STATE = "passkey_ceremony"
LONGEST_ANSWER_BYTES = 16_384
State = dict[str, Any]


class NotRecognised(Refusal):
    """The answer of the authenticator is not one to what was asked, or of nobody here."""

    status = 422
    code = "passkey"
    message = "That passkey was not recognised. Try again, or sign in another way."


class Helper(WebAuthnHelper):  # type: ignore[misc]  # the library carries no types
    """The ceremonies for the origins and the name of this installation."""

    def get_relying_party_domain(self) -> str:
        return settings.PASSKEY_NAME

    def get_relying_party_name(self) -> str:
        return "Readback"

    def get_allowed_origins(self) -> list[str]:
        return list(settings.ORIGINS)

    def get_credential_display_name(self, user: Person) -> str:
        return user.display_name

    def get_generate_registration_options_kwargs(self, *, user: Person) -> dict[str, Any]:
        options = super().get_generate_registration_options_kwargs(user=user)
        options["authenticator_selection"] = AuthenticatorSelectionCriteria(
            user_verification=UserVerificationRequirement.REQUIRED, resident_key=ResidentKeyRequirement.REQUIRED
        )
        return dict(options)


def is_possible(request: HttpRequest) -> bool:
    """Whether a browser at this address can use the passkeys of this installation: its host must be their name."""
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    return host == settings.PASSKEY_NAME or host.endswith(f".{settings.PASSKEY_NAME}")


def name() -> str:
    """The host name that the passkeys of this installation are bound to."""
    return str(settings.PASSKEY_NAME)


def begin_registration(request: HttpRequest, person: Person) -> dict[str, Any]:
    """What the browser is asked for a new passkey of this person."""
    options, state = Helper(request).register_begin(user=person)
    request.session[STATE] = {**state, "kind": "register", "person": str(person.pk)}
    return dict(options)


def take_state(request: HttpRequest) -> State:
    """What was asked last in this browser; nothing, when that was answered already. Outside of any transaction.

    It is gone, durably, before the answer is looked at: no failure brings it back, and no answer counts twice.
    """
    state = request.session.pop(STATE, None)
    if state is None:
        return {}
    request.session.save()
    return dict(state)


def finish_registration(request: HttpRequest, person: Person, state: State) -> WebAuthnCredential:
    """The new passkey, saved without a name. Raises NotRecognised. In the caller's transaction."""
    if state.get("kind") != "register" or state.get("person") != str(person.pk):
        raise NotRecognised(act="factor.added")
    return _judged(lambda: Helper(request).register_complete(user=person, state=state, data=_answer(request)))


def begin_authentication(request: HttpRequest, person: Person | None) -> dict[str, Any]:
    """What the browser is asked for: one of the person's passkeys, or any that it has for this installation."""
    options, state = Helper(request).authenticate_begin(user=person, require_user_verification=True)
    request.session[STATE] = {**state, "kind": "authenticate", "person": str(person.pk) if person else ""}
    return dict(options)


def finish_authentication(
    request: HttpRequest, person: Person | None, state: State, *, subject_id: UUID | None = None
) -> WebAuthnCredential:
    """The passkey that was shown, with its person. Raises NotRecognised. In the caller's transaction.

    `subject_id` is what a refusal is about on the record, where nothing else says it.
    """
    if state.get("kind") != "authenticate" or state.get("person") != (str(person.pk) if person else ""):
        raise NotRecognised(act="session.verified", subject_id=subject_id)
    ceremony = partial(Helper(request).authenticate_complete, user=person, state=state)
    shown = _judged(lambda: ceremony(data=_answer(request)), subject_id=subject_id)
    if not shown.confirmed or not shown.user.is_active:
        raise NotRecognised(act="session.verified", subject_id=shown.user_id)
    return shown


def _judged(ceremony: Callable[[], WebAuthnCredential], *, subject_id: UUID | None = None) -> WebAuthnCredential:
    try:
        with rewrite_exceptions():
            return ceremony()
    except (OTPWebAuthnApiError, WebAuthnException, KeyError, TypeError, ValueError) as exc:
        raise NotRecognised(act="session.verified", subject_id=subject_id) from exc


def _answer(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > LONGEST_ANSWER_BYTES:
        raise ValueError("too long an answer")
    answer = json.loads(request.body)
    if not isinstance(answer, dict):
        raise TypeError("not an object")
    return answer

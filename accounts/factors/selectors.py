"""What a person can show, and who is to be reset."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django_otp_webauthn.models import WebAuthnCredential

from accounts.factors import rules
from accounts.factors.models import FactorReset, RecoverySheet, TotpDevice
from accounts.models import DeviceSession, Factor, Person, Role
from accounts.sso.selectors import has_account_there, was_vouched_for


@dataclass(frozen=True)
class Held:
    """The factors of a person, as their own page and the second step show them."""

    passkeys: tuple[WebAuthnCredential, ...]
    app: TotpDevice | None
    sheet: RecoverySheet | None
    codes_left: int

    @property
    def is_empty(self) -> bool:
        """Nothing is enrolled, or nothing is left."""
        return not self.passkeys and self.app is None and not self.codes_left


def held_by(person: Person) -> Held:
    """What this person has enrolled."""
    sheet = RecoverySheet.objects.filter(user=person, confirmed=True).first()
    return Held(
        passkeys=tuple(WebAuthnCredential.objects.filter(user=person, confirmed=True).order_by("created_at", "pk")),
        app=TotpDevice.objects.filter(user=person, confirmed=True).first(),
        sheet=sheet,
        codes_left=sheet.codes.filter(used__isnull=True).count() if sheet else 0,
    )


def showable(person: Person, held: Held) -> frozenset[str]:
    """The factors of theirs that are enough for their role."""
    found = set()
    if any(
        rules.is_enough(Factor.PASSKEY, role=person.role, is_backup_eligible=key.backup_eligible)
        for key in held.passkeys
    ):
        found.add(str(Factor.PASSKEY))
    if held.app and rules.is_enough(Factor.TOTP, role=person.role):
        found.add(str(Factor.TOTP))
    if held.codes_left and rules.is_enough(Factor.RECOVERY, role=person.role):
        found.add(str(Factor.RECOVERY))
    return frozenset(found)


def may_export(person: Person, *, at: datetime) -> bool:
    """Whether this person may take data out at `at` (aware UTC): not within a day after their factors were reset."""
    return rules.may_export(_last_reset(person), at=at)


def may_enrol_first(session: DeviceSession, *, at: datetime) -> bool:
    """Whether whoever is half in may add the first factor there is of this person, at `at` (aware UTC).

    Somebody who signs in at the provider shows their factors there and needs none here: theirs is empty for good, and
    a password alone would fill it. So it takes the provider's word, or two administrators'.
    """
    if not has_account_there(session.person) or was_vouched_for(session):
        return True
    return rules.is_opened_by_reset(_last_reset(session.person), at=at)


def _last_reset(person: Person) -> datetime | None:
    done = FactorReset.objects.filter(person=person, done__isnull=False).order_by("-done")
    return done.values_list("done", flat=True).first()


def open_resets() -> QuerySet[FactorReset]:
    """The resets that wait for a second person, the oldest first.

    For three days, and while whoever asked is an administrator: later nobody remembers why, or answers for it.
    """
    since = timezone.now() - rules.RESET_GOOD_FOR
    waiting = FactorReset.objects.filter(done__isnull=True, asked__gt=since)
    by_now = waiting.filter(asked_by__is_active=True, asked_by__role=Role.ADMINISTRATOR)
    return by_now.select_related("person", "asked_by").order_by("asked")


def sessions_elsewhere(session: DeviceSession) -> int:
    """On how many other devices the person is signed in."""
    return DeviceSession.objects.filter(person=session.person, ended__isnull=True).exclude(pk=session.pk).count()

"""What a person can show, and who is to be reset."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django_otp_webauthn.models import WebAuthnCredential

from accounts.factors import rules
from accounts.factors.models import FactorReset, RecoverySheet, TotpDevice
from accounts.models import DeviceSession, Factor, Person


@dataclass(frozen=True)
class Held:
    """The factors of a person, as their own page and the second step show them."""

    passkeys: tuple[WebAuthnCredential, ...]
    app: TotpDevice | None
    sheet: RecoverySheet | None
    codes_left: int

    @property
    def is_empty(self) -> bool:
        """Nothing is enrolled, or nothing is left: the password alone may add a factor."""
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
    last = FactorReset.objects.filter(person=person, done__isnull=False).order_by("-done").first()
    return rules.may_export(last.done if last else None, at=at)


def open_resets() -> QuerySet[FactorReset]:
    """The resets that wait for a second person, the oldest first."""
    return FactorReset.objects.filter(done__isnull=True).select_related("person", "asked_by").order_by("asked")


def sessions_elsewhere(session: DeviceSession) -> int:
    """On how many other devices the person is signed in."""
    return DeviceSession.objects.filter(person=session.person, ended__isnull=True).exclude(pk=session.pk).count()

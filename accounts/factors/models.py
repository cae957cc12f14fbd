"""The factors of a person: an app's codes and recovery codes here, passkeys in django_otp_webauthn's own table.

They are devices of django-otp, so that its verify_token() is the one way to show a code, under a lock of the row.
"""

import uuid
from secrets import token_bytes
from time import time

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from accounts.factors.codes import is_totp, slot_of
from vault.services import Place, Scope, seal, unseal

STEP_SECONDS = 30
# One step to either side: phones' clocks are off by seconds, and people type slowly (docs/decisions/0050).
TOLERANCE_STEPS = 1
KEY_BYTES = 20


class Waiting(ThrottlingMixin):
    """Counts wrong codes as django-otp does, and holds up nobody: accounts/waits does so by person and place.

    A wait of the device alone would let whoever knows a password keep its owner from their codes for ever.
    """

    class Meta:
        abstract = True

    def get_throttle_factor(self) -> int:
        return 0


class TotpDevice(TimestampMixin, Waiting, Device):
    """An app's codes. RFC 6238: SHA-1, six digits, 30 seconds. The key lies sealed under the person's own data key."""

    row = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    sealed_key = models.BinaryField()
    last_step = models.BigIntegerField(default=-1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(confirmed=True), name="factors_one_app"),
            models.UniqueConstraint(fields=["user"], condition=Q(confirmed=False), name="factors_one_app_to_come"),
        ]

    def make_key(self) -> None:
        """A new key from the operating system's generator, sealed for this row."""
        self.sealed_key = seal(token_bytes(KEY_BYTES), scope=Scope.person(self.user_id), place=self._place)

    @property
    def key(self) -> bytes:
        """The key: 20 bytes. Raises VaultError when it does not open."""
        return unseal(self.sealed_key, scope=Scope.person(self.user_id), place=self._place)

    @property
    def _place(self) -> Place:
        return Place(model="factors.TotpDevice", field="sealed_key", row=self.row)

    def verify_token(self, token: str) -> bool:
        """Whether it is a code of now, or of the step beside, that was not used before. Called by django-otp only."""
        is_allowed, _why = self.verify_is_allowed()
        if not is_allowed:
            return False
        totp = TOTP(self.key, STEP_SECONDS)
        totp.time = time()
        if not is_totp(token) or not totp.verify(int(token), TOLERANCE_STEPS, self.last_step + 1):
            self.throttle_increment()
            return False
        self.last_step = totp.t()
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True


class RecoverySheet(TimestampMixin, Waiting, Device):
    """Ten codes for the day the phone is gone, each good once."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user"], name="factors_one_sheet")]

    def verify_token(self, token: str) -> bool:
        """Whether it is one of the codes that are left; it is used by that. Called by django-otp only."""
        is_allowed, _why = self.verify_is_allowed()
        slot = slot_of(token)
        if not is_allowed or slot is None:
            return False
        code = self.codes.filter(slot=slot, used__isnull=True).first()
        if code is None or not check_password(token, code.hashed):
            self.throttle_increment()
            return False
        code.used = timezone.now()
        code.save(update_fields=["used"])
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True


class RecoveryCode(models.Model):
    """One code of a sheet, hashed like a password; its first letter says which of the ten it is."""

    sheet = models.ForeignKey(RecoverySheet, on_delete=models.CASCADE, related_name="codes")
    slot = models.CharField(max_length=1)
    hashed = models.CharField(max_length=200)
    used = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "slot"], name="factors_one_code_a_slot")]

    def __str__(self) -> str:
        return f"code {self.slot} of {self.sheet_id}"


class FactorReset(models.Model):
    """A person's factors are to go, because their phone has: asked for by one member of staff, done by another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="factor_resets")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked = models.DateTimeField(db_default=Now())
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    done = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(person=F("asked_by")), name="factors_reset_asked_by_another"),
            models.CheckConstraint(
                condition=Q(done_by__isnull=True, done__isnull=True)
                | (Q(done_by__isnull=False, done__isnull=False) & ~Q(done_by=F("asked_by")) & ~Q(done_by=F("person"))),
                name="factors_reset_by_a_second_person",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(done__isnull=True), name="factors_one_reset_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"reset of {self.person_id}"

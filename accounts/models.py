"""People, facilities and units, who belongs where, who is on duty, and a person's sessions on devices."""

import uuid
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The professional role of a person: one, fixed by the hospital."""

    NURSE = "nurse", _("Nurse")
    PHYSICIAN = "physician", _("Physician")
    CALL_AGENT = "call_agent", _("Call agent")
    COMPLIANCE_OFFICER = "compliance_officer", _("Compliance officer")
    ADMINISTRATOR = "administrator", _("Administrator")


class Kind(models.TextChoices):
    """What sort of device a session is on: how long it may lie untouched depends on it (accounts/limits.py)."""

    PERSONAL = "personal", _("Own device")
    SHARED = "shared", _("Shared phone")
    CONSOLE = "console", _("Console")


class Factor(models.TextChoices):
    """What somebody has shown that they are themselves by, beyond knowing a password."""

    PASSKEY = "passkey", _("Passkey")
    TOTP = "totp", _("Code of an app")
    RECOVERY = "recovery", _("Recovery code")
    PIN = "pin", _("PIN of a shared phone")
    SSO = "sso", _("The hospital's sign-in")
    DEMONSTRATION = "demonstration", _("The demonstration's tap")


CLINICAL_ROLES = frozenset({Role.NURSE, Role.PHYSICIAN})
# Whoever may give access, and whoever reads the record: a passkey of one device, and two administrators to become one.
TRUSTED_ROLES = frozenset({Role.ADMINISTRATOR, Role.COMPLIANCE_OFFICER})
# A shift on a shared phone, and the PIN of it, last no longer than a session of its own would.
LONGEST_PHONE_SHIFT = timedelta(hours=12)
MOST_WRONG_PINS = 5


class PersonManager(BaseUserManager["Person"]):
    def create_person(self, email: str, password: str | None, *, display_name: str, role: str, **more: str) -> "Person":
        """A new person who signs in with `email`; without a password they cannot sign in by one."""
        person = self.model(email=email.strip().lower(), display_name=display_name, role=role, **more)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):  # type: ignore[django-manager-missing]  # of django-otp's devices, which have no types
    """Someone who works here. The e-mail address is the name to sign in with."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=120)
    role = models.CharField(max_length=24, choices=Role.choices)
    credentials = models.CharField(max_length=60, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    is_active = models.BooleanField(default=True)
    # The password was given by somebody else: it opens nothing but its own change, and nothing at all from then on.
    first_password_until = models.DateTimeField(null=True)
    created = models.DateTimeField(db_default=Now())

    objects = PersonManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["display_name", "role"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="accounts_email_in_lower_case"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="accounts_known_role"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_clinician(self) -> bool:
        return self.role in CLINICAL_ROLES

    @property
    def initials(self) -> str:
        parts = self.display_name.split()
        return "".join(part[0] for part in (parts[0], parts[-1])).upper() if parts else "?"


class Facility(models.Model):
    """A hospital, or another house that patients come from or go to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A ward, a department, a theatre: where patients lie and who looks after them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="units")
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=12)
    phone = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["facility", "name"], name="accounts_one_unit_per_name")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person belongs to a unit: its patients are theirs to see while this row lives."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "unit"], name="accounts_one_membership")]

    def __str__(self) -> str:
        return f"{self.person} in {self.unit}"


class DutyQuerySet(models.QuerySet["Duty"]):
    def at(self, moment: datetime) -> "DutyQuerySet":
        return self.filter(Q(starts__lte=moment) & (Q(ends__isnull=True) | Q(ends__gt=moment)))


class Duty(models.Model):
    """A person is on duty in a unit from `starts` until `ends`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="duties")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="duties")
    starts = models.DateTimeField()
    ends = models.DateTimeField(null=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gt=F("starts")), name="accounts_duty_forwards"
            ),
        ]
        indexes = [models.Index(fields=["unit", "starts"], name="accounts_duty_by_unit")]

    def __str__(self) -> str:
        return f"{self.person} on duty in {self.unit}"


class SharedPhone(models.Model):
    """A device that several people use in turn. The token of its cookie is kept as a digest only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_digest = models.BinaryField(max_length=32, unique=True)
    name = models.CharField(max_length=64)
    marked = models.DateTimeField(db_default=Now())
    marked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    ended = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class PhoneShift(models.Model):
    """A person has signed in fully on a shared phone and comes back to it by a PIN, until the shift is over.

    The PIN belongs to this person, this phone and this shift; five wrong ones end it. `stamp` is what the person's
    password was worth when it began: with another password it opens nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="phone_shifts")
    phone = models.ForeignKey(SharedPhone, on_delete=models.CASCADE, related_name="shifts")
    # The full sign-in behind it: what ends that one for good ends the shift, long after that session was locked.
    begun_by = models.ForeignKey("DeviceSession", on_delete=models.CASCADE, null=True, related_name="+")
    begun = models.DateTimeField()
    until = models.DateTimeField()
    stamp = models.CharField(max_length=128)
    pin = models.CharField(max_length=128, blank=True, default="")
    wrong = models.PositiveSmallIntegerField(default=0)
    ended = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=24, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "phone"], condition=Q(ended__isnull=True), name="accounts_one_shift_on_a_phone"
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("begun"), until__lte=F("begun") + LONGEST_PHONE_SHIFT),
                name="accounts_phone_shift_is_short",
            ),
            models.CheckConstraint(
                condition=Q(wrong__lt=MOST_WRONG_PINS) | Q(wrong=MOST_WRONG_PINS, ended__isnull=False),
                name="accounts_five_wrong_pins_end_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.phone}"


class DeviceSession(models.Model):
    """A person on a device, from sign-in until it ends. The cookie's key is kept as a digest only.

    Until a factor was shown the session is pending: it opens nothing but the pages on which one is shown.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="device_sessions")
    key_digest = models.BinaryField(max_length=32, unique=True)
    device = models.CharField(max_length=64)
    # Where it was signed in from, as accounts/addresses.py has it; empty for what began before this was kept.
    address = models.GenericIPAddressField(null=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PERSONAL)
    phone = models.ForeignKey(SharedPhone, on_delete=models.PROTECT, null=True, related_name="sessions")
    # Earlier than the limit of its kind, where the session may not outlive something else: the shift of a PIN.
    until = models.DateTimeField(null=True)
    unit = models.ForeignKey(Unit, on_delete=models.SET_NULL, null=True, related_name="+")
    started = models.DateTimeField(db_default=Now())
    last_seen = models.DateTimeField(db_default=Now())
    ended = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=24, blank=True, default="")
    # The factor that was shown last, and when; neither while the session is pending.
    factor = models.CharField(max_length=16, choices=Factor.choices, blank=True, default="")
    verified = models.DateTimeField(null=True)
    # The factor that was shown first: what the session was opened by. Another one shown later does not change it.
    opened_by = models.CharField(max_length=16, choices=Factor.choices, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=Kind.SHARED, phone__isnull=False)
                | Q(kind__in=(Kind.PERSONAL, Kind.CONSOLE), phone__isnull=True),
                name="accounts_shared_is_a_phone",
            ),
            models.CheckConstraint(
                condition=Q(factor="", verified__isnull=True) | Q(factor__in=Factor.values, verified__isnull=False),
                name="accounts_verified_by_a_factor",
            ),
            models.CheckConstraint(
                condition=Q(opened_by="", verified__isnull=True)
                | Q(opened_by__in=Factor.values, verified__isnull=False),
                name="accounts_opened_by_a_factor",
            ),
        ]
        indexes = [
            models.Index(fields=["person"], condition=Q(ended__isnull=True), name="accounts_live_sessions"),
            models.Index(fields=["person", "-started"], name="accounts_sessions_by_person"),
            models.Index(
                fields=["address", "-started"], condition=Q(address__isnull=False), name="accounts_sessions_by_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.device}"

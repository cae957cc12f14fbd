"""An invitation that waits to be taken up, until when somebody works here, and what two administrators decide."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import CLINICAL_ROLES, TRUSTED_ROLES, Role, Unit

LONGEST_REGISTER = 60
LONGEST_NUMBER = 40


class Invitation(models.Model):
    """Somebody is asked in, with a role in a unit. The link's key is kept as a digest only, and opens once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField()
    display_name = models.CharField(max_length=120)
    phone = models.CharField(max_length=40, blank=True, default="")
    role = models.CharField(max_length=24, choices=Role.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    # Until when the person will work here; empty for somebody who stays.
    works_until = models.DateTimeField(null=True)
    key_digest = models.BinaryField(max_length=32, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made = models.DateTimeField(db_default=Now())
    good_until = models.DateTimeField()
    # The second administrator, where the role needs one: the link is made when they approve.
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    taken = models.DateTimeField(null=True)
    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="people_email_in_lower_case"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="people_known_role"),
            models.CheckConstraint(
                condition=Q(taken__isnull=True, person__isnull=True) | Q(taken__isnull=False, person__isnull=False),
                name="people_an_invitation_is_taken_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(taken__isnull=True) | Q(withdrawn__isnull=True), name="people_taken_or_withdrawn"
            ),
            models.CheckConstraint(condition=Q(good_until__gt=F("made")), name="people_an_invitation_forwards"),
            models.CheckConstraint(
                condition=~Q(approved_by=F("made_by")), name="people_an_invitation_approved_by_another"
            ),
            models.CheckConstraint(
                condition=Q(taken__isnull=True) | ~Q(role__in=sorted(TRUSTED_ROLES)) | Q(approved_by__isnull=False),
                name="people_some_roles_need_two",
            ),
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(taken__isnull=True, withdrawn__isnull=True),
                name="people_one_open_invitation",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def needs_two(self) -> bool:
        """Whether its role is given by two administrators only (ASVS 5.0 V2.3.5)."""
        return self.role in TRUSTED_ROLES

    @property
    def waits(self) -> bool:
        """Whether a second administrator has yet to approve it."""
        return self.needs_two and self.approved_by_id is None


class Approval(models.Model):
    """An act that one administrator asks for and another approves: a role, a return, or the turning of the keys."""

    class Kind(models.TextChoices):
        ROLE = "role", _("Another role")
        RETURN = "return", _("Coming back")
        KEY_TURN = "key_turn", _("Turning the keys")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=24, choices=Role.choices, blank=True, default="")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked = models.DateTimeField(db_default=Now())
    good_until = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved = models.DateTimeField(null=True)
    dropped = models.DateTimeField(null=True)
    # When an approved turning of the keys began. It is good for one.
    used = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["role", "return"], person__isnull=False, role__in=Role.values)
                | Q(kind="key_turn", person__isnull=True, role=""),
                name="people_an_approval_is_of_something",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True) | ~Q(person=F("asked_by")), name="people_nobody_asks_for_themselves"
            ),
            models.CheckConstraint(
                condition=Q(approved__isnull=True, approved_by__isnull=True)
                | (
                    Q(approved__isnull=False, approved_by__isnull=False)
                    & ~Q(approved_by=F("asked_by"))
                    & (Q(person__isnull=True) | ~Q(approved_by=F("person")))
                ),
                name="people_approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(approved__isnull=True) | Q(dropped__isnull=True), name="people_approved_or_dropped"
            ),
            models.CheckConstraint(
                condition=Q(used__isnull=True) | Q(kind="key_turn", approved__isnull=False),
                name="people_used_after_approval",
            ),
            models.UniqueConstraint(
                fields=["kind", "person"],
                condition=Q(approved__isnull=True, dropped__isnull=True),
                nulls_distinct=False,
                name="people_one_open_approval",
            ),
        ]

    def __str__(self) -> str:
        return f"approval {self.pk}"


class Engagement(models.Model):
    """Somebody works here until `ends`, and not a minute longer: a locum, a student."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="engagement")
    ends = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} until {self.ends}"


class Registration(models.Model):
    """An administrator has found this person, by this name and profession, in a professional register."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="registrations")
    register = models.CharField(max_length=LONGEST_REGISTER)
    number = models.CharField(max_length=LONGEST_NUMBER)
    # As they were then: of another name or profession it says nothing.
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=24, choices=Role.choices)
    checked = models.DateTimeField()
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended__isnull=True), name="people_one_registration_of_a_person"
            ),
            models.CheckConstraint(condition=~Q(person=F("checked_by")), name="people_nobody_checks_themselves"),
            models.CheckConstraint(condition=Q(role__in=sorted(CLINICAL_ROLES)), name="people_clinicians_register"),
        ]

    def __str__(self) -> str:
        return f"registration {self.pk}"

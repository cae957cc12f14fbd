"""An invitation that waits to be taken up, and until when somebody works here."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from accounts.models import Role, Unit


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
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(taken__isnull=True, withdrawn__isnull=True),
                name="people_one_open_invitation",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class Engagement(models.Model):
    """Somebody works here until `ends`, and not a minute longer: a locum, a student."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="engagement")
    ends = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} until {self.ends}"

"""What a unit can take: stroke, a ventilated patient, a child. A facility takes what one of its units takes.

The row is as it is now, with who said so and when; what it was before is on the record of acts.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from handover.duty.models import PractitionerRole

LONGEST_NAME = 80
LONGEST_NOTE = 160


class Capability(models.Model):
    """Something that a unit takes, in its hours by the ward's clock, as whoever leads the unit has confirmed it."""

    class Status(models.TextChoices):
        OPEN = "open", _("takes")
        LIMITED = "limited", _("takes some: ask first")
        CLOSED = "closed", _("takes none now")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="capabilities")
    name = models.CharField(max_length=LONGEST_NAME)
    # Without them, at every hour. An end that is not later than the beginning is on the next morning.
    hours_from = models.TimeField(null=True)
    hours_until = models.TimeField(null=True)
    # Who is asked; without one, whoever answers the unit's phone.
    role = models.ForeignKey(PractitionerRole, on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    note = models.CharField(max_length=LONGEST_NOTE, blank=True, default="")
    confirmed = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], condition=Q(ended__isnull=True), name="directory_one_of_a_name"
            ),
            models.CheckConstraint(
                condition=Q(hours_from__isnull=True, hours_until__isnull=True)
                | Q(hours_from__isnull=False, hours_until__isnull=False),
                name="directory_hours_from_and_until",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "limited", "closed"]), name="directory_a_known_status"
            ),
        ]
        verbose_name_plural = "capabilities"

    def __str__(self) -> str:
        return self.name

"""An export that needs a second officer, and how far the feed has come."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

LONGEST_SEARCH = 2_000


class Form(models.TextChoices):
    """What an export is written as."""

    CSV = "csv", _("Table (CSV)")
    JSONL = "jsonl", _("JSON Lines")
    FHIR = "ndjson", _("FHIR AuditEvent (NDJSON)")
    BUNDLE = "bundle", _("FHIR AuditEvent (Bundle)")


class Export(models.Model):
    """A search with more events than one officer takes out alone: one asks, another approves.

    `search` is its address's query: ids and codes, and the moment it was asked for as its end.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    search = models.CharField(max_length=LONGEST_SEARCH)
    form = models.CharField(max_length=8, choices=Form.choices)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked = models.DateTimeField(db_default=Now())
    # Until when it may be approved; once it is, until when it may be taken.
    good_until = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved = models.DateTimeField(null=True)
    dropped = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(form__in=Form.values), name="outgoing_known_form"),
            models.CheckConstraint(
                condition=Q(approved__isnull=True, approved_by__isnull=True)
                | (Q(approved__isnull=False, approved_by__isnull=False) & ~Q(approved_by=F("asked_by"))),
                name="outgoing_approved_by_a_second_person",
            ),
            models.CheckConstraint(condition=Q(good_until__gt=F("asked")), name="outgoing_an_export_forwards"),
        ]
        indexes = [models.Index(fields=["good_until"], condition=Q(dropped__isnull=True), name="outgoing_open_exports")]

    def __str__(self) -> str:
        return f"export {self.pk}"


class FeedPosition(models.Model):
    """The next place of the log that the feed sends: all before it were taken by the receiver. One row.

    `next` is when somebody may send again: whoever sends moves it on first, so that one process does. `away` is since
    when the receiver has taken nothing that was sent, and `why` the code of the last time (audit/outgoing/syslog.py).
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    place = models.BigIntegerField(default=0)
    taken = models.DateTimeField(null=True)
    next = models.DateTimeField(db_default=Now())
    failures = models.PositiveIntegerField(default=0)
    away = models.DateTimeField(null=True)
    why = models.CharField(max_length=16, db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="outgoing_one_feed"),
            models.CheckConstraint(condition=Q(place__gte=0), name="outgoing_a_place_from_0"),
        ]

    def __str__(self) -> str:
        return str(self.place)

"""One numbered inbox per person, what each device has of it, the rungs that were reached, and the keys of acts.

No foreign key leaves this room: it knows persons, subjects and sessions by their ids only.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Stream(models.Model):
    """The head of one person's inbox: the number of its newest item. Locked in id order by announce()."""

    person_id = models.UUIDField(primary_key=True)
    head = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.person_id} at {self.head}"


class InboxItem(models.Model):
    """One thing that one person is to learn of. It names a subject and never carries its content."""

    person_id = models.UUIDField()
    number = models.BigIntegerField()
    event = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    # Who learns that a rung was reached; empty where nobody waits for one.
    sender_id = models.UUIDField(null=True)
    climbs = models.BooleanField(default=False)
    recorded = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person_id", "number"], name="live_one_item_per_number"),
            models.CheckConstraint(condition=Q(number__gt=0), name="live_numbers_start_at_one"),
            models.CheckConstraint(
                condition=Q(climbs=False) | Q(sender_id__isnull=False), name="live_climbs_to_someone"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} no. {self.number}"


class DeviceCursor(models.Model):
    """The last number that a device has said it stores."""

    session_id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.session_id} at {self.number}"


class Rung(models.Model):
    """A step that one subject has reached with one person: the ladder's rows. Written once, never changed."""

    class Name(models.TextChoices):
        STORED = "stored"
        PUSHED = "pushed"
        ON_DEVICE = "on_device"
        OPENED = "opened"
        READ = "read"
        SAID_BACK = "said_back"
        ACCEPTED = "accepted"
        # Of a page and a message: somebody owns it, and has done it. Reading is neither.
        ACKNOWLEDGED = "acknowledged"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    person_id = models.UUIDField()
    name = models.CharField(max_length=16, choices=Name.choices)
    session_id = models.UUIDField(null=True)
    device = models.CharField(max_length=64, blank=True, default="")
    reached = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "person_id", "name"], name="live_a_rung_is_reached_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.subject_kind}"


class ActKey(models.Model):
    """An idempotency key, unique for ever: an act that is sent again gives the first answer again."""

    key = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    act = models.CharField(max_length=64)
    result_id = models.UUIDField(null=True)
    recorded = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.act} by key"


class Timer(models.Model):
    """What is to happen to one subject at `due`, in the database's time. live.timers is who writes these rows."""

    kind = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    due = models.DateTimeField(db_index=True)
    leased_until = models.DateTimeField(null=True)
    # The database's own process for the connection that has the lease: gone, when whoever claimed it has died.
    leased_by = models.IntegerField(null=True)
    fence = models.BigIntegerField(db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject_id"], name="live_one_timer_per_subject")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.due}"

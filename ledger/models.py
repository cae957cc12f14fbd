"""The log's tables. Those of the log itself are made by raw SQL (triggers, identity): Django neither makes nor empties
them. What is known of the witnesses, and the verifications, are ordinary rows."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """Something that was done, read or refused. Only ever inserted, by ledger.services; the database refuses the rest.

    No foreign keys: an event outlives what it speaks of. `patient_id` is set for one patient, `patient_ids` for a list.
    It lies in the month of `recorded` (ledger/months.py).
    `process_id` is the process that wrote it, and `process_n` its number there (ledger/counting.py).
    """

    id = models.BigIntegerField(primary_key=True, editable=False)
    recorded = models.DateTimeField()
    event = models.TextField()
    outcome = models.TextField()
    reason = models.TextField()
    agent_id = models.UUIDField(null=True)
    agent_role = models.TextField()
    session_id = models.UUIDField(null=True)
    device = models.TextField()
    unit_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    patient_ids = ArrayField(models.UUIDField(), null=True)
    relationship_ids = ArrayField(models.UUIDField(), null=True)
    entity_kind = models.TextField()
    entity_id = models.UUIDField(null=True)
    entity_version = models.TextField()
    purpose = models.TextField()
    request_id = models.TextField()
    detail = models.JSONField()
    process_id = models.UUIDField(null=True)
    process_n = models.BigIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "ledger_event"

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"


class Waiting(models.Model):
    """An event that has no place in the log yet. The database adds it with the event; the sequencer takes it out."""

    event_id = models.BigIntegerField(primary_key=True)
    recorded = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "ledger_waiting"

    def __str__(self) -> str:
        return str(self.event_id)


class Leaf(models.Model):
    """The place of an event in the log, from 0 on without a gap, and the hash of its leaf (ledger/leaves.py).

    An event is named by its id and its time: the time is the month in which it lies.
    """

    place = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField()
    recorded = models.DateTimeField()
    salt = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "ledger_leaf"

    def __str__(self) -> str:
        return str(self.place)


class Tile(models.Model):
    """A full tile of 256 hashes. Partial ones are not kept: they are the newest leaves, and the newest tiles' roots."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    content = models.BinaryField()
    root = models.BinaryField()

    class Meta:
        managed = False
        db_table = "ledger_tile"

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(models.Model):
    """What the log signed: that the first `size` places have this root. `made` is the database's clock."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    made = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "ledger_checkpoint"

    def __str__(self) -> str:
        return str(self.size)


class Cosignature(models.Model):
    """A witness's line under the checkpoint of `size`, verified before it was kept; `seen` is the witness's clock."""

    pk = models.CompositePrimaryKey("witness", "size")
    size = models.BigIntegerField()
    witness = models.TextField()
    line = models.TextField()
    seen = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "ledger_cosignature"

    def __str__(self) -> str:
        return f"{self.witness} at {self.size}"


class Asked(models.Model):
    """How it stands with one witness: what it answered last, the size it knows, and when it is asked next."""

    witness = models.CharField(primary_key=True, max_length=255)
    next = models.DateTimeField(db_default=Now())
    answer = models.CharField(max_length=16, db_default="")
    known = models.BigIntegerField(null=True)
    failures = models.IntegerField(db_default=0)
    answered = models.DateTimeField(null=True)

    class Meta:
        db_table = "ledger_asked"

    def __str__(self) -> str:
        return f"{self.witness}: {self.answer}"


class Verification(models.Model):
    """A verification of the whole log that somebody asked for: how far it is, and what it found."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    asked_by = models.UUIDField()
    started = models.DateTimeField(db_default=Now())
    # When the program that verifies last said how far it is: one that was killed says nothing more.
    looked = models.DateTimeField(db_default=Now())
    ended = models.DateTimeField(null=True)
    places = models.BigIntegerField(db_default=0)
    expected = models.BigIntegerField()
    outcome = models.CharField(max_length=16, db_default="")
    words = models.TextField(db_default="")
    bad_place = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ledger_verification"
        constraints = (
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(ended=None), name="ledger_one_verification_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(ended=None, outcome="")
                | models.Q(ended__isnull=False, outcome__in=["good", "tampered", "not_provable", "broken_off"]),
                name="ledger_a_verification_ends_with_an_outcome",
            ),
        )

    def __str__(self) -> str:
        return f"{self.started} {self.outcome}"

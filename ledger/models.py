"""The log's one table. Made by raw SQL (triggers, identity), so Django neither makes nor empties it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Event(models.Model):
    """Something that was done, read or refused. Only ever inserted, by ledger.services; the database refuses the rest.

    No foreign keys: an event outlives what it speaks of. `patient_id` is set for one patient, `patient_ids` for a list.
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

    class Meta:
        managed = False
        db_table = "ledger_event"

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"

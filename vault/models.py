"""Data keys, wrapped: one per scope (a patient, a person's secrets, the blind indexes) and version."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class DataKey(models.Model):
    """A data key as it lies in the database: wrapped by the provider's key, useless without it."""

    class State(models.TextChoices):
        ACTIVE = "active"
        DECRYPT_ONLY = "decrypt_only"
        DESTROYED = "destroyed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scope_kind = models.CharField(max_length=32)
    scope_id = models.UUIDField()
    version = models.PositiveIntegerField(default=1)
    provider_key = models.CharField(max_length=64)
    wrapped = models.BinaryField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    sealed_count = models.BigIntegerField(default=0)
    created = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope_kind", "scope_id", "version"], name="vault_one_key_per_version"),
            models.UniqueConstraint(
                fields=["scope_kind", "scope_id"], condition=Q(state="active"), name="vault_one_active_key_per_scope"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope_kind} key {self.version} ({self.state})"

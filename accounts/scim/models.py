"""The tokens of directories, and what a directory calls a person."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Person


class Token(models.Model):
    """What a directory shows at each request, kept as a digest. An administrator answers for what is done with it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.BinaryField(max_length=32, unique=True)
    answerable = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made = models.DateTimeField(db_default=Now())
    expires = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(expires__gt=F("made")), name="scim_token_lasts")]

    def __str__(self) -> str:
        return "a directory's token"


class DirectoryEntry(models.Model):
    """The directory's own name for a person (`externalId`)."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="directory_entry")
    external_id = models.CharField(max_length=255, unique=True)

    def __str__(self) -> str:
        return f"{self.person} in the directory"

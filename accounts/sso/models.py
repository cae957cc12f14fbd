"""Which account of the provider is which person, sign-ins under way, and which sessions the provider may end."""

import uuid

from django.db import models
from django.db.models.functions import Now

from accounts.models import DeviceSession, Person


class Identity(models.Model):
    """An account of the provider (`issuer` and `subject`) that is this person. Made by an act, never by a guess."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    linked = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="sso_one_person_per_subject"),
            models.UniqueConstraint(fields=["person", "issuer"], name="sso_one_subject_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person} at the provider"


class Attempt(models.Model):
    """A sign-in that was sent to the provider and has not come back. It is taken once, by the browser that began it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state_digest = models.BinaryField(max_length=32, unique=True)
    browser_digest = models.BinaryField(max_length=32)
    nonce = models.CharField(max_length=64)
    verifier = models.CharField(max_length=128)
    wanted = models.CharField(max_length=2000)
    started = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return "a sign-in under way"


class ProviderSession(models.Model):
    """The provider's own session behind one of ours: by `sid` or `subject` the provider says that it is over."""

    device_session = models.OneToOneField(DeviceSession, on_delete=models.CASCADE, primary_key=True, related_name="+")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    sid = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["issuer", "subject"], name="sso_session_by_subject"),
            models.Index(fields=["issuer", "sid"], name="sso_session_by_sid"),
        ]

    def __str__(self) -> str:
        return "a session of the provider"


class TakenLogout(models.Model):
    """A logout token that was taken, by the digest of its `jti`: the same one counts once."""

    jti_digest = models.BinaryField(primary_key=True, max_length=32)
    taken = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return "a logout that was taken"

"""One row for each guess at a password: whose and from where as digests only, when, and what came of it."""

from django.db import models
from django.db.models import Q


class Guess(models.Model):
    """A guess. It counts as wrong from the moment it is admitted until it was shown to be right.

    The digests are keyed: a stolen table tells neither who works here, nor from where, nor what somebody typed into the
    wrong field.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        WRONG = "wrong"
        RIGHT = "right"
        WAITING = "waiting"  # came too early, and was not judged

    subject = models.BinaryField(max_length=32)
    address = models.BinaryField(max_length=32)
    made = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["pending", "wrong", "right", "waiting"]), name="waits_known_state"
            )
        ]
        indexes = [
            models.Index(
                fields=["subject", "made"], condition=Q(state__in=["pending", "wrong"]), name="waits_of_person"
            ),
            models.Index(fields=["address", "made"], condition=Q(state="wrong"), name="waits_of_address"),
            models.Index(fields=["subject", "address", "made"], condition=Q(state="right"), name="waits_familiar"),
            models.Index(fields=["address", "made"], condition=Q(state="right"), name="waits_known_address"),
            models.Index(fields=["made"], condition=~Q(state="right"), name="waits_by_age"),
            models.Index(fields=["made"], condition=Q(state="right"), name="waits_familiar_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.state} guess"


class Episode(models.Model):
    """A time in which so much was guessed in the whole house that strangers waited: when it began, and was last so."""

    began = models.DateTimeField()
    last = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"episode from {self.began}"

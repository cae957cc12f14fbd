"""Policies, legal holds and erasures. What two decide is held by constraints, and by the triggers of migration 0002."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from handover.patients.models import Patient

PERSON = settings.AUTH_USER_MODEL
GOOD_FOR = timedelta(hours=72)
# Of a hospital's records of patients: 42 CFR 482.24(b)(1). A state, or a country, may ask for more, never for less.
RECORD_YEARS = 5
# Of the documentation of who did what: 45 CFR 164.316(b)(2)(i).
LOG_YEARS = 6
MOST_YEARS = 100


class ByTwo(models.Model):
    """One compliance officer asks, another approves within 72 hours, or it lapses."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked = models.DateTimeField(db_default=Now())
    good_until = models.DateTimeField(db_default=Now() + GOOD_FOR)
    approved_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    approved = models.DateTimeField(null=True)
    dropped = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(approved__isnull=True, approved_by__isnull=True)
                | (Q(approved__isnull=False, approved_by__isnull=False) & ~Q(approved_by=F("asked_by"))),
                name="%(app_label)s_%(class)s_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(approved__isnull=True) | Q(approved__lte=F("good_until")),
                name="%(app_label)s_%(class)s_approved_in_time",
            ),
            models.CheckConstraint(
                condition=Q(approved__isnull=True) | Q(dropped__isnull=True),
                name="%(app_label)s_%(class)s_approved_or_dropped",
            ),
            models.CheckConstraint(
                condition=Q(good_until__lte=F("asked") + GOOD_FOR), name="%(app_label)s_%(class)s_lapses"
            ),
        ]


class Policy(ByTwo):
    """How many years something is kept. In force from its approval until the next of its kind and unit is approved.

    A row of the whole house has no unit. A unit's row can only make the time longer: the longest that fits counts.
    """

    class Kind(models.TextChoices):
        PATIENT_RECORD = "patient_record", _("Patients' records")
        LOG = "log", _("The log: who did what")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    years = models.PositiveSmallIntegerField()
    ended = models.DateTimeField(null=True)

    class Meta(ByTwo.Meta):
        constraints = [
            *ByTwo.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind="patient_record", years__gte=RECORD_YEARS)
                | Q(kind="log", unit__isnull=True, years__gte=LOG_YEARS),
                name="retention_not_shorter_than_the_law",
            ),
            models.CheckConstraint(condition=Q(years__lte=MOST_YEARS), name="retention_policy_in_years"),
            models.CheckConstraint(
                condition=Q(ended__isnull=True) | Q(approved__isnull=False), name="retention_policy_ends_after_it_began"
            ),
            models.UniqueConstraint(
                fields=["kind", "unit"],
                condition=Q(approved__isnull=True, dropped__isnull=True),
                nulls_distinct=False,
                name="retention_one_open_policy",
            ),
            models.UniqueConstraint(
                fields=["kind", "unit"],
                condition=Q(approved__isnull=False, ended__isnull=True),
                nulls_distinct=False,
                name="retention_one_policy_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.years} years"


class LegalHold(models.Model):
    """While one stands the patient's keys cannot be destroyed. `sealed_words`: the case and why, under those keys."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    sealed_words = models.BinaryField()
    placed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    placed = models.DateTimeField(db_default=Now())
    lifted = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["patient"], condition=Q(lifted__isnull=True), name="retention_holds_that_stand")
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"


class Lifting(ByTwo):
    """That a hold is to stand no longer."""

    hold = models.ForeignKey(LegalHold, on_delete=models.PROTECT, related_name="liftings")

    class Meta(ByTwo.Meta):
        constraints = [
            *ByTwo.Meta.constraints,
            models.UniqueConstraint(
                fields=["hold"],
                condition=Q(approved__isnull=True, dropped__isnull=True),
                name="retention_one_open_lifting",
            ),
        ]

    def __str__(self) -> str:
        return f"lifting of {self.hold_id}"


class Erasure(ByTwo):
    """A patient's keys are to be destroyed: approved by two, then a time in which anybody of them can stop it.

    `due` is when; `erased` when it was done, and `keys` how many keys were destroyed.
    """

    class Why(models.TextChoices):
        BY_HAND = "by_hand", _("an officer stopped it")
        HELD = "held", _("a legal hold was placed")
        NOT_DUE = "not_due", _("the patient came back, or the time they are kept for grew longer")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    due = models.DateTimeField(null=True)
    stopped = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    stopped_why = models.CharField(max_length=8, choices=Why.choices, null=True)  # noqa: DJ001 -- set once, from NULL
    erased = models.DateTimeField(null=True)
    keys = models.PositiveIntegerField(null=True)

    class Meta(ByTwo.Meta):
        constraints = [
            *ByTwo.Meta.constraints,
            models.CheckConstraint(
                condition=Q(approved__isnull=True, due__isnull=True) | Q(approved__isnull=False, due__isnull=False),
                name="retention_an_approved_erasure_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(stopped__isnull=True, stopped_by__isnull=True, stopped_why__isnull=True)
                | Q(stopped__isnull=False, stopped_why__isnull=False, approved__isnull=False, erased__isnull=True),
                name="retention_stopped_while_it_waited",
            ),
            models.CheckConstraint(
                condition=Q(erased__isnull=True, keys__isnull=True)
                | Q(erased__gte=F("due"), keys__isnull=False, approved__isnull=False),
                name="retention_erased_after_its_time_had_come",
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(dropped__isnull=True, stopped__isnull=True, erased__isnull=True),
                name="retention_one_open_erasure",
            ),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"

"""Patients, where they are, their sealed summaries, and who may see them for which reason."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Facility, Role, Unit


class Patient(models.Model):
    """A patient. Everything that says who they are, or how they are, is sealed; the indexes are keyed and blind.

    `sealed_identity` holds documents.Identity, `sealed_headline` holds documents.Headline: the facts of a list row,
    so that a list of 400 opens one small document each.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+")
    sealed_identity = models.BinaryField()
    sealed_headline = models.BinaryField()
    record_number_index = models.BinaryField(max_length=16)
    family_birth_index = models.BinaryField(max_length=16, db_index=True)
    created = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["facility", "record_number_index"], name="patients_one_per_record_number")
        ]

    def __str__(self) -> str:
        return f"patient {self.pk}"


class Encounter(models.Model):
    """One stay. While it is active, `unit` is where the patient is."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        FINISHED = "finished"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="encounters")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="encounters")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    started = models.DateTimeField(db_default=Now())
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(status="active"), name="patients_one_active_encounter"
            ),
            models.CheckConstraint(
                condition=Q(status="active", ended__isnull=True) | Q(status="finished", ended__isnull=False),
                name="patients_a_finished_stay_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"encounter {self.pk}"


class SummaryVersion(models.Model):
    """One version of a patient's structured summary, sealed whole (documents.Summary). Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="summaries")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patient", "number"], name="patients_one_summary_per_number")]

    def __str__(self) -> str:
        return f"summary {self.number} of {self.patient_id}"


class CareRelationshipQuerySet(models.QuerySet["CareRelationship"]):
    def at(self, moment: datetime) -> "CareRelationshipQuerySet":
        return self.filter(Q(begins__lte=moment) & (Q(ends__isnull=True) | Q(ends__gt=moment)))

    def now(self) -> "CareRelationshipQuerySet":
        """Live in the database's own time, which is also the time that the rows are written with."""
        return self.filter(Q(begins__lte=Now()) & (Q(ends__isnull=True) | Q(ends__gt=Now())))


class CareRelationship(models.Model):
    """Why somebody may see a patient: exactly one of a person, a unit or a role in a unit; from when until when.

    `role` narrows a unit's row to its people of that role; alone it is never enough.
    """

    class Reason(models.TextChoices):
        UNIT_HAS_PATIENT = "unit_has_patient", "their unit has the patient"
        HANDOVER_ADDRESSED = "handover_addressed", "a handover is addressed to them"
        HANDOVER_AUTHOR = "handover_author", "they wrote a handover"
        RESPONSIBLE = "responsible", "they hold responsibility"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="relationships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, null=True, related_name="+")
    role = models.CharField(max_length=24, choices=Role.choices, blank=True, default="")
    reason = models.CharField(max_length=32, choices=Reason.choices)
    source_id = models.UUIDField(null=True)
    begins = models.DateTimeField(db_default=Now())
    ends = models.DateTimeField(null=True)

    objects = CareRelationshipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, unit__isnull=True, role="")
                | Q(person__isnull=True, unit__isnull=False),
                name="patients_relationship_of_one",
            ),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("begins")), name="patients_relationship_forwards"
            ),
            models.UniqueConstraint(
                fields=["patient", "unit"],
                condition=Q(reason="unit_has_patient", ends__isnull=True),
                name="patients_one_unit_has_the_patient",
            ),
        ]
        indexes = [
            models.Index(fields=["person"], condition=Q(person__isnull=False), name="patients_rel_by_person"),
            models.Index(fields=["unit"], condition=Q(unit__isnull=False), name="patients_rel_by_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} of {self.patient_id}"

"""Patients, where they are, their sealed summaries, and who may see them for which reason."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from accounts.models import Facility, Role, Unit

# Source: the issue of record and docs/decisions/0061. A review is due while people still remember the night.
LONGEST_BREAK_GLASS = timedelta(hours=4)
LONGEST_COVER = timedelta(hours=12)
REVIEW_WITHIN = timedelta(hours=72)
SHORTEST_REASON = 10


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
        HANDOVER_RECEIVED = "handover_received", "they accepted a handover in the last day"
        THREAD_MEMBER = "thread_member", "a message about the patient went to them in the last day"
        RESPONSIBLE = "responsible", "they hold responsibility"
        BREAK_GLASS = "break_glass", "emergency access, for four hours at most"
        PAGED = "paged", "a page asked them to come"
        # Named by somebody of the unit (team/), as what they are for this patient.
        ATTENDING = "attending", gettext_lazy("Attending physician")
        CONSULTING = "consulting", gettext_lazy("Consulting physician")
        PRIMARY_NURSE = "primary_nurse", gettext_lazy("Primary nurse")
        COVERING = "covering", gettext_lazy("Covers for somebody")

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
            # Emergency access is of one person, comes from one breaking of the glass, and ends by itself.
            models.CheckConstraint(
                condition=~Q(reason="break_glass")
                | Q(
                    person__isnull=False,
                    source_id__isnull=False,
                    ends__isnull=False,
                    ends__lte=F("begins") + LONGEST_BREAK_GLASS,
                ),
                name="patients_break_glass_is_short",
            ),
            models.UniqueConstraint(
                fields=["patient", "unit"],
                condition=Q(reason="unit_has_patient", ends__isnull=True),
                name="patients_one_unit_has_the_patient",
            ),
            models.CheckConstraint(
                condition=~Q(reason__in=["attending", "consulting", "primary_nurse", "covering"])
                | Q(person__isnull=False),
                name="patients_a_person_is_named",
            ),
            models.CheckConstraint(
                condition=~Q(reason="covering") | Q(ends__isnull=False, ends__lte=F("begins") + LONGEST_COVER),
                name="patients_a_cover_ends_by_itself",
            ),
            models.UniqueConstraint(
                fields=["patient", "reason"],
                condition=Q(reason__in=["attending", "primary_nurse"], ends__isnull=True),
                name="patients_one_attending_and_one_primary_nurse",
            ),
        ]
        indexes = [
            models.Index(fields=["person"], condition=Q(person__isnull=False), name="patients_rel_by_person"),
            models.Index(fields=["unit"], condition=Q(unit__isnull=False), name="patients_rel_by_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} of {self.patient_id}"


class BreakGlass(models.Model):
    """Somebody opened a patient who was not theirs to see, in an emergency: why, until when, and what was found of it.

    The relationship is the row that opens the door; this row is the case that an officer closes. The words of all three
    (why, the officer's question, the answer, the note) are sealed under the patient's key.
    """

    class Code(models.TextChoices):
        LIFE_AT_RISK = "life_at_risk", gettext_lazy("Life at risk")
        CALLED_TO_HELP = "called_to_help", gettext_lazy("Called to help")
        COVERING = "covering", gettext_lazy("Covering for a colleague")
        UNIDENTIFIED = "unidentified", gettext_lazy("To find out who a patient is")
        OTHER = "other", gettext_lazy("Another reason")

    class Finding(models.TextChoices):
        JUSTIFIED = "justified", gettext_lazy("Justified")
        TO_DISCUSS = "to_discuss", gettext_lazy("To be talked about")
        NOT_JUSTIFIED = "not_justified", gettext_lazy("Not justified")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="glasses")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    relationship = models.OneToOneField(CareRelationship, on_delete=models.PROTECT, related_name="glass")
    code = models.CharField(max_length=24, choices=Code.choices)
    sealed_words = models.BinaryField()
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    review_due = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked = models.DateTimeField(null=True)
    sealed_question = models.BinaryField(null=True)
    answered = models.DateTimeField(null=True)
    sealed_answer = models.BinaryField(null=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed = models.DateTimeField(null=True)
    finding = models.CharField(max_length=16, choices=Finding.choices, blank=True, default="")
    sealed_note = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gte=F("begins")) & Q(ends__lte=F("begins") + LONGEST_BREAK_GLASS),
                name="patients_glass_is_short",
            ),
            models.CheckConstraint(
                condition=Q(review_due__gt=F("begins")) & Q(review_due__lte=F("begins") + REVIEW_WITHIN),
                name="patients_glass_is_reviewed_soon",
            ),
            models.CheckConstraint(
                condition=Q(reviewed__isnull=True, reviewed_by__isnull=True, finding="")
                | (Q(reviewed__isnull=False, reviewed_by__isnull=False) & ~Q(finding="")),
                name="patients_a_glass_review_is_whole",
            ),
            models.CheckConstraint(
                condition=(Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("person")))
                & (Q(asked_by__isnull=True) | ~Q(asked_by=F("person"))),
                name="patients_nobody_closes_their_own_glass",
            ),
            models.CheckConstraint(
                condition=Q(asked__isnull=True, asked_by__isnull=True, sealed_question__isnull=True)
                | Q(asked__isnull=False, asked_by__isnull=False, sealed_question__isnull=False),
                name="patients_a_glass_question_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(answered__isnull=True, sealed_answer__isnull=True)
                | Q(answered__isnull=False, sealed_answer__isnull=False, asked__isnull=False),
                name="patients_a_glass_answer_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(code__in=["life_at_risk", "called_to_help", "covering", "unidentified", "other"]),
                name="patients_known_glass_code",
            ),
        ]
        indexes = [
            models.Index(fields=["review_due"], condition=Q(reviewed__isnull=True), name="patients_glass_to_review"),
            models.Index(fields=["person", "-begins"], name="patients_glass_by_person"),
        ]

    def __str__(self) -> str:
        return f"emergency access {self.pk}"


class Opening(models.Model):
    """A person has opened this patient on this day (of the ward's zone): the day's budget counts each patient once."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "day", "patient"], name="patients_one_opening_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} opened {self.patient_id} on {self.day}"


class PersonDay(models.Model):
    """How many patients a person opened on a day, and how often their emergency access found nobody.

    The row is what two pages that are opened at once wait for: neither counts the other's patient away.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    opened = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="patients_one_row_a_day")]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.day}"


class AccessAlert(models.Model):
    """Something about how a person looks patients up that an officer is told of, once a day and kind."""

    class Kind(models.TextChoices):
        BUDGET_NEAR = "budget_near", gettext_lazy("Has opened four fifths of the patients of a day")
        BUDGET_SPENT = "budget_spent", gettext_lazy("Has opened as many patients as a day allows, and is stopped")
        GLASS_MISSED = "glass_missed", gettext_lazy("Asked for emergency access again and again, and found nobody")
        CARD_MISSED = "card_missed", gettext_lazy("Asked for callers' cards again and again, and found nobody")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=24, choices=Kind.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    count = models.PositiveIntegerField()
    recorded = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "person", "day"], name="patients_one_alert_a_day")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"

"""Flags and their reasons, what a breach asks for, marks on patients, and how far the scanner has looked."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from handover.patients.models import Patient

# Source: the issue of review; the same as for emergency access (docs/decisions/0061).
REVIEW_WITHIN = timedelta(hours=72)
# Source: 45 CFR 164.404(b): without unreasonable delay, and in no case later than 60 calendar days after discovery.
NOTIFY_WITHIN = timedelta(days=60)


class PatientMark(models.Model):
    """An officer's mark on a patient: that they work here and as whom, or that the public knows them. For the rules."""

    class Kind(models.TextChoices):
        STAFF = "staff", _("Works here")
        VIP = "vip", _("Known to the public")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    sealed_why = models.BinaryField()
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    marked = models.DateTimeField(db_default=Now())
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="staff", staff__isnull=False) | Q(kind="vip", staff__isnull=True),
                name="review_staff_is_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ended__isnull=True, ended_by__isnull=True) | Q(ended__isnull=False, ended_by__isnull=False),
                name="review_a_marks_end_is_whole",
            ),
            # Nobody takes the eye of the rules off their own record.
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | Q(staff__isnull=True) | ~Q(ended_by=F("staff")),
                name="review_nobody_ends_the_mark_on_themselves",
            ),
            models.UniqueConstraint(
                fields=["patient", "kind"], condition=Q(ended__isnull=True), name="review_one_mark_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Flag(models.Model):
    """A person whose looking stands out, about one patient or nobody in particular, on one day: a case to settle.

    The states are open, asked, answered, settled, in this order; answered may be left out, and asked too. The words are
    sealed under the patient's key, or under the person's where there is no patient. Emergency access alone is no flag:
    it is a case already (handover/patients/glass/).
    """

    class Quick(models.TextChoices):
        ASKED_TO_HELP = "asked_to_help", _("I was asked to help")
        COVERING = "covering", _("Covering for a colleague")
        BY_MISTAKE = "by_mistake", _("Opened by mistake")
        CARE = "care", _("Care of the patient, not assigned")
        OTHER = "other", _("Something else")

    class Finding(models.TextChoices):
        JUSTIFIED = "justified", _("Justified")
        COACHING = "coaching", _("To be talked about")
        BREACH = "breach", _("A breach")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="+")
    # A day of the review begins at seven: a night is of one day. `part`: the second, once the first was settled.
    day = models.DateField()
    part = models.PositiveSmallIntegerField(default=1)
    score = models.PositiveSmallIntegerField()
    raised = models.DateTimeField(db_default=Now())
    review_due = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked = models.DateTimeField(null=True)
    sealed_question = models.BinaryField(null=True)
    answered = models.DateTimeField(null=True)
    quick = models.CharField(max_length=16, choices=Quick.choices, blank=True, default="")
    sealed_answer = models.BinaryField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    settled = models.DateTimeField(null=True)
    finding = models.CharField(max_length=12, choices=Finding.choices, blank=True, default="")
    sealed_note = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(settled_by__isnull=True) | ~Q(settled_by=F("person")))
                & (Q(asked_by__isnull=True) | ~Q(asked_by=F("person"))),
                name="review_nobody_settles_their_own_flag",
            ),
            models.CheckConstraint(
                condition=Q(asked__isnull=True, asked_by__isnull=True, sealed_question__isnull=True)
                | Q(asked__isnull=False, asked_by__isnull=False, sealed_question__isnull=False),
                name="review_a_question_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(answered__isnull=True, quick="", sealed_answer__isnull=True)
                | (Q(answered__isnull=False, asked__isnull=False) & ~Q(quick="")),
                name="review_an_answer_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(settled__isnull=True, settled_by__isnull=True, finding="", sealed_note__isnull=True)
                | Q(settled__isnull=False, settled_by__isnull=False, finding="justified")
                | Q(
                    settled__isnull=False,
                    settled_by__isnull=False,
                    finding__in=["coaching", "breach"],
                    sealed_note__isnull=False,
                ),
                name="review_a_finding_is_whole",
            ),
            models.UniqueConstraint(
                fields=["person", "patient", "day", "part"],
                condition=Q(patient__isnull=False),
                name="review_one_flag_for_a_patient_a_day",
            ),
            models.UniqueConstraint(
                fields=["person", "day", "part"],
                condition=Q(patient__isnull=True),
                name="review_one_flag_for_nobody_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["-score", "raised"], condition=Q(settled__isnull=True), name="review_flags_to_settle"),
            models.Index(fields=["-settled"], condition=Q(settled__isnull=False), name="review_flags_settled"),
        ]

    def __str__(self) -> str:
        return f"flag {self.pk}"


class FlagReason(models.Model):
    """Why: one rule, from which event until which, how often; `facts` are counts and codes for its one line."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="reasons")
    rule = models.CharField(max_length=4)
    since = models.DateTimeField()
    since_event = models.BigIntegerField()
    until = models.DateTimeField()
    until_event = models.BigIntegerField()
    count = models.PositiveIntegerField()
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["flag", "rule"], name="review_one_reason_of_a_rule")]

    def __str__(self) -> str:
        return f"{self.rule} of {self.flag_id}"


class Breach(models.Model):
    """What a flag that was settled as a breach asks for: the four factors, and until when people must be told.

    `sealed_worksheet` holds documents.Worksheet, under the key that the flag's words are sealed by.
    Source: 45 CFR 164.402(2) for the factors, 164.404(b) for the 60 days.
    """

    flag = models.OneToOneField(Flag, on_delete=models.PROTECT, primary_key=True, related_name="breach")
    discovered = models.DateTimeField()
    notify_by = models.DateTimeField()
    sealed_worksheet = models.BinaryField(null=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    changed = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(notify_by__gt=F("discovered"), notify_by__lte=F("discovered") + NOTIFY_WITHIN),
                name="review_told_within_sixty_days",
            ),
        ]

    def __str__(self) -> str:
        return f"breach of {self.flag_id}"


class ScanMark(models.Model):
    """Until when the log was judged, by each of the scanner's rounds."""

    round = models.CharField(max_length=12, primary_key=True)
    done_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.round} until {self.done_until}"


def own_matters(person: Person) -> Q:
    """The flags that this person does not judge: about them, and about who opened the record that is theirs."""
    theirs = PatientMark.objects.filter(staff=person, ended__isnull=True).values("patient_id")
    return Q(person=person) | Q(patient_id__in=theirs)

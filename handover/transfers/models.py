"""Handovers and their versions, what the receiver did with them, the move of the patient, and who is responsible.

What must never be is held here, by constraints and by the triggers of the migrations: two live transfers of a patient,
two people responsible, an acceptance of a version that is no longer current, a departure without acceptance or
override, a version that changes.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from accounts.models import Unit
from handover.patients.models import Patient
from handover.transfers.rules.declining import DECLINE_CODES

PERSON = settings.AUTH_USER_MODEL


class Transfer(models.Model):
    """The move of one patient from a unit to a unit. `sealed_details` holds documents.TransferDetails (the bed)."""

    class Status(models.TextChoices):
        PLANNED = "planned"
        DEPARTED = "departed"
        ARRIVED = "arrived"
        CANCELLED = "cancelled"
        RETURNED = "returned"

    LIVE = (Status.PLANNED, Status.DEPARTED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="transfers")
    from_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="departures")
    to_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="arrivals")
    sealed_details = models.BinaryField()
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PLANNED)
    expected_departure = models.DateTimeField(null=True)
    planned_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    planned = models.DateTimeField(db_default=Now())
    departed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    departed = models.DateTimeField(null=True)
    arrived_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    arrived = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    closed = models.DateTimeField(null=True)
    # Set when the patient left although the gate was locked.
    departed_under = models.ForeignKey("Override", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(status__in=["planned", "departed"]),
                name="transfers_one_live_per_patient",
            ),
            models.CheckConstraint(condition=~Q(from_unit=F("to_unit")), name="transfers_go_somewhere"),
            models.CheckConstraint(
                condition=~Q(status__in=["departed", "arrived", "returned"]) | Q(departed__isnull=False),
                name="transfers_departed_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"transfer {self.pk} ({self.status})"


class Handover(models.Model):
    """A handover of one patient: a sealed draft, then immutable versions, addressed to a person, a duty or a unit."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        SENT = "sent"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    class Address(models.TextChoices):
        PERSON = "person", "a person"
        ON_DUTY = "on_duty", "whoever is on duty in a unit"
        UNIT = "unit", "everyone in a unit"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="handovers")
    author = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="handovers_written")
    author_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.DRAFT)
    address = models.CharField(max_length=16, choices=Address.choices, blank=True, default="")
    to_person = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="handovers_addressed")
    to_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="handovers_addressed")
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, null=True, related_name="handover")
    sealed_draft = models.BinaryField(null=True)
    draft_revision = models.PositiveIntegerField(default=0)
    current = models.ForeignKey("HandoverVersion", on_delete=models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(db_default=Now())
    sent = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="handovers_accepted")
    accepted = models.DateTimeField(null=True)
    declined_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    declined = models.DateTimeField(null=True)
    sealed_decline_reason = models.BinaryField(null=True)
    quality_score = models.PositiveSmallIntegerField(null=True)
    # Which parts were whole when it was sent last (rules.PARTS); None: sent before they were kept.
    whole_parts = ArrayField(models.CharField(max_length=16), null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn"]) | Q(current__isnull=False),
                name="transfers_sent_has_a_version",
            ),
            models.CheckConstraint(
                condition=Q(address="", status__in=["draft", "withdrawn"])
                | Q(address="person", to_person__isnull=False)
                | Q(address__in=["on_duty", "unit"], to_unit__isnull=False),
                name="transfers_sent_is_addressed",
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(accepted_by__isnull=False, accepted__isnull=False),
                name="transfers_accepted_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True) | ~Q(accepted_by=F("author")), name="transfers_not_by_its_author"
            ),
        ]

    def __str__(self) -> str:
        return f"handover {self.pk} ({self.status})"


class HandoverVersion(models.Model):
    """What was sent, sealed, and the digest that every acknowledgement binds to. A trigger refuses change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()
    digest = models.BinaryField(max_length=32)
    author = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    recorded = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handover", "number"], name="transfers_one_version_per_number")]

    def __str__(self) -> str:
        return f"version {self.number} of {self.handover_id}"


class Question(models.Model):
    """The receiver asks, the sender answers. An open question keeps the gate shut."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="questions")
    version = models.ForeignKey(HandoverVersion, on_delete=models.PROTECT, related_name="questions")
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked = models.DateTimeField(db_default=Now())
    sealed_text = models.BinaryField()
    answered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    answered = models.DateTimeField(null=True)
    sealed_answer = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered__isnull=True, sealed_answer__isnull=True, answered_by__isnull=True)
                | Q(answered__isnull=False, sealed_answer__isnull=False, answered_by__isnull=False),
                name="transfers_an_answer_is_whole",
            )
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"


class CallRequest(models.Model):
    """'Call me': the receiver was shown the sender's number, or asked to be called. Recorded, never blocking."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="call_requests")
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"call request {self.pk}"


class Reminder(models.Model):
    """The sender's unit reminded whoever had not accepted yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="reminders")
    reminded_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    reminded = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"reminder {self.pk}"


class Synthesis(models.Model):
    """What the receiver understood of one version, in their words; the sender may correct it, then they say it anew."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(HandoverVersion, on_delete=models.PROTECT, related_name="syntheses")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    said = models.DateTimeField(db_default=Now())
    corrected_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    corrected = models.DateTimeField(null=True)
    sealed_correction = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"synthesis {self.pk}"


class Acceptance(models.Model):
    """One person accepted one version, by its digest. A trigger refuses a version that is not current."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.OneToOneField(HandoverVersion, on_delete=models.PROTECT, related_name="acceptance")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    synthesis = models.ForeignKey(Synthesis, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField(max_length=32)
    # The summary in the version that was accepted: what the gate compares the vital signs with.
    summary_number = models.PositiveIntegerField()
    # Where the patient was to go then: whoever accepted worked there. None: no move was planned.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    accepted = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"acceptance {self.pk}"


class Confirmation(models.Model):
    """Whoever accepted stands by it for the patient as they are now. `summary_number`: the record they were shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    acceptance = models.ForeignKey(Acceptance, on_delete=models.PROTECT, related_name="confirmations")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    summary_number = models.PositiveIntegerField()
    confirmed = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"confirmation {self.pk}"


class Decline(models.Model):
    """Who did not take the patient, why, and how full `unit` was then (rules.Capacity). Its words: the handover's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(HandoverVersion, on_delete=models.PROTECT, related_name="declines")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=24)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    capacity = models.JSONField(default=dict)
    declined = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(code__in=[*DECLINE_CODES]), name="transfers_decline_code")]

    def __str__(self) -> str:
        return f"decline {self.pk}"


class ChecklistItem(models.Model):
    """What must travel with the patient: attached, not applicable, or missing because."""

    class State(models.TextChoices):
        OPEN = "open"
        ATTACHED = "attached"
        NOT_APPLICABLE = "not_applicable", "not applicable"
        MISSING = "missing", "missing, with a reason"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="checklist")
    code = models.CharField(max_length=32)
    is_required = models.BooleanField(default=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    sealed_reason = models.BinaryField(null=True)
    set_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transfer", "code"], name="transfers_one_item_per_code"),
            models.CheckConstraint(
                condition=~Q(state="missing") | Q(sealed_reason__isnull=False), name="transfers_missing_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.state}"


class Override(models.Model):
    """A patient leaves with the gate locked: a reason, a second person or the emergency flag, and a later review."""

    class Verdict(models.TextChoices):
        JUSTIFIED = "justified", gettext_lazy("Justified")
        TO_DISCUSS = "to_discuss", gettext_lazy("To be talked about")
        NOT_JUSTIFIED = "not_justified", gettext_lazy("Not justified")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="overrides")
    requested_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    requested = models.DateTimeField(db_default=Now())
    sealed_reason = models.BinaryField()
    locks = models.JSONField(default=list)
    is_emergency = models.BooleanField(default=False)
    second_person = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    approved = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed = models.DateTimeField(null=True)
    # Set once, from NULL, with the review.
    verdict = models.CharField(max_length=16, choices=Verdict.choices, null=True)  # noqa: DJ001
    sealed_review_note = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(second_person__isnull=True) | ~Q(second_person=F("requested_by")),
                name="transfers_a_second_person_is_another",
            ),
            models.CheckConstraint(
                condition=Q(second_person__isnull=True, approved__isnull=True)
                | Q(second_person__isnull=False, approved__isnull=False),
                name="transfers_an_approval_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(reviewed__isnull=True, reviewed_by__isnull=True, verdict__isnull=True)
                | Q(reviewed__isnull=False, reviewed_by__isnull=False, verdict__isnull=False),
                name="transfers_a_review_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"override {self.pk}"


class Responsibility(models.Model):
    """Who has this patient: one open row at any time, and the history before it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="responsibilities")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="responsibilities")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(until__isnull=True), name="transfers_one_person_has_the_patient"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="transfers_responsibility_forwards"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} has {self.patient_id}"


class OpenAction(models.Model):
    """An action of an accepted handover, owned by whoever is responsible; it passes on with responsibility.

    Its id is the id of the line in the action list (documents.Action), so that the line of the next handover is the
    same action. `sealed` holds that line. Without a handover: made of a message.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="open_actions")
    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, null=True, related_name="open_actions")
    owner = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="open_actions")
    sealed = models.BinaryField()
    due = models.DateTimeField(null=True)
    done_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    done = models.DateTimeField(null=True)
    # An edit of its handover left it out.
    dropped = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(done__isnull=True, done_by__isnull=True) | Q(done__isnull=False, done_by__isnull=False),
                name="transfers_done_by_someone",
            )
        ]
        indexes = [
            models.Index(
                fields=["patient"], condition=Q(done__isnull=True, dropped__isnull=True), name="transfers_open_actions"
            )
        ]

    def __str__(self) -> str:
        return f"action {self.pk}"

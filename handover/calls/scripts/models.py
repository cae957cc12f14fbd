"""Scripts and snippets: words of the house, their versions, each use of one, and how it went.

What is written here is house text, for any caller: it names no patient, and stands readable in the database. What must
never be is held by the database: words without an end, or with one further away than a year; a version that changes;
and a use of words that were over, replaced or withdrawn (migrations/0002).
"""

import uuid
from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from handover.calls.scripts.rules import LONGEST

PERSON = settings.AUTH_USER_MODEL
LONGEST_NAME = 80
LONGEST_TEXT = 2000


class Script(models.Model):
    """Words for one purpose and one reason of calls, in one language. Somebody answers for them: the owner."""

    class Kind(models.TextChoices):
        """What an agent does with them; the order is that of a call."""

        OPENING = "opening", _("Opening words")
        RED_FLAG = "red_flag", _("Red-flag question")
        ANSWER = "answer", _("Answer")
        SAFETY_NET = "safety_net", _("Safety net: if it gets worse")

    class Reason(models.TextChoices):
        """Why somebody calls."""

        SYMPTOM = "symptom", _("Symptom")
        RESULT = "result", _("Test result")
        PRESCRIPTION = "prescription", _("Prescription")
        APPOINTMENT = "appointment", _("Appointment")
        DOCUMENT = "document", _("Document")
        COMPLAINT = "complaint", _("Complaint")
        FACILITY = "facility", _("Question about the house")
        OTHER = "other", _("Something else")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    # Empty: for calls of every reason.
    reason = models.CharField(max_length=16, choices=Reason.choices, blank=True, default="")
    # BCP 47; "es" is for callers of "es-MX" too.
    language = models.CharField(max_length=16)
    name = models.CharField(max_length=LONGEST_NAME)
    owner = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    made = models.DateTimeField(db_default=Now())
    withdrawn = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["opening", "red_flag", "answer", "safety_net"]), name="scripts_a_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(
                    reason__in=[
                        *("", "symptom", "result", "prescription", "appointment"),
                        *("document", "complaint", "facility", "other"),
                    ]
                ),
                name="scripts_a_known_reason",
            ),
            models.CheckConstraint(
                condition=Q(language__regex=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"),
                name="scripts_a_language_by_its_tag",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn__isnull=False, withdrawn_by__isnull=False),
                name="scripts_withdrawn_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScriptVersion(models.Model):
    """The words as somebody wrote them, and until when they are good. Written once; the highest number counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    author = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["script", "number"], name="scripts_one_version_of_a_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="scripts_numbered_from_one"),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("at"), valid_until__lte=F("at") + LONGEST),
                name="scripts_good_for_a_year_at_the_longest",
            ),
            models.CheckConstraint(condition=Q(text__regex=r"\S"), name="scripts_words_are_there"),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of {self.script_id}"

    @property
    def last_day(self) -> date:
        """The last day on which the words are good, by the ward's clock."""
        return timezone.localdate(self.valid_until - timedelta(microseconds=1))


class ScriptUse(models.Model):
    """An agent said these words to a caller. Written once. `case_id` is the case's, where there was one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(ScriptVersion, on_delete=models.PROTECT, related_name="uses")
    agent = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    case_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["agent", "-at"], name="scripts_uses_of_an_agent")]

    def __str__(self) -> str:
        return f"use of {self.version_id}"


class Judgement(models.Model):
    """How one use went, by the agent who said the words. One of each use, which they may change."""

    class How(models.TextChoices):
        WORKED = "worked", _("Worked")
        CONFUSED = "confused_the_caller", _("Confused the caller")

    use = models.OneToOneField(ScriptUse, on_delete=models.PROTECT, primary_key=True, related_name="judgement")
    how = models.CharField(max_length=24, choices=How.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(how__in=["worked", "confused_the_caller"]), name="scripts_a_known_judgement"
            )
        ]

    def __str__(self) -> str:
        return self.how

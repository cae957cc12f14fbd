"""A disclosure's words, and that an agency has asked for silence. That it was made, when and why, the log says.

Rows are written once, by the act that records the event; the database refuses to change or delete them. The words go
with the patient's key. Source: 45 CFR 164.528(b)(2), what an accounting holds; (a)(2), the suspension.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from audit.disclosures.bases import EXEMPT, Basis
from audit.disclosures.rules import ORAL_DAYS
from handover.patients.models import Patient

PERSON = settings.AUTH_USER_MODEL


class Disclosure(models.Model):
    """One to a named recipient. `recipient_index` tells the same recipient of this patient, and of no other.

    `sealed_words` is None where the patient's key was destroyed before it was made.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    made_on = models.DateField()
    basis = models.CharField(max_length=16, choices=Basis.choices)
    sealed_words = models.BinaryField(null=True)
    recipient_index = models.BinaryField(max_length=16)
    recorded = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="disclosures_known_basis"),
        ]
        indexes = [
            models.Index(
                fields=["patient", "made_on"],
                condition=~Q(basis__in=sorted(EXEMPT)),
                name="disclosures_to_account_for",
            )
        ]

    def __str__(self) -> str:
        return f"disclosure {self.pk}"


class Suspension(models.Model):
    """Up to `until`, inclusive, the patient is not told of what went to this disclosure's recipient."""

    class Form(models.TextChoices):
        WRITTEN = "written", _("In writing")
        ORAL = "oral", _("By word of mouth: thirty days at most")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    disclosure = models.ForeignKey(Disclosure, on_delete=models.PROTECT, related_name="suspensions")
    form = models.CharField(max_length=8, choices=Form.choices)
    stated_on = models.DateField()
    until = models.DateField()
    sealed_statement = models.BinaryField()
    recorded = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("stated_on")), name="disclosures_suspended_forwards"),
            # 45 CFR 164.528(a)(2)(ii)(C)
            models.CheckConstraint(
                condition=Q(form="written") | Q(form="oral", until__lte=F("stated_on") + ORAL_DAYS),
                name="disclosures_an_oral_statement_holds_thirty_days",
            ),
        ]

    def __str__(self) -> str:
        return f"suspension {self.pk}"

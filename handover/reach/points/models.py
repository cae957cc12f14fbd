"""That somebody has yet to show that an address is theirs."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from handover.reach.models import ContactPoint

MOST_WRONG = 5


class Proof(models.Model):
    """A code that was sent to one address. It is kept nowhere: it follows from this row and the server's key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    point = models.OneToOneField(ContactPoint, on_delete=models.CASCADE, related_name="proof")
    made = models.DateTimeField(db_default=Now())
    wrong = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(wrong__lte=MOST_WRONG), name="points_five_tries")]

    def __str__(self) -> str:
        return f"code for {self.point_id}"

"""How a person can be reached outside the page, and the outbox: what was to be sent to whom, and what became of it.

No row holds words, names or a patient: a delivery names a subject by its id, and what went wrong by a code.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

PERSON = settings.AUTH_USER_MODEL
# The subject of what is sent to nobody, to see that a channel works (handover/reach/canary.py).
CANARY = "canary"


class Channel(models.TextChoices):
    """A way to somebody who does not look at the page. The page's own socket is live's, and needs none of this."""

    PUSH = "push", _("Notification on a device")
    SMS = "sms", _("Text message")
    VOICE = "voice", _("Telephone call")
    EMAIL = "email", _("E-mail")
    PAGER = "pager", _("Pager")


# Nobody hears it, and it brings no answer back: it is sent beside the others, and nobody waits for it.
SILENT = frozenset({Channel.EMAIL})
# Push has no address of a person: it has the devices on which they said yes.
ADDRESSED = (Channel.SMS, Channel.VOICE, Channel.EMAIL, Channel.PAGER)


class ContactPoint(models.Model):
    """A number or address of a person. It is used once they have shown that it is theirs, until it is taken away."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="contact_points")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    # Under the person's own data key (handover/reach/sealed.py).
    sealed_address = models.BinaryField()
    # By which a text message's sender is found (vault/indexes.py): equal numbers are equal here, and not readable.
    address_index = models.BinaryField(max_length=16)
    made = models.DateTimeField(db_default=Now())
    verified = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "channel"],
                condition=Q(ended__isnull=True, verified__isnull=False),
                name="reach_one_address_a_channel",
            ),
            models.UniqueConstraint(
                fields=["person", "channel"],
                condition=Q(ended__isnull=True, verified__isnull=True),
                name="reach_one_address_to_come",
            ),
            models.CheckConstraint(condition=Q(channel__in=ADDRESSED), name="reach_push_has_no_address"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} of {self.person_id}"


class Delivery(models.Model):
    """One thing that is to reach one person by one channel: the outbox's row, written in the act that asks for it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        DROPPED = "dropped", _("not needed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Of the alert that it belongs to: asked for twice, it is one row.
    key = models.UUIDField()
    # Nobody: the canary.
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    level = models.CharField(max_length=16, blank=True, default="")
    sound = models.CharField(max_length=16, blank=True, default="")
    # Not needed where the subject has reached a device of this person by then.
    unless_on_device = models.BooleanField()
    # What an answer by text message names it by.
    code = models.CharField(max_length=8, blank=True, default="")
    made = models.DateTimeField(db_default=Now())
    due = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    # When its gateway took it.
    sent = models.DateTimeField(null=True)
    # When the person acknowledged it by this channel: a key on the telephone, a text message.
    answered = models.DateTimeField(null=True)
    # Why the last attempt was not taken: a code, never an address or what a gateway said.
    failure = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "person", "channel"], nulls_distinct=False, name="reach_one_delivery_a_channel"
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False, channel__in=Channel.values) & ~Q(subject_kind=CANARY)
                | Q(person__isnull=True, subject_kind=CANARY),
                name="reach_to_nobody_by_the_canary_only",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent__isnull=False)
                | Q(state__in=["waiting", "failed", "dropped"], sent__isnull=True),
                name="reach_sent_has_its_time",
            ),
            models.CheckConstraint(condition=Q(failure__regex=r"^[a-z0-9_]*$"), name="reach_a_failure_is_a_code"),
            models.CheckConstraint(condition=Q(attempts__lte=4), name="reach_four_attempts"),
        ]
        indexes = [
            models.Index(fields=["channel", "due"], condition=Q(state="waiting"), name="reach_what_is_due"),
            models.Index(fields=["subject_id"], name="reach_of_a_subject"),
            models.Index(fields=["person", "code"], condition=~Q(code=""), name="reach_by_its_code"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class GatewayEvent(models.Model):
    """What a provider told of, by its own id for it: each is taken once. Kept for a day."""

    event = models.CharField(max_length=64, primary_key=True)
    # Whose number it came from, where it is somebody's.
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    taken = models.DateTimeField(db_default=Now())
    # It has had its effect, if it was to have one.
    done = models.DateTimeField(null=True)
    # It named no page of theirs.
    is_wrong = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["person", "taken"], condition=Q(is_wrong=True), name="reach_wrong_answers"),
            models.Index(fields=["taken"], name="reach_events_by_age"),
        ]

    def __str__(self) -> str:
        return f"event of {self.taken}"

"""A unit's own levels and quiet hours, a person's own, each time that somebody was to be interrupted, and digests.

What no unit may choose is held by the constraints: an emergency that is silent, is held or may wait for long, and quiet
hours that last longer than half a day. An earlier choice stays, with who made it and when.
"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Unit
from handover.paging.rules.levels import Level, Sound

PERSON = settings.AUTH_USER_MODEL
# What each level may be set to, from the shortest to the longest. The standard is 2, 5 and 30 minutes (0081).
BOUNDS = {
    Level.EMERGENCY: (timedelta(minutes=1), timedelta(minutes=5)),
    Level.URGENT: (timedelta(minutes=2), timedelta(minutes=15)),
    Level.NEEDS_ACTION: (timedelta(minutes=10), timedelta(hours=4)),
}
SOUNDS = {
    Level.EMERGENCY: (Sound.REPEATED, Sound.ONCE_LOUD),
    Level.URGENT: (Sound.REPEATED, Sound.ONCE_LOUD, Sound.ONCE),
    Level.NEEDS_ACTION: (Sound.ONCE_LOUD, Sound.ONCE, Sound.SILENT),
}
# Only what can wait is ever held.
HELD = (Level.NEEDS_ACTION,)


def _within_bounds() -> Q:
    found = Q()
    for level, (shortest, longest) in BOUNDS.items():
        found |= Q(level=level.value, acknowledge_within__gte=shortest, acknowledge_within__lte=longest)
    return found


def _a_sound() -> Q:
    found = Q()
    for level, sounds in SOUNDS.items():
        found |= Q(level=level.value, sound__in=[each.value for each in sounds])
    return found


class UnitLevel(models.Model):
    """What a level asks of whoever receives it in a unit, instead of the standard. The one not ended counts.

    What is for information asks nothing, sounds never and is always held: no unit sets it otherwise.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="levels")
    level = models.CharField(max_length=16)
    acknowledge_within = models.DurationField()
    sound = models.CharField(max_length=16)
    breaks_quiet_hours = models.BooleanField()
    made = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_within_bounds(), name="quiet_a_time_that_the_level_allows"),
            models.CheckConstraint(condition=_a_sound(), name="quiet_a_sound_that_the_level_allows"),
            models.CheckConstraint(
                condition=Q(breaks_quiet_hours=True) | Q(level__in=[each.value for each in HELD]),
                name="quiet_what_is_urgent_is_never_held",
            ),
            models.UniqueConstraint(
                fields=["unit", "level"], condition=Q(ended__isnull=True), name="quiet_one_choice_of_a_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level} of {self.unit_id}"


class QuietHours(models.Model):
    """From when until when, by the ward's clock, what can wait is held: of a unit, or of one person instead.

    A person's row without times says that they want none. The one not ended counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="quiet_hours")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    starts = models.TimeField(null=True)
    ends = models.TimeField(null=True)
    made = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, person__isnull=True) | Q(unit__isnull=True, person__isnull=False),
                name="quiet_of_a_unit_or_a_person",
            ),
            models.CheckConstraint(
                condition=Q(starts__isnull=False, ends__isnull=False)
                | Q(starts__isnull=True, ends__isnull=True, person__isnull=False),
                name="quiet_from_and_until",
            ),
            # Half a day at the longest is held by a constraint of the migration, which counts across midnight.
            models.CheckConstraint(
                condition=Q(starts__isnull=True) | ~Q(starts=F("ends")), name="quiet_not_around_the_clock"
            ),
            models.UniqueConstraint(fields=["unit"], condition=Q(ended__isnull=True), name="quiet_one_of_a_unit"),
            models.UniqueConstraint(fields=["person"], condition=Q(ended__isnull=True), name="quiet_one_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"quiet hours of {self.unit_id or self.person_id}"


class Interruption(models.Model):
    """Somebody was to be alerted about something: at once, or, where it can wait, at the end of their quiet hours.

    Written once, with the act. `occasion` is what alerted: a message, or one step of a page.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    occasion = models.UUIDField()
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    # Where they were at work then, or else belong: whose levels counted.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    level = models.CharField(max_length=16)
    at = models.DateTimeField()
    # What the level asked for in that unit then.
    acknowledge_within = models.DurationField()
    sound = models.CharField(max_length=16)
    held_until = models.DateTimeField(null=True)
    # It was in their quiet hours, and alerted all the same.
    is_break = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["occasion", "person"], name="quiet_alerted_once_by_an_occasion"),
            models.CheckConstraint(
                condition=Q(level__in=[each.value for each in BOUNDS]), name="quiet_a_level_that_alerts"
            ),
            models.CheckConstraint(
                condition=Q(held_until__isnull=True)
                | Q(held_until__gt=F("at"), is_break=False, level__in=[each.value for each in HELD]),
                name="quiet_only_what_can_wait_is_held",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-at"], name="quiet_alerts_of_a_person"),
            models.Index(fields=["unit", "-at"], name="quiet_alerts_of_a_unit"),
            models.Index(fields=["subject_id"], name="quiet_alerts_of_a_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.level} to {self.person_id}"


class EmergencyShare(models.Model):
    """In a week more of what a unit's people sent was called an emergency than can be. Its lead is told once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    # The Monday of the week in which it was found.
    week = models.DateField()
    sent = models.PositiveIntegerField()
    emergencies = models.PositiveIntegerField()
    made = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "week"], name="quiet_told_once_a_week"),
            models.CheckConstraint(condition=Q(emergencies__lte=F("sent")), name="quiet_a_share_is_a_part"),
        ]

    def __str__(self) -> str:
        return f"{self.emergencies} of {self.sent} in {self.unit_id}"


class Digest(models.Model):
    """What came to somebody for their information in one window: told once, when the window closes, or not at all.

    One at most gathers for each person. `subjects`: the messages, by their ids, and nothing of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    opened = models.DateTimeField()
    subjects = ArrayField(models.UUIDField())
    closed = models.DateTimeField(null=True)
    # How many were unread when it closed, and were told; none: nothing was.
    count = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(closed__isnull=True), name="quiet_one_digest_gathers_for_a_person"
            ),
            models.CheckConstraint(
                condition=Q(closed__isnull=True, count__isnull=True) | Q(closed__isnull=False, count__isnull=False),
                name="quiet_a_closed_digest_has_its_count",
            ),
        ]

    def __str__(self) -> str:
        return f"digest for {self.person_id}"

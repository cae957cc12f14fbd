"""Roles that are always addressable, the rotations that fill them, what was changed by hand, and who asks for cover.

Who holds a role at a moment follows from these rows (handover/duty/selectors.py) and is stored nowhere. No row changes
what was: a rotation counts from when it was made until it was ended, a change begins when it was made or later and
counts until it was undone. Who held a role last Tuesday is answered as it would have been then.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Unit
from handover.duty.rules.beds import LONGEST_BED

PERSON = settings.AUTH_USER_MODEL
# Who may hold a role: one of the clinical professions, or either of them.
EITHER = "either"


class PractitionerRole(models.Model):
    """A role of a unit that can be addressed at any hour: whoever holds it when it matters is reached."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="practitioner_roles")
    name = models.CharField(max_length=120)
    profession = models.CharField(max_length=24, default=EITHER)
    # The nurse for a bed is a role like any other: whoever says "I have beds 10-14" holds five. Empty of all others.
    bed = models.CharField(max_length=LONGEST_BED, blank=True, default="")
    # May never be without a holder: it cannot be left, and a minute without one is looked for fourteen days ahead.
    is_safety_critical = models.BooleanField(default=False)
    # The hours in which somebody has to hold it, by the ward's clock; without them, all of them.
    needed_from = models.TimeField(null=True)
    needed_until = models.TimeField(null=True)
    # Whoever holds it answers for the unit's schedule and hears of what is missing in it.
    is_lead = models.BooleanField(default=False)
    # It comes to any unit of its facility: the team that is called beside a page about whoever gets worse.
    is_outreach = models.BooleanField(db_default=False, default=False)
    # Who is reached where nobody holds this one.
    covered_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    made = models.DateTimeField(db_default=Now())
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], condition=Q(ended__isnull=True), name="duty_one_role_of_a_name"
            ),
            models.UniqueConstraint(
                fields=["unit"], condition=Q(ended__isnull=True, is_lead=True), name="duty_one_lead_of_a_unit"
            ),
            models.CheckConstraint(
                condition=Q(profession__in=[Role.NURSE, Role.PHYSICIAN, EITHER]), name="duty_held_by_clinicians"
            ),
            models.CheckConstraint(
                condition=Q(needed_from__isnull=True, needed_until__isnull=True)
                | Q(needed_from__isnull=False, needed_until__isnull=False),
                name="duty_needed_from_and_until",
            ),
            models.CheckConstraint(condition=~Q(covered_by=F("id")), name="duty_covered_by_another_role"),
            models.UniqueConstraint(
                "unit", Lower("bed"), condition=Q(ended__isnull=True) & ~Q(bed=""), name="duty_one_role_of_a_bed"
            ),
            # The unit's lead answers for a bed that nobody has, at any hour: no bed is a gap, and none is the lead.
            models.CheckConstraint(
                condition=Q(bed="")
                | Q(profession=Role.NURSE, is_lead=False, is_safety_critical=False, covered_by__isnull=True),
                name="duty_a_bed_has_a_nurse",
            ),
            models.CheckConstraint(condition=Q(bed="") | Q(is_outreach=False), name="duty_a_bed_is_no_outreach"),
        ]

    def __str__(self) -> str:
        return self.name


class Rotation(models.Model):
    """Hours of the day that people hold in turn, by the clock on the wall (handover/duty/rules/rotation.py)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.ForeignKey(PractitionerRole, on_delete=models.PROTECT, related_name="rotations")
    zone = models.CharField(max_length=64)
    first_day = models.DateField()
    last_day = models.DateField(null=True)
    begins = models.TimeField()
    ends = models.TimeField()
    turn_days = models.PositiveSmallIntegerField()
    # One bit a weekday, Monday the lowest.
    weekdays = models.PositiveSmallIntegerField(default=0b1111111)
    made = models.DateTimeField()
    made_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    # From then on it gives nobody a turn.
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(turn_days__gte=1, turn_days__lte=92), name="duty_a_turn_of_days"),
            models.CheckConstraint(condition=Q(weekdays__gte=1, weekdays__lte=0b1111111), name="duty_some_weekdays"),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")), name="duty_a_rotation_forwards"
            ),
        ]

    def __str__(self) -> str:
        return f"rotation {self.pk}"


class RotationPlace(models.Model):
    """Who comes when in a rotation."""

    rotation = models.ForeignKey(Rotation, on_delete=models.CASCADE, related_name="places")
    position = models.PositiveSmallIntegerField()
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rotation", "position"], name="duty_one_person_at_a_place")]

    def __str__(self) -> str:
        return f"place {self.position} of {self.rotation_id}"


class CoverRequest(models.Model):
    """Somebody is looked for who holds a role for a while: instead of one person, or where nobody would."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.ForeignKey(PractitionerRole, on_delete=models.PROTECT, related_name="cover_requests")
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    # Whose turn it is; empty where nobody holds it.
    instead_of = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    # What whoever asks gives back, of the turns of the one colleague who is asked: then it is a swap.
    return_role = models.ForeignKey(PractitionerRole, on_delete=models.PROTECT, null=True, related_name="+")
    return_starts = models.DateTimeField(null=True)
    return_ends = models.DateTimeField(null=True)
    made = models.DateTimeField(db_default=Now())
    taken_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    taken = models.DateTimeField(null=True)
    undone = models.DateTimeField(null=True)
    withdrawn = models.DateTimeField(null=True)
    # When the lead was told that nobody had taken it.
    lead_told = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="duty_a_cover_forwards"),
            models.CheckConstraint(
                condition=Q(return_role__isnull=True, return_starts__isnull=True, return_ends__isnull=True)
                | Q(return_role__isnull=False, return_ends__gt=F("return_starts"), instead_of__isnull=False),
                name="duty_a_return_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(taken__isnull=True, taken_by__isnull=True)
                | Q(taken__isnull=False, taken_by__isnull=False, withdrawn__isnull=True),
                name="duty_a_cover_is_taken_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(taken_by__isnull=True) | Q(instead_of__isnull=True) | ~Q(taken_by=F("instead_of")),
                name="duty_covered_by_another",
            ),
            models.CheckConstraint(
                condition=Q(undone__isnull=True) | Q(taken__isnull=False), name="duty_undone_after_taken"
            ),
        ]

    def __str__(self) -> str:
        return f"cover request {self.pk}"


class CoverAsk(models.Model):
    """One colleague was asked, and what they said."""

    class Answer(models.TextChoices):
        YES = "yes", _("takes it")
        NO = "no", _("cannot")

    request = models.ForeignKey(CoverRequest, on_delete=models.CASCADE, related_name="asks")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    # Whether anything was known to reach them when they were asked: whoever asked is told who has to be rung up.
    was_reachable = models.BooleanField(default=True)
    answer = models.CharField(max_length=8, choices=Answer.choices, blank=True, default="")
    answered = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "person"], name="duty_asked_once"),
            models.CheckConstraint(
                condition=Q(answer="", answered__isnull=True) | Q(answer__in=["yes", "no"], answered__isnull=False),
                name="duty_an_answer_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"asked for {self.request_id}"


class ScheduleChange(models.Model):
    """From `starts` until `ends` somebody holds a role instead of whoever would, or nobody does. The latest counts."""

    class Kind(models.TextChoices):
        TAKEN = "taken", _("taken by hand")
        LEFT = "left", _("left by hand")
        COVER = "cover", _("covered")
        SET = "set", _("set by the lead")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.ForeignKey(PractitionerRole, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    made = models.DateTimeField()
    made_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(CoverRequest, on_delete=models.PROTECT, null=True, related_name="changes")
    undone = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="duty_a_change_forwards"),
            models.CheckConstraint(condition=Q(starts__gte=F("made")), name="duty_what_was_is_not_changed"),
            models.CheckConstraint(
                condition=Q(kind="left", person__isnull=True)
                | Q(kind__in=["taken", "cover", "set"], person__isnull=False),
                name="duty_nobody_by_leaving_only",
            ),
            models.CheckConstraint(
                condition=~Q(kind="cover") | Q(request__isnull=False), name="duty_a_cover_was_asked_for"
            ),
        ]
        indexes = [models.Index(fields=["role", "ends"], name="duty_changes_of_a_role")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class CoverageGap(models.Model):
    """A stretch to come that nobody holds of a role that may never be empty, as the nightly look found it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.ForeignKey(PractitionerRole, on_delete=models.PROTECT, related_name="gaps")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    found = models.DateTimeField(db_default=Now())
    # When the unit's lead was told; and the administrators, where there was no lead to tell.
    told = models.DateTimeField(null=True)
    administrators_told = models.DateTimeField(null=True)
    # Covered since, or begun: it is no gap to come any more.
    closed = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["role", "starts", "ends"], condition=Q(closed__isnull=True), name="duty_a_gap_is_found_once"
            ),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="duty_a_gap_forwards"),
        ]

    def __str__(self) -> str:
        return f"gap {self.pk}"


class CalendarFeed(models.Model):
    """A secret address at which a calendar program fetches a person's own turns. Its token is kept as a digest only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField(max_length=32, unique=True)
    made = models.DateTimeField(db_default=Now())
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended__isnull=True), name="duty_one_calendar_of_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"calendar {self.pk}"


class Availability(models.Model):
    """What a person has said of themselves: busy or off duty until then, and who covers, where they named somebody."""

    class Kind(models.TextChoices):
        BUSY = "busy", _("busy")
        OFF = "off", _("off duty")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # Without it, until they say that they are back.
    until = models.DateTimeField(null=True)
    cover = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    made = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(ended__isnull=True), name="duty_one_availability_of_a_person"
            ),
            models.CheckConstraint(condition=Q(kind__in=["busy", "off"]), name="duty_a_known_availability"),
            models.CheckConstraint(condition=~Q(kind="busy", until__isnull=True), name="duty_busy_has_an_end"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("made")), name="duty_an_availability_forwards"
            ),
            models.CheckConstraint(
                condition=Q(cover__isnull=True) | ~Q(cover=F("person")), name="duty_available_instead_is_another"
            ),
        ]
        verbose_name_plural = "availabilities"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ReachProof(models.Model):
    """Before a turn of a role that may never be empty: a test alert to whoever will hold it, and whether it arrived."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.ForeignKey(PractitionerRole, on_delete=models.PROTECT, related_name="proofs")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    # When the turn begins.
    starts = models.DateTimeField()
    made = models.DateTimeField(db_default=Now())
    # When the test alert went out; never, where somebody else holds the turn by then.
    asked = models.DateTimeField(null=True)
    # When a device or the person answered; when nobody had in time, and colleagues were asked for cover.
    proven = models.DateTimeField(null=True)
    failed = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "person", "starts"], name="duty_one_proof_of_a_turn"),
            models.CheckConstraint(
                condition=Q(asked__isnull=False) | Q(proven__isnull=True, failed__isnull=True),
                name="duty_a_proof_was_asked_for",
            ),
        ]

    def __str__(self) -> str:
        return f"proof {self.pk}"

"""Pages, how each has climbed, what people answered, and the local policy by which a unit's pages climb.

What must never be is held here and by the triggers of the migrations: a page that is owned twice, a step that fires
after somebody owns it, a step that fires twice, words that change after they were sent.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from handover.duty.models import PractitionerRole
from handover.paging.rules import Answer, Level, Target, Way
from handover.patients.models import Patient

PERSON = settings.AUTH_USER_MODEL
PAGED_LEVELS = [Level.EMERGENCY.value, Level.URGENT.value, Level.NEEDS_ACTION.value]
# A step in a row whose ways are no list, or not of these words alone.
_WORDS = " || ".join(f'@ == "{each.value}"' for each in Way)
_WRONG_WAYS = (
    'strict $[*] ? (exists(@.ways) && (@.ways.type() != "array" || '
    f'exists(@.ways[*] ? (@.type() != "string" || !({_WORDS})))))'
)


def _known_ways(name: str) -> models.CheckConstraint:
    """No row holds a step by a way that nobody knows: it would reach nobody, or stop what reads it."""
    wrong = Func(F("steps"), Value(_WRONG_WAYS), function="jsonb_path_exists", output_field=models.BooleanField())
    return models.CheckConstraint(condition=Exact(wrong, False), name=name)


class Page(models.Model):
    """One request about one patient that climbs until somebody owns it. `sealed` holds documents.Sbar."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for somebody")
        OWNED = "owned", _("somebody owns it")
        DONE = "done", _("done")
        WITHDRAWN = "withdrawn", _("withdrawn")
        # No end for people: whoever answers late still owns it.
        NOBODY = "nobody", _("nobody was reached")

    class Cause(models.TextChoices):
        BY_HAND = "by_hand", _("by hand")
        NEWS2 = "news2", _("proposed by NEWS2")
        UNREAD_HANDOVER = "unread_handover", _("a handover that nobody has accepted")
        DISAGREEMENT = "disagreement", _("whoever sent a page does not agree with its owner")
        BESIDE = "beside", _("a further team beside another page")
        MESSAGE = "message", _("an emergency message that nobody owned")

    class Closed(models.TextChoices):
        """By what a page ends that nobody owns and nobody withdraws."""

        SETTLED = "settled", _("what it was about is settled")
        LEFT = "left", _("nobody was reached, and the patient has left")
        LATE = "late", _("nobody was reached in time")

    OPEN = (State.WAITING, State.NOBODY)
    LIVE = (State.WAITING, State.NOBODY, State.OWNED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="pages")
    # Whose policy it climbs by.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="pages")
    role = models.ForeignKey(PractitionerRole, on_delete=models.PROTECT, null=True, related_name="pages")
    # It went to the nurse for the bed that the patient lay in: a later step asks the nurse for where they lie then.
    follows_patient = models.BooleanField(default=False)
    to_person = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    level = models.CharField(max_length=16)
    cause = models.CharField(max_length=24, choices=Cause.choices, default=Cause.BY_HAND)
    # The handover or message that nobody has accepted, the page before, or the one that it stands beside: by its cause.
    cause_id = models.UUIDField(null=True)
    # Whoever sent it said that it rings at any hour: quiet hours hold none of its steps.
    is_raised = models.BooleanField(db_default=False, default=False)
    sealed = models.BinaryField()
    # The steps as they were when it was sent: a policy that is changed changes no page that climbs (rules.Policy).
    steps = models.JSONField()
    sent_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="pages_sent")
    sent = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    # The step that waits now, and since when; -1 before the first.
    step = models.SmallIntegerField(default=-1)
    fired = models.DateTimeField(null=True)
    owned_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    owned = models.DateTimeField(null=True)
    done_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")
    done = models.DateTimeField(null=True)
    withdrawn = models.DateTimeField(null=True)
    # What ended it, where no person withdrew it.
    closed_by = models.CharField(max_length=8, choices=Closed.choices, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__in=PAGED_LEVELS), name="paging_a_level_that_climbs"),
            models.CheckConstraint(
                condition=Q(role__isnull=False, to_person__isnull=True) | Q(role__isnull=True, to_person__isnull=False),
                name="paging_to_a_role_or_a_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["owned", "done"], owned_by__isnull=False, owned__isnull=False)
                | Q(state__in=["waiting", "withdrawn", "nobody"], owned_by__isnull=True, owned__isnull=True),
                name="paging_owned_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_by__isnull=False, done__isnull=False)
                | Q(~Q(state="done"), done_by__isnull=True, done__isnull=True),
                name="paging_done_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn__isnull=False)
                | Q(~Q(state="withdrawn"), withdrawn__isnull=True),
                name="paging_withdrawn_has_its_time",
            ),
            models.CheckConstraint(condition=Q(closed_by="") | Q(state="withdrawn"), name="paging_closed_is_withdrawn"),
            models.UniqueConstraint(
                fields=["cause", "cause_id"],
                condition=Q(cause_id__isnull=False) & ~Q(cause="beside"),
                name="paging_one_page_of_a_cause",
            ),
            models.UniqueConstraint(
                fields=["cause_id", "role"],
                condition=Q(cause="beside", state__in=["waiting", "nobody", "owned"]),
                name="paging_a_team_once_beside",
            ),
            models.CheckConstraint(
                condition=~Q(cause="beside") | Q(cause_id__isnull=False, role__isnull=False),
                name="paging_beside_a_page_to_a_role",
            ),
            _known_ways("paging_ways_of_a_page"),
        ]
        indexes = [
            models.Index(fields=["patient", "-sent"], name="paging_pages_of_a_patient"),
            models.Index(fields=["unit", "-sent"], name="paging_pages_of_a_unit"),
        ]

    def __str__(self) -> str:
        return f"page {self.pk} ({self.state})"


class PageStep(models.Model):
    """A step that has fired, or was empty and was passed over at once. Each is here once. Its id is its timer's."""

    class Skipped(models.TextChoices):
        EMPTY = "empty", _("nobody holds it")
        UNREACHABLE = "unreachable", _("nobody of it can be reached")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="climbed")
    number = models.SmallIntegerField()
    fired = models.DateTimeField()
    skipped = models.CharField(max_length=16, choices=Skipped.choices, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["page", "number"], name="paging_a_step_fires_once"),
            models.CheckConstraint(condition=Q(number__gte=0), name="paging_steps_begin_at_none"),
        ]

    def __str__(self) -> str:
        return f"step {self.number} of {self.page_id}"


class PageAsk(models.Model):
    """One person was asked by one step. Written once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    step = models.ForeignKey(PageStep, on_delete=models.PROTECT, related_name="asks")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    # Why them: the target of the step that meant them then, and the role they held, if it was by one.
    target = models.CharField(max_length=16)
    role = models.ForeignKey(PractitionerRole, on_delete=models.PROTECT, null=True, related_name="+")
    # They had none of the ways that the step needs, and were reached by all that they have.
    by_other_ways = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["step", "person"], name="paging_asked_once_by_a_step"),
            models.CheckConstraint(condition=Q(target__in=[each.value for each in Target]), name="paging_a_target"),
        ]

    def __str__(self) -> str:
        return f"asked by {self.step_id}"


class PageAnswer(models.Model):
    """What somebody who was asked has said, and by which way. The latest of a person counts. Written once."""

    class Way(models.TextChoices):
        APP = "app", _("in Readback")
        PHONE = "phone", _("by telephone or text message")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="answers")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    said = models.CharField(max_length=16)
    at = models.DateTimeField(db_default=Now())
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.APP)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(said__in=[each.value for each in Answer]), name="paging_an_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.said} to {self.page_id}"


class OwnersView(models.Model):
    """What the owner of the page before thinks, of a page that calls the next because of it. A further one is added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The page that called the next of the chain: it holds the view of whoever sent it, and this one beside.
    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="views")
    number = models.SmallIntegerField()
    sealed = models.BinaryField()
    written_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    written = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["page", "number"], name="paging_one_view_of_a_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="paging_views_begin_at_one"),
        ]

    def __str__(self) -> str:
        return f"view {self.number} on {self.page_id}"


class UnitPolicy(models.Model):
    """The steps by which a unit's pages of one level climb, instead of the standard ones. The one not ended counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="page_policies")
    level = models.CharField(max_length=16)
    steps = models.JSONField()
    made = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__in=PAGED_LEVELS), name="paging_a_policy_of_a_level"),
            models.UniqueConstraint(
                fields=["unit", "level"], condition=Q(ended__isnull=True), name="paging_one_policy_of_a_level"
            ),
            _known_ways("paging_ways_of_a_policy"),
        ]

    def __str__(self) -> str:
        return f"policy of {self.level}"


class TargetRole(models.Model):
    """Which role a unit means by a word of its policies (supervisor, by phone ...). The one not ended counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="page_targets")
    target = models.CharField(max_length=16)
    role = models.ForeignKey(PractitionerRole, on_delete=models.PROTECT, related_name="+")
    made = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(target__in=["backup", "charge_nurse", "supervisor", "attending", "by_phone"]),
                name="paging_a_target_that_is_a_role",
            ),
            models.UniqueConstraint(
                fields=["unit", "target"], condition=Q(ended__isnull=True), name="paging_one_role_of_a_target"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target}: {self.role_id}"


class NotPaged(models.Model):
    """The score proposed a page and somebody decided against it, with their reason. Written once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    # The observations that proposed it: the page is proposed anew by the next ones.
    observed = models.UUIDField()
    sealed_reason = models.BinaryField()
    decided_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    decided = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "observed"], name="paging_decided_once"),
        ]

    def __str__(self) -> str:
        return f"not paged {self.pk}"

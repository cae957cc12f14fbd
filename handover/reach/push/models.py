"""The browsers that may be woken by a push service, and each time that one was rung."""

import json
import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import DeviceSession, Person
from vault.services import Place, Scope, seal, unseal
from vault.webpush import Browser, parse, text

HOUSE_KEY = uuid.UUID("00000000-0000-4000-8000-000000000003")


class Subscription(models.Model):
    """One browser of one person that may be woken. Whoever has its endpoint and keys could ring it: they are sealed.

    It belongs to the session that the person was last signed in with there: whether it may ring depends on how that
    session stands (rules.may_ring).
    """

    class End(models.TextChoices):
        TURNED_OFF = "turned_off"
        ANOTHER_PERSON = "another_person"
        GONE = "gone"
        RENEWED = "renewed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey(DeviceSession, on_delete=models.CASCADE, related_name="+")
    endpoint_digest = models.BinaryField(max_length=32)
    sealed = models.BinaryField()
    made = models.DateTimeField(db_default=Now())
    # When the device last said that it was rung; and since when it has owed an answer, which each answer ends.
    answered = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True)
    # When a push service last took something for it.
    rung = models.DateTimeField(null=True)
    round_trip_ms = models.PositiveIntegerField(null=True)
    ended = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=16, choices=End.choices, blank=True, default="")

    class Meta:
        constraints = [
            # A browser has one endpoint: it rings for one person.
            models.UniqueConstraint(
                fields=["endpoint_digest"], condition=Q(ended__isnull=True), name="push_one_person_per_browser"
            ),
            models.CheckConstraint(
                condition=Q(ended__isnull=True, end_reason="") | Q(ended__isnull=False) & ~Q(end_reason=""),
                name="push_ended_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["person"], condition=Q(ended__isnull=True), name="push_by_person")]

    def __str__(self) -> str:
        return f"a browser of {self.person_id}"

    def seal_address(self, endpoint: str, browser: Browser) -> None:
        """Puts away where the browser is reached and by which keys, sealed for this row."""
        kept = {"endpoint": endpoint, "point": text(browser.point), "secret": text(browser.secret)}
        self.sealed = seal(json.dumps(kept).encode(), scope=Scope.person(self.person_id), place=self._place)

    def address(self) -> tuple[str, Browser]:
        """The endpoint and the browser's keys. Raises VaultError when they do not open."""
        kept = json.loads(unseal(self.sealed, scope=Scope.person(self.person_id), place=self._place))
        return kept["endpoint"], Browser(parse(kept["point"]), parse(kept["secret"]))

    @property
    def _place(self) -> Place:
        return Place(model="push.Subscription", field="sealed", row=self.pk)


class Ring(models.Model):
    """One message that a push service took for one browser. It carries a token, and whoever sends it back has read it.

    Of the token a digest is kept, so that whoever reads this table cannot say that a phone has rung.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="rings")
    token_digest = models.BinaryField(max_length=32, unique=True)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    # When it was given to the push service, and when the device had shown it.
    sent = models.DateTimeField()
    shown = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_id"], name="push_rings_of_a_subject"),
            models.Index(fields=["sent"], name="push_rings_by_age"),
        ]

    def __str__(self) -> str:
        return f"a ring for {self.subject_kind}"


class House(models.Model):
    """The key by which push services know this installation: one row, sealed. Every subscription is bound to it."""

    id = models.UUIDField(primary_key=True, default=HOUSE_KEY, editable=False)
    sealed_key = models.BinaryField()
    made = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=HOUSE_KEY), name="push_one_key")]

    def __str__(self) -> str:
        return "the key of this installation"

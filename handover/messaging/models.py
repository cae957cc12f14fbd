"""Threads, who belongs to them, what was said, what became of it, and who owns it.

What was written is never changed: an edit and a retraction are rows beside it, and so is each answer. Numbers of a
thread have no gap: they are given under the lock of the thread's row. Triggers of the migrations hold both.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from handover.duty.models import PractitionerRole
from handover.paging.rules.levels import Level
from handover.patients.models import Patient
from handover.transfers.models import OpenAction

PERSON = settings.AUTH_USER_MODEL


class Thread(models.Model):
    """Where messages stand: between two, of a group, with a role, or of a patient, who has one. Never of two kinds."""

    class Kind(models.TextChoices):
        DIRECT = "direct", _("Between two")
        GROUP = "group", _("Group")
        ROLE = "role", _("With a role")
        PATIENT = "patient", _("Of a patient")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.ForeignKey(PractitionerRole, on_delete=models.PROTECT, null=True, related_name="+")
    # The two people, the smaller id first.
    between = models.CharField(max_length=73, null=True, unique=True)  # noqa: DJ001 -- unique where it is said
    sealed_title = models.BinaryField(null=True)
    last_number = models.PositiveIntegerField(default=0)
    opened_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    opened = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="direct", between__isnull=False, role=None, patient=None, sealed_title=None)
                | Q(kind="group", between=None, role=None, patient=None, sealed_title__isnull=False)
                | Q(kind="role", between=None, role__isnull=False, patient=None, sealed_title=None)
                | Q(kind="patient", between=None, role=None, patient__isnull=False, sealed_title=None),
                name="messaging_a_thread_is_of_one_kind",
            ),
            models.UniqueConstraint(fields=["patient"], name="messaging_one_thread_of_a_patient"),
            models.UniqueConstraint(
                fields=["role", "opened_by"], condition=Q(role__isnull=False), name="messaging_one_thread_with_a_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} thread {self.pk}"


class ThreadMember(models.Model):
    """Somebody is told of what is said from `since` until `until`; of a patient's thread, while they may see them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["thread", "person"], condition=Q(until__isnull=True), name="messaging_a_member_once"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="messaging_a_membership_forwards"
            ),
        ]
        indexes = [models.Index(fields=["person", "thread"], name="messaging_threads_of_a_person")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.thread_id}"


class Message(models.Model):
    """What was said, as it was sent. `sealed` is under the patient's key, or the thread's where there is no patient."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    number = models.PositiveIntegerField()
    author = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    sent = models.DateTimeField(db_default=Now())
    level = models.CharField(max_length=16, choices=[(level.value, level.value) for level in Level])
    needs_by = models.DateTimeField(null=True)
    sealed = models.BinaryField()
    # The role by which its recipients were found, where it went to a role.
    to_role = models.ForeignKey(PractitionerRole, on_delete=models.PROTECT, null=True, related_name="+")
    forwarded_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    # Whoever gets it is asked whether they come, and nobody has to own it.
    is_call_in = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "number"], name="messaging_one_message_at_a_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="messaging_numbers_begin_at_one"),
            models.CheckConstraint(
                condition=Q(level="needs_action", needs_by__isnull=False)
                | Q(level__in=["fyi", "urgent", "emergency"], needs_by__isnull=True),
                name="messaging_an_action_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(is_call_in=False) | Q(level__in=["urgent", "emergency"], to_role__isnull=True),
                name="messaging_a_call_in_cannot_wait",
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.number} of {self.thread_id}"


class Revision(models.Model):
    """The author wrote it anew, or took it back. The message as it was stays, for the record."""

    class Kind(models.TextChoices):
        EDITED = "edited"
        RETRACTED = "retracted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    sealed = models.BinaryField(null=True)
    made = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="messaging_one_revision_at_a_number"),
            models.CheckConstraint(
                condition=Q(kind="edited", sealed__isnull=False) | Q(kind="retracted", sealed__isnull=True),
                name="messaging_an_edit_has_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"


class Recipient(models.Model):
    """To whom a message went, as it was when it was sent. `is_mentioned`: it names them.

    `instead_of`: who was written to and was busy or off duty then, where this one was reached in their place.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="recipients")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    is_mentioned = models.BooleanField(default=False)
    instead_of = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "person"], name="messaging_a_recipient_once")]
        indexes = [models.Index(fields=["person", "message"], name="messaging_to_a_person")]

    def __str__(self) -> str:
        return f"{self.message_id} to {self.person_id}"


class Acknowledgement(models.Model):
    """What whoever was addressed said to one revision of a message; 0 is the message as it was sent."""

    class Answer(models.TextChoices):
        OWNED = "owned", _("I own it")
        BUSY = "busy", _("Busy, pass on")
        WRONG_PERSON = "wrong_person", _("Wrong person")
        DONE = "done", _("Done")
        COMING = "coming", _("I am coming")
        NOT_COMING = "not_coming", _("I cannot come")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="acknowledgements")
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    answer = models.CharField(max_length=16, choices=Answer.choices)
    said = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "person", "revision", "answer"],
                # Whether somebody comes may change, and change back.
                condition=~Q(answer__in=["coming", "not_coming"]),
                name="messaging_an_answer_is_given_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer} of {self.message_id}"


class FileKind(models.TextChoices):
    """What can be sent with a message beside its words."""

    PHOTO = "photo", _("Photo")
    PDF = "pdf", _("PDF")
    VOICE = "voice", _("Voice note")


class Chunk(models.Model):
    """64 KiB of a file, sealed. Its id follows from the file and its place, so that no two can be changed about."""

    id = models.UUIDField(primary_key=True, editable=False)
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.number}"


class Photo(models.Model):
    """A picture that was sent with a message, encoded anew. Its bytes lie in sealed chunks, in their order."""

    kind = FileKind.PHOTO.value
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="photo")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    chunk_count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(width__gte=1, height__gte=1, size__gte=1, chunk_count__gte=1),
                name="messaging_a_photo_is_whole",
            )
        ]

    def __str__(self) -> str:
        return f"photo of {self.message_id}"


class PhotoChunk(Chunk):
    """A part of a picture."""

    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="chunks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["photo", "number"], name="messaging_one_chunk_at_a_place")]


class Attachment(models.Model):
    """A PDF or a voice note that was sent with a message, made anew. Its bytes lie in sealed chunks, in their order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments")
    kind = models.CharField(max_length=8, choices=FileKind.choices)
    media_type = models.CharField(max_length=32)
    # Pages of a PDF, seconds of a voice note.
    extent = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    chunk_count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "kind"], name="messaging_one_file_of_a_kind"),
            models.CheckConstraint(
                condition=Q(kind="pdf", media_type="application/pdf")
                | Q(kind="voice", media_type__in=["audio/webm", "audio/aac"]),
                name="messaging_a_file_is_what_it_says",
            ),
            models.CheckConstraint(
                condition=Q(extent__gte=1, size__gte=1, chunk_count__gte=1), name="messaging_a_file_is_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.message_id}"


class AttachmentChunk(Chunk):
    """A part of a PDF or a voice note."""

    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="chunks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attachment", "number"], name="messaging_one_part_at_a_place")]


class Upload(models.Model):
    """A file on its way into a message: it comes in pieces, is made anew, and waits for its message for an hour.

    It is one person's, sealed under their key. Its id is the page's, so that a piece may be sent again.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=FileKind.choices)
    size = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    # Once it was made anew: its size, and what there is to know of it.
    made_size = models.PositiveIntegerField(null=True)
    facts = models.JSONField(default=dict)
    opened = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gte=1, received__lte=F("size")), name="messaging_no_more_comes_than_was_said"
            )
        ]
        indexes = [models.Index(fields=["person", "opened"], name="messaging_on_their_way")]

    def __str__(self) -> str:
        return f"{self.kind} on its way {self.pk}"


class UploadChunk(Chunk):
    """A part of what came, or of what was made of it."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="chunks")
    is_made = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "is_made", "number"], name="messaging_one_piece_at_a_place")
        ]


class MessageTask(models.Model):
    """A task that was made of a message; it is an open action of the patient, and travels with them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="tasks")
    action = models.OneToOneField(OpenAction, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"task of {self.message_id}"

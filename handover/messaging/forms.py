"""Reading the forms of this room: what was typed, to whom, how soon. Wrong values raise Invalid at their field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.answers import uuid_or_none
from handover.messaging.models import FileKind
from handover.messaging.services import Said, To, take_whole
from handover.messaging.services.uploading import PIECE_BYTES
from handover.paging.rules.levels import Level
from live.refusals import Invalid

# By when something is to be done, in minutes from now, as the form offers it.
WITHIN_MINUTES = (30, 60, 120, 240, 480)
# What can be said with one tap. Each is for information only: nobody has to answer it.
QUICK = (
    gettext_lazy("On my way"),
    gettext_lazy("In 5 minutes"),
    gettext_lazy("Please call me"),
    gettext_lazy("Thank you"),
)
# In a patient's conversation, which is part of the record: thanks are not.
QUICK_OF_PATIENT = QUICK[:-1]
QUICK_LEVEL = Level.FYI.value
_MOST_POSTED = 70_000


@dataclass(frozen=True)
class Written:
    """What was posted, as it was typed: to draw the form again when it is refused."""

    text: str = ""
    level: str = ""
    within: str = ""
    to: str = ""
    is_checked: bool = False
    # Files that are on their way already, by a page with a script; and those that came with the form.
    uploads: tuple[UUID, ...] = ()
    posted_files: tuple[tuple[str, "UploadedFile[bytes]"], ...] = ()
    is_raised: bool = False

    @classmethod
    def posted(cls, data: Mapping[str, str], files: Mapping[str, Any] | None = None) -> "Written":
        """The form as it came; nothing is looked at yet."""
        if data.get("quick"):
            return cls(text=data["quick"][:_MOST_POSTED], level=QUICK_LEVEL)
        return cls(
            text=data.get("text", "")[:_MOST_POSTED],
            level=data.get("level", ""),
            within=data.get("within", ""),
            to=data.get("to", ""),
            is_checked=bool(data.get("is_checked")),
            uploads=tuple(found for kind in FileKind if (found := uuid_or_none(data.get(f"upload_{kind.value}", "")))),
            posted_files=tuple((kind.value, file) for kind in FileKind if (file := (files or {}).get(kind.value))),
            is_raised=bool(data.get("is_raised")),
        )

    @property
    def person(self) -> UUID | None:
        """The person who was chosen, if one was."""
        kind, _colon, value = self.to.partition(":")
        return uuid_or_none(value) if kind == "person" else None

    def said(self, actor: Actor, *, now: datetime) -> Said:
        """What the service takes, files made anew. Raises Invalid, at its field, for what is none that is taken."""
        minutes = int(self.within) if self.within in {str(each) for each in WITHIN_MINUTES} else None
        by = now + timedelta(minutes=minutes) if minutes and self.level == Level.NEEDS_ACTION else None
        came = [
            take_whole(actor, kind=kind, size=file.size or 0, parts=_pieces(file)) for kind, file in self.posted_files
        ]
        uploads = (*self.uploads, *came)
        return Said(self.text, self.level, by, self.is_checked, uploads=uploads, is_raised=self.is_raised)

    def recipients(self) -> To:
        """Whom it goes to: "person:ID", "role:ID", or "" for whoever the conversation is with. Raises Invalid."""
        if not self.to:
            return To()
        kind, _colon, value = self.to.partition(":")
        found = uuid_or_none(value)
        if found is None or kind not in {"person", "role"}:
            raise Invalid(fields={"to": _("Choose somebody from the list.")}, code="nobody")
        return To([found]) if kind == "person" else To(role_id=found)


def _pieces(file: "UploadedFile[bytes]") -> Iterator[bytes]:
    return iter(lambda: file.read(PIECE_BYTES), b"")


def ids(values: list[str]) -> list[UUID]:
    """The ids among what was chosen."""
    return [found for found in map(uuid_or_none, values) if found]

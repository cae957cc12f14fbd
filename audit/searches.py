"""What an officer looks for, and where in the answer they are: both go through the address, as ids and never as words.

A record number in an address would end in browser histories and proxy logs, so the form is posted, looked up, and
answered with an address that names the patient by id.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone

from live.refusals import NotFound

OUTCOMES = ("success", "refused", "failed")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Mark:
    """A place between two events: the event it stands at. Database time to the microsecond, then the event's number."""

    recorded: datetime
    event_id: int

    def __str__(self) -> str:
        return f"{(self.recorded - _EPOCH) // timedelta(microseconds=1)}-{self.event_id}"

    @classmethod
    def parse(cls, text: str) -> "Mark":
        """The mark. Raises NotFound for anything that is none: nobody types these."""
        try:
            micros, event_id = (int(part) for part in text.split("-"))
            return cls(_EPOCH + timedelta(microseconds=micros), event_id)
        except (ValueError, OverflowError):
            raise NotFound(act="audit.searched") from None


@dataclass(frozen=True)
class Search:
    """The filters, all of which must fit. Empty: the whole record. `day` is a day of the ward's zone."""

    patient_ids: tuple[UUID, ...] = ()
    person_id: UUID | None = None
    day: date | None = None
    outcome: str = ""
    older_than: Mark | None = None
    newer_than: Mark | None = None

    @classmethod
    def parse(cls, query: QueryDict) -> "Search":
        """The search that an address holds. Raises NotFound for one that no page of ours links to."""
        older, newer, person, day = (query.get(name, "") for name in ("older", "newer", "person", "day"))
        try:
            found = cls(
                patient_ids=tuple(UUID(text) for text in query.getlist("patient")[:10]),
                person_id=UUID(person) if person else None,
                day=date.fromisoformat(day) if day else None,
                outcome=query.get("outcome", ""),
            )
        except ValueError:
            raise NotFound(act="audit.searched") from None
        if found.outcome and found.outcome not in OUTCOMES:
            raise NotFound(act="audit.searched")
        return replace(
            found,
            older_than=Mark.parse(older) if older else None,
            newer_than=Mark.parse(newer) if newer and not older else None,
        )

    def address(self, **changed: object) -> str:
        """The query string of this search with some of it changed; without a change the marks are left out."""
        wanted = replace(self, **{"older_than": None, "newer_than": None, **changed})  # type: ignore[arg-type]
        query = QueryDict(mutable=True)
        query.setlist("patient", [str(patient_id) for patient_id in wanted.patient_ids])
        for name, value in (
            ("person", wanted.person_id),
            ("day", wanted.day),
            ("outcome", wanted.outcome),
            ("older", wanted.older_than),
            ("newer", wanted.newer_than),
        ):
            if value:
                query[name] = str(value)
        return f"?{query.urlencode()}"

    @property
    def here(self) -> str:
        """The address of this very page."""
        return self.address(older_than=self.older_than, newer_than=self.newer_than)

    @property
    def kinds(self) -> list[str]:
        """What is searched by, as the log keeps it."""
        by = {"patient": self.patient_ids, "person": self.person_id, "day": self.day, "outcome": self.outcome}
        return [name for name, value in by.items() if value]

    def bounds(self) -> tuple[datetime, datetime] | None:
        """From and until (aware UTC), or None without a day. A day of the clock's change has 23 or 25 hours."""
        if self.day is None:
            return None
        zone = timezone.get_current_timezone()
        begin, end = (datetime.combine(day, time(), tzinfo=zone) for day in (self.day, self.day + timedelta(days=1)))
        return begin.astimezone(UTC), end.astimezone(UTC)

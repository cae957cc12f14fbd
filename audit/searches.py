"""What an officer looks for, and where in the answer they are: both go through the address, as ids and never as words.

A record number in an address would end in browser histories and proxy logs, so the form is posted, looked up, and
answered with an address that names the patient by id. Such an address can be handed on: it asks for the same for
every officer, and each who opens it is on record for it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from uuid import UUID

from django.http import QueryDict

from audit.acts import GROUPS, KINDS, names_in
from audit.times import day_of, is_askable
from audit.wording import ACTS, RELATIONSHIPS
from live.refusals import NotFound

OUTCOMES = ("success", "refused", "failed")
# Looks at patients that no relationship allowed.
NO_RELATIONSHIP = "none"
MOST_PATIENTS = 10
DEVICE_CHARACTERS = 64
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
    """The filters, all of which must fit. Empty: the whole record.

    `act` is an event's name or a group of audit/acts.py; `unit_id` is the unit that the person worked in; `device` a
    part of the device's name; `address` where their session was signed in from; `since` and `until` are aware UTC.
    """

    patient_ids: tuple[UUID, ...] = ()
    person_id: UUID | None = None
    unit_id: UUID | None = None
    act: str = ""
    outcome: str = ""
    relationship: str = ""
    device: str = ""
    address: str = ""
    since: datetime | None = None
    until: datetime | None = None
    older_than: Mark | None = None
    newer_than: Mark | None = None

    @classmethod
    def parse(cls, query: QueryDict) -> "Search":
        """The search that an address holds. Raises NotFound for one that no page of ours links to."""
        older, newer = query.get("older", ""), query.get("newer", "")
        try:
            found = _filters(query)
        except (ValueError, OverflowError):
            raise NotFound(act="audit.searched") from None
        return replace(
            found,
            older_than=Mark.parse(older) if older else None,
            newer_than=Mark.parse(newer) if newer and not older else None,
        )

    def query(self, **changed: object) -> str:
        """The address's query of this search with some of it changed; without a change the marks are left out."""
        wanted = replace(self, **{"older_than": None, "newer_than": None, **changed})  # type: ignore[arg-type]
        query = QueryDict(mutable=True)
        query.setlist("patient", [str(patient_id) for patient_id in wanted.patient_ids])
        for name, value in (
            ("person", wanted.person_id),
            ("unit", wanted.unit_id),
            ("act", wanted.act),
            ("outcome", wanted.outcome),
            ("relationship", wanted.relationship),
            ("device", wanted.device),
            ("ip", wanted.address),
            ("since", _moment(wanted.since)),
            ("until", _moment(wanted.until)),
            ("older", wanted.older_than),
            ("newer", wanted.newer_than),
        ):
            if value:
                query[name] = str(value)
        return query.urlencode()

    def address_of(self, **changed: object) -> str:
        """The same, with its question mark."""
        return f"?{self.query(**changed)}"

    @property
    def here(self) -> str:
        """The address of this very page."""
        return self.address_of(older_than=self.older_than, newer_than=self.newer_than)

    @property
    def kinds(self) -> list[str]:
        """What is searched by, as the log keeps it."""
        by = {
            "patient": self.patient_ids,
            "person": self.person_id,
            "unit": self.unit_id,
            "act": self.act,
            "outcome": self.outcome,
            "relationship": self.relationship,
            "device": self.device,
            "address": self.address,
            "time": self.since or self.until,
        }
        return [name for name, value in by.items() if value]

    def codes(self) -> dict[str, int | str | list[str]]:
        """The same with its values, as the log keeps them: codes and ids; a device's name stays out."""
        values = {
            "person": self.person_id,
            "unit": self.unit_id,
            "act": self.act,
            "outcome": self.outcome,
            "relationship": self.relationship,
            "address": self.address,
            "since": _moment(self.since),
            "until": _moment(self.until),
        }
        return {"by": self.kinds, **{name: str(value) for name, value in values.items() if value}}

    def acts(self) -> list[str]:
        """The names of the events that `act` stands for; none: every event."""
        if not self.act:
            return []
        return names_in(self.act) if self.act in GROUPS else [self.act]


def _filters(query: QueryDict) -> Search:
    """Raises ValueError for what no filter takes."""
    person, unit, day, address = (query.get(name, "") for name in ("person", "unit", "day", "ip"))
    since, until = (_parsed(query.get(name, "")) for name in ("since", "until"))
    if day:
        since, until = day_of(date.fromisoformat(day))
    found = Search(
        patient_ids=tuple(UUID(text) for text in query.getlist("patient")[:MOST_PATIENTS]),
        person_id=UUID(person) if person else None,
        unit_id=UUID(unit) if unit else None,
        act=_one_of(query.get("act", ""), {*GROUPS, *KINDS, *ACTS}),
        outcome=_one_of(query.get("outcome", ""), OUTCOMES),
        relationship=_one_of(query.get("relationship", ""), {*RELATIONSHIPS, NO_RELATIONSHIP}),
        device=query.get("device", ""),
        address=_address(address) if address else "",
        since=since,
        until=until,
    )
    if not (is_askable(since) and is_askable(until)):
        raise ValueError("no record has this time")
    if len(found.device) > DEVICE_CHARACTERS or not found.device.isprintable():
        raise ValueError("no device has such a name")
    return found


def _address(text: str) -> str:
    if "%" in text:
        raise ValueError("a zone of IPv6 is this machine's own word")
    return str(ip_address(text))


def _one_of(value: str, known: "set[str] | tuple[str, ...]") -> str:
    if value and value not in known:
        raise ValueError("no filter has this value")
    return value


def _moment(moment: datetime | None) -> str:
    """To the minute where that is all of it: 2026-11-24T00:00Z."""
    if moment is None:
        return ""
    spec = "minutes" if not (moment.second or moment.microsecond) else "auto"
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def _parsed(text: str) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment.astimezone(UTC)

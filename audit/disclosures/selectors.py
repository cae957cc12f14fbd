"""The accounting of disclosures of one patient, for the officer's page and for the patient's own document.

The log says that each was made, when and on what basis; the rows beside it hold the words. So it can be given after the
patient's key was destroyed (without the words), and a row that is missing is seen to be missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.actors import PURPOSE, Actor
from audit.disclosures import sealed
from audit.disclosures.bases import CAN_WAIT, GROUNDS, Basis
from audit.disclosures.documents import Words
from audit.disclosures.models import Disclosure, Suspension
from audit.disclosures.rules import Accounting, Entry, Made, account, years_before
from audit.disclosures.rules import Suspension as Silence
from audit.disclosures.services import MADE, What, disclose_unnamed, require_not_own
from audit.selectors import record_numbers, require_officer
from ledger.models import Event
from ledger.services import Detail, record
from live.acting import acting_as_system
from live.refusals import NotFound
from vault.indexes import normalise
from vault.services import Scope, prepare

MOST = 10_000
READ, GIVEN = "audit.accounting_read", "audit.accounting_made"


@dataclass(frozen=True)
class Line:
    """An entry with its words; `words` is None where they were erased, or do not open."""

    entry: Entry
    words: Words | None
    disclosure_id: UUID | None

    @property
    def basis(self) -> Basis:
        """On what basis it was given."""
        return self.entry.last.basis

    @property
    def told(self) -> str:
        """What the patient reads of the basis."""
        return str(GROUNDS[self.basis].told)

    @property
    def law(self) -> str:
        """The paragraph of the law."""
        return GROUNDS[self.basis].law

    @property
    def may_wait(self) -> bool:
        """Whether its recipient may ask that the patient is not told for a time."""
        return self.basis in CAN_WAIT and self.disclosure_id is not None


@dataclass(frozen=True)
class Kept:
    """How many of one basis are in the log and in no accounting, and when the last one was."""

    basis: Basis
    count: int
    last: date

    @property
    def law(self) -> str:
        """The paragraph of the law that leaves it out."""
        return GROUNDS[self.basis].law


@dataclass(frozen=True)
class Disclosures:
    """The accounting with its words. `suspended` and `exempt` are for officers, and in no document of the patient's."""

    patient_id: UUID
    record_number: str
    made: datetime
    since: date
    until: date
    lines: Sequence[Line]
    suspended: Sequence[tuple[Line, date]]
    exempt: Sequence[Kept]
    is_cut: bool


def accounting(actor: Actor, patient_id: UUID, *, since: date | None = None, until: date | None = None) -> Disclosures:
    """The officer's view; the look is on record before it is given.

    Raises NotFound to others, for no patient, and for the officer's own record: what is suspended is kept from it too.
    """
    number = number_for(actor, patient_id)
    return _disclosures(patient_id, number, since=since, until=until)


def accounting_to_give(
    actor: Actor, patient_id: UUID, *, since: date | None = None, until: date | None = None
) -> Disclosures:
    """What is given to the patient: on record as made, and as a disclosure to the patient. Raises as accounting does.

    Nothing of what is suspended or exempt is in it.
    """
    number = _number(actor, patient_id, act=GIVEN)
    found = _disclosures(patient_id, number, since=since, until=until)
    since_day, until_day = found.since.isoformat(), found.until.isoformat()
    detail: Detail = {"entries": len(found.lines), "since": since_day, "until": until_day}
    record(GIVEN, agent=actor.agent, patient_id=patient_id, purpose="PATRQT", detail=detail)
    disclose_unnamed(actor, [patient_id], basis=Basis.INDIVIDUAL, what=What.ACCOUNTING)
    return replace(found, suspended=(), exempt=())


@dataclass(frozen=True)
class Agencys:
    """A disclosure whose recipient may ask for silence, with its words, and whom it is about."""

    disclosure: Disclosure
    words: Words | None
    record_number: str


@acting_as_system("disclosures")
def agencys(actor: Actor, disclosure_id: UUID) -> Agencys:
    """What the page of an agency's statement shows; the look is on record. Raises NotFound for any other disclosure."""
    require_officer(actor)
    row = Disclosure.objects.filter(pk=disclosure_id, basis__in=CAN_WAIT).first()
    if row is None:
        raise NotFound(act=READ, subject_id=disclosure_id)
    return Agencys(row, sealed.words_of(row), number_for(actor, row.patient_id))


def number_for(actor: Actor, patient_id: UUID) -> str:
    """The record number, for a page about this patient's disclosures; the look is on record. Raises NotFound."""
    number = _number(actor, patient_id, act=READ)
    record(READ, agent=actor.agent, patient_id=patient_id, purpose=PURPOSE)
    return number


def _number(actor: Actor, patient_id: UUID, *, act: str) -> str:
    require_officer(actor)
    require_not_own(actor, patient_id, act=act)
    number = record_numbers({patient_id}).get(patient_id, "")
    if not number:
        raise NotFound(act=act, subject_id=patient_id)
    return number


@acting_as_system("disclosures")
def _disclosures(patient_id: UUID, number: str, *, since: date | None, until: date | None) -> Disclosures:
    now = timezone.now()
    today = timezone.localtime(now).date()
    events = _events(patient_id, since=max(filter(None, (since, years_before(today)))))
    rows = Disclosure.objects.in_bulk({event["entity_id"] for event in events if event["entity_id"]})
    prepare([Scope.patient(patient_id)])
    words = {row_id: sealed.words_of(row) for row_id, row in rows.items()}
    made = {event["id"]: _made(event, rows, words) for event in events}
    ids = {event["id"]: event["entity_id"] for event in events}
    found = account(made.values(), _silences(patient_id), asked=today, since=since, until=until)

    def line(entry: Entry) -> Line:
        row_id = ids[entry.last.number]
        return Line(entry, words.get(row_id) if row_id else None, row_id if row_id in rows else None)

    return Disclosures(
        patient_id=patient_id,
        record_number=number,
        made=now,
        since=found.since,
        until=found.until,
        lines=[line(entry) for entry in found.entries],
        suspended=[(line(Entry(each, each, 1)), ends) for each, ends in found.suspended],
        exempt=_kept(found),
        is_cut=len(events) >= MOST,
    )


def _events(patient_id: UUID, *, since: date) -> list[dict[str, Any]]:
    """The patient's own, and those of a list they stand on: what was made since then was recorded since then."""
    begins = datetime.combine(since, time(), tzinfo=timezone.get_current_timezone()).astimezone(UTC)
    found: list[Any] = []
    for whose in (Q(patient_id=patient_id), Q(patient_ids__contains=[patient_id])):
        rows = Event.objects.filter(whose, event=MADE, outcome="success", recorded__gte=begins)
        newest = rows.order_by("-recorded", "-pk").values("id", "entity_id", "detail")
        found += newest[: MOST - len(found)]
    return found


def _made(event: dict[str, Any], rows: dict[UUID, Disclosure], words: dict[UUID, Words | None]) -> Made:
    row, told = rows.get(event["entity_id"]), words.get(event["entity_id"])
    return Made(
        number=event["id"],
        on=date.fromisoformat(event["detail"]["made"]),
        basis=Basis(event["detail"]["basis"]),
        recipient=bytes(row.recipient_index) if row else b"",
        purpose=normalise(told.purpose) if told else "",
    )


def _silences(patient_id: UUID) -> Iterable[Silence]:
    rows = Suspension.objects.filter(disclosure__patient_id=patient_id)
    for recipient, until in rows.values_list("disclosure__recipient_index", "until"):
        yield Silence(bytes(recipient), until)


def _kept(found: Accounting) -> list[Kept]:
    counted: dict[Basis, list[date]] = {}
    for made in found.exempt:
        counted.setdefault(made.basis, []).append(made.on)
    return [Kept(basis, len(days), max(days)) for basis, days in sorted(counted.items())]

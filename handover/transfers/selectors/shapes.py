"""What the reads of this room give back: plain values, ready to be drawn, with nothing left to fetch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.models import Person, Unit
from handover.patients.documents import Headline, Identity, IllnessSeverity, Summary
from handover.transfers.documents import DraftAddress, HandoverDocument, Ipass
from handover.transfers.models import Handover, HandoverVersion, Reminder, Transfer
from handover.transfers.rules import BriefLine, Capacity, Change, Reason, capacity_words

Side = Literal["sender", "receiver", "other"]


@dataclass(frozen=True)
class RungView:
    """One rung with one person. `reached` is None while it is still above them."""

    name: str
    label: str
    reached: datetime | None = None
    device: str = ""


@dataclass(frozen=True)
class Ladder:
    """One person and the seven rungs of the current version, lowest first."""

    person: Person
    rungs: tuple[RungView, ...]

    @property
    def furthest(self) -> RungView | None:
        """The highest rung that was reached, or None."""
        reached = [rung for rung in self.rungs if rung.reached]
        return reached[-1] if reached else None


@dataclass(frozen=True)
class QuestionView:
    id: UUID
    version_number: int
    asked_by: Person
    asked: datetime
    text: str
    answered_by: Person | None = None
    answered: datetime | None = None
    answer: str = ""

    @property
    def is_open(self) -> bool:
        return self.answered is None


@dataclass(frozen=True)
class SynthesisView:
    id: UUID
    version_number: int
    is_of_current_version: bool
    person: Person
    said: datetime
    illness_severity: IllnessSeverity
    first_action: str
    own_words: str
    corrected_by: Person | None = None
    corrected: datetime | None = None
    correction: str = ""


@dataclass(frozen=True)
class AcceptanceView:
    """The acceptance of the newest accepted version; `is_of_current_version` False means: an edit re-opened it."""

    person: Person
    accepted: datetime
    version_number: int
    is_of_current_version: bool


@dataclass(frozen=True)
class DeclineView:
    """Why it was declined: the code in words, then in the receiver's; how full the unit was, None where none is known.

    `code` is empty for one that was declined before there were codes.
    """

    code: str
    words: str
    reason: str
    person: Person
    declined: datetime
    unit: str = ""
    capacity: Capacity | None = None

    @property
    def said(self) -> str:
        """The whole reason; for "other" the receiver's words alone."""
        label = "" if self.code == "other" else self.words
        return ". ".join(part for part in (label, self.reason) if part)

    @property
    def capacity_words(self) -> str:
        """How full the unit was, in one line."""
        return capacity_words(self.unit, self.capacity) if self.capacity else ""


@dataclass(frozen=True)
class ChecklistRow:
    code: str
    words: str
    is_required: bool
    state: str
    state_words: str
    reason: str = ""
    set_by: Person | None = None
    set_at: datetime | None = None


@dataclass(frozen=True)
class OverrideView:
    """`is_usable`: the patient may leave under it. `may_approve`: the reader may be the second person.

    `ends`: when an emergency gives way no longer; `has_ended`: it has. `verdict` is in words, empty until reviewed.
    """

    id: UUID
    requested_by: Person
    requested: datetime
    reason: str
    is_emergency: bool
    second_person: Person | None
    approved: datetime | None
    reviewed_by: Person | None
    reviewed: datetime | None
    verdict: str
    review_note: str
    is_usable: bool
    ends: datetime | None
    has_ended: bool
    may_approve: bool


@dataclass(frozen=True)
class TransferView:
    transfer: Transfer  # with from_unit and to_unit fetched
    to_bed: str
    checklist: tuple[ChecklistRow, ...]
    override: OverrideView | None
    is_late: bool  # the expected departure has passed and the patient is still here


@dataclass(frozen=True)
class HandoverPage:
    """Everything of one handover for one reader. `document` is the current version, None while it is a draft.

    `draft` is for its author only, while there is one. `gate` is None when no transfer is planned, () when it is open.
    `reminded` is the newest reminder, of whichever version.
    `may` names the acts this reader may do now: "save_draft", "send", "edit", "renew", "withdraw", "plan", "answer",
    "correct", "ask", "call", "say_back", "accept", "decline", "set_checklist", "depart", "arrive", "cancel", "return",
    "override", "approve".
    """

    handover: Handover
    role: Side
    document: HandoverDocument | None
    draft: Ipass | None
    draft_revision: int
    draft_address: DraftAddress
    identity: Identity
    headline: Headline
    summary: Summary
    summary_number: int
    version: HandoverVersion | None
    versions: tuple[HandoverVersion, ...]
    recipients: str
    brief: tuple[BriefLine, ...]
    changes: tuple[Change, ...]
    unchanged: tuple[str, ...]
    questions: tuple[QuestionView, ...]
    syntheses: tuple[SynthesisView, ...]
    my_synthesis: SynthesisView | None
    acceptance: AcceptanceView | None
    decline: DeclineView | None
    ladders: tuple[Ladder, ...]
    transfer: TransferView | None
    gate: tuple[Reason, ...] | None
    quality_missing: tuple[str, ...]
    disagreement: str
    call_back: str
    has_patient: Person | None
    reminded: Reminder | None
    may: frozenset[str]

    @property
    def is_gate_open(self) -> bool:
        return self.gate == ()

    @property
    def digest(self) -> str:
        """What an acceptance binds to, in hexadecimal."""
        return bytes(self.version.digest).hex() if self.version else ""


@dataclass(frozen=True)
class BoardMove:
    """One live transfer on a unit's board. `other_unit` is where they come from, or where they go."""

    handover: Handover | None
    transfer: Transfer
    patient_id: UUID
    headline: Headline
    other_unit: Unit
    to_bed: str
    receiver: str
    furthest: RungView | None
    gate: tuple[Reason, ...]
    is_late: bool

    @property
    def is_gate_open(self) -> bool:
        return not self.gate


@dataclass(frozen=True)
class Board:
    unit: Unit
    at: datetime
    arriving: tuple[BoardMove, ...]
    leaving: tuple[BoardMove, ...]


@dataclass(frozen=True)
class InboxLine:
    """One thing to know. `number` is None for what waits for this person without an item of their own (a unit's).

    Lines that `needs_me` come first, the most urgent on top; then the newest.
    """

    number: int | None
    event: str
    at: datetime
    title: str
    line: str
    url: str
    tone: str
    severity: str
    from_name: str
    needs_me: bool
    # Who wrote the handover that waits to be accepted; None of every other line.
    sender_id: UUID | None = None
    # Among what needs the reader: 0 stands on top.
    rank: int = 3


@dataclass(frozen=True)
class InboxGroup:
    """Lines that belong together: several patients whom one person handed over at one time, or one line alone."""

    lines: tuple[InboxLine, ...]

    @property
    def is_several(self) -> bool:
        return len(self.lines) > 1

    @property
    def from_name(self) -> str:
        return self.lines[0].from_name


@dataclass(frozen=True)
class NextUp:
    """The next patient of the same sender whom this reader has not accepted; `left` counts that one too."""

    handover_id: UUID
    headline: Headline
    unit: Unit
    sender: str
    left: int

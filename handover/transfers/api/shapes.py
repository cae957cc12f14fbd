"""The JSON shapes of this room's API."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from accounts.apiparts import View
from handover.patients.documents import IllnessSeverity
from handover.transfers.documents import HandoverDocument, Ipass, SynthesisDocument


class PersonOut(View):
    id: UUID
    display_name: str
    role: str


class ReasonOut(View):
    code: str
    words: str
    since: datetime | None = None


class RungOut(View):
    name: str
    label: str
    reached: datetime | None
    device: str


class LadderOut(View):
    person: PersonOut
    rungs: list[RungOut]


class QuestionOut(View):
    id: UUID
    version_number: int
    asked: datetime
    text: str
    answered: datetime | None
    answer: str


class SynthesisOut(View):
    id: UUID
    version_number: int
    person: PersonOut
    said: datetime
    illness_severity: IllnessSeverity
    first_action: str
    own_words: str
    correction: str


class BriefOut(View):
    label: str
    text: str


class CapacityOut(View):
    """Counts, as the product knew them when the handover was declined."""

    patients: int
    arriving: int
    leaving: int
    nurses: int
    physicians: int


class DeclinedOut(View):
    code: str
    words: str
    reason: str
    person: PersonOut
    declined: datetime
    unit: str
    capacity: CapacityOut | None


class HandoverOut(View):
    id: UUID
    status: str
    side: Literal["sender", "receiver", "other"]
    recipients: str
    version_id: UUID | None
    version_number: int | None
    digest: str
    document: HandoverDocument | None
    draft: Ipass | None
    draft_revision: int
    brief: list[BriefOut]
    questions: list[QuestionOut]
    syntheses: list[SynthesisOut]
    ladders: list[LadderOut]
    accepted_by: PersonOut | None
    accepted: datetime | None
    declined: DeclinedOut | None
    transfer_id: UUID | None
    gate: list[ReasonOut] | None
    has_patient: PersonOut | None
    may: list[str]


class DraftIn(BaseModel):
    revision: int
    ipass: Ipass


class RevisionOut(View):
    ok: bool = True
    revision: int


class PlanIn(BaseModel):
    to_unit_id: UUID
    to_bed: str = ""
    expected_departure: datetime | None = None


class SendIn(BaseModel):
    address: Literal["person", "on_duty", "unit"]
    person_id: UUID | None = None
    unit_id: UUID | None = None
    transfer: PlanIn | None = None


class EditIn(BaseModel):
    seen_version: int
    ipass: Ipass


class VersionIn(BaseModel):
    version_id: UUID


class SayBackIn(VersionIn):
    synthesis: SynthesisDocument


class AcceptIn(VersionIn):
    digest: str


class ConfirmIn(VersionIn):
    summary_number: int


class WordsIn(BaseModel):
    text: str


class DeclineIn(BaseModel):
    """`reason`: what there is to say beside the code, needed for "other"."""

    code: Literal["no_bed", "no_staff", "higher_level_of_care", "another_unit", "other"]
    reason: str = ""


class CallOut(View):
    ok: bool = True
    call_back: str


class DepartIn(BaseModel):
    """Who it is, entered again: asked for where somebody in the unit is easily taken for the patient."""

    year_of_birth: str = ""


class ItemIn(BaseModel):
    state: Literal["open", "attached", "not_applicable", "missing"]
    reason: str = ""


class OverrideIn(BaseModel):
    reason: str
    is_emergency: bool = False


class MoveOut(View):
    transfer_id: UUID
    patient_id: UUID
    status: str
    other_unit: str
    to_bed: str
    receiver: str
    gate: list[ReasonOut]
    is_late: bool


class BoardOut(View):
    unit_id: UUID
    arriving: list[MoveOut]
    leaving: list[MoveOut]


class InboxOut(View):
    number: int | None
    event: str
    at: datetime
    title: str
    line: str
    url: str
    needs_me: bool


class HeldOut(View):
    person: PersonOut
    unit: str
    since: datetime
    until: datetime | None

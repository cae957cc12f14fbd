"""The typed shape of what is sealed about a patient. Versioned: a document of an older schema is upgraded when read.

A section always says which of five it is: filled, none known, not asked, withheld, unavailable. A blank is never
"none". Each entry carries where it came from, who recorded it and when.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Generic, Literal, Self, TypeVar
from uuid import UUID, uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
RequiredLine = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


class Document(BaseModel):
    """A value that is sealed as JSON: unknown fields are refused, so that nothing rides along unseen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sentence(Document):
    """Words that somebody gives as a reason, a question or an answer about one patient."""

    schema_version: Literal[1] = 1
    text: Text


class Source(Document):
    """Where a fact came from. `system` is "" for a fact entered by hand, else the importing system's name."""

    system: Line = ""
    author_id: UUID | None = None
    author: Line = ""
    recorded: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))


class Entry(Document):
    """One line of a section. `id` stays the same when it is corrected."""

    id: UUID = Field(default_factory=uuid4)
    source: Source = Field(default_factory=Source)


class Coded(Entry):
    """An entry that may carry a code of a terminology beside its words."""

    code: Line = ""
    code_system: Line = ""


class Problem(Coded):
    text: RequiredLine
    status: Literal["active", "resolved"] = "active"
    onset: Line = ""  # an ISO date, whole or partial
    is_reason_for_stay: bool = False


class Allergy(Coded):
    substance: RequiredLine
    reaction: Line = ""
    criticality: Literal["high", "low", "unknown"] = "unknown"
    kind: Literal["allergy", "intolerance"] = "allergy"
    is_confirmed: bool | None = None  # None: the source did not say
    since: Line = ""


class Medication(Coded):
    name: RequiredLine
    dose: Line = ""
    route: Line = ""
    frequency: Line = ""
    status: Literal["current", "held", "stopped"] = "current"
    last_given: AwareDatetime | None = None
    next_due: AwareDatetime | None = None
    infusion_rate: Line = ""


class CodeStatus(Entry):
    value: Literal["full", "dnar", "limits"]
    limits: Line = ""
    decided_by: Line = ""
    decided: Line = ""  # an ISO date or date-time


class Alert(Coded):
    kind: Literal["isolation", "falls", "airway", "behaviour", "skin", "other"] = "other"
    text: RequiredLine
    since: Line = ""


class Device(Coded):
    """A line, a drain, an airway or another device in the patient."""

    kind: Literal["line", "drain", "airway", "catheter", "implant", "other"] = "other"
    text: RequiredLine
    site: Line = ""
    placed: Line = ""
    checked: AwareDatetime | None = None


class VitalSigns(Entry):
    """One set of observations. Rates per minute, pressures in mmHg, temperature in degrees Celsius, flow in L/min."""

    taken: AwareDatetime
    respirations_per_min: int | None = None
    spo2_percent: int | None = None
    spo2_scale: Literal[1, 2] = 1
    on_oxygen: bool | None = None
    oxygen_device: Line = ""
    oxygen_flow_l_per_min: float | None = None
    systolic_mmhg: int | None = None
    diastolic_mmhg: int | None = None
    pulse_per_min: int | None = None
    consciousness: Literal["A", "C", "V", "P", "U"] | None = None
    temperature_c: float | None = None


class Result(Coded):
    name: RequiredLine
    value: Line = ""
    unit: Line = ""
    flag: Literal["", "low", "high", "critical", "abnormal"] = ""
    taken: AwareDatetime | None = None


class PendingResult(Coded):
    """A result that has been asked for and is not back: somebody must own it."""

    name: RequiredLine
    ordered: AwareDatetime | None = None
    owner: Line = ""
    call_back: Line = ""


class Procedure(Coded):
    text: RequiredLine
    done: Line = ""


class Diet(Entry):
    text: RequiredLine
    nil_by_mouth: bool = False
    last_intake: AwareDatetime | None = None


class Mobility(Entry):
    text: RequiredLine
    aids: Line = ""
    staff_needed: int | None = None
    falls_risk: Literal["unknown", "low", "high"] = "unknown"


class Weight(Entry):
    kg: float = Field(gt=0, lt=700)
    how: Literal["measured", "estimated", "unknown"] = "unknown"
    taken: AwareDatetime | None = None


class Language(Entry):
    """A spoken language by BCP 47 tag. `interpreter_needed` is its own answer; None is 'not asked'."""

    tag: RequiredLine
    name: Line = ""
    interpreter_needed: bool | None = None
    interpreter_kind: Line = ""


class FamilyContact(Entry):
    name: RequiredLine
    relationship: Line = ""
    phone: Line = ""
    told_of_move: bool | None = None
    told_by: Line = ""


class Belonging(Entry):
    text: RequiredLine
    held_by: Line = ""


class WhatMatters(Entry):
    text: Text


class SectionState(StrEnum):
    """What a section says of itself. Source: FHIR R4 list-empty-reason; 'filled' is ours."""

    FILLED = "filled"
    NONE_KNOWN = "none_known"
    NOT_ASKED = "not_asked"
    WITHHELD = "withheld"
    UNAVAILABLE = "unavailable"


EntryT = TypeVar("EntryT", bound=Entry)


class Section(Document, Generic[EntryT]):
    """A part of the summary: filled with entries, or empty for a stated reason, by whom and when."""

    state: SectionState = SectionState.NOT_ASKED
    source: Source | None = None
    entries: tuple[EntryT, ...] = ()

    @model_validator(mode="after")
    def _filled_means_entries(self) -> Self:
        if (self.state == SectionState.FILLED) != bool(self.entries):
            raise ValueError("a section is filled if, and only if, it has entries")
        return self


class Summary(Document):
    """A patient's structured summary: the sections of the International Patient Summary and of the bedside."""

    schema_version: Literal[1] = 1
    problems: Section[Problem] = Section[Problem]()
    allergies: Section[Allergy] = Section[Allergy]()
    medications: Section[Medication] = Section[Medication]()
    code_status: Section[CodeStatus] = Section[CodeStatus]()
    alerts: Section[Alert] = Section[Alert]()
    devices: Section[Device] = Section[Device]()
    vital_signs: Section[VitalSigns] = Section[VitalSigns]()
    results: Section[Result] = Section[Result]()
    pending_results: Section[PendingResult] = Section[PendingResult]()
    procedures: Section[Procedure] = Section[Procedure]()
    diet: Section[Diet] = Section[Diet]()
    mobility: Section[Mobility] = Section[Mobility]()
    weight: Section[Weight] = Section[Weight]()
    language: Section[Language] = Section[Language]()
    family_contact: Section[FamilyContact] = Section[FamilyContact]()
    belongings: Section[Belonging] = Section[Belonging]()
    what_matters: Section[WhatMatters] = Section[WhatMatters]()


class Identifier(Document):
    system: Line = ""
    value: RequiredLine
    kind: Line = ""  # "record number", "national number", ...


class Identity(Document):
    """Who the patient is. `birth_date` is an ISO date, whole or partial, or "" when it is not known."""

    schema_version: Literal[1] = 1
    family: Line = ""
    given: Line = ""
    birth_date: Line = ""
    sex: Literal["female", "male", "other", "unknown"] = "unknown"
    record_number: RequiredLine
    identifiers: tuple[Identifier, ...] = ()
    phone: Line = ""


class IllnessSeverity(StrEnum):
    """I-PASS, the first letter: how ill."""

    STABLE = "stable"
    WATCHER = "watcher"
    UNSTABLE = "unstable"


class Headline(Document):
    """The facts of one row in a list of patients, kept beside the summary and rewritten with each version of it."""

    schema_version: Literal[1] = 1
    family: Line = ""
    given: Line = ""
    birth_date: Line = ""
    sex: Line = "unknown"
    record_number: Line = ""
    bed: Line = ""
    illness_severity: IllnessSeverity | None = None
    severity_set: AwareDatetime | None = None
    news2_total: int | None = None
    news2_complete: bool = False
    news2_band: Line = ""  # "low", "low-medium", "medium", "high", "incomplete", "" when never measured
    news2_table: Line = ""  # the version of the table that it was scored by; "" of one kept before this was noted
    vitals_taken: AwareDatetime | None = None
    why_here: Line = ""
    allergies: Line = ""  # the words of the danger line, or "" when none known
    allergies_state: SectionState = SectionState.NOT_ASKED
    code_status: Line = ""
    code_status_value: Line = ""  # "full", "dnar", "limits", "" when nobody has recorded one
    news2_trend: tuple[int, ...] = ()  # the last totals, oldest first; a floor where a set was not complete
    isolation: Line = ""
    next_due: AwareDatetime | None = None
    next_due_what: Line = ""

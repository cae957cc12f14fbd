"""The I-PASS handover and the smaller documents of a transfer, as they are sealed.

Source of the parts: AHRQ TeamSTEPPS, I-PASS. The digest of a version is SHA-256 over its canonical JSON, which holds a
random salt, so that a digest in the log tells nobody what a short handover said.
"""

import hashlib
import json
import secrets
from typing import Literal
from uuid import UUID, uuid4

from pydantic import AwareDatetime, Field

from handover.patients.documents import Document, IllnessSeverity, Line, RequiredLine, Summary, Text


class PatientSummary(Document):
    """The P of I-PASS in its five parts."""

    statement: Text = ""
    events: Text = ""
    course: Text = ""
    assessment: Text = ""
    plan: Text = ""


class Action(Document):
    """One line of the action list: what, who, by when."""

    id: UUID = Field(default_factory=uuid4)
    what: RequiredLine
    who: Line = ""
    by_when: AwareDatetime | None = None


class Contingency(Document):
    """If this happens, then do that."""

    if_this: RequiredLine
    then_that: RequiredLine


class Ipass(Document):
    """What the writer writes. Severity is None until it is set for this handover: it is never carried over."""

    illness_severity: IllnessSeverity | None = None
    severity_set: AwareDatetime | None = None
    patient_summary: PatientSummary = PatientSummary()
    action_list: tuple[Action, ...] = ()
    situation_awareness: Text = ""
    contingency_plan: tuple[Contingency, ...] = ()
    call_back: Line = ""


class DraftAddress(Document):
    """To whom a draft is to go, as it was chosen so far: the values of the form's fields, whole or not."""

    to_unit: Line = ""
    to: Line = ""
    to_bed: Line = ""
    departure: Line = ""


class Draft(Ipass):
    """What is sealed of a draft: the words, and beside them the receiver that was chosen. A version holds the words."""

    address: DraftAddress = DraftAddress()


class HandoverDocument(Document):
    """One version of a handover, whole: what was written and the structured summary as it stood when it was sent."""

    schema_version: Literal[1] = 1
    salt: str = Field(default_factory=lambda: secrets.token_hex(16))
    handover_id: UUID
    patient_id: UUID
    number: int
    written: AwareDatetime
    author: Line
    ipass: Ipass
    summary: Summary
    summary_number: int
    # Names of the parts whose words are those of the patient's previous handover.
    unchanged: tuple[Line, ...] = ()

    def canonical(self) -> bytes:
        """The bytes that are sealed and digested: JSON, keys sorted, no spaces, UTF-8."""
        return json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()

    def digest(self) -> bytes:
        """32 bytes: SHA-256 of the canonical form."""
        return digest_of(self.canonical())


def digest_of(canonical: bytes) -> bytes:
    """32 bytes: what a version is acknowledged by, of its canonical form."""
    return hashlib.sha256(canonical).digest()


class SynthesisDocument(Document):
    """What the receiver said back: the severity repeated, the first action, one line in their own words."""

    schema_version: Literal[1] = 1
    illness_severity: IllnessSeverity
    first_action: Line = ""
    own_words: RequiredLine


class TransferDetails(Document):
    """What of a move is told only to those who may see the patient."""

    schema_version: Literal[1] = 1
    to_bed: Line = ""


class Words(Document):
    """A sealed sentence: a question, an answer, a reason, a correction."""

    schema_version: Literal[1] = 1
    text: Text

"""What is sealed in a flag: a sentence of somebody, and the four-factor worksheet of a breach."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Words(BaseModel):
    """A question, an answer, a note, or why a patient is marked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    text: str


class Worksheet(BaseModel):
    """The risk assessment of a breach, in its four factors. Source: 45 CFR 164.402(2)(i) to (iv)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    nature: str = ""
    who: str = ""
    acquired: str = ""
    mitigated: str = ""

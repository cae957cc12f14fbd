"""What is sealed in a disclosure: to whom it went, and what and why in a sentence each."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Words(BaseModel):
    """The words that an accounting tells the patient. `address` is empty where it is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    recipient: str
    address: str = ""
    what: str
    purpose: str


class Statement(BaseModel):
    """Who of the agency said that the patient is not to be told for a time. Source: 45 CFR 164.528(a)(2)(ii)(A)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    said_by: str

"""The typed shapes of what is sealed in a page: SBAR, with the number to call back; a view; each with a salt."""

import secrets
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from handover.patients.documents import Document, Line

# A page is read at a glance, by somebody who runs: what is longer belongs into the summary.
PART_LENGTH = 1000
Part = Annotated[str, StringConstraints(strip_whitespace=True, max_length=PART_LENGTH)]


class Sbar(Document):
    """Situation, background, assessment, recommendation. Source: NHS SBAR; who calls is the page's own sender."""

    schema_version: Literal[1] = 1
    salt: str = Field(default_factory=lambda: secrets.token_hex(16))
    situation: Annotated[Part, StringConstraints(min_length=1)]
    background: Part = ""
    assessment: Part = ""
    recommendation: Part = ""
    call_back: Line = ""
    # Of a page that calls the next of the chain: what its sender thinks, and what the owner of the page before said.
    own_view: Part = ""
    other_view: Part = ""


class View(Document):
    """What the owner of a page that was not agreed on thinks, in their own words."""

    schema_version: Literal[1] = 1
    salt: str = Field(default_factory=lambda: secrets.token_hex(16))
    text: Annotated[Part, StringConstraints(min_length=1)]

"""The typed shape of what is sealed of a thread."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from handover.messaging.rules import LONGEST
from handover.patients.documents import Document


class Text(Document):
    """What was said, or the title of a group."""

    schema_version: Literal[1] = 1
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]

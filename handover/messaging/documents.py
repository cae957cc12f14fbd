"""The typed shape of what is sealed of a thread.

With a random salt, so that a digest in the log tells nobody what a short message said.
"""

import secrets
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from handover.messaging.rules import LONGEST
from handover.patients.documents import Document


class SentFile(Document):
    """A file that went with a message: so that the digest of what was said is of its files as well."""

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,16}$")]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Text(Document):
    """What was said, or the title of a group. Nothing from before there were digests of files names any."""

    schema_version: Literal[1] = 1
    salt: str = Field(default_factory=lambda: secrets.token_hex(16))
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
    files: tuple[SentFile, ...] = ()

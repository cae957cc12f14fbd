"""Search in what one may read: opened and looked through, newest first, up to a bound that the answer tells.

No index of words lies in the database: how often each word comes would tell what is written about. docs/decisions/0085.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.messaging.access import visible_to
from handover.messaging.models import Message
from handover.messaging.selectors.drawn import Drawn, drawn
from handover.messaging.selectors.titles import Title, titles
from handover.patients import access
from ledger import services as ledger
from live.refusals import Invalid
from vault.indexes import normalise

SEARCHED = "message.searched"
MOST_OPENED, MOST_FOUND = 1000, 50
_LEAST_LETTERS = 3


@dataclass(frozen=True)
class Hit:
    """A message that holds all of the words, and where it stands."""

    told: Drawn
    thread_id: UUID
    title: Title
    sent: datetime


@dataclass(frozen=True)
class Found:
    """What was found among the newest messages; `is_all`: there are no older ones that were not looked through."""

    hits: list[Hit]
    looked_through: int
    is_all: bool


@transaction.atomic
def search(actor: Actor, words: str) -> Found:
    """The newest messages that hold all of the words, without accents and in whatever case. Recorded, found or not.

    A message that was retracted is not found, and of one that was edited its words as they stand. Raises Invalid for
    words of fewer than three letters.
    """
    wanted = [normalise(word) for word in words.split()]
    if not wanted or any(len(word) < _LEAST_LETTERS for word in wanted):
        raise Invalid(fields={"words": _("Write words of three letters or more.")}, act=SEARCHED)
    rows = Message.objects.filter(thread__in=visible_to(actor))
    rows = rows.select_related("author", "to_role", "thread__role__unit").order_by("-sent", "-number")
    newest = list(rows[: MOST_OPENED + 1])
    looked = newest[:MOST_OPENED]
    told = drawn(looked)
    found = [row for row in looked if _holds(told[row.pk]["text"], wanted)][:MOST_FOUND]
    _record(actor, found)
    named = titles([row.thread for row in found], reader_id=actor.person.pk)
    hits = [Hit(told[row.pk], row.thread_id, named[row.thread_id], row.sent) for row in found]
    return Found(hits, len(looked), is_all=len(newest) <= MOST_OPENED)


def _holds(text: str, wanted: list[str]) -> bool:
    squeezed = normalise(text)
    return bool(squeezed) and all(word in squeezed for word in wanted)


def _record(actor: Actor, found: list[Message]) -> None:
    patients = list(dict.fromkeys(row.thread.patient_id for row in found if row.thread.patient_id))
    allowed = access.rows_allowing([(actor.person.pk, patient_id) for patient_id in patients])
    ledger.record_read(
        SEARCHED,
        agent=actor.agent,
        patient_ids=patients,
        relationship_ids=list(allowed.values()),
        detail={"found": len(found)},
    )

"""What of duty waits for a person in the inbox: a colleague asks for cover, and they have not answered.

Duty stands below the inbox and knows none: what waits there is asked for from here.
"""

from collections.abc import Sequence

from django.utils import timezone

from accounts.actors import Actor
from handover.duty.rules import SOON
from handover.duty.selectors import open_asks_of
from handover.transfers.waiting import Waits
from live.inbox import Subject


def waiting_cover(actor: Actor) -> Sequence[Waits]:
    """The open asks: urgent where the turn begins within a day, as the lead hears of those soon."""
    now = timezone.now()
    return [
        Waits(
            "cover.asked",
            Subject("cover_request", ask.request_id),
            ask.request.made,
            rank=1 if ask.request.starts - now < SOON else 3,
        )
        for ask in open_asks_of(actor.person, at=now)
    ]

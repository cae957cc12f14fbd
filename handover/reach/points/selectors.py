"""A person's own addresses as their page shows them; and where a code goes."""

from dataclasses import dataclass
from uuid import UUID

from handover.reach import channels
from handover.reach.models import ADDRESSED, Channel, ContactPoint
from handover.reach.points import rules
from handover.reach.sealed import address_of


@dataclass(frozen=True)
class Line:
    """One channel as the page shows it: the address that is used, and the one that waits for its code."""

    channel: Channel
    is_offered: bool
    used: ContactPoint | None
    used_address: str
    waiting: ContactPoint | None
    waiting_address: str

    @property
    def label(self) -> str:
        return str(self.channel.label)


def lines_of(person_id: UUID) -> list[Line]:
    """Each channel that has an address; those that this installation cannot send by only where one is there."""
    rows = ContactPoint.objects.filter(person_id=person_id, ended__isnull=True)
    used = {row.channel: row for row in rows if row.verified}
    waiting = {row.channel: row for row in rows if not row.verified}
    offered = channels.configured()
    return [
        Line(
            channel,
            channel in offered,
            used.get(channel),
            address_of(used[channel]) if channel in used else "",
            waiting.get(channel),
            address_of(waiting[channel]) if channel in waiting else "",
        )
        for channel in ADDRESSED
        if channel in offered or channel in used
    ]


def letter_of(point_id: UUID) -> tuple[str, str] | None:
    """Where the code for this address goes, and the code; None when it waits for none any more."""
    rows = ContactPoint.objects.filter(pk=point_id, verified=None, ended=None, proof__isnull=False)
    point = rows.select_related("proof").first()
    return (address_of(point), rules.code_of(str(point.proof.pk))) if point else None

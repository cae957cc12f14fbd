"""What the channels with an address of the person have in common: whose it is, and opening it."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import QuerySet

from handover.reach.models import Channel, ContactPoint
from handover.reach.sealed import address_of
from vault.errors import ProviderError, VaultError


class Addressed:
    """An adapter of a channel whose address is a ContactPoint."""

    channel: Channel

    def reaches(self, person_ids: Collection[UUID]) -> set[UUID]:
        """Who has an address that they have shown to be theirs, and still works here."""
        rows = usable_points(self.channel).filter(person_id__in=person_ids)
        return set(rows.values_list("person_id", flat=True))

    def proves(self, person_ids: Collection[UUID]) -> set[UUID]:
        """The same: an address proves itself once, when its owner types the code that was sent to it."""
        return self.reaches(person_ids)

    def find(self, person_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Their addresses. One that does not open is nobody's: it is on record, and holds up no other person's."""
        found = {}
        for row in usable_points(self.channel).filter(person_id__in=person_ids):
            try:
                found[row.person_id] = address_of(row)
            except ProviderError:
                # None opens while the key provider is away: what was claimed is tried again.
                raise
            except VaultError:
                continue
        return found


def usable_points(channel: Channel) -> QuerySet[ContactPoint]:
    """The addresses of this channel that may be used."""
    return ContactPoint.objects.filter(
        channel=channel, verified__isnull=False, ended__isnull=True, person__is_active=True
    )

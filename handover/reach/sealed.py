"""How an address lies in the database: sealed under its person's own data key, for its row alone, and found blindly."""

from handover.reach.models import Channel, ContactPoint
from vault.indexes import blind_index
from vault.services import Place, Scope, seal, unseal


def seal_address(point: ContactPoint, address: str) -> None:
    """Puts the address on the row, which is not saved here. Raises VaultError subclasses."""
    point.sealed_address = seal(address.encode(), scope=Scope.person(point.person_id), place=_place(point))
    point.address_index = index_of(Channel(point.channel), address)


def address_of(point: ContactPoint) -> str:
    """The number or address. Raises VaultError subclasses."""
    return unseal(point.sealed_address, scope=Scope.person(point.person_id), place=_place(point)).decode()


def index_of(channel: Channel, address: str) -> bytes:
    """What equal addresses of one channel have in common. Of a number its digits count, however it was written."""
    return blind_index(address, purpose=f"reach:{channel.value}")


def _place(point: ContactPoint) -> Place:
    return Place(model="reach.ContactPoint", field="sealed_address", row=point.pk)

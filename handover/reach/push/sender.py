"""The key by which push services know this installation: made at the first need, sealed, and the same ever after."""

from handover.reach.push.models import HOUSE_KEY, House
from vault.services import Place, Scope, seal, unseal
from vault.webpush import SenderKey, new_sender_key

_PLACE = Place(model="push.House", field="sealed_key", row=HOUSE_KEY)


def sender_key() -> SenderKey:
    """The key. Of two processes that meet the empty table both give what the first has written.

    Raises VaultError subclasses when it does not open.
    """
    row = House.objects.filter(pk=HOUSE_KEY).first()
    if row is None:
        made = seal(new_sender_key().scalar, scope=Scope.house(), place=_PLACE)
        House.objects.bulk_create([House(sealed_key=made)], ignore_conflicts=True)
        row = House.objects.get(pk=HOUSE_KEY)
    return SenderKey(unseal(row.sealed_key, scope=Scope.house(), place=_PLACE))

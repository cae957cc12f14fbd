"""The acts of this room. Each is one durable transaction: who may, the rule, the rows, the log, the inboxes.

Every act takes the actor first and a `key` that is its own for ever: the same key again gives the first answer again.
"""

from handover.transfers.services.addresses import Recipient, TransferPlan

__all__ = ["Recipient", "TransferPlan"]

"""The acts of this room. Each is one durable transaction: who may, the rule, the rows, the log, the inboxes.

Every act takes the actor first and a `key` that is its own for ever: the same key again gives the first answer again.
acts.py is the frame they share.
"""

from handover.transfers.services.addresses import Recipient, TransferPlan, address_for
from handover.transfers.services.asking import answer, ask, request_call
from handover.transfers.services.confirming import confirm
from handover.transfers.services.moves import (
    arrive,
    cancel_transfer,
    depart,
    plan_transfer,
    return_patient,
    set_checklist_item,
)
from handover.transfers.services.overriding import approve_override, request_override, review_override
from handover.transfers.services.receiving import (
    accept,
    correct_synthesis,
    decline,
    open_handover,
    read_handover,
    say_back,
)
from handover.transfers.services.reminding import remind
from handover.transfers.services.responsibility import finish_action, take_patient
from handover.transfers.services.sending import edit_handover, renew_handover, send_handover, withdraw_handover
from handover.transfers.services.writing import Typed, draft_handover, save_draft

__all__ = [
    "Recipient",
    "TransferPlan",
    "Typed",
    "accept",
    "address_for",
    "answer",
    "approve_override",
    "arrive",
    "ask",
    "cancel_transfer",
    "confirm",
    "correct_synthesis",
    "decline",
    "depart",
    "draft_handover",
    "edit_handover",
    "finish_action",
    "open_handover",
    "plan_transfer",
    "read_handover",
    "remind",
    "renew_handover",
    "request_call",
    "request_override",
    "return_patient",
    "review_override",
    "save_draft",
    "say_back",
    "send_handover",
    "set_checklist_item",
    "take_patient",
    "withdraw_handover",
]

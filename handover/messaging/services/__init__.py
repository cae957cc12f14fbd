"""The acts of this room. Each is one durable transaction: who may, the rule, the rows, the log, the inboxes."""

from handover.messaging.services.answering import Task, acknowledge, make_task
from handover.messaging.services.calling import CallIn, call_in
from handover.messaging.services.revising import edit, retract
from handover.messaging.services.sending import Said, To, forward, send_message
from handover.messaging.services.threads import Between, add_member, open_thread, remove_member, see
from handover.messaging.services.uploading import take_piece, take_whole

__all__ = [
    "Between",
    "CallIn",
    "Said",
    "Task",
    "To",
    "acknowledge",
    "add_member",
    "call_in",
    "edit",
    "forward",
    "make_task",
    "open_thread",
    "remove_member",
    "retract",
    "see",
    "send_message",
    "take_piece",
    "take_whole",
]

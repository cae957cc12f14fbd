"""The reads of this room, each starting from what this person may see and recorded before content leaves."""

from handover.messaging.selectors.files import bytes_of, file_for, photo_for
from handover.messaging.selectors.search import Found, search
from handover.messaging.selectors.threads import MessageRow, ThreadPage, ThreadRow, thread_page, threads_of
from handover.messaging.selectors.waiting import waiting_messages

__all__ = [
    "Found",
    "MessageRow",
    "ThreadPage",
    "ThreadRow",
    "bytes_of",
    "file_for",
    "photo_for",
    "search",
    "thread_page",
    "threads_of",
    "waiting_messages",
]

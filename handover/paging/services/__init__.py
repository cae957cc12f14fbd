"""The acts on pages: each one durable transaction."""

from handover.paging.services.answering import answer_page, finish_page, open_page, raise_page, withdraw_page
from handover.paging.services.beside import page_also
from handover.paging.services.deciding import decide_not_to_page
from handover.paging.services.disagreeing import add_view, disagree
from handover.paging.services.policies import set_policy, set_target
from handover.paging.services.sending import Wanted, send_page

__all__ = [
    "Wanted",
    "add_view",
    "answer_page",
    "decide_not_to_page",
    "disagree",
    "finish_page",
    "open_page",
    "page_also",
    "raise_page",
    "send_page",
    "set_policy",
    "set_target",
    "withdraw_page",
]

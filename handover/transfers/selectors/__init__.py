"""The reads of this room, each starting from what this person may see, and each on the record."""

from handover.transfers.selectors.boards import board
from handover.transfers.selectors.inbox import grouped, inbox_count, inbox_page, next_from
from handover.transfers.selectors.pages import (
    Draft,
    draft_of,
    handover_id_of,
    handover_page,
    override_page,
    transfer_page,
)
from handover.transfers.selectors.people import ActionView, open_actions, who_has
from handover.transfers.selectors.reviews import (
    OverrideRow,
    Reviews,
    override_to_review,
    overrides_to_review,
)
from handover.transfers.selectors.shapes import (
    AcceptanceView,
    Board,
    BoardMove,
    ChecklistRow,
    HandoverPage,
    InboxGroup,
    InboxLine,
    Ladder,
    NextUp,
    OverrideView,
    QuestionView,
    RungView,
    SynthesisView,
    TransferView,
)
from handover.transfers.selectors.shift import ShiftCard, ShiftPage, ShiftSent, shift_card, shift_page, shift_sent

__all__ = [
    "AcceptanceView",
    "ActionView",
    "Board",
    "BoardMove",
    "ChecklistRow",
    "Draft",
    "HandoverPage",
    "InboxGroup",
    "InboxLine",
    "Ladder",
    "NextUp",
    "OverrideRow",
    "OverrideView",
    "QuestionView",
    "Reviews",
    "RungView",
    "ShiftCard",
    "ShiftPage",
    "ShiftSent",
    "SynthesisView",
    "TransferView",
    "board",
    "draft_of",
    "grouped",
    "handover_id_of",
    "handover_page",
    "inbox_count",
    "inbox_page",
    "next_from",
    "open_actions",
    "override_page",
    "override_to_review",
    "overrides_to_review",
    "shift_card",
    "shift_page",
    "shift_sent",
    "transfer_page",
    "who_has",
]

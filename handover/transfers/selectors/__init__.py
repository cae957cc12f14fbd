"""The reads of this room, each starting from what this person may see, and each on the record."""

from handover.transfers.selectors.shapes import (
    AcceptanceView,
    Board,
    BoardMove,
    ChecklistRow,
    HandoverPage,
    InboxLine,
    Ladder,
    OverrideView,
    QuestionView,
    RungView,
    SynthesisView,
    TransferView,
)

__all__ = [
    "AcceptanceView",
    "Board",
    "BoardMove",
    "ChecklistRow",
    "HandoverPage",
    "InboxLine",
    "Ladder",
    "OverrideView",
    "QuestionView",
    "RungView",
    "SynthesisView",
    "TransferView",
]

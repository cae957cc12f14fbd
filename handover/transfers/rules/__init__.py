"""The rules of a handover: pure functions over plain values, no ORM and no clock of their own."""

from handover.transfers.rules.brief import BriefFacts, BriefLine, brief, severity_words
from handover.transfers.rules.changes import Change, action_words, changes, changes_since, label_of, unchanged_parts
from handover.transfers.rules.checklist import CHECKLIST, words_of
from handover.transfers.rules.declining import DECLINE_CODES, Capacity, capacity_words, decline_words
from handover.transfers.rules.destination import Receiver, is_of_destination, misdirected
from handover.transfers.rules.gate import (
    ACCEPTANCE_GOOD_FOR,
    GateFacts,
    Item,
    OpenQuestion,
    Reason,
    gate,
    may_be_confirmed,
    vitals_changed,
)
from handover.transfers.rules.override import (
    Asked,
    emergency_ends,
    has_ended,
    is_overdue,
    is_usable,
    lock_words,
)
from handover.transfers.rules.quality import PARTS, Quality, disagreement, quality, receiver_points
from handover.transfers.rules.rungs import RUNGS, rung_label
from handover.transfers.rules.standing import No, Standing, may, why_not

__all__ = [
    "ACCEPTANCE_GOOD_FOR",
    "Asked",
    "emergency_ends",
    "has_ended",
    "is_overdue",
    "is_usable",
    "lock_words",
    "CHECKLIST",
    "DECLINE_CODES",
    "RUNGS",
    "BriefFacts",
    "BriefLine",
    "Capacity",
    "Change",
    "GateFacts",
    "Item",
    "No",
    "OpenQuestion",
    "PARTS",
    "Quality",
    "Reason",
    "Receiver",
    "Standing",
    "action_words",
    "brief",
    "capacity_words",
    "changes",
    "changes_since",
    "decline_words",
    "disagreement",
    "gate",
    "is_of_destination",
    "label_of",
    "may",
    "may_be_confirmed",
    "misdirected",
    "quality",
    "receiver_points",
    "rung_label",
    "severity_words",
    "unchanged_parts",
    "vitals_changed",
    "why_not",
    "words_of",
]

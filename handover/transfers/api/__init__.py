"""The JSON API of this room, on the same services and selectors as its pages."""

from handover.transfers.api import handovers, moves

__all__ = ["handovers", "moves"]

"""The reads of this room, each starting from what the person may see."""

from handover.paging.selectors.pages import (
    Asked,
    PageView,
    SaidView,
    Step,
    page_for,
    pages_of_patient,
    steps_of,
    still_nobodys,
    still_waiting,
    waiting_for,
)
from handover.paging.selectors.policies import own_levels, policy_of, roles_of_targets

__all__ = [
    "Asked",
    "PageView",
    "SaidView",
    "Step",
    "own_levels",
    "page_for",
    "pages_of_patient",
    "policy_of",
    "roles_of_targets",
    "steps_of",
    "still_nobodys",
    "still_waiting",
    "waiting_for",
]

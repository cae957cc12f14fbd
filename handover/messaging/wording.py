"""How this room's codes read."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from handover.paging.rules.levels import Level

LEVELS: Mapping[str, Promise] = {
    Level.EMERGENCY.value: gettext_lazy("Emergency"),
    Level.URGENT.value: gettext_lazy("Urgent"),
    Level.NEEDS_ACTION.value: gettext_lazy("Needs action"),
    Level.FYI.value: gettext_lazy("For information"),
}
# What a sender may expect of each (docs/decisions/0081, 0086).
EXPECTED: Mapping[str, Promise] = {
    Level.EMERGENCY.value: gettext_lazy("Owned within 2 minutes. Somebody's life may depend on it."),
    Level.URGENT.value: gettext_lazy("Owned within 5 minutes."),
    Level.NEEDS_ACTION.value: gettext_lazy("Owned within 30 minutes, done by the time you set."),
    Level.FYI.value: gettext_lazy("Silent. Nobody has to answer."),
}
ANSWERS: Mapping[str, Promise] = {
    "owned": gettext_lazy("I own it"),
    "busy": gettext_lazy("Busy, pass on"),
    "wrong_person": gettext_lazy("Wrong person"),
    "done": gettext_lazy("Done"),
}
STANDINGS: Mapping[str, Promise] = {
    "waiting": gettext_lazy("Waits for somebody to own it"),
    "owned": gettext_lazy("Owned"),
    "passed_on": gettext_lazy("Passed on by everybody: nobody owns it"),
    "done": gettext_lazy("Done"),
}
_RUNGS: Mapping[str, Promise] = {
    "stored": gettext_lazy("Stored"),
    "pushed": gettext_lazy("Pushed"),
    "on_device": gettext_lazy("On device"),
    "opened": gettext_lazy("Opened"),
    "acknowledged": gettext_lazy("I own it"),
    "done": gettext_lazy("Done"),
}


def rung_label(name: str) -> str:
    """The rung in the reader's language."""
    return str(_RUNGS.get(name, name))

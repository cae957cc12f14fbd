"""The seven rungs of the ladder in a nurse's words, lowest first. The names are those of live.models.Rung."""

from django.utils.translation import gettext, gettext_noop

RUNGS = ("stored", "pushed", "on_device", "opened", "read", "said_back", "accepted")
_LABELS = {
    "stored": gettext_noop("Stored"),
    "pushed": gettext_noop("Pushed"),
    "on_device": gettext_noop("On device"),
    "opened": gettext_noop("Opened"),
    "read": gettext_noop("Read to the end"),
    "said_back": gettext_noop("Said back"),
    "accepted": gettext_noop("Accepted"),
}


def rung_label(name: str) -> str:
    """The rung in the reader's language."""
    return gettext(_LABELS[name])

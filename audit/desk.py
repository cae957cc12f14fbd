"""The ways of the officer's desk: one line each, drawn above every page of this room.

A line names an address; one that is not installed is left out. `below` are other addresses of the same line: the pages
on which it is lit as well. Whoever makes a page adds its name to a line, or a line.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Line:
    """One entry: the address it leads to, what it is called, its icon, and the names of the pages below it."""

    name: str
    label: Promise
    icon: str
    below: str = ""


LINES = (
    Line(
        "audit:events",
        _("Find"),
        "search",
        "audit:patient audit:person audit:exports audit:transfer audit:transfer_evidence audit:event"
        " audit:thread audit:thread_evidence audit:page audit:page_evidence"
        " audit:event_evidence audit:accounting audit:disclosure audit:suspend",
    ),
    Line("audit:flags", _("Review"), "flag", "audit:flag audit:breach audit:marks"),
    Line("audit:emergencies", _("Emergencies"), "octagon-alert", "audit:emergency"),
    Line("audit:overrides", _("Overrides"), "key-round", "audit:override"),
    Line("audit:integrity", _("Integrity"), "shield-check", "audit:checkpoint"),
    Line("audit:retention", _("Retention"), "database-backup", "audit:retention_act audit:retention_decide"),
    Line("audit:reports", _("Reports"), "chart-no-axes-column"),
)


@dataclass(frozen=True)
class DeskWay:
    """A line as a page shows it."""

    url: str
    label: str
    icon: str
    is_here: bool


def desk_ways(here: str) -> Sequence[DeskWay]:
    """The lines that lead somewhere; `here` is the name of the address that was asked for."""
    found = []
    for line in LINES:
        try:
            url = reverse(line.name)
        except NoReverseMatch:
            continue
        found.append(DeskWay(url, str(line.label), line.icon, here in {line.name, *line.below.split()}))
    return found

"""How what happens to roles is told to people. No notice names a patient: none of this is about one."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Unit
from handover.duty.models import CoverageGap, CoverRequest, PractitionerRole, ReachProof
from live.drawing import View, register_drawer
from live.models import InboxItem

# What a role's item says; the reader is somebody whom it concerns.
OF_ROLES: Mapping[str, Promise] = {
    "role.taken": gettext_lazy("A colleague has taken a role"),
    "role.left": gettext_lazy("A colleague has left a role"),
    "role.set": gettext_lazy("Somebody was set for a role"),
    "rotation.made": gettext_lazy("You have turns in a new rotation"),
    "rotation.ended": gettext_lazy("A rotation of yours has ended"),
}
OF_REQUESTS: Mapping[str, Promise] = {
    "cover.asked": gettext_lazy("Can you cover?"),
    "cover.taken": gettext_lazy("Cover was found"),
    "cover.withdrawn": gettext_lazy("Cover is not needed any more"),
    "cover.undone": gettext_lazy("Cover was taken back"),
    "cover.unanswered": gettext_lazy("Nobody has taken the cover yet"),
}
OF_BEDS: Mapping[str, Promise] = {
    "beds.taken": gettext_lazy("A colleague has beds now that were yours"),
    "beds.left": gettext_lazy("A nurse has left their beds: you answer for them"),
}
GAP = "coverage.gap"
OF_PROOFS: Mapping[str, Promise] = {
    "proof.asked": gettext_lazy("Test alert: your turn begins soon"),
    "proof.failed": gettext_lazy("A test alert before a turn was not answered: cover is asked for"),
}
# What somebody has to do something about.
TO_DO = frozenset({"cover.asked", "cover.unanswered", "proof.failed", GAP})


def register() -> None:
    """Tells live how to draw them. Called when the app starts."""
    for event, title in OF_ROLES.items():
        register_drawer(event, partial(_draw, _roles, title, event))
    for event, title in OF_BEDS.items():
        register_drawer(event, partial(_draw, _units, title, event))
    for event, title in OF_REQUESTS.items():
        register_drawer(event, partial(_draw, _requests, title, event))
    for event, title in OF_PROOFS.items():
        register_drawer(event, partial(_draw, _proofs, title, event))
    register_drawer(GAP, partial(_draw, _gaps, gettext_lazy("Nobody holds a role"), GAP))


def way_to_asks(_request_id: UUID) -> str:
    """Where a notification of an ask leads: what one is asked stands first there, with its two buttons."""
    return reverse("duty:own")


Lines = Callable[[set[UUID]], dict[UUID, tuple[str, str]]]


def _draw(lines: Lines, title: Promise, event: str, items: Sequence[InboxItem]) -> dict[int, View | None]:
    """A card each: what it is about, and the page on which one does something about it."""
    found = lines({item.subject_id for item in items})
    tone = "watch" if event in TO_DO else "quiet"
    views: dict[int, View | None] = {}
    for item in items:
        line = found.get(item.subject_id)
        views[item.pk] = {"title": str(title), "line": line[0], "url": line[1], "tone": tone} if line else None
    return views


def _roles(ids: set[UUID]) -> dict[UUID, tuple[str, str]]:
    rows = PractitionerRole.objects.filter(pk__in=ids).select_related("unit")
    return {row.pk: (_line(row), _board(row)) for row in rows}


def _units(ids: set[UUID]) -> dict[UUID, tuple[str, str]]:
    return {row.pk: (row.name, reverse("duty:board", args=[row.pk])) for row in Unit.objects.filter(pk__in=ids)}


def _requests(ids: set[UUID]) -> dict[UUID, tuple[str, str]]:
    rows = CoverRequest.objects.filter(pk__in=ids).select_related("role__unit")
    return {row.pk: (_line(row.role), reverse("duty:own")) for row in rows}


def _proofs(ids: set[UUID]) -> dict[UUID, tuple[str, str]]:
    rows = ReachProof.objects.filter(pk__in=ids).select_related("role__unit")
    return {row.pk: (_line(row.role), reverse("duty:own")) for row in rows}


def _gaps(ids: set[UUID]) -> dict[UUID, tuple[str, str]]:
    rows = CoverageGap.objects.filter(pk__in=ids, closed__isnull=True).select_related("role__unit")
    return {row.pk: (_line(row.role), _board(row.role)) for row in rows}


def _line(role: PractitionerRole) -> str:
    return _("%(role)s, %(unit)s") % {"role": role.name, "unit": role.unit.name}


def _board(role: PractitionerRole) -> str:
    return reverse("duty:board", args=[role.unit_id])

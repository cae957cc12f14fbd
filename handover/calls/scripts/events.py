"""What this room announces: that a script runs out, to its owner. House text: no notice of it names a patient."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from handover.calls.scripts.models import ScriptVersion
from handover.calls.scripts.services import EXPIRING
from live.drawing import View, register_drawer
from live.models import InboxItem


def register() -> None:
    """Tells live how to draw it. Called when the app starts."""
    register_drawer(EXPIRING, draw)


def draw(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """Which one, until when it is good, and the page on which it is renewed; nothing of one that has been withdrawn."""
    rows = ScriptVersion.objects.filter(script__withdrawn__isnull=True).select_related("script")
    found = rows.in_bulk([item.subject_id for item in items])
    return {item.pk: _view(found.get(item.subject_id)) for item in items}


def _view(version: ScriptVersion | None) -> View | None:
    if version is None:
        return None
    day = date_format(version.last_day, "d-M-Y")
    return {
        "title": _("A script runs out"),
        "line": _("%(name)s, until %(day)s") % {"name": version.script.name, "day": day},
        "url": reverse("scripts:script", args=[version.script_id]),
        "tone": "watch",
    }

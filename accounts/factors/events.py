"""What this room announces: that something about how a person signs in has changed, to that person's other devices."""

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from live.drawing import View, register_drawer
from live.inbox import Announcement, Subject, announce
from live.models import InboxItem

EVENTS = {
    "factor.added": gettext_noop("A new way to sign in as you was added"),
    "factor.removed": gettext_noop("A way to sign in as you was removed"),
    "factor.recovery_used": gettext_noop("A recovery code was used to sign in as you"),
    "factor.guessed": gettext_noop("Somebody who knows your password types wrong codes. Change your password."),
    "factor.codes_made": gettext_noop("New recovery codes were made; the old ones are void"),
    "factor.reset_asked": gettext_noop("Somebody asked to reset your second factor"),
    "pin.changed": gettext_noop("Another PIN was chosen for your shift on a shared phone"),
    "factor.reset": gettext_noop("Your second factor was reset"),
}


def register() -> None:
    """Tells live how to draw them. Called when the app starts."""
    for event in EVENTS:
        register_drawer(event, draw)


def tell(event: str, person_id: UUID) -> None:
    """Tells the person on every device they are signed in on. In the act's transaction, as the last thing of it."""
    announce(Announcement(event, [person_id], Subject("person", person_id)))


def draw(items: Sequence[InboxItem]) -> dict[int, View | None]:
    """A card for the person themselves, and for nobody else."""
    return {item.pk: _view(item) if item.person_id == item.subject_id else None for item in items}


def _view(item: InboxItem) -> View:
    return {
        "title": gettext(EVENTS[item.event]),
        "line": gettext("Was that not you? End the other devices and tell an administrator."),
        "tone": "alert",
        "url": reverse("accounts:me"),
    }

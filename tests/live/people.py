"""What the tests of live/ need of people: their ids, and an act. This room knows nobody by name."""

from uuid import UUID, uuid4, uuid5

from django.db import transaction

from live.inbox import Announcement, Subject, announce

_SPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


def person(name):
    """The same id each time for a name, and in no particular order."""
    return uuid5(_SPACE, name)


AMARA = person("amara")
LEE = person("lee")
NOOR = person("noor")


def tell(*recipients, event="thing.done", subject=None, sender=None):
    """An act that announces, as a room above would; gives its subject."""
    subject = subject or Subject("thing", uuid4())
    said = Announcement(event=event, recipients=recipients, subject=subject, sender=sender, climbs=sender is not None)
    with transaction.atomic():
        announce(said)
    return subject

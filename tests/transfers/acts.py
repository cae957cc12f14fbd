"""What tests of acts look at beside the rows: the log of a patient, and the inboxes of people."""

from ledger.models import Event
from live.models import InboxItem, Rung


def logged(patient, event=None):
    """The names of this patient's events of handovers and moves, oldest first; only `event` when it is given."""
    rows = Event.objects.filter(patient_id=patient.pk).order_by("id")
    names = [
        row.event for row in rows if row.event.split(".")[0] in ("handover", "transfer", "responsibility", "action")
    ]
    return [name for name in names if event in (None, name)]


def told(person):
    """The events in this person's inbox, oldest first; ladders, and that a record changed, aside."""
    quiet = ("ladder.climbed", "summary.changed", "severity.set")
    rows = InboxItem.objects.filter(person_id=person.pk).exclude(event__in=quiet).order_by("number")
    return [row.event for row in rows]


def rungs(version_id, person):
    """The names of the rungs that this person has reached of this version."""
    return set(Rung.objects.filter(subject_id=version_id, person_id=person.pk).values_list("name", flat=True))

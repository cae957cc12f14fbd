"""What a patient's timeline shows of handovers and moves: when, who, to whom. The caller has recorded the read."""

from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import Actor
from handover.patients.models import Patient
from handover.patients.selectors import TimelineItem
from handover.transfers.models import Acceptance, Handover, Transfer
from handover.transfers.selectors.parts import recipients_of


def timeline_of(actor: Actor, patient: Patient) -> Sequence[TimelineItem]:
    """Every version that was sent, every acceptance, and the steps of every move. Drafts are their authors' own."""
    handovers = Handover.objects.filter(patient=patient).exclude(current=None)
    rows = handovers.select_related("to_person", "to_unit", "declined_by").prefetch_related("versions__author")
    acceptances = Acceptance.objects.filter(version__handover__patient=patient).select_related("version", "person")
    moves = Transfer.objects.filter(patient=patient).select_related(
        "from_unit", "to_unit", "departed_by", "arrived_by", "closed_by", "handover"
    )
    return [
        *(item for row in rows for item in _sent(row)),
        *(_accepted(row) for row in acceptances),
        *(item for row in moves for item in _moved(row)),
    ]


def _sent(row: Handover) -> Iterator[TimelineItem]:
    url = reverse("transfers:handover", args=[row.pk])
    for version in row.versions.all():
        title = _("Handover sent to %(to)s") if version.number == 1 else _("Handover changed, for %(to)s")
        words = title % {"to": recipients_of(row)}
        yield TimelineItem(version.recorded, "handover", words, who=version.author.display_name, url=url)
    if row.status == Handover.Status.DECLINED and row.declined and row.declined_by:
        who = row.declined_by.display_name
        yield TimelineItem(row.declined, "handover", _("Handover declined"), who=who, url=url)


def _accepted(row: Acceptance) -> TimelineItem:
    url = reverse("transfers:handover", args=[row.version.handover_id])
    return TimelineItem(
        row.accepted,
        "handover",
        _("Handover accepted, version %(number)s") % {"number": row.version.number},
        who=row.person.display_name,
        url=url,
    )


def _moved(row: Transfer) -> Iterator[TimelineItem]:
    url = reverse("transfers:handover", args=[row.handover.pk])
    steps = (
        (row.departed, row.departed_by, _("Left %(from)s for %(to)s")),
        (row.arrived, row.arrived_by, _("Arrived in %(to)s")),
        (row.closed, row.closed_by, _("Came back to %(from)s") if row.departed else _("Transfer to %(to)s cancelled")),
    )
    places = {"from": row.from_unit.name, "to": row.to_unit.name}
    for at, who, words in steps:
        if at is not None:
            yield TimelineItem(at, "transfer", words % places, who=who.display_name if who else "", url=url)

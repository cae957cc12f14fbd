"""What ties a caregiver to their duty: the patients they still have. Told to accounts/ when the app starts."""

from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actors import Actor
from accounts.leaving import Tie
from accounts.models import Duty
from handover.patients.documents import IllnessSeverity
from handover.patients.sealed import headline_of
from handover.transfers.models import Responsibility
from vault.services import Scope, prepare


def patients_held(actor: Actor, unit_id: UUID) -> Tie | None:
    """A watcher or an unstable patient whom nobody has accepted forbids; the others warn. None: nobody is theirs.

    Those of the unit whose duty ends; with the last duty, all of them. Only counts are told, and of the severities
    nothing is shown: it is no read of a patient.
    """
    rows = Responsibility.objects.filter(person=actor.person, until__isnull=True).select_related("patient")
    others = Duty.objects.at(timezone.now()).filter(person=actor.person).exclude(unit_id=unit_id)
    held = list(rows.filter(unit_id=unit_id) if others.exists() else rows)
    if not held:
        return None
    prepare([Scope.patient(row.patient_id) for row in held])
    urgent = sum(1 for row in held if headline_of(row.patient).illness_severity in _URGENT)
    return Tie(
        words=_forbidden(urgent) if urgent else _warned(len(held)),
        url=reverse("transfers:shift"),
        way=_("Hand over my patients"),
        may_leave=not urgent,
    )


_URGENT = (IllnessSeverity.WATCHER, IllnessSeverity.UNSTABLE)


def _forbidden(count: int) -> str:
    words = ngettext(
        "%(count)d patient who is a watcher or unstable is still yours. You stay on duty until they are accepted.",
        "%(count)d patients who are watchers or unstable are still yours. You stay on duty until they are accepted.",
        count,
    )
    return words % {"count": count}


def _warned(count: int) -> str:
    words = ngettext(
        "%(count)d patient is still yours, and nobody has accepted them. Off duty, you stay the one who is called.",
        "%(count)d patients are still yours, and nobody has accepted them. Off duty, you stay the one who is called.",
        count,
    )
    return words % {"count": count}

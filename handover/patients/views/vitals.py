"""The score of vital signs while they are typed, of which nothing is kept; and how ill the patient is after them."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key
from handover.patients import news2, selectors, services
from handover.patients.documents import IllnessSeverity
from handover.patients.drawing.vitals import preview
from handover.patients.forms.vitals import VitalSignsForm, score_of
from live.refusals import Invalid


@signed_in
@require_POST
def score(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The points and the total of what has been typed so far, as a fragment. Posted: a value is no address."""
    birth_date = selectors.birth_date_for(request.actor, patient_id)
    applies = news2.applies_to(birth_date, on=timezone.localdate())
    drawn = preview(score_of(VitalSignsForm(request.POST))) if applies else None
    return render(request, "patients/_score.html", {"preview": drawn, "applies": applies})


@signed_in
@require_POST
def severity(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """How ill the patient is now, said after vital signs that got worse."""
    said = request.POST.get("illness_severity", "")
    if said not in set(IllnessSeverity):
        raise Invalid(fields={"illness_severity": _("Choose stable, watcher or unstable.")})
    key, found = posted_key(request), IllnessSeverity(said)
    services.say_severity(request.actor, key=key, patient_id=patient_id, severity=found)
    return done(request, reverse("patients:page", args=[patient_id]))

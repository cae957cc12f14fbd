"""The score of vital signs while they are typed. Nothing is kept: it is the same pure function that scores what is."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest, roles
from accounts.models import CLINICAL_ROLES
from handover.patients import news2, selectors
from handover.patients.drawing.vitals import preview
from handover.patients.forms.vitals import VitalSignsForm, score_of


@roles(*CLINICAL_ROLES)
@require_POST
def score(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The points and the total of what has been typed so far, as a fragment. Posted: a value is no address."""
    birth_date = selectors.birth_date_for(request.actor, patient_id)
    applies = news2.applies_to(birth_date, on=timezone.localdate())
    drawn = preview(score_of(VitalSignsForm(request.POST))) if applies else None
    return render(request, "patients/_score.html", {"preview": drawn, "applies": applies})

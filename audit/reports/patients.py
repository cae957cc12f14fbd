"""The officer makes a patient's own report: as a page to look at first, then as a PDF to hand over."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.stepup import fresh_factor
from audit.reports.access import DAYS, access_report
from audit.reports.access_pdf import as_pdf


@require_POST
@signed_in
@fresh_factor
def access(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The PDF of the last year. It is on record as taken out, with whether it names people."""
    since = timezone.now() - timedelta(days=DAYS)
    with_names = request.POST.get("names") == "1"
    report = access_report(request.actor, patient_id, since=since, with_names=with_names)
    name = f"readback-access-{timezone.localtime(report.made):%Y-%m-%d}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(as_pdf(report), content_type="application/pdf", headers=headers)

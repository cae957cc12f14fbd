"""The page that takes FHIR files: HTTP in, one report a file out."""

from uuid import UUID, uuid5

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.access import SignedInRequest, signed_in
from accounts.directory import units_of
from accounts.models import Unit
from handover.interop.fhir.reading import MAX_BYTES
from handover.interop.services import Report, import_file
from live.refusals import Invalid

_MOST_FILES = 20


@signed_in
def import_page(request: SignedInRequest) -> HttpResponse:
    """The form; after a POST the form with a report of each file below it. A script sends one file at a time."""
    units = units_of(request.actor.person)
    if request.method != "POST":
        return render(request, "interop/import.html", _page(request, units, []))
    unit, key, files = _unit(request, units), _key(request), request.FILES.getlist("files")
    if not files or len(files) > _MOST_FILES:
        words = _("Choose at least one file, and at most %(most)s at once.") % {"most": _MOST_FILES}
        raise Invalid(words, fields={"files": words}, act="summary.imported")
    reports = [
        import_file(
            request.actor,
            name=file.name or _("a file without a name"),
            raw=file.read(MAX_BYTES + 1),
            unit=unit,
            key=uuid5(key, f"{place} {file.name}"),
        )
        for place, file in enumerate(files)
    ]
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"ok": True, "html": _rendered(request, reports)})
    return render(request, "interop/import.html", _page(request, units, reports))


def _page(request: HttpRequest, units: list[Unit], reports: list[Report]) -> dict[str, object]:
    return {"units": units, "reports": reports, "most_mb": MAX_BYTES // 1048576, "most_bytes": MAX_BYTES}


def _rendered(request: HttpRequest, reports: list[Report]) -> str:
    return "".join(render_to_string("interop/_report.html", {"report": one}, request=request) for one in reports)


def _unit(request: HttpRequest, units: list[Unit]) -> Unit:
    chosen = next((unit for unit in units if str(unit.pk) == request.POST.get("unit", "")), None)
    if chosen is None:
        words = _("Choose the unit that looks after the patient.")
        raise Invalid(words, fields={"unit": words}, act="summary.imported")
    return chosen


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError as exc:
        raise Invalid(
            _("This page is out of date. Reload it and choose the files again."), act="summary.imported"
        ) from exc

"""The product's addresses, and some behind which everything goes wrong."""

from typing import NoReturn
from uuid import UUID

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path

from accounts.models import Facility
from config.urls import handler400, handler403, handler404, handler500
from live.refusals import Conflict, Invalid, NotFound
from vault.errors import DoesNotOpen

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

SUBJECT = UUID("6d8ff0f6-4e3c-4a4c-9a3c-9d3a4d7f6c11")
ERRORS: dict[str, Exception] = {
    "not-yours": NotFound(subject_id=SUBJECT, act="patient.read"),
    "absent": Http404("No Patient matches"),
    "conflict": Conflict(act="handover.accepted", subject_id=SUBJECT),
    "invalid": Invalid(fields={"bed": "There is no such bed."}),
    "vault": DoesNotOpen("the value was changed"),
    "database": OperationalError("server closed the connection: canary-host"),
    "denied": PermissionDenied("canary"),
    "suspicious": SuspiciousOperation("canary"),
    "broken": ValueError("canary-8712"),
}


def fail(request: HttpRequest, how: str) -> NoReturn:
    """Raises what the address names."""
    raise ERRORS[how]


@transaction.atomic
def half_done(request: HttpRequest) -> HttpResponse:
    """An act that is refused after its first row was written."""
    Facility.objects.create(name="Half Done Hospital")
    raise Conflict(act="handover.accepted", subject_id=SUBJECT)


urlpatterns = [
    path("fail/half-done/", half_done),
    path("fail/<slug:how>/", fail),
    path("", include("config.urls")),
]

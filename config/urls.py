"""Every room's addresses in one table. Each room names its own paths; the order here only settles the front page."""

from importlib.util import find_spec

from django.urls import include, path

from config.api import api, docs, openapi
from config.front import front
from config.health import healthz

# A wing that is not part of an installation has no urls module, and no addresses.
_ROOMS = (
    "accounts.factors",
    "accounts",
    "accounts.sso",
    "accounts.scim",
    "accounts.people",
    "handover.directory",
    "handover.reach",
    "handover.duty",
    "handover.reach.push",
    "handover.reach.points",
    "handover.patients",
    "handover.paging.quiet",
    "handover.paging",
    "handover.transfers",
    "handover.messaging",
    "handover.calls.scripts",
    "handover.interop",
    "audit",
)

urlpatterns = [
    path("", front, name="front"),
    path("healthz", healthz, name="health"),
    path("api/v1/openapi.json", openapi, name="openapi"),
    path("api/v1/docs", docs, name="api-docs"),
    path("api/v1/", api.urls),
    *(path("", include(f"{room}.urls")) for room in _ROOMS if find_spec(f"{room}.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"

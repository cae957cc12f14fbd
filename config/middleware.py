"""What stands on every answer: the request's number, and the headers that tell a browser what it may do with a page.

It is the outermost middleware, so that static files, redirects and error pages carry the headers as well. The scripts
of a service worker are judged by the headers of the script itself, so they are on the static files too.
"""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

# One policy writes HTML ("readback", in static/readback/fragment.js); no inline script or style runs anywhere.
# A same-origin WebSocket is allowed by connect-src 'self'.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types readback",
    )
)
# What somebody sent: it has no origin, runs nothing and loads nothing.
SANDBOX = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "payment",
        "usb",
    )
)
# The pages on which a voice note is recorded and heard.
HEARING = PERMISSIONS_POLICY.replace("microphone=()", "microphone=(self)")


class HeadersMiddleware:
    """Sets `request.request_id` on the way in, and the security headers on the way out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Set by the server, never taken from the client: it stands in the log.
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]
        # No address has any other: TRACE and what somebody invents reach no view.
        is_known = request.method in METHODS
        response = self.get_response(request) if is_known else HttpResponseNotAllowed(sorted(METHODS))
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        # A view may ask for less (a file that somebody sent), or for a microphone on the page that records with it.
        hears = getattr(response, "takes_voice", False)
        policy = SANDBOX if getattr(response, "is_sandboxed", False) else CONTENT_SECURITY_POLICY
        response["Content-Security-Policy"] = policy + ("; media-src 'self' blob:" if hears else "")
        response["Permissions-Policy"] = HEARING if hears else PERMISSIONS_POLICY
        response["Cross-Origin-Opener-Policy"] = "same-origin"
        response["Cross-Origin-Embedder-Policy"] = "require-corp"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["X-Content-Type-Options"] = "nosniff"
        response["X-Frame-Options"] = "DENY"
        response["Referrer-Policy"] = "same-origin"
        if not request.path.startswith(settings.STATIC_URL):
            # A shared phone keeps no page of a patient, in no cache and not behind the back button.
            response["Cache-Control"] = "no-store"
        return response

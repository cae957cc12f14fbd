"""HTTP of single sign-on: away to the provider, back from it, and the provider's own call when somebody signed out."""

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from accounts import phones
from accounts.actors import PURPOSE
from accounts.answers import SeeOther, wanted_page
from accounts.devices import device_name
from accounts.sso import services
from accounts.sso.provider import ANEW
from accounts.sso.refusals import LogoutRefused, SignInRefused
from accounts.views.entry import second_step
from ledger.agents import Entity
from ledger.services import record, record_stranger
from live.refusals import Refusal

LONGEST_WANTED = 2000
LONGEST_CODE = 4096


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Away to the provider. A link and no form: a form may go to our own pages only, redirects included.

    `again`: with a fresh sign-in there, for whoever comes from a step-up; whether it was one, its `auth_time` tells.
    """
    _require_configured()
    if not request.session.session_key:
        request.session.create()
    wanted = wanted_page(request)
    try:
        away = services.begin(
            session_key=str(request.session.session_key),
            wanted=wanted if len(wanted) <= LONGEST_WANTED else "/",
            prompt=ANEW if "again" in request.GET else settings.OIDC_PROMPT,
        )
    except Refusal as refusal:
        return _refused(request, refusal, wanted="/")
    return SeeOther(away)


@sensitive_variables()
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Back from the provider, to the page that was wanted. What went wrong is said in words, with the way to go on."""
    _require_configured()
    wanted = "/"
    try:
        taken = services.take_attempt(
            state=request.GET.get("state", ""), session_key=str(request.session.session_key or "")
        )
        wanted = taken.wanted
        session = services.come_back(request, taken, code=_code(request), device=_device(request))
    except Refusal as refusal:
        return _refused(request, refusal, wanted=wanted)
    response = SeeOther(wanted if session.factor else second_step(wanted))
    phones.remember(request, response)
    return response


@csrf_exempt  # The provider calls, not a browser: no cookie counts here, the signature does.
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """The provider's back-channel call. Source: OpenID Connect Back-Channel Logout 1.0, 2.5 and 2.8."""
    _require_configured()
    try:
        services.provider_logged_out(request.POST.get("logout_token", ""))
    except LogoutRefused as refusal:
        _record(request, refusal, event="session.logout_refused")
        words = {"error": "invalid_request", "error_description": _(refusal.message)}
        return JsonResponse(words, status=refusal.status)
    return HttpResponse(status=200)


def _code(request: HttpRequest) -> str:
    """The code that the provider gave. Raises SignInRefused when it gave none, or another provider speaks."""
    said_by = request.GET.get("iss", "")
    if said_by and not constant_time_compare(said_by, settings.OIDC_ISSUER):
        raise SignInRefused(code="mixed_up")  # Source: RFC 9207
    if "error" in request.GET:
        message = _("The hospital's sign-in did not let you in, or you turned back. Start again from the sign-in page.")
        raise SignInRefused(message, code="provider_said_no")
    code = request.GET.get("code", "")
    if not 0 < len(code) <= LONGEST_CODE:
        raise SignInRefused(code="no_code")
    return code


def _refused(request: HttpRequest, refusal: Refusal, *, wanted: str) -> HttpResponse:
    _record(request, refusal, event="session.refused")
    again = f"{reverse('accounts:sign_in')}?{urlencode({'next': wanted})}"
    context = {"message": _(refusal.message), "again": again}
    return render(request, "sso/refused.html", context, status=refusal.status)


@transaction.atomic
def _record(request: HttpRequest, refusal: Refusal, *, event: str) -> None:
    if refusal.subject_id is None:
        record_stranger(event, reason=refusal.code)
        return
    record(
        event,
        agent=None,
        outcome="refused",
        reason=refusal.code,
        entity=Entity("person", refusal.subject_id),
        purpose=PURPOSE,
        detail={"device": _device(request).replace(" ", "_"), "way": "sso"},
    )


def _device(request: HttpRequest) -> str:
    return device_name(request.headers.get("User-Agent", ""))


def _require_configured() -> None:
    if not settings.OIDC_ISSUER:
        raise Http404

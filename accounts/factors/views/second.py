"""The second step of signing in, and enrolling at the first sign-in. Nothing here shows anything of a patient."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import phones
from accounts.access import PendingRequest, actor_or_none, pending, pending_or_none
from accounts.answers import SeeOther, wanted_page
from accounts.devices import device_name
from accounts.factors import passkeys, rules, selectors, services
from accounts.factors.views.typed import app_page, wrong_in
from accounts.models import Factor
from accounts.sessions import actor_of
from ledger.services import record_refusal
from live.refusals import Denied, NotFound


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@pending
def second(request: PendingRequest) -> HttpResponse:
    """Show a passkey, or type a code. Whoever has nothing yet is led to enrol."""
    session = request.pending_session
    held = selectors.held_by(session.person)
    if held.is_empty:
        return SeeOther(f"{reverse('factors:enrol')}?{urlencode({'next': wanted_page(request)})}")
    wrong = ""
    if request.method == "POST":
        wrong = wrong_in(session, lambda: services.show_code(request, session, request.POST.get("code", "")))
        if not wrong:
            return SeeOther(wanted_page(request))
    context = {
        "person": session.person,
        "next": wanted_page(request),
        "wrong": wrong,
        "showable": selectors.showable(session.person, held),
        "is_possible": passkeys.is_possible(request),
        "is_bound": rules.needs_bound_passkey(session.person.role),
        "passkey_name": passkeys.name(),
    }
    return render(request, "factors/second.html", context, status=422 if wrong else 200)


@require_POST
def passkey_begin(request: HttpRequest) -> HttpResponse:
    """What the browser is asked for: a passkey of whoever knows the password already, or of anybody."""
    _require_not_signed_in(request)
    session = pending_or_none(request)
    return JsonResponse(passkeys.begin_authentication(request, session.person if session else None))


@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """The passkey was shown: signed in, with or without a password before."""
    _require_not_signed_in(request)
    session = pending_or_none(request)
    if session is not None:
        services.show_passkey(request, session)
    else:
        device = device_name(request.headers.get("User-Agent", ""))
        services.sign_in_by_passkey(request, device=device, shared_as=device if request.GET.get("shared") else "")
    response = JsonResponse({"ok": True, "location": wanted_page(request)})
    phones.remember(request, response)
    return response


@require_http_methods(["GET", "HEAD"])
@pending
def enrol(request: PendingRequest) -> HttpResponse:
    """The first sign-in: choose what to show from now on. Whoever has an account at the provider is sent there."""
    session = request.pending_session
    if not selectors.held_by(session.person).is_empty:
        return SeeOther(reverse("factors:second"))
    try:
        services.require_may_enrol(session, Factor.PASSKEY)
    except Denied as refusal:
        record_refusal(refusal, agent=actor_of(session).agent)
        return render(request, "factors/elsewhere.html", {"next": wanted_page(request)}, status=refusal.status)
    context = {
        "person": session.person,
        "next": wanted_page(request),
        "is_possible": passkeys.is_possible(request),
        "may_use_app": rules.may_enrol(Factor.TOTP, role=session.person.role),
        "passkey_name": passkeys.name(),
        "device": session.device,
    }
    return render(request, "factors/enrol.html", context)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@pending
def enrol_app(request: PendingRequest) -> HttpResponse:
    """Scan, type what the app shows, done: signed in."""
    where = {"action": reverse("factors:enrol_app"), "next": wanted_page(request)}
    return app_page(request, request.pending_session, done=after_enrolling(request), where=where)


@require_POST
@pending
def enrol_passkey_begin(request: PendingRequest) -> HttpResponse:
    """What the browser is asked for."""
    services.require_may_enrol(request.pending_session, Factor.PASSKEY)
    return JsonResponse(passkeys.begin_registration(request, request.pending_session.person))


@require_POST
@pending
def enrol_passkey(request: PendingRequest) -> HttpResponse:
    """The passkey is the person's, and they are signed in."""
    services.add_passkey(request, request.pending_session, name="")
    return JsonResponse({"ok": True, "location": after_enrolling(request)})


def after_enrolling(request: PendingRequest) -> str:
    """Where a first sign-in goes on: to the recovery codes, for whom there are any."""
    to = wanted_page(request)
    if not rules.may_enrol(Factor.RECOVERY, role=request.pending_session.person.role):
        return to
    return f"{reverse('factors:codes')}?{urlencode({'next': to})}"


def _require_not_signed_in(request: HttpRequest) -> None:
    if actor_or_none(request) is not None:
        raise NotFound(act="session.started")

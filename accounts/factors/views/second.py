"""The second step of signing in, and enrolling at the first sign-in. Nothing here shows anything of a patient."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PendingRequest, actor_or_none, pending
from accounts.answers import SeeOther
from accounts.devices import device_name
from accounts.factors import passkeys, rules, selectors, services
from accounts.factors.views.drawing import app_to_scan, wanted
from accounts.models import Factor
from live.refusals import Invalid, NotFound


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@pending
def second(request: PendingRequest) -> HttpResponse:
    """Show a passkey, or type a code. Whoever has nothing yet is led to enrol."""
    session = request.pending_session
    held = selectors.held_by(session.person)
    if held.is_empty:
        return SeeOther(f"{reverse('factors:enrol')}?{urlencode({'next': wanted(request)})}")
    wrong = ""
    if request.method == "POST":
        try:
            services.show_code(request, session, request.POST.get("code", ""))
        except Invalid as refusal:
            wrong = refusal.fields["code"]
            services.record_wrong_code(session, refusal)
        else:
            return SeeOther(wanted(request))
    context = {
        "person": session.person,
        "next": wanted(request),
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
    session = getattr(request, "pending_session", None)
    return JsonResponse(passkeys.begin_authentication(request, session.person if session else None))


@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """The passkey was shown: signed in, with or without a password before."""
    _require_not_signed_in(request)
    session = getattr(request, "pending_session", None)
    if session is not None:
        services.show_passkey(request, session)
    else:
        services.sign_in_by_passkey(request, device=device_name(request.headers.get("User-Agent", "")))
    return JsonResponse({"ok": True, "location": wanted(request)})


@require_http_methods(["GET", "HEAD"])
@pending
def enrol(request: PendingRequest) -> HttpResponse:
    """The first sign-in: choose what to show from now on."""
    session = request.pending_session
    if not selectors.held_by(session.person).is_empty:
        return SeeOther(reverse("factors:second"))
    context = {
        "person": session.person,
        "next": wanted(request),
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
    session = request.pending_session
    wrong = ""
    if request.method == "POST":
        try:
            services.confirm_app(request, session, device_id=posted_device(request), typed=request.POST.get("code", ""))
        except Invalid as refusal:
            wrong = refusal.fields["code"]
            services.record_wrong_code(session, refusal)
        else:
            return SeeOther(after_enrolling(request))
    app = app_to_scan(services.begin_app(session), session.person)
    context = {"app": app, "wrong": wrong, "next": wanted(request), "action": reverse("factors:enrol_app")}
    return render(request, "factors/app.html", context, status=422 if wrong else 200)


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
    to = wanted(request)
    if not rules.may_enrol(Factor.RECOVERY, role=request.pending_session.person.role):
        return to
    return f"{reverse('factors:codes')}?{urlencode({'next': to})}"


def posted_device(request: HttpRequest) -> int:
    """The row of the app that the form is about; none of anybody's when that is no number."""
    try:
        return min(int(request.POST.get("device", "")), 2**62)
    except ValueError:
        return 0


def _require_not_signed_in(request: HttpRequest) -> None:
    if actor_or_none(request) is not None:
        raise NotFound(act="session.started")

"""A person's own factors, and showing one again before what asks for it."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import SeeOther, done, wanted_page
from accounts.factors import passkeys, rules, selectors, services
from accounts.factors.views.typed import app_page, wrong_in
from accounts.models import Factor
from accounts.sso.selectors import has_account_there
from accounts.stepup import fresh_factor, is_fresh


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def confirm(request: SignedInRequest) -> HttpResponse:
    """Show a factor again, then go on with what asked for it."""
    session = request.device_session
    to = wanted_page(request, otherwise=reverse("accounts:me"))
    if request.method != "POST" and is_fresh(session, at=timezone.now()):
        return SeeOther(to)
    wrong = ""
    if request.method == "POST":
        wrong = wrong_in(session, lambda: _confirm(request))
        if not wrong:
            return SeeOther(to)
    held = selectors.held_by(session.person)
    context = {
        "next": to,
        "wrong": wrong,
        "showable": selectors.showable(session.person, held),
        "is_possible": passkeys.is_possible(request),
        "has_account_there": has_account_there(session.person),
        "is_tapped": session.factor == Factor.DEMONSTRATION,
        "passkey_name": passkeys.name(),
    }
    return render(request, "factors/confirm.html", context, status=422 if wrong else 200)


@require_POST
@signed_in
def confirm_passkey_begin(request: SignedInRequest) -> HttpResponse:
    """What the browser is asked for."""
    return JsonResponse(passkeys.begin_authentication(request, request.actor.person))


@require_POST
@signed_in
def confirm_passkey(request: SignedInRequest) -> HttpResponse:
    """The passkey was shown: go on."""
    services.show_passkey(request, request.device_session)
    return JsonResponse({"ok": True, "location": wanted_page(request, otherwise=reverse("accounts:me"))})


@require_http_methods(["GET", "HEAD"])
@signed_in
def factors(request: SignedInRequest) -> HttpResponse:
    """How I sign in: passkeys, the app, how many recovery codes are left."""
    session = request.device_session
    context = {
        "held": selectors.held_by(session.person),
        "may_use_app": rules.may_enrol(Factor.TOTP, role=session.person.role),
        "is_possible": passkeys.is_possible(request),
        "passkey_name": passkeys.name(),
        "elsewhere": selectors.sessions_elsewhere(session),
    }
    return render(request, "factors/own.html", context)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@fresh_factor
def add_app(request: SignedInRequest) -> HttpResponse:
    """An app, in place of the one before."""
    where = {"action": reverse("factors:add_app")}
    return app_page(request, request.device_session, done=reverse("factors:own"), where=where)


@require_POST
@signed_in
@fresh_factor
def remove_app(request: SignedInRequest) -> HttpResponse:
    """The app is mine no longer."""
    services.remove_factor(request.device_session, factor=Factor.TOTP)
    return done(request, reverse("factors:own"))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@fresh_factor
def recovery_codes(request: SignedInRequest) -> HttpResponse:
    """Ten codes, shown once: in the answer to the press that made them."""
    made = services.make_recovery_codes(request.device_session) if request.method == "POST" else []
    held = selectors.held_by(request.actor.person)
    context = {"codes": made, "held": held, "next": wanted_page(request, otherwise=reverse("factors:own"))}
    return render(request, "factors/codes.html", context)


@require_POST
@signed_in
@fresh_factor
def add_passkey_begin(request: SignedInRequest) -> HttpResponse:
    """What the browser is asked for."""
    services.require_may_enrol(request.device_session, Factor.PASSKEY)
    return JsonResponse(passkeys.begin_registration(request, request.actor.person))


@require_POST
@signed_in
@fresh_factor
def add_passkey(request: SignedInRequest) -> HttpResponse:
    """One more passkey."""
    services.add_passkey(request, request.device_session, name="")
    return JsonResponse({"ok": True, "location": reverse("factors:own")})


@require_POST
@signed_in
@fresh_factor
def rename_passkey(request: SignedInRequest, passkey_id: int) -> HttpResponse:
    """Another name for it."""
    services.rename_passkey(request.device_session, passkey_id=passkey_id, name=request.POST.get("name", ""))
    return done(request, reverse("factors:own"))


@require_POST
@signed_in
@fresh_factor
def remove_passkey(request: SignedInRequest, passkey_id: int) -> HttpResponse:
    """It opens nothing any more."""
    services.remove_factor(request.device_session, factor=Factor.PASSKEY, passkey_id=passkey_id)
    return done(request, reverse("factors:own"))


def _confirm(request: SignedInRequest) -> None:
    if "tapped" in request.POST:
        services.confirm_demonstration(request, request.device_session)
    else:
        services.show_code(request, request.device_session, request.POST.get("code", ""))

"""A phone that several people use in turn: its lock screen, the PIN or passkey, and making a device such a phone.

Every answer that shows the lock screen tells the browser to forget what it kept; the pages of whoever left went with
`no-store`, and their session has ended, so that the back button leads here.
"""

from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import phones, shifts
from accounts.access import SignedInRequest, actor_or_none, signed_in
from accounts.answers import SeeOther, done, posted_key
from accounts.models import SharedPhone
from accounts.notices import noticed_page
from accounts.stepup import fresh_factor
from accounts.views.entry import CLEAR
from live.refusals import Invalid, NotFound

ASKED = "asked_for_pin"


@require_GET
def screen(request: HttpRequest) -> HttpResponse:
    """Who uses this phone in this shift. On any other device there is nothing of the kind, and one signs in."""
    phone = phones.phone_of(request)
    if phone is None:
        return SeeOther(reverse("accounts:sign_in"))
    noticed = noticed_page(request)
    if actor_or_none(request):
        return SeeOther(noticed or "/")
    people = phones.open_shifts(phone, at=timezone.now())
    response = render(request, "accounts/lock.html", {"phone": phone, "shifts": people, "noticed": noticed})
    response["Clear-Site-Data"] = CLEAR
    return response


@require_POST
@signed_in
def lock(request: SignedInRequest) -> HttpResponse:
    """Locked: nobody's phone until the next one comes."""
    shifts.lock(request.actor, request.device_session)
    logout(request)
    response = SeeOther(reverse("accounts:phone"))
    response["Clear-Site-Data"] = CLEAR
    return response


@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
def unlock(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """The keypad of one person; the right PIN leads to the notice that was tapped, or the front page of their role."""
    phone = phones.phone_of(request)
    if phone is None:
        return SeeOther(reverse("accounts:sign_in"))
    shift = phones.open_shifts(phone, at=timezone.now()).filter(pk=shift_id).first()
    if shift is None:
        return SeeOther(reverse("accounts:phone"))
    wrong = ""
    if request.method == "POST":
        try:
            entered = shifts.enter_pin(request, phone, shift_id=shift_id, pin=request.POST.get("pin", ""))
        except NotFound:
            return SeeOther(reverse("accounts:phone"))
        if entered.session is not None:
            return SeeOther(noticed_page(request) or "/")
        wrong = _words_for(entered.tries_left)
        shift.refresh_from_db(fields=["ended"])
    is_running = shift.ended is None
    context = {"shift": shift, "wrong": wrong, "has_keypad": bool(shift.pin) and is_running}
    context |= {"has_passkey": is_running and shifts.may_show_passkey(request, shift), "is_possible": True}
    context["next"] = noticed_page(request)
    return render(request, "accounts/unlock.html", context, status=422 if wrong else 200)


@require_POST
def passkey_begin(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """What the browser of this shared phone is asked for: a passkey of the person whose name was tapped."""
    return JsonResponse(shifts.ask_for_passkey(request, _required_phone(request), shift_id=shift_id))


@require_POST
def passkey(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """The passkey was shown: the person is back, and the answer says where to."""
    shifts.enter_by_passkey(request, _required_phone(request), shift_id=shift_id)
    return JsonResponse({"ok": True, "location": noticed_page(request) or "/"})


def _required_phone(request: HttpRequest) -> SharedPhone:
    phone = phones.phone_of(request)
    if phone is None:
        raise NotFound(act="session.started", code="no_phone")
    return phone


def _words_for(tries_left: int) -> str:
    if tries_left == 0:
        return _("Five wrong PINs: this one opens nothing any more. Sign in with your password, then choose a new PIN.")
    return ngettext(
        "That is not your PIN. %(count)d try is left, then you sign in with your password.",
        "That is not your PIN. %(count)d tries are left.",
        tries_left,
    ) % {"count": tries_left}


@sensitive_post_parameters("pin", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def choose_pin(request: SignedInRequest) -> HttpResponseBase:
    """A PIN for this shift on this phone."""
    shifts.require_full_sign_in(request.device_session, act="pin.set")
    return _choose_pin(request)


# Whoever picks up a phone that lies unlocked would else choose six digits that open it for the rest of the shift.
@fresh_factor
def _choose_pin(request: SignedInRequest) -> HttpResponse:
    request.session[ASKED] = True
    fields: dict[str, str] = {}
    if request.method == "POST":
        told = {name: request.POST.get(name, "") for name in ("pin", "again")}
        try:
            shifts.set_pin(request.actor, request.device_session, key=posted_key(request), **told)
        except Invalid as refusal:
            fields = refusal.fields
        else:
            return SeeOther("/")
    return render(request, "accounts/choose_pin.html", {"fields": fields}, status=422 if fields else 200)


@require_POST
@signed_in
@fresh_factor
def share(request: SignedInRequest) -> HttpResponse:
    """This device is a shared phone."""
    shifts.share_phone(request, request.actor, request.device_session, key=posted_key(request))
    response = done(request, reverse("accounts:choose_pin"))
    phones.remember(request, response)
    return response


@require_POST
@signed_in
def keep(request: SignedInRequest) -> HttpResponse:
    """This device is shared no more; everybody signs in on it anew."""
    shifts.keep_phone(request.actor, request.device_session, key=posted_key(request))
    response = done(request, reverse("accounts:sign_in"))
    response["Clear-Site-Data"] = CLEAR
    return response

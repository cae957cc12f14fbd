"""Signing in and out: the first step, by address and password. The second is in accounts/factors/."""

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import phones
from accounts.access import actor_or_none, pending_or_none
from accounts.actors import PURPOSE
from accounts.addresses import client_address
from accounts.answers import FRONT, SeeOther, wanted_page
from accounts.demonstration import DemonstrationPerson, demonstration_people
from accounts.devices import device_name
from accounts.factors import passkeys
from accounts.forms import SignInForm
from accounts.models import Factor, Person
from accounts.notices import noticed_page
from accounts.sessions import actor_of, end_session, start_session
from accounts.sso.selectors import may_sign_in_here
from accounts.views.passwords import ask_for_own
from accounts.waits import services as waits
from ledger.agents import Agent, Entity
from ledger.services import record

# What a shared device is told to forget. The theme is a cookie of one word, and stays.
CLEAR = '"cache", "storage"'
# One answer for whoever is unknown, wrong, or waits: it tells what to do in each case, and not which it is.
NOT_SIGNED_IN = gettext_lazy(
    "E-mail address and password do not belong together, or were tried several times just now. "
    "Check both, wait a minute, then try again."
)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form; after it the page that was wanted, or the front page of the person's role."""
    wanted = wanted_page(request)
    if request.method != "POST":
        elsewhere = _elsewhere(request, wanted)
        return SeeOther(elsewhere) if elsewhere else _sign_in_page(request, SignInForm(), wanted, status=200)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, form, wanted, status=422)
    address = client_address(request)
    person, why_not = waits.check(form.cleaned_data["email"], form.cleaned_data["password"], address=address)
    if person and not why_not and not may_sign_in_here(person):
        why_not = "not_local"
    if person is None or why_not:
        _record_refusal(request, person, why_not)
        form.add_error(None, NOT_SIGNED_IN)
        return _sign_in_page(request, form, wanted, status=422)
    is_given = person.first_password_until is not None
    return ask_for_own(request, person) if is_given else _begun(request, person, second_step(wanted))


def _elsewhere(request: HttpRequest, wanted: str) -> str:
    """Where somebody belongs who has come to sign in and is in already, half in, or on a phone that knows people."""
    if actor_or_none(request):
        return wanted
    if pending_or_none(request):
        return second_step(wanted)
    if not _is_locked(request):
        return ""
    noticed = noticed_page(request)
    return f"{reverse('accounts:phone')}?{urlencode({'next': noticed})}" if noticed else reverse("accounts:phone")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session here and its sockets everywhere, and has the browser forget what it kept of our pages."""
    actor = actor_or_none(request)
    pending = pending_or_none(request)
    if actor and actor.session_id:
        end_session(actor.session_id, reason="signed_out", agent=actor.agent)
    elif pending is not None:
        end_session(pending.pk, reason="signed_out", agent=actor_of(pending).agent)
    logout(request)
    response = SeeOther("/sign-in/")
    response["Clear-Site-Data"] = CLEAR
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def demonstration_sign_in(request: HttpRequest) -> HttpResponse:
    """One of seven invented people, by one tap. Without the demonstration there is no such page."""
    if not settings.DEMONSTRATION:
        raise Http404
    people = demonstration_people()
    if request.method != "POST":
        return _sign_in_page(request, SignInForm(), FRONT, status=200)
    person = next((one.person for one in people if one.person.email == request.POST.get("email")), None)
    if person is None:
        raise Http404
    return _begun(request, person, FRONT, factor=Factor.DEMONSTRATION)


def second_step(wanted: str) -> str:
    """Where a factor is shown or enrolled, before the page that was wanted."""
    return f"{reverse('factors:second')}?{urlencode({'next': wanted})}"


@transaction.atomic
def _begun(request: HttpRequest, person: Person, to: str, *, factor: str = "") -> HttpResponse:
    if request.POST.get("shared"):
        phones.make_phone(request, name=_device(request), person=person, agent=Agent(person.pk, person.role))
    start_session(request, person, device=_device(request), factor=factor)
    response = SeeOther(to)
    phones.remember(request, response)
    return response


def _is_locked(request: HttpRequest) -> bool:
    """Whether this is a shared phone with people to choose from, and none of them said that they are somebody else."""
    if "other" in request.GET:
        return False
    phone = phones.phone_of(request)
    return phone is not None and phones.open_shifts(phone, at=timezone.now()).exists()


def _sign_in_page(request: HttpRequest, form: SignInForm, wanted: str, *, status: int) -> HttpResponse:
    people: list[DemonstrationPerson] = demonstration_people() if settings.DEMONSTRATION else []
    context = {"form": form, "next": wanted, "people": people, "refusal": form.errors.get(NON_FIELD_ERRORS)}
    context |= {"phone": phones.phone_of(request), "is_marked": bool(request.POST.get("shared"))}
    context |= {"told": request.GET.get("password", ""), "is_possible": passkeys.is_possible(request)}
    context["passkey_name"] = passkeys.name()
    context["has_provider"] = bool(settings.OIDC_ISSUER)
    return render(request, "accounts/sign_in.html", context, status=status)


def _device(request: HttpRequest) -> str:
    return device_name(request.headers.get("User-Agent", ""))


@transaction.atomic
def _record_refusal(request: HttpRequest, person: Person | None, why_not: str) -> None:
    record(
        "session.refused",
        agent=None,
        outcome="refused",
        reason=why_not,
        entity=Entity("person", person.pk) if person else None,
        purpose=PURPOSE,
        detail={"device": _device(request).replace(" ", "_")},
    )

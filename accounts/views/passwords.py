"""The pages of a password: one's own, and a first one that becomes one's own."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.addresses import client_address
from accounts.answers import SeeOther
from accounts.forms import FirstPasswordForm, PasswordForm, say_at_fields
from accounts.models import Person
from accounts.own_password import change_password, replace_first_password, ticket_for
from accounts.password_rules import shortest_for
from accounts.stepup import fresh_factor
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid


@sensitive_post_parameters("present", "new")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@fresh_factor
def own(request: SignedInRequest) -> HttpResponse:
    """Changes the person's password; the present one is asked for, and a factor that was just shown."""
    form = PasswordForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _own_page(request, form)
    address = client_address(request)
    try:
        change_password(request, request.device_session, address=address, **form.cleaned_data)
    except Invalid as refusal:
        record_refusal(refusal, agent=request.actor.agent)
        say_at_fields(form, refusal)
        return _own_page(request, form)
    return SeeOther(f"{reverse('accounts:password')}?changed=1")


def ask_for_own(request: HttpRequest, person: Person) -> HttpResponse:
    """The answer to a right first password: no session, but the form for one of the person's own."""
    form = FirstPasswordForm(initial={"ticket": ticket_for(person)})
    return _first_page(request, form, shortest_for(person.role))


@sensitive_post_parameters("new", "ticket")
@require_POST
def first(request: HttpRequest) -> HttpResponse:
    """The first password has become the person's own; they sign in with it."""
    form = FirstPasswordForm(request.POST)
    if form.is_valid():
        try:
            replace_first_password(form.cleaned_data["ticket"], new=form.cleaned_data["new"])
        except Invalid as refusal:
            record_refusal(refusal, agent=None)
            say_at_fields(form, refusal)
        except Conflict as refusal:
            record_refusal(refusal, agent=None)
            return SeeOther(f"{reverse('accounts:sign_in')}?password=late")
        else:
            return SeeOther(f"{reverse('accounts:sign_in')}?password=set")
    return _first_page(request, form, None)


def _own_page(request: SignedInRequest, form: forms.Form) -> HttpResponse:
    is_changed = request.GET.get("changed") == "1" and not form.is_bound
    context = {"form": form, "is_changed": is_changed, "shortest": shortest_for(request.actor.person.role)}
    return render(request, "accounts/password.html", context, status=422 if form.errors else 200)


def _first_page(request: HttpRequest, form: forms.Form, shortest: int | None) -> HttpResponse:
    context = {"form": form, "shortest": shortest}
    return render(request, "accounts/first_password.html", context, status=422 if form.errors else 200)

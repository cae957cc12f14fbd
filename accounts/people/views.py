"""The administrators' pages of people, and the one page that an invitation's link opens."""

from smtplib import SMTPException
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import services as accounts
from accounts.access import SignedInRequest, signed_in
from accounts.answers import SeeOther, done, posted_key, uuid_or_none
from accounts.directory import uncovered
from accounts.forms import say_at_fields
from accounts.models import TRUSTED_ROLES, Role, Unit
from accounts.password_rules import shortest_for
from accounts.people import approvals, registrations, returning, selectors, services
from accounts.people.forms import InviteForm, JoinForm, ReturnForm
from accounts.people.letters import send_invitation
from accounts.people.models import Invitation
from accounts.sessions import live_sessions_of
from accounts.stepup import fresh_factor
from accounts.waits import episodes
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid

LONGEST_SEARCH = 80


@require_GET
@signed_in
def people(request: SignedInRequest) -> HttpResponse:
    """Who works here; with ?q= who is most alike to the words. What is uncovered, and who is invited, beside it."""
    words, role = request.GET.get("q", "")[:LONGEST_SEARCH].strip(), request.GET.get("role", "")
    role = role if role in Role.values else ""
    context = {
        "people": selectors.people(request.actor, words=words, role=role),
        "episode": episodes.latest(at=timezone.now()),
        "uncovered": uncovered(at=timezone.now()),
        "invitations": selectors.open_invitations(request.actor),
        "waiting": len(approvals.waiting_for(request.actor)) + selectors.invitations_waiting(request.actor),
        "words": words,
        "role": role,
        "roles": Role.choices,
        "most": selectors.PEOPLE_SHOWN,
    }
    return render(request, "people/people.html", context)


@signed_in
@fresh_factor
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: SignedInRequest) -> HttpResponse:
    """The form; then the invitation, with the link where it is to be passed on by hand."""
    selectors.require_administrator(request.actor)
    if request.method != "POST":
        return render(request, "people/invite.html", {"form": InviteForm()})
    form = InviteForm(request.POST)
    if not form.is_valid():
        return render(request, "people/invite.html", {"form": form}, status=422)
    try:
        row, token = services.invite(request.actor, key=posted_key(request), invited=_invited(form))
    except (Invalid, Conflict) as refusal:
        record_refusal(refusal, agent=request.actor.agent)
        say_at_fields(form, refusal)
        return render(request, "people/invite.html", {"form": form, "refusal": refusal}, status=refusal.status)
    return show_invited(request, row, token)


def show_invited(request: HttpRequest, row: Invitation, token: str) -> HttpResponse:
    """What became of an invitation: the letter left, or the link is shown, or a second person approves first."""
    link = request.build_absolute_uri(reverse("people:join", args=[token])) if token else ""
    is_sent = bool(link) and not row.phone and _is_sent(row, link)
    return render(request, "people/invited.html", {"row": row, "link": "" if is_sent else link, "is_sent": is_sent})


@require_GET
@signed_in
def person(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """One person: what they are, where they belong, where they are signed in, and what can be changed."""
    found = selectors.person_for(request.actor, person_id)
    context = {
        "person": found,
        "units": Unit.objects.select_related("facility").order_by("facility__name", "name"),
        "own_units": set(found.memberships.values_list("unit_id", flat=True)),
        "sessions": live_sessions_of(found),
        "current": request.device_session,
        "until": getattr(found, "engagement", None),
        "roles": Role.choices,
        "needs_two": found.role in TRUSTED_ROLES,
        "registration": registrations.registrations_of([found.pk]).get(found.pk),
        "is_me": found.pk == request.actor.person.pk,
        "asked": approvals.waiting().filter(person=found).select_related("asked_by").first(),
    }
    return render(request, "people/person.html", context)


@require_POST
@signed_in
@fresh_factor
def role(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Another role is asked for; a second administrator approves it."""
    wanted = request.POST.get("role", "")
    approvals.ask_for_role(request.actor, key=posted_key(request), person_id=person_id, role=wanted)
    return _changed(request, person_id, _("Asked for. It changes when another administrator approves it."))


@require_POST
@signed_in
@fresh_factor
def units(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Other units from now on."""
    chosen = [found for each in request.POST.getlist("unit") if (found := uuid_or_none(each))]
    accounts.change_memberships(request.actor, key=posted_key(request), person_id=person_id, unit_ids=chosen)
    return _changed(request, person_id, _("Changed. They sign in anew."))


@require_POST
@signed_in
@fresh_factor
def registration(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Found in the professional register: their name bears the badge from now on."""
    told = {name: request.POST.get(name, "") for name in ("register", "number")}
    registrations.check_registration(request.actor, key=posted_key(request), person_id=person_id, **told)
    return _changed(request, person_id, _("Their name bears the badge for a year from now on."))


@require_POST
@signed_in
@fresh_factor
def end_registration(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """The register says otherwise now."""
    registrations.end_registration(request.actor, key=posted_key(request), person_id=person_id)
    return _changed(request, person_id, _("The badge is gone."))


@require_POST
@signed_in
def end_sessions(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Signed out everywhere."""
    accounts.end_sessions_for(request.actor, key=posted_key(request), person_id=person_id)
    return _changed(request, person_id, _("They are signed out everywhere."))


@require_POST
@signed_in
@fresh_factor
def leave(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """They work here no longer."""
    accounts.disable_person(request.actor, key=posted_key(request), person_id=person_id)
    return _changed(request, person_id, _("They work here no longer. Duties that they still have are listed first."))


@require_POST
@signed_in
@fresh_factor
def bring_back(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """They work here again; where two decide on the role, it is asked for."""
    form = ReturnForm(request.POST)
    if not form.is_valid():
        raise Invalid(fields={"works_until": _("Choose a time ahead, within a year.")}, act=returning.BACK)
    until = form.cleaned_data["works_until"]
    found = selectors.person_for(request.actor, person_id)
    needs_two = found.role in TRUSTED_ROLES
    act = approvals.ask_for_return if needs_two else returning.bring_back
    act(request.actor, key=posted_key(request), person_id=person_id, works_until=until)
    asked = _("Asked for. They come back when another administrator approves it.")
    return _changed(request, person_id, asked if needs_two else _("They work here again, and sign in as before."))


@require_POST
@signed_in
def withdraw(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """The link opens nothing any more."""
    services.withdraw(request.actor, key=posted_key(request), invitation_id=invitation_id)
    messages.success(request, _("Withdrawn. The link opens nothing any more."))
    return done(request, reverse("people:list"))


@sensitive_post_parameters("new")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """What the link opens: who one is here, and a password to choose. Looking at it uses nothing up."""
    row = services.invitation_by(token)
    context = {"row": row, "shortest": shortest_for(row.role)}
    form = JoinForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "people/join.html", {**context, "form": form}, status=status)
    try:
        services.join(token, password=form.cleaned_data["new"])
    except Invalid as refusal:
        say_at_fields(form, refusal)
        return render(request, "people/join.html", {**context, "form": form}, status=refusal.status)
    return SeeOther(f"{reverse('accounts:sign_in')}?password=set")


def _invited(form: InviteForm) -> services.Invited:
    told: dict[str, Any] = form.cleaned_data
    return services.Invited(
        email=told["email"],
        display_name=told["display_name"],
        role=told["role"],
        unit_id=told["unit"].pk if told["unit"] else None,
        phone=told["phone"],
        works_until=form.until(),
    )


def _is_sent(row: Invitation, link: str) -> bool:
    """Whether the letter left; where it did not, the link is shown instead."""
    try:
        send_invitation(row, link=link)
    except (SMTPException, OSError):
        return False
    return True


def _changed(request: SignedInRequest, person_id: UUID, words: str) -> HttpResponse:
    messages.success(request, words)
    return done(request, reverse("people:person", args=[person_id]))
